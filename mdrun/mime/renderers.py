"""Each kind of a MIME bundle as a part of a region's body, the kind that reads best first."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from mdrun.clip import Text, size, spelled
from mdrun.mime.data import laid_out
from mdrun.mime.formulas import formula_in, is_formula
from mdrun.mime.pages import picture_in
from mdrun.mime.parts import Fence, Figure, Formula, Part, Prose
from mdrun.pictures import KINDS, picture_of
from mdrun.pictures.picture import HAS_SCRIPT
from mdrun.terminal import plain
from mdrun.text import without_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdrun.events import MimeBundle
from mdrun.mime.parts import Keep, Renderer

SVG = "image/svg+xml"
HTML = "text/html"
WORDS = "text/html; words"
"""HTML that is words alone, in a bundle whose plain text says nothing."""
ENCODED = KINDS.keys() - {SVG}
"""Kinds that come as base64."""
UNMASKED = ENCODED | {"text/markdown", "text/plain"}
"""Kinds in which secrets are not looked for before they are rendered: in text they are found behind it."""
DIAGRAMS = ("text/vnd.mermaid", "text/mermaid", "text/x-mermaid", "text/vnd.graphviz")
OWN_METADATA = "mdrun"
"""Where the kernel's start-up code puts what it knows of a picture; it knows the word as well."""
_STAND_IN = re.compile(r"<(?:\w|\.|<locals>)+ (?:object|(?:object )?at 0x[0-9a-f]+)>")
"""What an object says of itself whose class has no words for it."""
_SCENE = re.compile(
    r"<(?:script|style|img|picture|svg|canvas|video|audio|iframe|object|embed|input|button|select)\b", re.IGNORECASE
)
"""Begins what is more than its source: that is not for reading, and often has ids that are new in every run."""
_SPACE = re.compile(r"(?:\s|<[bh]r\s*/?>)*", re.IGNORECASE)
"""HTML that only parts what stands above it from what follows."""
_WIDEST = 10_000
"""Pixels; nobody's screen is wider."""


def _plain(value: Any, _metadata: MimeBundle, _keep: Keep) -> Fence | None:
    return Fence("text", plain(value)) if isinstance(value, str) else None


def _json(info: str) -> Renderer:
    def renderer(value: Any, _metadata: MimeBundle, _keep: Keep) -> Fence:
        return Fence(info, plain(laid_out(value)), folded=True)

    return renderer


def _diagram(value: Any, _metadata: MimeBundle, _keep: Keep) -> Fence | None:
    """Show Mermaid, and Graphviz's graphs as such; what is neither, or would be a link, as its source."""
    if not isinstance(value, str):
        return None
    from mdrun.mime.diagrams import is_dot, is_still, mermaid_of  # noqa: PLC0415 - few notes have diagrams

    text = plain(value)
    if not is_dot(text.head):
        return Fence("mermaid" if is_still(text.head) else "text", text)
    drawn = mermaid_of(text.head)
    return Fence("mermaid", Text(drawn)) if drawn and is_still(drawn) else Fence("dot", text)


def _markdown(value: Any, _metadata: MimeBundle, _keep: Keep) -> Prose | None:
    return Prose(value) if isinstance(value, str) else None


def _latex(value: Any, _metadata: MimeBundle, _keep: Keep) -> Part | None:
    """Show one formula as such, and text with formulas in it as Markdown, which it nearly is; LaTeX else gives way.

    So does a formula that is not harmless, or too long for a reader.
    """
    if not isinstance(value, str):
        return None
    text = plain(value).head
    tex = formula_in(text)
    if tex is not None:
        return Formula(tex)
    if "\\begin" in text or is_formula(text):
        return None
    return Prose(text) if re.search(r"\$|\\\(|\\\[", text) else None


def _html(limit: int) -> Renderer:
    def renderer(value: Any, _metadata: MimeBundle, _keep: Keep) -> Prose | Figure | None:
        """Show tables, and a picture; any other HTML gives way to another kind."""
        if not isinstance(value, str):
            return None
        embedded = picture_in(value)
        if embedded and embedded.kind in ENCODED:
            picture = picture_of(embedded.kind, embedded.data, limit=limit)
            return Figure(picture, embedded.alt or picture.title, _size(embedded.size))
        return _tables(value) if "<table" in value.lower() else None

    return renderer


def _words(value: Any, _metadata: MimeBundle, _keep: Keep) -> Prose | None:
    from mdrun.mime.tables import words_in  # noqa: PLC0415 - it brings a parser that few notes need

    markdown = words_in(value)
    return None if markdown is None else Prose(markdown)


def _tables(html: str) -> Prose | None:
    from mdrun.mime.tables import tables_in  # noqa: PLC0415 - it brings a parser that few notes need

    markdown = tables_in(html)
    return None if markdown is None else Prose(markdown)


