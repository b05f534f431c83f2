"""Markdown from an output, made inert: it looks as it was meant to, and takes no effect outside of its region.

The text is parsed and rendered anew, so that all it opens is closed; what Obsidian, GitHub or
mdrun would act on is rendered as what it says. That is done until there is nothing left to change,
and the text is shown as source where a note would still find something in it: nothing rests on
an escape alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from mdformat.renderer import DEFAULT_RENDERERS, MDRenderer
from mdit_py_plugins.dollarmath import dollarmath_plugin

from mdrun.clip import SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, hole, size, spelled
from mdrun.mime.diagrams import is_still
from mdrun.mime.formulas import tamed
from mdrun.note import CodeBlock, Embed
from mdrun.parse import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mdformat.renderer import RenderContext, RenderTreeNode

LANGUAGES = frozenset(
    "bash c console cpp cs csharp css csv cuda diff dockerfile fortran go graphql haskell html http ini java "  # noqa: SIM905
    "javascript js json json5 jsx julia kotlin latex less lisp lua make makefile markdown matlab md mermaid "
    "nginx objectivec ocaml perl php powershell prolog properties protobuf pycon r ruby rust sass scala scheme scss "
    "sh shell sql stderr swift tex text toml ts tsx txt typescript vim xml yaml yml zig".split()
)
"""Languages that are only coloured, or drawn as mermaid is; any other may be a plugin's to run, as Python is ours."""

LONGEST = 200_000
"""Characters; a longer text is not rendered, but shown as source, of which the caller leaves out the middle."""

NESTED = 40
"""Levels; the parser leaves out what is nested more deeply than 50."""

PASSES = 4
"""How often a text is rendered; one that goes on changing is not made inert by it."""

ALIGNED = 120
"""Columns; a table that is wider is not padded."""

_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_EDGE = re.compile(r"^(?:&#32;)+|(?:&#32;)+$", re.MULTILINE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)*\s*", re.DOTALL)
_TAG = re.compile(r"(?<![\w/&#\\;])#(?=[^\s#])(?!\d+(?![\w/-]))")
_BLOCK_ID = re.compile(r"(?:\A|(?<=[\s\]]))\^(?=[A-Za-z0-9-])|\^(?=\[)")
_BRACKET = re.compile(r"(?<!\\)((?:\\\\)*)\[(?=[\[^])")


