"""Markdown parsed and rendered anew: it says the same, and what would take effect elsewhere stands as text."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import entry_points
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from mdformat.renderer import DEFAULT_RENDERERS, MDRenderer

from mdrun.clip import SHOWN_COLUMNS
from mdrun.masks import MASK, MASK_IN_MARKDOWN
from mdrun.mime.delimiters import with_formulas
from mdrun.mime.diagrams import is_still
from mdrun.mime.formulas import tamed
from mdrun.mime.parts import LANGUAGES
from mdrun.text import fenced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from markdown_it.token import Token
    from mdformat.renderer import RenderContext, RenderTreeNode

NESTED = 40
"""Levels; the parser leaves out what is nested more deeply than 50."""

LINE_LENGTH = SHOWN_COLUMNS * 3 // 4
"""Characters of a line of a paragraph that is too long for one."""

ALIGNED = 120
"""Columns; a table that is wider is not padded."""

_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_ADDRESS = re.compile(r"""(https?://(?:\([^\s<>()]*\)|[^\s<>()])+(?<![.,;:!?'"\]*_~]))""")
_OTHER_ADDRESS = re.compile(r"\b(www|ftp)([.:])(?=\S*\Z)", re.IGNORECASE)
"""Begins what only GitHub takes for an address, at the end of a text."""
_BLANK = re.compile(r"\s")
_MATH = re.compile(r"(?<!\\)(\$\$?).+?(?<!\\)\1")
_WORD = re.compile(r" (?=[^\W\d_])")
_EDGE = re.compile(r"^(?:&#32;)+|(?:&#32;)+$", re.MULTILINE)
_PLAIN_ADDRESS = re.compile(r"[^\s<>()\\]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
FORMATTING = re.compile(r"<(?P<end>/?)(?P<name>b|i|u|em|strong|mark|sub|sup|kbd|small|s|del|ins)>", re.IGNORECASE)
"""Tags that mark text, and do nothing else."""
_UNSEEN = re.compile(r"<(?:!--|/?(?:span|font)[\s>])", re.IGNORECASE)
_NAMED = re.compile(r"</?(?P<name>[a-z][a-z\d-]*)", re.IGNORECASE)
_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)*\s*", re.DOTALL)
_TAG = re.compile(r"(?<![\w/&#\\])#(?=[^\s#])(?!\d+(?![\w/-]))")
_BLOCK_ID = re.compile(r"(?:\A|(?<=[\s\]]))\^(?=[A-Za-z0-9-])|\^(?=\[)")
_LESS_THAN = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\<|<(?=!))")
_ANY_BRACKET = re.compile(r"(?<!\\)((?:\\\\)*)([\[\]])")
_EQUALS = re.compile(r"(?<=\w)==(?=\w)")
"""Compares, and would begin what Obsidian marks up to the next two; whoever means that has a blank before them."""
_LEANING = re.compile(r"(?<!\\)((?:\\\\)*)([\[!^])\Z")
_BOX = re.compile(r"\A\\?\[(.)\\?\](?=\s)")
_BOXES = {" ": "\u2610", "x": "\u2611", "X": "\u2611"}
_BRACKET = re.compile(r"(?<!\\)((?:\\\\)*)\[(?=[\[^])")


def rendered(markdown: str, pictures: Collection[str], *, brackets: bool = False) -> str:
    """Return `markdown` parsed and rendered; raise ValueError where it is nested so deeply that some would be lost.

    In somebody's own text `brackets` with a backslash may be those of a formula.
    """
    parser = _parser()
    env: dict[str, Any] = {"pictures": frozenset(pictures), "brackets": brackets, "formatting": {}}
    tokens = _parsed(markdown, env)
    if any(token.level >= NESTED for token in tokens):
        raise ValueError
    _put_masks(tokens)
    text: str = parser.renderer.render(tokens, parser.options, env)
    return text.rstrip("\n")


def _parsed(markdown: str, env: dict[str, Any]) -> list[Token]:
    """Return the tokens of a text in which footnotes are text: with one word behind it, one looks like a link."""
    tokens = _parser().parse(markdown, env)
    if any(label.startswith("^") for label in env.pop("references", ())):
        with _parser().reset_rules():
            _parser().disable("reference")
            tokens = _parser().parse(markdown, env)
    return tokens


def _put_masks(tokens: Sequence[Token]) -> None:
    """Put the mask in the place of what stands for it; in an address, that is encoded."""
    for token in tokens:
        token.content = token.content.replace(MASK_IN_MARKDOWN, MASK)
        for name in token.attrs.keys() & {"href", "src"}:
            token.attrs[name] = str(token.attrs[name]).replace(quote(MASK_IN_MARKDOWN), MASK)
        _put_masks(token.children or ())


def cuts(markdown: str) -> list[int]:
    """Return the lines behind which a text can be cut, from 0: behind blocks, and parts of lists and tables."""
    parts = {"list_item_open": 1, "tr_open": 2}
    tokens = _parsed(markdown, {"brackets": True})
    return sorted({token.map[1] for token in tokens if token.map and token.level <= parts.get(token.type, 0)})


