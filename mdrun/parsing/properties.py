"""A note's properties: the YAML between `---` lines at its very start (R70-R74)."""

from __future__ import annotations

import re
from typing import Any

SIZE_LIMIT = 65_536
"""Characters of frontmatter that are read; more is told and left alone (F69)."""

_OPENING = re.compile(r"\ufeff?---(?:\r\n|\n|\r)")
_CLOSING = re.compile(r"(?:\r\n|\n|\r)---[ \t]*(?:\r\n|\n|\r|\Z)")


def frontmatter(text: str) -> tuple[str, int]:
    """Return the frontmatter's YAML and the offset where the body starts, `("", 0)` without one."""
    opening = _OPENING.match(text)
    closing = opening and _CLOSING.search(text, opening.end() - 1)
    if not opening or not closing:
        return "", 0
    return text[opening.end() : closing.start()], closing.end()


def read_properties(source: str) -> tuple[dict[str, Any], str | None]:
    """Return the properties, keys in lower case (R74), and why they could not be read, if so."""
    if not source:
        return {}, None
    if len(source) > SIZE_LIMIT:
        return {}, f"properties of more than {SIZE_LIMIT:,} characters are not read"
    # Loaded where there is something to read: it takes as long as a short note.
    from mdrun.parsing.core_schema import Unreadable, load  # noqa: PLC0415

    try:
        values = load(source)
    except Unreadable as error:
        return {}, f"properties are not valid YAML: {error}"
    if values is None:
        return {}, None
    if not isinstance(values, dict):
        return {}, "properties are not a mapping"
    return {str(key).lower(): value for key, value in values.items()}, None