def inert(markdown: str, pictures: Collection[str] = ()) -> str | None:
    """Return `markdown` so that it shows what it says and does nothing; None where it cannot be made so.

    It is empty where there is nothing to see, as in a comment.

    `pictures` are embeds of mdrun's own, which stay. It is cut behind the blocks that fit the
    caps of a part, and says how much was left out.
    """
    if len(markdown) > LONGEST:
        return None
    try:
        text = _beginning(markdown, pictures)
        for _ in range(PASSES):
            before, text = text, _rendered(text, pictures)
            if text == before:
                return text if _fits(text) and _finds_nothing(text, pictures) else None
    except (AssertionError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        # The renderer is a library's; a text it cannot take is shown as it is.
        pass
    return None


def _rendered(markdown: str, pictures: Collection[str]) -> str:
    """Return `markdown` parsed and rendered; raise ValueError where it is nested so deeply that some would be lost."""
    parser = _parser()
    env: dict[str, Any] = {"pictures": frozenset(pictures)}
    tokens = parser.parse(markdown, env)
    if any(token.level >= NESTED for token in tokens):
        raise ValueError
    text: str = parser.renderer.render(tokens, parser.options, env)
    return text.rstrip("\n")


def _beginning(markdown: str, pictures: Collection[str]) -> str:
    """Return as many of the blocks of `markdown` as fit, rendered, and how much was left out behind them.

    Raise ValueError when not even the first fits.
    """
    whole = _rendered(markdown, pictures)
    if _fits(whole):
        return whole
    lines = markdown.split("\n")
    blocks = [token.map[1] for token in _parser().parse(markdown) if token.map and not token.level]
    fitting = bisect_left(blocks[:SHOWN_LINES], 1, key=lambda end: not _fits(_until(end, lines, pictures)))
    if not fitting:
        raise ValueError
    return _until(blocks[fitting - 1], lines, pictures)


def _until(end: int, lines: Sequence[str], pictures: Collection[str]) -> str:
    shown = _rendered("\n".join(lines[:end]), pictures)
    left_out = size("\n".join(lines[end:]))
    return f"{shown}\n\n{hole(spelled(left_out))}"


def _fits(text: str) -> bool:
    lines = text.split("\n")
    whole = sum(size(line) + 1 for line in lines)
    return len(lines) <= SHOWN_LINES and whole <= SHOWN_BYTES and max(map(len, lines)) <= SHOWN_COLUMNS


def _finds_nothing(text: str, pictures: Collection[str]) -> bool:
    """Tell whether a note would find nothing in `text` to run, to link to or to embed."""
    found = parse(text)
    if found.unclosed_comment or found.properties:
        return False
    for element in found.elements:
        match element:
            case CodeBlock(info=info, anchor=anchor):
                if info.runs or anchor is None:
                    return False
            case Embed(span=span):
                if span.cut(text) not in pictures:
                    return False
            case _:
                return False
    return True


@cache
def _parser() -> MarkdownIt:
    """Return a parser of GitHub's Markdown with Obsidian's formulas, whose renderer gives Markdown back."""
    (entry,) = entry_points(group="mdformat.parser_extension", name="tables")
    tables = entry.load()
    parser = MarkdownIt("commonmark", {"maxNesting": 50}, renderer_cls=MDRenderer)  # type: ignore[arg-type]
    parser.enable(["table", "strikethrough"])
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    parser.options["mdformat"] = {"number": True, "wrap": "keep"}
    parser.options["parser_extension"] = [
        SimpleNamespace(
            RENDERERS={**tables.RENDERERS, **_RENDERERS, "table": _table(tables.RENDERERS["table"])},
            POSTPROCESSORS={**tables.POSTPROCESSORS, "text": _defused},
        )
    ]
    return parser


def _table(render: Any) -> Any:
    """Return how a table is rendered: its columns padded, so that it reads well as text, unless it is wide."""

    def table(node: RenderTreeNode, context: RenderContext) -> str:
        options = context.options["mdformat"]
        options["compact_tables"] = False
        padded: str = render(node, context)
        if max(map(len, padded.split("\n"))) <= ALIGNED:
            return padded
        options["compact_tables"] = True
        compact: str = render(node, context)
        return compact

    return table


def _heading(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a heading as a bold line: a real one would stand in outlines, and part sections (R33, R109)."""
    text = _paragraph(node, context).replace("\n", " ").strip()
    mark = next((mark for mark in ("**", "__") if mark[0] not in text), "")
    return f"{mark}{text}{mark}" if text else ""


def _html_block(node: RenderTreeNode, _context: RenderContext) -> str:
    """Render HTML as its source; comments are nothing to see."""
    if _COMMENTS.fullmatch(node.content):
        return ""
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", node.content)), 3)
    return f"{ticks}html\n{node.content.rstrip()}\n{ticks}"


def _html_inline(node: RenderTreeNode, context: RenderContext) -> str:
    if _BREAK.fullmatch(node.content):
        return "<br>"
    return "" if node.content.startswith("<!--") else _text(node, context)


def _text(node: RenderTreeNode, context: RenderContext) -> str:
    """Render what a node is written as, literally."""
    return _defused(DEFAULT_RENDERERS["text"](node, context), node, context)


def _defused(text: str, _node: RenderTreeNode, _context: RenderContext) -> str:
    """Take from text what Obsidian would act on: wikilinks, footnotes, tags, block ids, comments, formulas.

    A backslash where Obsidian's help has one; for percent signs, the character's number.
    """
    text = _BRACKET.sub(r"\1\\[", text)
    text = re.sub(r"%(?=%)|(?<=%)%", "&#37;", text)
    text = _TAG.sub(r"\\#", text)
    text = _BLOCK_ID.sub(r"\\^", text)
    return text.replace("~~", r"\~\~").replace("$", r"\$")


def _link(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a link to the web as one, and any other as its text: it would be one of the note's."""
    text = "".join(child.render(context) for child in node.children)
    address = str(node.attrs["href"])
    if not _LINK.match(address):
        return text
    node.attrs.pop("title", None)
    return DEFAULT_RENDERERS["link"](node, context)


def _image(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a picture of ours as it is, and of another only its name: to load it tells its server who reads."""
    alt, address = node.content, str(node.attrs["src"])
    own = f"![{alt}]({address})"
    if own in context.env["pictures"]:
        return own
    words = SimpleNamespace(content=alt or address, next_sibling=None, parent=None)
    text = DEFAULT_RENDERERS["text"](words, context)  # type: ignore[arg-type]
    text = _defused(text, node, context)
    return f"[{text}](<{address}>)" if _LINK.match(address) and not _in_link(node) else text


def _in_link(node: RenderTreeNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.type == "link":
            return True
        parent = parent.parent
    return False


def _fence(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a code block in a language that nobody runs."""
    language = node.info.strip().split(maxsplit=1)[0].lower() if node.info.strip() else ""
    drawn = language in LANGUAGES and (language != "mermaid" or is_still(node.content))
    node.token.info = language if drawn else "text"  # type: ignore[union-attr]
    return DEFAULT_RENDERERS["fence"](node, context)


def _math_inline(node: RenderTreeNode, context: RenderContext) -> str:
    tex = tamed(node.content)
    if tex is None or "\n" in tex or tex != node.content.strip():
        return rf"\${_text(node, context)}\$"
    return f"${tex}$"


def _math_in_a_line(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a displayed formula that stands in a paragraph, on lines of its own if it did."""
    tex = tamed(node.content)
    if tex is None:
        return rf"\$\${_text(node, context)}\$\$"
    return f"$$\n{tex}\n$$" if node.content.startswith("\n") else f"$$ {tex} $$"


def _math_block(node: RenderTreeNode, _context: RenderContext) -> str:
    tex = tamed(node.content)
    if tex is not None:
        return f"$$\n{tex}\n$$"
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", node.content)), 3)
    return f"{ticks}latex\n{node.content.strip()}\n{ticks}"


def _paragraph(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a paragraph without the blanks around what was left away."""
    return _EDGE.sub("", DEFAULT_RENDERERS["paragraph"](node, context))


_RENDERERS = {
    "paragraph": _paragraph,
    "heading": _heading,
    "html_block": _html_block,
    "html_inline": _html_inline,
    "link": _link,
    "image": _image,
    "fence": _fence,
    "code_block": _fence,
    "hr": lambda _node, _context: "___",
    "s": lambda node, context: f"~~{''.join(child.render(context) for child in node.children)}~~",
    "math_inline": _math_inline,
    "math_inline_double": _math_in_a_line,
    "math_block": _math_block,
}
