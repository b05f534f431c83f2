"""SVG read as what a browser draws, and written in one way."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from xml.etree.ElementTree import TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from mdrun.pictures.picture import ASKS_OUTSIDE, PictureRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

DEEPEST = 256
"""libxml2, and many programs with it, reads no elements nested deeper."""
MOST = 250_000
"""With more elements and attributes than that, a drawing takes longer to show than anybody waits."""

_SVG = "http://www.w3.org/2000/svg"
_DECLARED = {
    "html": "http://www.w3.org/1999/xhtml",
    "math": "http://www.w3.org/1998/Math/MathML",
    "xlink": "http://www.w3.org/1999/xlink",
}
_ELEMENTS = {_SVG: "", _DECLARED["html"]: "html:", _DECLARED["math"]: "math:"}
_ATTRIBUTES = {"": "", _DECLARED["xlink"]: "xlink:", "http://www.w3.org/XML/1998/namespace": "xml:"}
"""The namespaces a browser knows, and how their names are written; those of drawing programs are not among them."""

_NO_SVG = "no SVG"
_HAS_DTD = "has a DTD of its own"


def read(markup: bytes) -> Element:
    """Return the root of an SVG, without metadata, comments, and names no browser knows; attributes are sorted.

    Names have their prefix, as in `xlink:href`, whatever it was.
    """
    return _Reader().read(markup)


def written(root: Element) -> str:
    """Return the markup of a tree that was read."""
    names = {name for element in root.iter() for name in (element.tag, *element.keys())}
    used = {name.partition(":")[0] for name in names if ":" in name}
    declared = ((f"xmlns:{prefix}", space) for prefix, space in _DECLARED.items() if prefix in used)
    pieces: list[str] = []
    _write(root, (("xmlns", _SVG), *declared, *root.items()), pieces)
    return "".join((*pieces, "\n"))


@lru_cache(maxsize=1024)
def local(name: str) -> str:
    """Return a name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


class _Reader:
    """Builds a tree of what is drawn, from what a parser meets."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._left_out = 0
        """The depth of the element that is left out, or 0."""
        self._met = 0
        self._space = ""
        """The namespace of elements that name none."""

    def read(self, markup: bytes) -> Element:
        parser = ParserCreate("utf-8", "}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse_entities
        parser.SkippedEntityHandler = _refuse_unknown_entity
        parser.ProcessingInstructionHandler = _refuse_style_sheet
        try:
            parser.Parse(markup, True)  # noqa: FBT003 - that is how expat is told that it is all
        except ExpatError as error:
            raise PictureRefused(f"no XML: {error}") from None
        return self._tree.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._met += 1 + len(attributes)
        if self._depth > DEEPEST:
            raise PictureRefused(f"nested more than {DEEPEST} deep")
        if self._met > MOST:
            raise PictureRefused(f"more than {MOST:,} elements and attributes")
        if self._left_out:
            return
        if self._depth == 1 and "}" not in name:
            self._space = _SVG
        tag = _written_name(name, _ELEMENTS, self._space)
        if self._depth == 1 and tag != "svg":
            raise PictureRefused(_NO_SVG)
        if tag is None or tag == "metadata":
            self._left_out = self._depth
        else:
            self._tree.start(tag, _written_attributes(attributes))

    def _end(self, name: str) -> None:
        if not self._left_out:
            self._tree.end(name)
        elif self._left_out == self._depth:
            self._left_out = 0
        self._depth -= 1

    def _text(self, text: str) -> None:
        if not self._left_out:
            self._tree.data(text)


def _written_name(name: str, prefixes: Mapping[str, str], default: str = "") -> str | None:
    """Return a name as it is written, None where no browser knows it; `default` is the namespace of a plain one."""
    space, _, plain = name.rpartition("}")
    prefix = prefixes.get(space or default)
    return None if prefix is None else prefix + plain


def _written_attributes(attributes: dict[str, str]) -> dict[str, str]:
    named = ((_written_name(name, _ATTRIBUTES), value) for name, value in attributes.items())
    return dict(sorted((name, value) for name, value in named if name is not None))


def _refuse_entities(_name: str, _system: str | None, _public: str | None, has_own: bool) -> None:  # noqa: FBT001 - expat's
    if has_own:
        raise PictureRefused(_HAS_DTD)


def _refuse_unknown_entity(name: str, _is_parameter: bool) -> None:  # noqa: FBT001 - expat's
    raise PictureRefused(f"no XML: unknown entity {name}")


def _refuse_style_sheet(target: str, _data: str) -> None:
    if target == "xml-stylesheet":
        raise PictureRefused(ASKS_OUTSIDE)


def _write(element: Element, attributes: Iterable[tuple[str, str]], pieces: list[str]) -> None:
    """Append the markup of an element: none is so deep that this could not call itself."""
    pieces.append(f"<{element.tag}")
    pieces += (f' {name}="{_quoted(value)}"' for name, value in attributes)
    if element.text or len(element):
        pieces.append(f">{_escaped(element.text or '')}")
        for child in element:
            _write(child, child.items(), pieces)
            pieces.append(_escaped(child.tail or ""))
        pieces.append(f"</{element.tag}>")
    else:
        pieces.append("/>")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
