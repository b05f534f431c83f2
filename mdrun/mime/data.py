"""JSON laid out for reading, as formatters have it: short lists on a line, numbers beside each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 80
"""Characters of a line, where a list can be broken."""
_STEP = 2


def laid_out(value: Any) -> str:
    """Return a value as JSON; what JSON does not know stands as its `str`."""
    try:
        return _laid_out(value, 0, 0)
    except RecursionError:
        return json.dumps(value, ensure_ascii=False, default=str)


def _laid_out(value: Any, indent: int, column: int) -> str:
    """Return a value whose first line begins at `column`, and whose others are indented."""
    if isinstance(value, dict) and value:
        inner = indent + _STEP
        keys = [_flat(str(key)) for key in value]
        items = (_laid_out(each, inner, inner + len(key) + 2) for key, each in zip(keys, value.values(), strict=True))
        return _block("{}", [f"{key}: {item}" for key, item in zip(keys, items, strict=True)], indent)
    if isinstance(value, list | tuple) and value:
        return _list(value, indent, column)
    return _flat(value)


def _list(values: Sequence[Any], indent: int, column: int) -> str:
    if not _is_broken(values) and column + len(flat := _flat(values)) < WIDTH:
        return flat
    inner = indent + _STEP
    if all(isinstance(each, int | float) for each in values):
        return _block("[]", [*_filled([_flat(each) for each in values], WIDTH - inner)], indent)
    return _block("[]", [_laid_out(each, inner, inner) for each in values], indent)


def _is_broken(value: Any) -> bool:
    """Tell whether a list stands on several lines however short it is: objects do, and the rows of a table."""
    if isinstance(value, dict):
        return bool(value)
    if not isinstance(value, list | tuple):
        return False
    rows = len(value) > 1 and all(isinstance(each, list | tuple) and len(each) > 1 for each in value)
    return rows or any(map(_is_broken, value))


def _filled(words: Sequence[str], width: int) -> Iterator[str]:
    """Yield lines of words, as many in each as fit with their commas."""
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > width:
            yield line
            line = word
        else:
            line = f"{line}, {word}" if line else word
    yield line


def _block(brackets: str, items: Sequence[str], indent: int) -> str:
    pad = " " * (indent + _STEP)
    inside = ",\n".join(f"{pad}{item}" for item in items)
    return f"{brackets[0]}\n{inside}\n{' ' * indent}{brackets[1]}"


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
