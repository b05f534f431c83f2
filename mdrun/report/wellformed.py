"""Text as formats can hold it: what they have no way to say is written as an escape.

A file's name may hold bytes that are no text, which Python keeps as lone surrogates, and control
characters; a message may hold anything.
"""

from __future__ import annotations

import json
import re
from typing import Any

_LONE = re.compile(r"[\ud800-\udfff]")
_NO_ASCII = re.compile(r"[^\x00-\x7f]")
_NO_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say (section 2.2), and returns, which it does not keep."""


def as_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON in ASCII; strict readers take no escape of half a character."""
    text = _LONE.sub(lambda lone: f"\\{_escape(lone)}", json.dumps(value, ensure_ascii=False, indent=indent))
    return _NO_ASCII.sub(lambda character: json.dumps(character[0])[1:-1], text)


def as_xml(text: str) -> str:
    """Return a text of characters that XML has; escaping what means something there is left to who writes it."""
    return _NO_XML.sub(_escape, text)


def as_bytes(text: str) -> bytes:
    """Return a text in UTF-8."""
    return text.encode("utf-8", "backslashreplace")


def _escape(character: re.Match[str]) -> str:
    return character[0].encode("unicode_escape").decode()
