"""Tables to Markdown, as much of them as a reader wants to see."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from mdrun.clip import SHOWN_BYTES, size, within
from mdrun.mime.tables.flow import Flow, bare
from mdrun.mime.tables.grid import FIRST_ROWS, MOST_ROWS, Grid
from mdrun.mime.tables.markup import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdrun.mime.tables.grid import Placed
    from mdrun.mime.tables.reader import Page

MOST_COLUMNS = 30
"""A table of more columns shows its first `FIRST_COLUMNS`.

pandas shows 20 by itself, with one for those between and some for its index.
"""

FIRST_COLUMNS = 10

_NOTE = 60
"""No note on what is left out is longer, blank lines included."""

_NUMBER = re.compile(
    r"[-+\u2212]?(\d[\d,]*(\.\d*)?|\.\d+|inf)(e[-+]?\d+)?\s?%?|nan|none|null|<na>|\.\.\.|\u2026", re.IGNORECASE
)
"""A number, or what stands where there is none."""

_PIPE = r"\|"
"""A pipe that ends no cell, not even in code."""


def written(page: Page) -> str | None:
    """Return a page as Markdown, each table in its share of the room; None where a head alone takes more."""
    blocks: list[str | Grid] = []
    for part in page:
        blocks += map(markdown, part.lines) if isinstance(part, Flow) else _with_words(part)
    room = SHOWN_BYTES - sum(size(block) + 2 for block in blocks if isinstance(block, str))
    share = room // sum(isinstance(block, Grid) for block in blocks) - _NOTE
    shown = [[block] if isinstance(block, str) else _table(block, share) for block in blocks]
    return "\n\n".join(chain.from_iterable(shown)) if all(shown) else None


def _with_words(grid: Grid) -> Iterator[str | Grid]:
    """Yield a table between what it says across all of its columns, the first of that as a caption is."""
    titles = [line for flow in grid.titles for line in flow.lines]
    yield from map(_strong, titles[:1])
    yield from map(markdown, titles[1:])
    yield grid
    yield from (markdown(line) for flow in grid.notes for line in flow.lines)


def _strong(line: str) -> str:
    return markdown(line if "<b>" in line else f"<b>{line}</b>")


def _table(grid: Grid, room: int) -> list[str]:
    """Return a table and what to say about the rest of it; nothing where not even its head fits."""
    every = grid.columns
    columns = every if len(every) <= MOST_COLUMNS else every[:FIRST_COLUMNS]
    rows = grid.rows if grid.count <= MOST_ROWS else grid.rows[:FIRST_ROWS]
    head = [_row(_head(grid.head, columns)), _row(_rule(rows, column) for column in columns)]
    body = (_row(_said(row, column) for column in columns) for row in rows)
    lines = list(within(room, (*head, *body)))
    if len(lines) < len(head):
        return []
    left_out = _left_out(row=grid.count - len(lines) + len(head), column=len(every) - len(columns))
    return ["\n".join(lines), *left_out]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', _PIPE) for cell in cells)} |"


def _head(rows: Sequence[Placed], columns: Sequence[int]) -> Iterator[str]:
    """Yield what all rows of the head say above each column."""
    for column in columns:
        above = (cell for row in rows for start, cell in row.items() if start <= column < start + cell.columns)
        yield "<br>".join(markdown(line) for cell in above for line in cell.words.lines)


def _said(row: Placed, column: int) -> str:
    return "<br>".join(map(markdown, row[column].words.lines)) if column in row else ""


def _rule(rows: Sequence[Placed], column: int) -> str:
    cells = (" ".join(map(bare, row[column].words.lines)) for row in rows if column in row)
    said = [text for text in cells if text]
    return "---:" if said and all(map(_NUMBER.fullmatch, said)) else "---"


def _left_out(**counts: int) -> Iterator[str]:
    """Say how many more there are of each thing, unless there are none."""
    more = [f"{count:,} more {thing if count == 1 else f'{thing}s'}" for thing, count in counts.items() if count]
    if more:
        yield f"... {', '.join(more)}"
