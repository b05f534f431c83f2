"""Tables as HTML has them, and the columns their cells stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.mime.tables.flow import Flow

MOST_ROWS = 60
"""A table of more rows shows its first `FIRST_ROWS`."""

FIRST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, and how many columns and rows it spans."""

    words: Flow
    is_head: bool
    columns: int
    rows: int


Row: TypeAlias = list[Cell]

Placed: TypeAlias = dict[int, Cell]
"""The cells of a row, each by the column it starts in."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table, its cells in their columns."""

    head: list[Placed]
    rows: list[Placed]
    """Below the head, and no more than may be shown."""
    count: int
    """How many rows there are below the head."""
    titles: list[Flow]
    """What stands over the head, across all columns."""
    notes: list[Flow]
    """What stands beneath the rows, across all columns."""

    @property
    def columns(self) -> list[int]:
        """Return the columns in which a cell that says something starts."""
        rows = (*self.head, *self.rows)
        return sorted({column for row in rows for column, cell in row.items() if cell.words.lines})


class Section:
    """The head, the body or the foot of a table."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[Row] = []

    def begin_row(self) -> Row:
        """Return a new row, to be filled; it is only counted when so many are there that it will not be shown."""
        row: Row = []
        self.count += 1
        if self.count <= MOST_ROWS + 1:
            self._rows.append(row)
        return row

    def placed(self) -> Iterator[Placed]:
        """Yield each row with its cells where those of the rows above leave room for them."""
        free_from: dict[int, int] = {}
        for number, row in enumerate(self._rows):
            placed: Placed = {}
            column = 0
            for cell in row:
                while free_from.get(column, 0) > number:
                    column += 1
                placed[column] = cell
                free_from.update(dict.fromkeys(range(column, column + cell.columns), number + cell.rows))
                column += cell.columns
            yield placed


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is read."""

    head: Section = field(default_factory=Section)
    body: Section = field(default_factory=Section)
    foot: Section = field(default_factory=Section)

    def section(self, tag: str) -> Section:
        """Return the section that `tag` begins."""
        return {"thead": self.head, "tfoot": self.foot}.get(tag, self.body)

    def grid(self) -> Grid:
        """Return the rows in their order; without a head, a first row of head cells is one."""
        head, rows, foot = ([*section.placed()] for section in (self.head, self.body, self.foot))
        count = self.body.count + self.foot.count
        if not head and rows and _is_head(rows[0]):
            head, rows, count = rows[:1], rows[1:], count - 1
        columns = _said_apart([*head, *rows, *foot])
        titles = [*takewhile(bool, (_across(row, columns) for row in head[:-1]))]
        notes = [*takewhile(bool, (_across(row, columns) for row in reversed(foot)))]
        rows += foot[: len(foot) - len(notes)]
        return Grid(head[len(titles) :], rows, count - len(notes), _flows(titles), _flows(reversed(notes)))


def _is_head(row: Placed) -> bool:
    """Whether all that a row says is in head cells."""
    said = [cell for cell in row.values() if cell.words.lines]
    return all(cell.is_head for cell in said or row.values())


def _said_apart(rows: list[Placed]) -> list[int]:
    """Return the columns of the cells that say something in rows that have several such."""
    said = ([column for column, cell in row.items() if cell.words.lines] for row in rows)
    return sorted({column for columns in said if len(columns) > 1 for column in columns})


def _across(row: Placed, columns: list[int]) -> Flow | None:
    """Return what the only cell of a row says, if it spans all of several columns."""
    said = [(start, cell) for start, cell in row.items() if cell.words.lines]
    if len(said) != 1 or not columns:
        return None
    ((start, cell),) = said
    return cell.words if start <= columns[0] and start + cell.columns > columns[-1] else None


def _flows(told: Iterable[Flow | None]) -> list[Flow]:
    return [flow for flow in told if flow is not None]
