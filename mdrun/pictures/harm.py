"""What an SVG may not hold: scripts, and references to other files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.pictures.markup import local
from mdrun.pictures.picture import ASKS_OUTSIDE, HAS_SCRIPT, PictureRefused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ACTIVE = frozenset({"applet", "embed", "frame", "handler", "iframe", "meta", "object", "script"})
_REFERENCES = frozenset({"action", "background", "base", "data", "formaction", "href", "poster", "src"})
_ALWAYS_OUTSIDE = frozenset({"ping", "srcset"})

_HANDLER = re.compile(
    r"""on(?:
    abort | activate | (?:after|before)\w+ | animation\w+ | auxclick | begin | blur | cancel | canplay\w* | change
    | click | close | command | contentvisibility\w+ | context\w+ | copy | cuechange | cut | dblclick | drag\w* | drop
    | durationchange | emptied | end | ended | error | focus(?:in|out)? | formdata | fullscreen\w+ | gotpointercapture
    | hashchange | input | invalid | key(?:down|press|up) | languagechange | load\w* | lostpointercapture | message\w*
    | mouse\w+ | offline | online | page\w+ | paste | pause | play | playing | pointer\w+ | popstate | progress
    | ratechange | rejectionhandled | repeat | reset | resize | scroll\w* | search | securitypolicyviolation | seeked
    | seeking | select\w* | show | slotchange | stalled | storage | submit | suspend | timeupdate | toggle | touch\w+
    | transition\w+ | unhandledrejection | unload | volumechange | waiting | webkit\w+ | wheel | zoom )""",
    re.VERBOSE,
)
"""Names under which HTML and SVG know a script for an event."""
_CODE = re.compile(r"(?:java|vb)script:|data:text/html", re.IGNORECASE)
_UNSEEN = dict.fromkeys(range(0x21))
"""A browser reads over these in the name of a scheme."""
_RASTER = r"data:image/(?:png|jpe?g|gif|webp)[;,]"
_INSIDE = re.compile(rf"\s*(?:\#|{_RASTER})", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:https?|mailto):", re.IGNORECASE)
_OUTSIDE = re.compile(
    rf"""@import | image-set\( | url\(\s*+["']?+\s*+(?!\#|{_RASTER}|data:(?:font/|application/(?:x-)?font-))""",
    re.IGNORECASE | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|(.))", re.DOTALL)


def drop_idle_attributes(root: Element) -> None:
    """Take away what does nothing in a picture: links to other files, names that only begin as those of scripts."""
    for element in root.iter():
        kind = local(element.tag)
        idle = [name for name, value in element.items() if _is_idle(kind, local(name), value)]
        for name in idle:
            del element.attrib[name]


def refuse_harm(root: Element) -> None:
    """Raise PictureRefused where an SVG runs code or reads what is not in it."""
    for element in root.iter():
        kind = local(element.tag)
        attributes = [(local(name), value) for name, value in element.items()]
        if kind in _ACTIVE or any(_is_code(name, value) for name, value in attributes):
            raise PictureRefused(HAS_SCRIPT)
        if any(_leads_outside(kind, name, value) for name, value in attributes):
            raise PictureRefused(ASKS_OUTSIDE)
        if kind == "style" and _reads_outside("".join(element.itertext())):
            raise PictureRefused(ASKS_OUTSIDE)


def _is_idle(kind: str, name: str, value: str) -> bool:
    if kind == "a" and name == "href":
        return not (_INSIDE.match(value) or _LINK.match(value) or _is_code(name, value))
    return name.startswith("on") and _HANDLER.fullmatch(name) is None


def _is_code(name: str, value: str) -> bool:
    if name == "attributename":  # an animation writes into it
        name = local(value.strip())
        return name == "href" or name.startswith("on")
    return name.startswith("on") or _CODE.search(value.translate(_UNSEEN)) is not None


def _leads_outside(kind: str, name: str, value: str) -> bool:
    if name in _REFERENCES and not (_INSIDE.match(value) or (kind == "a" and _LINK.match(value))):
        return True
    return name in _ALWAYS_OUTSIDE or _reads_outside(value)


def _reads_outside(css: str) -> bool:
    return _OUTSIDE.search(_ESCAPE.sub(_unescaped, css)) is not None


def _unescaped(escape: re.Match[str]) -> str:
    number, character = escape.groups()
    return chr(min(int(number, 16), 0x10FFFF)) if number else character
