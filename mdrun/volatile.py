"""What differs between two runs although nothing has changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.text import LINE_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDERS = r"(?:/[\w.+-]{1,64}){0,8}"
_TIME = r"(?:\d{1,4}:)?\d\d:\d\d"

VOLATILE = (
    re.compile(r"(?<=\bat )0x[0-9A-Fa-f]{6,16}\b|\b0x(?:7[ef]|5[56])[0-9a-f]{10}\b|\b0x(?:ffff|aaaa)[0-9a-f]{8}\b"),
    re.compile(r"\b(?:lc_run-|run-)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    re.compile(_FOLDERS + r"/ipykernel_\d+/\d+\.py\b"),
    re.compile(_FOLDERS + r"/mdrun-[a-z0-9_]{8}\b"),
    re.compile(rf"\[{_TIME}(?:<(?:{_TIME}|\?))?, *[\d.]*\??[a-zA-Z]*/[a-zA-Z]+"),
    re.compile(r"(?<=\b127\.0\.0\.1:)(?:3[2-9]|[45]\d|6[0-5])\d{3}\b"),
)
"""Object addresses, LangChain's run ids, files and folders of one run, how fast tqdm went, the gateway's port.

The gateway's port is one of those a system gives away itself, from 32768 on; a server of the
note's own has another as a rule.
"""


STAND_IN = "_volatile_"
"""Stands for volatile text; a name, so that a Python value stays one."""


def same(old: str, new: str, patterns: Iterable[re.Pattern[str]] = ()) -> bool:
    """Tell whether two texts differ in nothing but volatile parts, trailing blanks and blank lines."""
    patterns = tuple(patterns)
    return old == new or _lasting(old, patterns) == _lasting(new, patterns)


def without_volatile(text: str, patterns: Iterable[re.Pattern[str]] = ()) -> str:
    """Return a text with one and the same word for all that is volatile in it."""
    for pattern in (*VOLATILE, *patterns):
        text = pattern.sub(STAND_IN, text)
    return text


def _lasting(text: str, patterns: Iterable[re.Pattern[str]]) -> list[str]:
    lines = (line.rstrip() for line in LINE_ENDING.split(without_volatile(text, patterns)))
    return [line for line in lines if line]
