"""Pictures that nobody can tell apart."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, cast

from mdrun.pictures.picture import PictureRefused
from mdrun.pictures.raster import FORMATS, drawn, pillow

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

TOLERANCE = 8
"""How far a channel of a pixel may be off, of 255.

Two greys that far apart look the same unless they touch, and libraries smooth the edges of letters
no more alike from version to version. A speck of another colour is off by more.
"""

SHIFT = 1 / 10_000
"""How far a number of an SVG may be off, of the picture's shorter side: a tenth of a pixel in 1,000."""
GROWTH = 1 / 1_000
"""How far it may be off, of itself: it may be a scale, an opacity, or the width of a line."""
DETAIL = 0.05
"""How far it may be off at most: whole numbers, such as those in colours, are exact in large pictures too."""

_TRAITS = ("icc_profile", "gamma", "chromaticity", "srgb", "exif")
_TAG = re.compile(rb"(<[^>]*>)")
_NUMBER = re.compile(rb"(-?\d*\.\d+|-?\d+)")
_VIEW_BOX = re.compile(rb'<svg\b[^>]* viewBox="([^"]*)"')


def look_alike(old: bytes, new: bytes, suffix: str) -> bool:
    """Tell whether two pictures that are not the same look it; see `mdrun.pictures.alike`."""
    if suffix == "svg":
        return _vectors_alike(old, new)
    return suffix in FORMATS and _rasters_alike(old, new, suffix)


def _rasters_alike(old: bytes, new: bytes, suffix: str) -> bool:
    from PIL import ImageChops  # noqa: PLC0415 - a note without pictures needs no Pillow

    try:
        with pillow():
            one, other = drawn(old, suffix), drawn(new, suffix)
            if not (_is_plain(one) and _is_plain(other) and _traits(one) == _traits(other)):
                return False
            difference = ImageChops.difference(_premultiplied(one), _premultiplied(other))
            extrema = cast("tuple[tuple[int, int], ...]", difference.getextrema())
            return max(highest for _, highest in extrema) <= TOLERANCE
    except PictureRefused:
        return False


def _is_plain(image: ImageFile) -> bool:
    """Tell whether it is all in one frame, with channels of at most 8 bits: others do not fit in RGBA."""
    return not getattr(image, "is_animated", False) and image.mode[0] not in "IF"


def _traits(image: Image) -> tuple[object, ...]:
    return image.size, *map(image.info.get, _TRAITS)


def _premultiplied(image: Image) -> Image:
    """Return its channels as they are drawn: colours that are transparent do not count."""
    return image.convert("RGBA").convert("RGBa")


def _vectors_alike(old: bytes, new: bytes) -> bool:
    """Compare numbers in tags by how they look, and all the rest to the byte: numbers in texts are read."""
    step = min(DETAIL, SHIFT * min(_shorter_side(old), _shorter_side(new)))

    def numbers_alike(one: bytes, other: bytes) -> bool:
        if b"." not in one + other or not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)):
            return False
        a, b = float(one), float(other)
        return abs(a - b) <= min(step, GROWTH * max(abs(a), abs(b)))

    def tags_alike(one: bytes, other: bytes) -> bool:
        are_tags = one.startswith(b"<") and other.startswith(b"<")
        return are_tags and _all_alike(_NUMBER.split(one), _NUMBER.split(other), numbers_alike)

    return _all_alike(_TAG.split(old), _TAG.split(new), tags_alike)


def _all_alike(old: list[bytes], new: list[bytes], alike: Callable[[bytes, bytes], bool]) -> bool:
    pairs = zip(old, new, strict=False)
    return len(old) == len(new) and all(one == other or alike(one, other) for one, other in pairs)


def _shorter_side(svg: bytes) -> float:
    """Return the shorter side of what an SVG shows, in its own unit; without a view box that is a pixel."""
    view_box = _VIEW_BOX.match(svg)
    if view_box is None:
        return inf
    try:
        _, _, width, height = map(float, view_box[1].replace(b",", b" ").split())
    except ValueError:
        return 0.0
    return min(width, height)
