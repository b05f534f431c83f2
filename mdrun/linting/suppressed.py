"""Lines of code that say what is not to be told of them: `# noqa`, `# noqa: MR202`."""

from __future__ import annotations

import re
from functools import lru_cache

_NOQA = re.compile(r"#[ \t]*noqa(?P<codes>[ \t]*:[ \t]*[A-Z]+[0-9]+(?:[, \t]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]+[0-9]+")
_ALIASES = {"MR201": "E999", "MR202": "F821"}
"""What other linters call the same faults."""


def is_suppressed(code: str, source: str, line: int) -> bool:
    """Tell whether a line of code, counted from 1, says that the rule `code` does not count there."""
    named = _said(source).get(line)
    return named is not None and (not named or bool(named & {code, _ALIASES.get(code)}))


@lru_cache(maxsize=1024)
def _said(source: str) -> dict[int, set[str | None]]:
    """Return which codes do not count in which lines; of a line that names none, none does."""
    if "noqa" not in source.lower():
        return {}
    found = ((number, _NOQA.search(line)) for number, line in enumerate(source.split("\n"), 1))
    return {number: {*_CODE.findall((noqa["codes"] or "").upper())} for number, noqa in found if noqa}
