"""EXIF: of all that it tells, only which way up a photo is belongs to the picture."""

from __future__ import annotations

import struct

_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION = 0x0112
_TURNED = range(2, 9)
"""1 is upright, and other numbers mean nothing."""


def turned(tiff: bytes) -> bytes:
    """Return EXIF that tells the orientation `tiff` tells and nothing else; empty where it is upright."""
    orientation = _orientation(tiff)
    if orientation not in _TURNED:
        return b""
    return struct.pack(">2sHIHHHIHxxI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0)


def _orientation(tiff: bytes) -> int:
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        fields = struct.iter_unpack(f"{order}H6xHxx", tiff[start + 2 : start + 2 + 12 * count])
        return next((value for tag, value in fields if tag == _ORIENTATION), 1)
    except struct.error:
        return 1
