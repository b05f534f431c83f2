"""Pictures made of pixels."""

from __future__ import annotations

import re
import struct
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from mdrun.pictures import gif, jpeg, png, webp
from mdrun.pictures.picture import DAMAGED, TRUNCATED, Picture, PictureRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.ImageFile import ImageFile


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write pixels down."""

    name: str
    signature: re.Pattern[bytes]
    bare: Callable[[bytes], bytes]
    """Takes away what nobody sees, and what stands behind the picture; refuses what has no end."""


FORMATS = {
    "png": Format("PNG", re.compile(rb"\x89PNG\r\n\x1a\n"), png.bare),
    "jpg": Format("JPEG", re.compile(rb"\xff\xd8\xff"), jpeg.bare),
    "webp": Format("WebP", re.compile(rb"RIFF.{4}WEBP", re.DOTALL), webp.bare),
    "gif": Format("GIF", re.compile(rb"GIF8[79]a"), gif.bare),
}


def raster(data: bytes, suffix: str) -> Picture:
    """Return the picture that `data` is, the same in every run; of an animated one, only the first frame is drawn."""
    form = FORMATS[suffix]
    if not form.signature.match(data):
        raise PictureRefused(f"no {form.name}")
    try:
        bare = form.bare(data)
    except (IndexError, struct.error):
        raise PictureRefused(TRUNCATED) from None
    with pillow():
        drawn(bare, suffix)
    return Picture(bare, suffix)


def drawn(data: bytes, suffix: str) -> ImageFile:
    """Return the pixels of a picture, or those of its first frame."""
    from PIL import Image  # noqa: PLC0415 - a note without pictures needs no Pillow

    image = Image.open(BytesIO(data), formats=[FORMATS[suffix].name])
    image.load()
    return image


@contextmanager
def pillow() -> Iterator[None]:
    """Let Pillow work, and refuse the picture that it stumbles over."""
    from PIL import Image  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise PictureRefused(f"more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels") from None
        except Exception as error:  # a damaged picture may lead Pillow anywhere
            raise PictureRefused(DAMAGED) from error
