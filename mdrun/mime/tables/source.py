"""HTML made ready to be read in time, however much of it there is."""

from __future__ import annotations

import re

from mdrun.mime.tables.grid import MOST_ROWS

LARGEST = 50_000_000
"""Characters of HTML that are looked at."""

MOST_TAGS = 300_000
"""Tags that are read, a few seconds' worth: one for each row that is only counted."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)", re.DOTALL)

_REFUSED = re.compile(
    r"<(?:!|(?:script|noscript|template|frameset|object|embed|applet|link|base"
    r"|form|input|button|select|textarea|picture|svg|canvas|math|audio)(?![\w-]))",
    re.IGNORECASE,
)
"""What acts, or shows more than its text says; and declarations, where taking one out has made another."""

_BEFORE_ROWS = re.compile(r"(?=<tr[\s>]|</?(?:table|thead|tbody|tfoot)[\s>])", re.IGNORECASE)


def readable(html: str) -> str | None:
    """Return `html` as it is read; None where that takes too long, or where it is clear that it has more than words.

    html.parser looks again and again for the end of comments and of a last tag that have none: they are not there.
    """
    if len(html) > LARGEST:
        return None
    html = _COMMENT.sub("", html)
    if _REFUSED.search(html):
        return None
    closed, bracket, rest = _thinned(html).rpartition(">")
    return f"{closed}{bracket}{rest.partition('<')[0]}" if closed.count("<") <= MOST_TAGS else None


def _thinned(html: str) -> str:
    """Return `html` with nothing left but their start tag of the rows that are only counted."""
    rows = 0
    pieces: list[str] = []
    for piece in _BEFORE_ROWS.split(html):
        rows = rows + 1 if piece[:3].lower() == "<tr" else 0
        pieces.append(piece if rows <= MOST_ROWS + 1 else "<tr>")
    return "".join(pieces)
