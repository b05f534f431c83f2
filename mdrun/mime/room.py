"""The room a region has: of blocks that are too many or too long together, those at its ends."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mdrun.clip import SHOWN_BYTES, SHOWN_LINES, Text, capped, hole, size
from mdrun.text import fenced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mdrun.pictures import Picture

LEAST_LINES = 10
LEAST_BYTES = 1_000
"""How much of a code block is worth showing."""
SPARE = 50
"""Bytes in which a cut says how much is left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one part."""

    lines: tuple[str, ...]
    folded: bool = False
    source: Text | None = None
    """What stands in it, where it is a fenced code block."""
    info: str = ""
    is_error: bool = False
    count: int = 1
    """How many outputs it stands for."""
    masked: int = 0
    """How many secrets were masked."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """What its lines show, by name."""

    @property
    def is_fence(self) -> bool:
        """Whether its first and last lines are a fence."""
        return self.source is not None

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the lines that a reader sees."""
        return self.lines[1:-1] if self.is_fence else self.lines


def code(text: Text, info: str, count: int = SHOWN_LINES, room: int = SHOWN_BYTES) -> Block:
    """Return a fenced code block that shows as much of a text as fits."""
    return Block(fenced(info, capped(text, count, room)), source=text, info=info)


@dataclass(slots=True)
class _Room:
    """Lines, and bytes with their line ends."""

    lines: int
    bytes: int

    def take(self, wanted: _Room) -> bool:
        """Give away what is wanted, if there is as much."""
        if wanted.lines > self.lines or wanted.bytes > self.bytes:
            return False
        self.lines -= wanted.lines
        self.bytes -= wanted.bytes
        return True


def fitted(blocks: Sequence[Block]) -> list[Block]:
    """Return as many of the first and the last `blocks` as fit, and between them how many outputs are left out.

    Each code block has a few lines for sure; the first and the last ones have what others leave.
    """
    room = _Room(SHOWN_LINES, SHOWN_BYTES)
    if all(room.take(_whole(block)) for block in blocks):
        return [*blocks]
    # One line says how many are left out.
    room = _Room(SHOWN_LINES - 1, SHOWN_BYTES - SPARE * (len(blocks) + 1))
    return [*_with_hole(blocks, {place: _grown(blocks[place], room) for place in [*_fitting(blocks, room)]})]


def _fitting(blocks: Sequence[Block], room: _Room) -> Iterator[int]:
    """Yield the places of blocks that fit; the first one's too, where it is prose that takes all the room."""
    for place in _from_the_ends(blocks):
        fits = room.take(_least(blocks[place]))
        if fits or place == 0:
            yield place
        if not fits:
            return


def _whole(block: Block) -> _Room:
    return _Room(len(block.shown), sum(size(line) + 1 for line in block.shown))


def _least(block: Block) -> _Room:
    whole = _whole(block)
    return _Room(min(whole.lines, LEAST_LINES), min(whole.bytes, LEAST_BYTES)) if block.is_fence else whole


def _grown(block: Block, room: _Room) -> Block:
    """Return a block with as much of it as fits into its least room and what there is besides."""
    whole, least = _whole(block), _least(block)
    more = _Room(min(whole.lines - least.lines, room.lines), min(whole.bytes - least.bytes, room.bytes))
    room.take(more)
    lines, weight = least.lines + more.lines, least.bytes + more.bytes
    if block.source is None or (lines == whole.lines and weight == whole.bytes):
        return block
    return replace(block, lines=code(block.source, block.info, lines, weight + SPARE).lines)


def _from_the_ends(blocks: Sequence[Block]) -> Iterator[int]:
    """Yield where blocks are, from both ends; an error, which stands last, comes first."""
    places = deque(range(len(blocks)))
    while places and blocks[places[-1]].is_error:
        yield places.pop()
    while places:
        yield places.popleft()
        if places:
            yield places.pop()


def _with_hole(blocks: Sequence[Block], kept: Mapping[int, Block]) -> Iterator[Block]:
    missing = sum(block.count for index, block in enumerate(blocks) if index not in kept)
    for index in range(len(blocks)):
        if index in kept:
            yield kept[index]
        elif missing:
            yield left_out(missing)
            missing = 0


def left_out(count: int) -> Block:
    """Return what stands in place of outputs."""
    return replace(code(Text(hole(f"{count:,} outputs" if count > 1 else "1 output")), "text"), count=count)
