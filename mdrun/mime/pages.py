"""HTML that is one picture and nothing else."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

_IMAGE = re.compile(
    r"<img\b[^<>]*\bsrc\s*=\s*([\"'])data:(?P<kind>image/[a-z+]+);base64,(?P<data>[A-Za-z0-9+/=\s]*)\1[^<>]*>",
    re.IGNORECASE,
)
_ALT = re.compile(r"\balt\s*=\s*([\"'])(.*?)\1", re.IGNORECASE | re.DOTALL)
_SIDE = re.compile(r"""\b(width|height)\s*=\s*["']?(\d{1,4})(?:px)?(?=["'\s/>])""", re.IGNORECASE)
_BARE = re.compile(r"(?:\s|</?(?:html|head|body|div|p|span|center|figure|br)\b[^<>]*>)*", re.IGNORECASE)
"""What shows nothing of its own."""


class Embedded(NamedTuple):
    """A picture that stands in HTML as a whole."""

    kind: str
    data: str
    """In base64."""
    alt: str
    size: dict[str, int]
    """Its `width` and `height` in pixels, as far as they are told."""


def picture_in(html: str) -> Embedded | None:
    """Return the only thing HTML shows, if that is a picture that it holds itself."""
    image = _IMAGE.search(html)
    if image is None or not (_BARE.fullmatch(html, 0, image.start()) and _BARE.fullmatch(html, image.end())):
        return None
    tag = html[image.start() : image.start("data")] + html[image.end("data") : image.end()]
    alt = _ALT.search(tag)
    size = {side.lower(): int(told) for side, told in _SIDE.findall(_ALT.sub("", tag))}
    return Embedded(image["kind"].lower(), image["data"], unescape(alt[2]) if alt else "", size)
