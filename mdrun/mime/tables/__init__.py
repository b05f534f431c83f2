"""HTML that is words and tables, as Markdown."""

from __future__ import annotations

from mdrun.mime.tables.reader import read, words

__all__ = ["tables_in", "words_in"]


def tables_in(html: str) -> str | None:
    """Return the Markdown of HTML that is tables and little else; None for any other HTML.

    Of a large table the beginning is shown, and how much is left out. Text stands for itself, line breaks in cells are
    `<br>`, columns are not aligned.
    """
    page = read(html)
    if page is None:
        return None
    from mdrun.mime.tables.pipes import written  # noqa: PLC0415 - loads beautifulsoup4, for tables alone

    return written(page)


def words_in(html: str) -> str | None:
    """Return the Markdown of HTML that is words alone, each of its lines a paragraph; None for any other HTML."""
    lines = words(html)
    if lines is None:
        return None
    from mdrun.mime.tables.markup import markdown  # noqa: PLC0415 - loads beautifulsoup4

    return "\n\n".join(map(markdown, lines))
