"""LaTeX as displayed formulas, in which nothing but mathematics takes effect."""

from __future__ import annotations

import re

from mdrun.clip import SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, size

_DELIMITED = re.compile(
    r"\$\$(.+)\$\$|\$(.+)\$|\\\[((?:\\\\|(?!\\\]).)+)\\\]|\\\(((?:\\\\|(?!\\\)).)+)\\\)",
    re.DOTALL,
)
_MARK = re.compile(r"(?<!\\)(?:\\\\)*(\$\$?)")
_MARK_BESIDE_A_BLANK = re.compile(r"\s\$|\$\s")
_ENVIRONMENT = re.compile(r"\\begin\{(?P<name>[a-z]+\*?)\}.*\\end\{(?P=name)\}", re.DOTALL | re.IGNORECASE)
_ENVIRONMENTS = frozenset(
    "align alignat aligned alignedat array bmatrix Bmatrix cases eqnarray equation gather gathered matrix multline "  # noqa: SIM905
    "pmatrix smallmatrix split vmatrix Vmatrix".split()
)
"""What MathJax knows, and so Obsidian and GitHub; each may have a `*`."""
_STYLE = re.compile(r"\A\\displaystyle(?![A-Za-z])\s*")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_LABEL = re.compile(r"\s*\\label\s*\{[^{}]*\}")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_BLOCK_START = re.compile(r"[>#`<|]|~~~|\[!|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|\Z)|[-=]+[ \t]*\Z|:?-+:?[ \t]*\|")
"""What may start another block than the formula's at the beginning of a line."""
_LASTING = re.compile(
    r"\\(?:[gex]?def|let|futurelet|(?:re)?new[a-z]*|provide[a-z]*|Declare\w*|Newextarrow|definecolor|colorlet|"
    r"require|label|href|url|class|cssId|style|data|html\w*|mmlToken|bbox|"
    r"includegraphics|input|write\w*)(?![A-Za-z])"
)
"""Commands whose effect goes beyond their formula: definitions, labels, links, styles of the page, other elements."""

_PARAMETER = re.compile(r"(?<!\\)#(?!(?<=\{#)(?:[0-9a-fA-F]{3}){1,2}\})")
"""What TeX takes for a parameter, and no macro of a formula has any; a colour in braces is none."""


def formula_in(latex: str) -> str | None:
    """Return the TeX of LaTeX that is one formula, without its dollars; None for any other."""
    text = latex.strip()
    found = _DELIMITED.fullmatch(text)
    inner = next(filter(None, found.groups()), "") if found else text
    if not found and not _is_environment(text):
        return None
    return tamed(_STYLE.sub("", inner.strip()))


def is_formula(latex: str) -> bool:
    """Tell whether LaTeX is one formula, harmless or not, rather than text with formulas in it."""
    text = latex.strip()
    if not _DELIMITED.fullmatch(text):
        return _is_environment(text)
    marks = _MARK.findall(text) if text.startswith("$") else []
    if not marks[2:] or marks[::2] != marks[1::2]:
        return True
    inside = text[len(marks[0]) : -len(marks[-1])]
    # SymPy writes this style, and a symbol's name as it is: dollars may be letters of it.
    return _STYLE.match(inside) is not None and not _MARK_BESIDE_A_BLANK.search(inside)


def tamed(tex: str) -> str | None:
    """Return TeX that takes effect as mathematics and as nothing else; None where it cannot be made so.

    To TeX it stays the same: comments and blank lines go, and blanks part what a note could
    read as its own.
    """
    text = _LABEL.sub("", _COMMENT.sub(r"\1", tex)).strip()
    if not text or re.search(r"(?<!\\)(?:\\\\)*\$|`", text) or _LASTING.search(text) or not _is_balanced(text):
        return None
    text = re.sub(r"\[(?=\[)", "[ ", text).replace("](", "] (").replace("%%", "% %").replace("::", ": :")
    text = re.sub(r"\s+\^", "^", _TAG.sub("< ", text))
    text = _PARAMETER.sub(r"\\#", text)
    lines = _in_lines(text)
    return "\n".join(lines) if _fits(lines) else None


def _is_environment(text: str) -> bool:
    found = _ENVIRONMENT.fullmatch(text)
    return found is not None and found["name"].rstrip("*") in _ENVIRONMENTS


def _is_balanced(text: str) -> bool:
    """Tell whether braces and environments close in `text`; one that does not would swallow what follows."""
    depth = 0
    for brace in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            return False
    return depth == 0 and text.count(r"\begin{") == text.count(r"\end{") and not text.endswith("\\")


def _in_lines(text: str) -> list[str]:
    """Return the lines of a formula; one that could start a block of its own goes on with the line above."""
    lines: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        # TeX puts its own blanks around a sign.
        line = re.sub(r"\A([-+*])[ \t]+", r"\1", line)  # noqa: PLW2901
        if lines and _BLOCK_START.match(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    if lines and _BLOCK_START.match(lines[0]):
        lines[0] = f"{{}}{lines[0]}"
    return lines


def _fits(lines: list[str]) -> bool:
    """Tell whether a formula can be shown; MathJax breaks no line, so that a long one leads out of the page."""
    whole = sum(size(line) + 1 for line in lines)
    return len(lines) <= SHOWN_LINES and whole <= SHOWN_BYTES and max(map(len, lines)) <= SHOWN_COLUMNS
