"""PNG without what nobody sees."""

from __future__ import annotations

import struct
import zlib

from mdrun.pictures.exif import turned
from mdrun.pictures.picture import TRUNCATED, PictureRefused

_SIGNATURE = 8
_UNSEEN = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}


def bare(data: bytes) -> bytes:
    """Return a PNG, or an APNG, without texts, times and what stands behind its end."""
    kept = [data[:_SIGNATURE]]
    at, kind = _SIGNATURE, b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        start, at = at, at + 12 + size
        if at > len(data):
            raise PictureRefused(TRUNCATED)
        if kind == b"eXIf":
            kept.append(_exif(turned(data[start + 8 : at - 4])))
        elif kind not in _UNSEEN:
            kept.append(data[start:at])
    return b"".join(kept)


def _exif(tiff: bytes) -> bytes:
    if not tiff:
        return b""
    chunk = b"eXIf" + tiff
    return struct.pack(">I", len(tiff)) + chunk + struct.pack(">I", zlib.crc32(chunk))
