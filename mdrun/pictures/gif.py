"""GIF without what nobody sees."""

from __future__ import annotations

from mdrun.pictures.picture import DAMAGED, PictureRefused

_HEAD, _FLAGS = 13, 10
_EXTENSION, _IMAGE, _END = b"!,;"
_COMMENT, _APPLICATION = 0xFE, 0xFF
_LOOPS = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}


def bare(data: bytes) -> bytes:
    """Return a GIF without comments, what applications add, and what stands behind its end.

    Raise IndexError where there is no end.
    """
    at = _HEAD + _size_of_colours(data[_FLAGS])
    kept = [data[:at]]
    while data[at] != _END:
        start, at = at, _end(data, at)
        if _is_seen(data[start:at]):
            kept.append(data[start:at])
    return b"".join((*kept, data[at : at + 1]))


def _end(data: bytes, at: int) -> int:
    """Return where the block that starts at `at` ends."""
    if data[at] == _EXTENSION:
        at += 2
    elif data[at] == _IMAGE:
        at += 11 + _size_of_colours(data[at + 9])
    else:
        raise PictureRefused(DAMAGED)
    while size := data[at]:
        at += 1 + size
    return at + 1


def _size_of_colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _is_seen(block: bytes) -> bool:
    if block[0] != _EXTENSION or block[1] not in {_COMMENT, _APPLICATION}:
        return True
    return block[1] == _APPLICATION and block[3:14] in _LOOPS