@cache
def _parser() -> MarkdownIt:
    """Return a parser of GitHub's Markdown with Obsidian's formulas, whose renderer gives Markdown back."""
    (entry,) = entry_points(group="mdformat.parser_extension", name="tables")
    tables = entry.load()
    parser = MarkdownIt("commonmark", {"maxNesting": 50}, renderer_cls=MDRenderer)  # type: ignore[arg-type]
    parser.enable(["table", "strikethrough"])
    with_formulas(parser)
    parser.options["mdformat"] = {"number": True, "wrap": "keep"}
    parser.options["parser_extension"] = [
        SimpleNamespace(
            RENDERERS={**tables.RENDERERS, **_RENDERERS, "table": _table(tables.RENDERERS["table"])},
            POSTPROCESSORS=tables.POSTPROCESSORS,
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
    bold = (f"{mark}{text}{mark}" for mark in sorted(("**", "__"), key=lambda mark: text.count(mark[0])))
    return next(filter(_is_strong, bold), text)


def _is_strong(text: str) -> bool:
    """Tell whether a text is bold as a whole, with whatever is marked within it."""
    (inline,) = _parser().parseInline(text)
    outer = [token.type for token in inline.children or () if token.level == 0 and (token.content or token.nesting)]
    return outer == ["strong_open", "strong_close"]


def _html_block(node: RenderTreeNode, _context: RenderContext) -> str:
    """Render HTML as its source; comments are nothing to see."""
    return "" if _COMMENTS.fullmatch(node.content) else _source("html", node)


def _source(language: str, node: RenderTreeNode) -> str:
    return "\n".join(fenced(language, node.content.strip("\n").rstrip().split("\n")))


def _html_inline(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a tag that only marks text as it is, one that shows nothing by itself not at all, any other as text."""
    if _BREAK.fullmatch(node.content):
        return "<br>"
    if _is_formatting(node, context):
        return node.content.lower()
    return "" if _UNSEEN.match(node.content) else _text(node, context)


def _is_formatting(node: RenderTreeNode, context: RenderContext) -> bool:
    """Tell whether a tag is a mark on text without attributes, and so is the one that closes or opens it."""
    known: dict[RenderTreeNode | None, frozenset[RenderTreeNode]] = context.env["formatting"]
    if node.parent not in known:
        tags = [each for each in node.siblings if each.type == "html_inline" and _NAMED.match(each.content)]
        pairs = (pair for pair in _pairs(tags) if all(FORMATTING.fullmatch(tag.content) for tag in pair))
        known[node.parent] = frozenset(chain.from_iterable(pairs))
    return node in known[node.parent]


def _pairs(tags: Iterable[RenderTreeNode]) -> Iterator[tuple[RenderTreeNode, RenderTreeNode]]:
    """Yield the tags that open and close an element; what is still open within it closes nowhere."""
    opened: list[RenderTreeNode] = []
    names: list[str] = []
    for tag in tags:
        found = _NAMED.match(tag.content)
        name = found["name"].lower() if found else ""
        if not tag.content.startswith("</"):
            opened.append(tag)
            names.append(name)
        elif name in names:
            while names.pop() != name:
                opened.pop()
            yield opened.pop(), tag


def _text(node: RenderTreeNode | SimpleNamespace, context: RenderContext) -> str:
    """Render what a node is written as, literally; an address of the web that this would change, in angle brackets."""
    pieces = [node.content] if _in_link(node) else _ADDRESS.split(node.content)
    last = len(pieces) - 1
    shown = [
        piece if place % 2 else _words(piece, node, context, ends=place == last) for place, piece in enumerate(pieces)
    ]
    goes_on = _goes_on(node)
    for place in range(1, last, 2):
        is_read_on = goes_on and place == last - 1 and not _BLANK.search(pieces[last])
        if is_read_on or shown[place + 1].startswith("\\") or _is_changed(shown[place], context):
            shown[place] = f"<{shown[place]}>"
    return _OTHER_ADDRESS.sub(_written_out, "".join(shown)) if goes_on else "".join(shown)


def _goes_on(node: RenderTreeNode | SimpleNamespace) -> bool:
    """Tell whether a mark may follow on a node; GitHub reads it, a backtick too, as part of an address before it."""
    if node.next_sibling is not None:
        return not node.next_sibling.type.endswith("break")
    return node.parent is not None and node.parent.type != "inline" and not _in_link(node)


def _written_out(address: re.Match[str]) -> str:
    return f"{address[1]}&#{ord(address[2])};"


def _words(text: str, node: RenderTreeNode | SimpleNamespace, context: RenderContext, *, ends: bool) -> str:
    """Render literal text in the place of a node; `ends` tells whether it goes up to the node's end."""
    following = node.next_sibling if ends else None
    return _literal(SimpleNamespace(content=text, next_sibling=following, parent=node.parent), context)


def _literal(words: SimpleNamespace, context: RenderContext) -> str:
    return _defused(DEFAULT_RENDERERS["text"](words, context), words)  # type: ignore[arg-type]


def _is_changed(address: str, context: RenderContext) -> bool:
    """Tell whether an address would be another one as literal text."""
    return _literal(SimpleNamespace(content=address, next_sibling=None, parent=None), context) != address


def _defused(text: str, node: RenderTreeNode | SimpleNamespace) -> str:
    """Take from text what would be acted on: wikilinks, footnotes, tags, block ids, comments, formulas, fields.

    A backslash where Obsidian's help has one; for other signs, the character's number or name. So for
    `<`: GitHub reads a backslash behind an address as a part of it, and what follows as HTML.
    """
    text = _BRACKET.sub(r"\1\\[", text)
    text = re.sub(r"%(?=%)|(?<=%)%", "&#37;", text)
    text = _TAG.sub(r"\\#", text)
    text = _BLOCK_ID.sub(r"\\^", text)
    text = _LESS_THAN.sub(r"\1&lt;", text)
    text = _EQUALS.sub(r"=\\=", text)
    if _in_link(node):
        text = _ANY_BRACKET.sub(r"\1\\\2", text)
    elif node.next_sibling is not None and not node.next_sibling.type.endswith("break"):
        text = _LEANING.sub(r"\1\\\2", text)
    return text.replace("~~", r"\~\~").replace("$", r"\$").replace("::", ":&#58;")


def _link(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a link to the web as one, and any other as its text: it would be one of the note's."""
    text = "".join(child.render(context) for child in node.children)
    address = str(node.attrs["href"])
    if not _LINK.match(address):
        return text
    if node.info == "auto":
        return DEFAULT_RENDERERS["link"](node, context)
    return _web_link(text, address)


def _web_link(text: str, address: str) -> str:
    return f"[{text}]({address if _PLAIN_ADDRESS.fullmatch(address) else f'<{address}>'})"


def _image(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a picture of ours as it is, and of another only its name: to load it tells its server who reads."""
    alt, address = node.content, str(node.attrs["src"])
    own = f"![{alt}]({address})"
    if own in context.env["pictures"]:
        return own
    text = _words(alt or address, node, context, ends=True)
    if not _LINK.match(address) or _in_link(node):
        return text
    return _web_link(_ANY_BRACKET.sub(r"\1\\\2", text), address)


def _in_link(node: RenderTreeNode | SimpleNamespace) -> bool:
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
    if tex is None:
        return _refused("$", node, context)
    line = tex.replace("\n", " ")
    return f"${line}$"


def _math_in_a_line(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a displayed formula that stands in a paragraph, on lines of its own if it did."""
    tex = tamed(node.content)
    if tex is None:
        return _refused("$$", node, context)
    return f"$$\n{tex}\n$$" if node.content.startswith("\n") else f"$$ {tex} $$"


def _refused(mark: str, node: RenderTreeNode, context: RenderContext) -> str:
    """Render a formula that is none as code: as text, it would be all backslashes, and an address in it a link."""
    source = f"{mark}{' '.join(node.content.split())}{mark}"
    return _code_inline(SimpleNamespace(content=source, next_sibling=node.next_sibling, parent=node.parent), context)


def _math_block(node: RenderTreeNode, _context: RenderContext) -> str:
    tex = tamed(node.content)
    if tex is not None:
        return f"$$\n{tex}\n$$"
    return _source("tex", node)


def _paragraph(node: RenderTreeNode, context: RenderContext) -> str:
    """Render a paragraph without the blanks around what was left away; a task's box is drawn: it is nobody's task.

    To Obsidian any sign in a box makes a task; where it may be the number of a reference, it stays.
    """
    text = _EDGE.sub("", DEFAULT_RENDERERS["paragraph"](node, context))
    text = "\n".join(piece for line in text.split("\n") for piece in _broken(line))
    if node.parent is None or node.parent.type != "list_item":
        return text
    return _BOX.sub(lambda box: _BOXES.get(box[1], rf"\[{box[1]}]"), text)


def _broken(line: str) -> Iterator[str]:
    """Yield a line of a paragraph in lines that can be shown; they break before a word, which starts no block."""
    while len(line) > SHOWN_COLUMNS:
        formulas = [found.span() for found in _MATH.finditer(line)]
        blanks = [found.start() for found in _WORD.finditer(line, 1, LINE_LENGTH)]
        fit = [blank for blank in blanks if not any(start < blank < end for start, end in formulas)]
        if not fit:
            break
        yield line[: fit[-1]]
        line = line[fit[-1] + 1 :]
    yield line


def _code_inline(node: RenderTreeNode | SimpleNamespace, context: RenderContext) -> str:
    """Render a code span; one that Dataview would run is text."""
    runs = node.content.strip().startswith(("=", "$="))
    return _text(node, context) if runs else DEFAULT_RENDERERS["code_inline"](node, context)  # type: ignore[arg-type]


_RENDERERS = {
    "text": _text,
    "paragraph": _paragraph,
    "heading": _heading,
    "code_inline": _code_inline,
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
