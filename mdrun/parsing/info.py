"""Info strings: the language of a fence, and the options in braces behind it."""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from mdrun.note import InfoString

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdrun.note import OptionValue

_LANGUAGE = f"{ascii_letters}{digits}_/+#-"
_BRACE = re.compile(r"""(?:[^'"{]|'[^']*'|"[^"]*")*\{""")
"""The first brace that is not quoted: a title may stand before it."""
_OPTION = re.compile(
    r"""[\s,]*
    (?P<quote>['"]?)(?P<key>[A-Za-z_][A-Za-z0-9_-]*)(?P=quote)
    (?:\s*[=:]\s*(?P<value>
        '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | \[[^\]]*\] | [^\s,'"\[\]{}]+
    ))?""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_FOREIGN = re.compile(r"[ \t]*\{[ \t]*[.*#]")
"""`{.class}` and `{* file *}` make a block another tool's."""


def parse_info(raw: str) -> InfoString:
    """Split an info string into language and options; what is neither is left alone."""
    bare = raw.lstrip(" \t")
    rest = bare.lstrip(_LANGUAGE)
    if _FOREIGN.match(rest):
        return InfoString(raw)
    brace = _BRACE.match(rest)
    return InfoString(raw, bare[: len(bare) - len(rest)], dict(_options(rest, brace.end())) if brace else {})


def _options(text: str, position: int) -> Iterator[tuple[str, OptionValue]]:
    """Yield the options from `position` on, up to what is none: the closing brace, if all is well."""
    while option := _OPTION.match(text, position):
        yield option["key"], True if option["value"] is None else _value(option["value"])
        position = option.end()


def _value(text: str) -> OptionValue:
    if text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text in {"true", "false"}:
        return text == "true"
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-+").isdigit() else float(text)
    return text
