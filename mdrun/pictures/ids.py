"""The ids of an SVG, the same in every run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.pictures.markup import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ID = re.compile(r"[\w.:-]+")
_HREF = re.compile(r"(?!\s*#)|#[\w.:-]*\Z")
_URL = re.compile(r"""url\(\s*+(["']?+)#([\w.:-]+)\1\s*+\)""", re.IGNORECASE)
_ANY_URL = re.compile(r"""url\(\s*+["']?+\s*+#""", re.IGNORECASE)
_CLOCK = re.compile(r"(?:[\d\s+;:.-]|ms|s|min|h|indefinite)*")
_WORDS = frozenset({"aria-controls", "aria-describedby", "aria-details", "aria-flowto", "aria-labelledby", "aria-owns"})

_PLAIN_CSS = re.compile(r"""(?: [^"'\\\[/] | /(?!\*) | "[^"\\{}\n]*+" | '[^'\\{}\n]*+' )*+""", re.VERBOSE)
"""No comments, escapes or selectors of attributes, and no braces in strings."""
_MOST_RULES = 10_000
"""No drawing has as many, and looking through more takes seconds."""
_CONDITION = re.compile(r"@[^@{};]*#")
"""What stands between `@supports` and its brace may be a colour as well as an id."""
_SELECTORS = re.compile(r"(?:\A|(?<=[{};]))[^{};]++(?=\{)")
_SELECTOR = re.compile(r"#([\w-]+)")


def renumber(root: Element) -> None:
    """Call the ids of an SVG `i1`, `i2` and so on, in the order in which it first mentions them.

    Where one mention might be overlooked they stay as they are, all of them. A name that is mentioned
    and is nobody's id gets a number too, so what was different stays different.
    """
    if not all(map(_is_plain, root.iter())):
        return
    ids = _Ids()
    for element in root.iter():
        for name, value in element.items():
            element.set(name, _renamed(name, value, ids))
        if element.text and local(element.tag) == "style":
            element.text = _restyled(element.text, ids)


class _Ids(dict[str, str]):
    def __missing__(self, old: str) -> str:
        new = f"i{len(self) + 1}"
        self[old] = new
        return new


def _is_plain(element: Element) -> bool:
    """Tell whether what an element says of ids can be read without doubt."""
    if local(element.tag) == "style" and (len(element) or not _is_plain_css(element.text or "")):
        return False
    return all(_is_plain_attribute(name, value) for name, value in element.items())


def _is_plain_attribute(name: str, value: str) -> bool:
    match local(name):
        case "id":
            return name == "id" and _ID.fullmatch(value) is not None
        case "href":
            return _HREF.match(value) is not None
        case "begin" | "end":
            return _CLOCK.fullmatch(value) is not None
        case _:
            return _has_plain_urls(value) and not ("\\" in value and "#" in value)


def _is_plain_css(css: str) -> bool:
    if css.count("{") > _MOST_RULES or _CONDITION.search(css):
        return False
    return _PLAIN_CSS.fullmatch(css) is not None and _has_plain_urls(css)


def _has_plain_urls(css: str) -> bool:
    return len(_ANY_URL.findall(css)) == len(_URL.findall(css))


def _renamed(name: str, value: str, ids: _Ids) -> str:
    if name == "id":
        return ids[value]
    if local(name) == "href" and value.startswith("#"):
        return f"#{ids[value[1:]]}" if value[1:] else value
    if name in _WORDS:
        return " ".join(ids[word] for word in value.split())
    return _URL.sub(lambda url: f"url(#{ids[url[2]]})", value)


def _restyled(css: str, ids: _Ids) -> str:
    """Rename ids in selectors, which stand before a brace, and in URLs: elsewhere `#abc` is a colour."""
    css = _URL.sub(lambda url: f"url(#{ids[url[2]]})", css)
    return _SELECTORS.sub(lambda selectors: _SELECTOR.sub(lambda one: f"#{ids[one[1]]}", selectors[0]), css)
