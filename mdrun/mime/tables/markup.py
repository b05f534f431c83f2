"""Inline HTML to inline Markdown."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from bs4.element import NavigableString
from markdownify import MarkdownConverter

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from bs4.element import PageElement, Tag

_Base: Any = MarkdownConverter
"""Its stub leaves out what it is made of."""


class _Converter(_Base):  # type: ignore[misc]
    def escape(self, text: str, parent_tags: AbstractSet[str]) -> str:
        """Leave pipes to the table, where they end a cell even in code; let no link behind a `!` be a picture.

        Dollars in a text make no formula: what is between them is escaped like the rest.
        """
        escaped: str = super().escape(text, parent_tags)
        return escaped.replace(r"\|", "|").replace("!", r"\!").replace("$", r"\$")

    def convert_b(self, tag: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        marked: str = super().convert_b(tag, text, parent_tags)
        return text if _is_stuck(tag, text) else marked

    def convert_i(self, tag: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        marked: str = super().convert_i(tag, text, parent_tags)
        return text if _is_stuck(tag, text) else marked


def _is_stuck(tag: Tag, text: str) -> bool:
    """Whether asterisks around `text` would stand between a sign and a letter, where they mark nothing."""
    return _clash(_text(tag.previous_sibling)[-1:], text[:1]) or _clash(_text(tag.next_sibling)[:1], text[-1:])


def _text(beside: PageElement | None) -> str:
    return str(beside) if isinstance(beside, NavigableString) else ""


def _clash(outside: str, inside: str) -> bool:
    return outside.isalnum() and not (inside.isalnum() or inside.isspace())


_FORMULA = re.compile(r"\$[^\s$](?:[^$]*[^\s$])?\$")
_CONVERTER = _Converter(autolinks=False, escape_misc=True, sub_symbol="<sub>", sup_symbol="<sup>")


def markdown(line: str) -> str:
    """Return a line of inline HTML as Markdown in which its text stands for itself, or is one formula."""
    if "<" in line:
        return str(_CONVERTER.convert(line)).strip()
    text = unescape(line).strip()
    return text if _FORMULA.fullmatch(text) else str(_CONVERTER.escape(text, frozenset())).strip()
