"""Where formulas begin and end in Markdown, as Obsidian, GitHub and language models write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdit_py_plugins.dollarmath.index import math_inline_dollar
from mdit_py_plugins.utils import is_code_block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_BRACKETED = re.compile(r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]", re.DOTALL)
_TEX = re.compile(r"\\[A-Za-z]|=|\w\^")
"""Stands in a displayed formula, and hardly in brackets that somebody escaped."""
_MARK = re.compile(r"(?<!\\)(?:\\\\)*\$\$")
_CLOSERS = {"$$": _MARK, r"\[": re.compile(r"(?<!\\)(?:\\\\)*\\\]")}
"""What ends a displayed formula, by what begins it."""
_STRICT = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)
_LENIENT = math_inline_dollar(allow_space=False, allow_digits=True, allow_double=True)


def with_formulas(parser: MarkdownIt) -> None:
    """Teach a parser formulas; those in brackets, where its environment says that there are `brackets`."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "math_block", _display, {"alt": interrupted})
    parser.inline.ruler.before("escape", "math_inline", _dollars)
    parser.inline.ruler.before("escape", "brackets", _brackets)


def _display(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's
    """Find a displayed formula that begins a line; words behind its end are the next block's."""
    opener = state.src[_text_of(state, start)][:2]
    if opener not in _CLOSERS or (opener != "$$" and not state.env.get("brackets")):
        return False
    if is_code_block(state, start) or (silent and _is_open(state, start)):
        return False
    found = _end(state, start, end, opener)
    if found is None:
        return False
    last, behind, content = found
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content, token.map = content, [start, last + 1]
        state.line = _go_on(state, last, behind, state.sCount[start])
    return True


def _end(state: StateBlock, start: int, end: int, opener: str) -> tuple[int, int, str] | None:
    """Return the last line of a formula, where what is behind it begins, and its TeX; None where it does not end."""
    indent = min(state.blkIndent, state.sCount[start])
    lines: list[str] = []
    for last in range(start, end):
        if state.isEmpty(last) or state.sCount[last] < indent:
            return None
        span = _text_of(state, last)
        first = span.start + (0 if lines else len(opener))
        closer = _CLOSERS[opener].search(state.src, first, span.stop)
        lines.append(state.src[first : closer.end() - len(opener) if closer else span.stop])
        if closer:
            content = "\n".join(lines)
            is_whole = last > start or not state.src[closer.end() : span.stop].strip()
            return (last, closer.end(), content) if is_whole and _is_meant(opener, content) else None
    return None


def _is_meant(opener: str, content: str) -> bool:
    """Tell whether what is between two marks is a formula; brackets may be text that somebody escaped."""
    if opener == "$$" or content.startswith("\n"):
        return bool(content.strip())
    return _TEX.search(content) is not None


def _is_open(state: StateBlock, line: int) -> bool:
    """Tell whether a formula that began within a paragraph goes on in a line: dollars there are its end."""
    before = state.src[state.bMarks[state.line] : state.bMarks[line]]
    return len(_MARK.findall(before)) % 2 == 1


def _go_on(state: StateBlock, last: int, behind: int, indent: int) -> int:
    """Return the line to go on with: the last one where something is `behind` the formula, made to begin there."""
    rest = state.src[behind : state.eMarks[last]]
    if not rest.strip():
        return last + 1
    state.bMarks[last] = state.eMarks[last] - len(rest.lstrip())
    state.tShift[last], state.sCount[last] = 0, indent
    return last


def _text_of(state: StateBlock, line: int) -> slice:
    return slice(state.bMarks[line] + state.tShift[line], state.eMarks[line])


def _dollars(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's
    """Find a formula in dollars; a digit behind them makes it money. At a text's start the strict rule reads amiss."""
    if state.pos:
        return _STRICT(state, silent)
    found = _LENIENT(state, True)  # noqa: FBT003 - markdown-it's
    end, state.pos = state.pos, 0
    return found and not state.src[end : end + 1].isdigit() and _LENIENT(state, silent)


def _brackets(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's
    r"""Find a formula in `\(...\)` or `\[...\]`, as language models write them; rendered text has escapes there."""
    found = _BRACKETED.match(state.src, state.pos) if state.env.get("brackets") else None
    if found is None or (found["display"] and not _TEX.search(found["display"])):
        return False
    if not silent:
        token = state.push("math_inline" if found["inline"] else "math_inline_double", "math", 0)
        token.content = found["inline"] or found["display"]
    state.pos = found.end()
    return True