def _plotly(value: Any, _metadata: MimeBundle, _keep: Keep) -> Fence | None:
    """Show a figure as its data; the template is the same in most, and as long as the rest."""
    if not isinstance(value, dict):
        return None
    layout = value.get("layout")
    if isinstance(layout, dict):
        value = {**value, "layout": {key: each for key, each in layout.items() if key != "template"}}
    return Fence("json", plain(laid_out(value)), folded=True)


def _picture(kind: str, limit: int) -> Renderer:
    def renderer(value: Any, metadata: MimeBundle, _keep: Keep) -> Figure:
        picture = picture_of(kind, value, limit=limit)
        names = (_told(metadata, kind, "alt"), _told(metadata, OWN_METADATA, "title"), picture.title)
        alt = next((name for name in names if isinstance(name, str) and name.strip()), "")
        return Figure(picture, alt, _size(metadata.get(kind)))

    return renderer


def _told(metadata: MimeBundle, key: str, what: str) -> Any:
    about = metadata.get(key)
    return about.get(what) if isinstance(about, dict) else None


def _size(metadata: Any) -> str:
    """Return the size that a picture was displayed with, `400` or `400x300`; empty if it was not told."""
    told = metadata if isinstance(metadata, dict) else {}
    width, height = (_pixels(told.get(side)) for side in ("width", "height"))
    return f"{width}x{height}" if width and height else width


def _pixels(side: Any) -> str:
    is_length = isinstance(side, int | float) and not isinstance(side, bool) and 1 <= side < _WIDEST
    return str(int(side)) if is_length else ""


def renderers_for(limit: int) -> dict[str, Renderer]:
    """Return how each kind is shown, the preferred one first; pictures up to `limit` bytes.

    HTML that is no table and no picture, and what programs draw, give way to plain text that says something.
    """
    return {
        **dict.fromkeys(DIAGRAMS, _diagram),
        "text/markdown": _markdown,
        "text/latex": _latex,
        SVG: _picture(SVG, limit),
        **{kind: _picture(kind, limit) for kind in KINDS if kind in ENCODED},
        HTML: _html(limit),
        WORDS: _words,
        "application/geo+json": _json("geojson"),
        "application/json": _json("json"),
        "text/plain": _plain,
        "application/vnd.plotly.v1+json": _plotly,
    }


SOURCES: Mapping[str, str] = {HTML: "html", "text/latex": "tex"}
"""Languages of kinds that are shown as their source where nothing else is there."""


def without_stand_in(data: MimeBundle) -> MimeBundle:
    """Return a bundle without plain text that only says that there is LaTeX, Markdown, or HTML of words or none."""
    if not _is_stand_in(data):
        return data
    rest = {kind: value for kind, value in data.items() if kind != "text/plain"}
    if _SPACE.fullmatch(str(data.get(HTML, "x"))):
        return {kind: value for kind, value in rest.items() if kind != HTML}
    if "text/latex" in data or "text/markdown" in data:
        return rest
    return {**rest, WORDS: data[HTML]} if _is_words(data.get(HTML)) else data


def _is_words(html: Any) -> bool:
    from mdrun.mime.tables.reader import words  # noqa: PLC0415 - a parser that few notes need

    return isinstance(html, str) and bool(words(html))


def missed(data: MimeBundle) -> list[str]:
    """Say what a bundle had that its plain text does not show, where that only says what it is."""
    html = data.get(HTML)
    if not (isinstance(html, str) and _is_stand_in(data)):
        return []
    has_script = re.search("<script", html, re.IGNORECASE)
    return [f"{HTML}: {HAS_SCRIPT if has_script else 'neither a table nor a picture of its own'}"]


def _is_stand_in(data: MimeBundle) -> bool:
    text = data.get("text/plain")
    return isinstance(text, str) and _STAND_IN.fullmatch(text) is not None


def named(kind: str, value: Any) -> Fence:
    """Say what is there, of a kind that cannot be shown."""
    is_scene = kind == HTML and bool(_SCENE.search(str(value)))
    if kind.startswith("text/") and isinstance(value, str) and not is_scene:
        says_nothing = kind == HTML and not without_tags(value).strip()
        return nothing() if says_nothing else Fence(SOURCES.get(kind, "text"), plain(value))
    if kind.endswith("+json") and not isinstance(value, str):
        return Fence("json", plain(laid_out(value)), folded=True)
    return Fence("text", plain(f"<{kind}, {spelled(_weight(value))}>"))


def nothing() -> Fence:
    """Return what is to be seen of a bundle that holds nothing."""
    return Fence("text", Text(""))


def _weight(value: Any) -> int:
    """Return the bytes of a value, of what it encodes where it is base64."""
    text = value if isinstance(value, str) else laid_out(value)
    try:
        return len(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return size(text)
