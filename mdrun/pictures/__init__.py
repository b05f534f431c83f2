"""Pictures: what a block shows, fit to be kept in a vault.

Importing it is cheap; what reads pictures is loaded with the first of them.
"""
# ruff: noqa: PLC0415 - a note without pictures pays nothing

from __future__ import annotations

import base64
import binascii

from mdrun.clip import spelled
from mdrun.pictures.picture import KINDS, Picture, PictureRefused, PictureTooLarge, is_ours

__all__ = ["KINDS", "Picture", "PictureRefused", "PictureTooLarge", "alike", "is_ours", "picture_of"]

_NO_PICTURE = "no kind of picture"
_NO_TEXT = "no text"
_NOT_BASE64 = "not base64"
_NO_XML = "no XML"


def picture_of(kind: str, value: object, *, limit: int) -> Picture:
    """Return the picture a MIME bundle holds as `value`: base64, markup where it is SVG, or the bytes themselves.

    Raise PictureRefused where it is not whole, not of its kind, larger than `limit` bytes or not
    harmless. The pixels of what is kept are those that came; they are never compressed anew.
    """
    suffix = KINDS.get(kind)
    if suffix is None:
        raise PictureRefused(_NO_PICTURE)
    data = _markup(value) if suffix == "svg" else _base64(value)
    _refuse_large(data, limit)
    picture = _made(data, suffix)
    _refuse_large(picture.data, limit)
    return picture


def alike(old: bytes, new: bytes, suffix: str) -> bool:
    """Tell whether two pictures differ by nothing that a person could see.

    Those that are animated or cannot be read have to be the same to the byte.
    """
    from mdrun.pictures.likeness import look_alike

    return old == new or look_alike(old, new, suffix)


def _made(data: bytes, suffix: str) -> Picture:
    if suffix == "svg":
        from mdrun.pictures.vector import vector

        return vector(data)
    from mdrun.pictures.raster import raster

    return raster(data, suffix)


def _refuse_large(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise PictureTooLarge(f"{spelled(len(data))}, more than {spelled(limit)}")


def _markup(value: object) -> bytes:
    if isinstance(value, bytes):
        return value.strip()
    if not isinstance(value, str):
        raise PictureRefused(_NO_TEXT)
    try:
        return value.strip().encode()
    except UnicodeEncodeError:
        raise PictureRefused(_NO_XML) from None


def _base64(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise PictureRefused(_NO_TEXT)
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PictureRefused(_NOT_BASE64) from None
