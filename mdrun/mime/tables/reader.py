"""HTML that is words and tables, read into flows of text and tables."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import TypeAlias
from urllib.parse import quote

from mdrun.mime.tables.flow import Flow
from mdrun.mime.tables.grid import Cell, Grid, Row, Section, Table
from mdrun.mime.tables.source import readable

AROUND = 500
"""Characters that may stand outside of cells."""

MOST_WORDS = 5_000
"""Characters of HTML that is words alone."""

LONGEST_CELL = 300
"""Characters of a cell that are shown; more are cut off."""

LONGEST_LINK = 1_000
"""Characters of an address that is kept."""

WIDEST = 10_000
"""Columns of a row that is read."""

MOST_SPANNED = 1_000
"""Columns a cell can span, as in browsers."""

_TO_THE_END = 65_534
"""Rows that a cell spans which says 0, as in browsers."""

Page: TypeAlias = list[Flow | Grid]
"""What there is to show, in its order; no table without a word in it."""

Attributes: TypeAlias = list[tuple[str, str | None]]

_TITLES = {"caption", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6"}
_MARKS = {
    **dict.fromkeys(("b", "strong", *_TITLES), "b"),
    **dict.fromkeys(("i", "em"), "i"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    **dict.fromkeys(("del", "s", "strike"), "del"),
    "sub": "sub",
    "sup": "sup",
    "a": "a",
}
"""The mark that a tag puts on its text."""

_WRAPPERS = {*_TITLES, "html", "head", "body", "div", "section", "center", "figure", "p", "br", "hr"}
_BLOCKS = {*_WRAPPERS, "article", "blockquote", "dd", "details", "dl", "dt", "li", "ol", "pre", "summary", "ul"}
"""What begins a new line, and ends with one."""

_SECTIONS = {"thead", "tbody", "tfoot"}
_CELLS = {"td", "th"}
_PARTS = {"table", "caption", "colgroup", "col", "tr", *_SECTIONS, *_CELLS}
_ELSEWHERE = {"iframe", "img", "video"}
"""What shows something that a link to it leads to as well."""

_KNOWN = frozenset([*_PARTS, *_WRAPPERS, *_MARKS, *_ELSEWHERE, "meta", "small", "span", "style"])
"""All that may stand outside of cells."""

_LISTED = _KNOWN | {"big", "font", "label", "li", "mark", "u", "ul"}
"""All that words alone may have."""

_VOID = {"br", "col", "hr", "img", "meta", "wbr"}

_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_KEEPING_LINES = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
_IN_ADDRESS = "%/:?#@!$&'*+,=~"
"""Signs of an address that mean nothing to Markdown where it has one."""

_DIGITS = re.compile(r"\s*([0-9]{1,9})")


def read(html: str) -> Page | None:
    """Return what HTML shows that is tables and little else; None for any other."""
    page = _read(html, AROUND, _KNOWN)
    return page if page and any(isinstance(part, Grid) for part in page) else None


def words(html: str) -> list[str] | None:
    """Return the lines of HTML that is words alone, and not too many of them; None for any other."""
    page = _read(html, MOST_WORDS, _LISTED) or []
    return [line for part in page if isinstance(part, Flow) for line in part.lines] if len(page) == 1 else None


def _read(html: str, room: int, known: frozenset[str]) -> Page | None:
    source = readable(html)
    if source is None:
        return None
    reader = _Reader(room, known)
    try:
        reader.feed(source)
        reader.close()
    except (_Unfit, ValueError):  # html.unescape cannot read numbers of thousands of digits
        return None
    return reader.page()


class _Unfit(Exception):
    """There is more than tables."""


class _Reader(HTMLParser):
    """Reads what browsers would show; end tags may be missing where HTML lets them."""

    def __init__(self, room: int, known: frozenset[str]) -> None:
        super().__init__()
        self._room, self._known = room, known
        self._around = Flow(room)
        self._page: list[Flow | Table] = [self._around]
        self._flow = self._around
        """Where text goes: the open cell, or what stands around the tables."""
        self._table: Table | None = None
        self._section = Section()
        self._row: Row | None = None
        self._width = 0
        self._hidden: list[str] = []
        """The hidden element and those of its name in it, as far as they are open."""
        self._keeps_lines = False
        """Whether lines of the source are lines in cells, because of a style or a `pre`."""

    def page(self) -> Page | None:
        """Return what was read, if it is what is wanted."""
        self._leave_cell()
        flows = [part for part in self._page if isinstance(part, Flow)]
        for flow in flows:
            flow.end_line()
        if any(flow.is_cut for flow in flows) or sum(flow.length for flow in flows) > self._room:
            return None
        page = [part if isinstance(part, Flow) else part.grid() for part in self._page]
        return [part for part in page if isinstance(part, Flow) or part.columns]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not (tag in self._known or self._is_in_cell) or any(map(_acts, attrs)):
            raise _Unfit
        if self._hides(tag, attrs):
            return
        if tag in _PARTS:
            self._begin(tag, dict(attrs))
        if tag in _ELSEWHERE:
            self._lead_to(tag, dict(attrs))
        if tag in _BLOCKS:
            self._flow.end_line()
            self._keeps_lines = self._keeps_lines or tag == "pre"
        if tag == "li" and not self._is_in_cell:
            self._flow.add("\u2022 ")
        if tag in _MARKS and (mark := _link(dict(attrs)) if tag == "a" else _MARKS[tag]):
            self._flow.mark(mark)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag in _MARKS:
            self._flow.unmark(_MARKS[tag])
        if tag in _BLOCKS:
            self._flow.end_line()
        if tag in _PARTS:
            self._end(tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self._keeps_lines = self._keeps_lines or bool(_KEEPING_LINES.search(data))
        elif not self._hidden:
            first, *others = data.split("\n") if self._keeps_lines and self._is_in_cell else [data]
            self._flow.add(first)
            for line in others:
                self._flow.end_line()
                self._flow.add(line)

    @property
    def _is_in_cell(self) -> bool:
        return self._flow is not self._around

    def _hides(self, tag: str, attrs: Attributes) -> bool:
        """Whether nothing is shown of what a tag begins."""
        if tag in self._hidden[:1] or (not self._hidden and tag not in _VOID and any(map(_is_hiding, attrs))):
            self._hidden.append(tag)
        return bool(self._hidden)

    def _lead_to(self, tag: str, attrs: dict[str, str | None]) -> None:
        """Put a link in the place of what would be loaded from the web; what stands in its element is for others."""
        link = _link({"href": attrs.get("src")})
        if link is None:
            raise _Unfit
        self._flow.mark(link)
        self._flow.add((attrs.get("alt") or "").strip() or str(attrs["src"]).strip())
        self._flow.unmark("a")
        if tag not in _VOID:
            self._hidden.append(tag)

    def _begin(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "table":
            self._begin_table()
        if self._table is None:
            return
        self._leave_cell()
        if tag in _SECTIONS:
            self._begin_section(self._table.section(tag))
        elif tag == "tr":
            self._begin_row()
        elif tag in _CELLS:
            self._begin_cell(tag, attrs)

    def _begin_table(self) -> None:
        if self._table is not None:
            raise _Unfit
        self._table = Table()
        self._page.append(self._table)
        self._begin_section(self._table.body)

    def _begin_section(self, section: Section) -> None:
        self._section = section
        self._row = None

    def _begin_row(self) -> Row:
        self._row = self._section.begin_row()
        self._width = 0
        return self._row

    def _begin_cell(self, tag: str, attrs: dict[str, str | None]) -> None:
        row = self._begin_row() if self._row is None else self._row
        columns = min(_number(attrs.get("colspan")) or 1, MOST_SPANNED)
        self._width += columns
        if self._width > WIDEST:
            raise _Unfit
        self._flow = Flow(LONGEST_CELL)
        row.append(Cell(self._flow, tag == "th", columns, _number(attrs.get("rowspan")) or _TO_THE_END))

    def _end(self, tag: str) -> None:
        if self._table is None:
            return
        self._leave_cell()
        if tag == "table":
            self._table = None
            self._flow = self._around = Flow(self._room)
            self._page.append(self._around)
        elif tag in _SECTIONS:
            self._begin_section(self._table.body)
        elif tag == "tr":
            self._row = None

    def _leave_cell(self) -> None:
        if self._is_in_cell:
            self._flow.end_line()
            self._flow = self._around


def _acts(attribute: tuple[str, str | None]) -> bool:
    return attribute[0].startswith("on") or attribute[0] == "http-equiv"


def _is_hiding(attribute: tuple[str, str | None]) -> bool:
    name, value = attribute
    return name == "hidden" or (name == "style" and bool(_HIDING.search(value or "")))


def _link(attrs: dict[str, str | None]) -> str | None:
    """Return the mark of a link to the web; what other links lead to is not there for a note."""
    address = (attrs.get("href") or "").strip()
    if not address.lower().startswith(("http://", "https://")) or len(address) > LONGEST_LINK:
        return None
    return f'a href="{escape(quote(address, safe=_IN_ADDRESS, errors="replace"))}"'


def _number(value: str | None) -> int:
    """Return the number that an attribute begins with, 1 where there is none."""
    digits = _DIGITS.match(value or "")
    return int(digits[1]) if digits else 1
