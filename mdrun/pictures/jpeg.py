"""JPEG without what nobody sees."""

from __future__ import annotations

import re
import struct

from mdrun.pictures.exif import turned
from mdrun.pictures.picture import DAMAGED, TRUNCATED, PictureRefused

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_END_OF_SCAN = re.compile(rb"\xff(?=[^\x00\xff\xd0-\xd7])")
"""A zero behind 0xFF says that it is no marker, and markers to restart at are part of the scan."""

_EXIF, _SCAN, _END, _COMMENT = 0xE1, 0xDA, 0xD9, 0xFE
_APPLICATIONS = range(0xE0, 0xF0)
_SEEN = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Of what applications add, this decides how the picture looks."""
_EXIF_HEAD = b"Exif\0\0"


def bare(data: bytes) -> bytes:
    """Return a JPEG without comments, what applications add, and what stands behind its end."""
    kept = [data[:2]]
    at, kind = 2, 0
    while kind != _END:
        marker = _MARKER.match(data, at)
        if marker is None:
            raise PictureRefused(DAMAGED if data[at + 1 :] else TRUNCATED)
        kind, start = marker[1][0], marker.end()
        at = start if kind == _END else _end(kind, data, start)
        kept.append(_seen(kind, data[start:at]))
    return b"".join(kept)


def _end(kind: int, data: bytes, start: int) -> int:
    """Return where the segment ends, and the scan behind it where it opens one."""
    end = start + struct.unpack_from(">H", data, start)[0]
    scanned = _END_OF_SCAN.search(data, end) if kind == _SCAN else None
    if end > len(data) or (kind == _SCAN and scanned is None):
        raise PictureRefused(TRUNCATED)
    return scanned.start() if scanned else end


def _seen(kind: int, segment: bytes) -> bytes:
    """Return of a segment, which starts with its length, what changes how the picture looks."""
    body = segment[2:]
    if kind == _EXIF and body.startswith(_EXIF_HEAD):
        tiff = turned(body.removeprefix(_EXIF_HEAD))
        segment = struct.pack(">H", 2 + len(_EXIF_HEAD + tiff)) + _EXIF_HEAD + tiff
        return bytes((0xFF, kind)) + segment if tiff else b""
    if kind == _COMMENT or (kind in _APPLICATIONS and not body.startswith(_SEEN.get(kind, ()))):
        return b""
    return bytes((0xFF, kind)) + segment
