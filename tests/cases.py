"""Markdown fixtures: a title, what is given and what is expected, each closed by a line with one dot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parent / "fixtures"


def cases(name: str) -> pytest.MarkDecorator:
    """Call a test once for each case of a fixture, with `given` and `expected`."""
    found = [pytest.param(given, expected, id=title) for title, given, expected in read_cases(name)]
    return pytest.mark.parametrize(("given", "expected"), found)


def read_cases(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the title and both texts of every case; each line of a text ends with a newline."""
    parts = (FIXTURES / name).read_text(encoding="utf-8").split("\n.\n")
    *whole, rest = parts
    if rest.strip() or len(whole) % 3:
        message = f"{name}: a case is not closed: {parts[-1].strip()[:60]!r}"
        raise ValueError(message)
    for title, given, expected in zip(whole[::3], whole[1::3], whole[2::3], strict=True):
        yield title.strip(), f"{given}\n", f"{expected}\n"
