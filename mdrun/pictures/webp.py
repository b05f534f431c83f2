"""WebP without what nobody sees."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mdrun.pictures.exif import turned
from mdrun.pictures.picture import TRUNCATED, PictureRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = 12
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def bare(data: bytes) -> bytes:
    """Return a WebP without EXIF, XMP and what stands behind its end."""
    chunks = list(_chunks(data))
    exif = turned(dict(chunks).get(b"EXIF", b"").removeprefix(b"Exif\0\0"))
    kept = b"".join(_seen(kind, body, exif) for kind, body in chunks)
    return _chunk(b"RIFF", b"WEBP" + kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    at = _HEAD
    while at < end:
        kind, size = struct.unpack_from("<4sI", data, at)
        start, at = at + 8, at + 8 + size
        if at > len(data):
            raise PictureRefused(TRUNCATED)
        yield kind, data[start:at]
        at += size % 2


def _seen(kind: bytes, body: bytes, exif: bytes) -> bytes:
    match kind:
        case b"VP8X":
            flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
            return _chunk(kind, bytes((flags,)) + body[1:])
        case b"EXIF":
            return _chunk(kind, exif) if exif else b""
        case b"XMP ":
            return b""
        case _:
            return _chunk(kind, body)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
