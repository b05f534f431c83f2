"""The names a note's blocks are compiled under: the same ones in every run."""

from __future__ import annotations

import linecache
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = re.compile(r"<cell (\d+)>")


def cell_number(filename: str) -> int | None:
    """Return which cell a file name stands for."""
    match = NAME.fullmatch(filename)
    return int(match.group(1)) if match else None


def name_cells(compiler: Any, request: Callable[[], tuple[int | None, str]]) -> None:
    """Have `compiler` name code after its cell, and remember the source as the user wrote it.

    `request` returns the number of the cell being executed, if it has one, and its source.
    """
    name_otherwise, cache = compiler.get_code_name, compiler.cache
    inner = [0]

    def get_code_name(raw_code: str, transformed_code: str, number: int) -> str:
        cell, source = request()
        if cell is None:
            name: str = name_otherwise(raw_code, transformed_code, number)
            return name
        if raw_code == source:
            return f"<cell {cell}>"
        inner[0] += 1
        return f"<code {inner[0]} within cell {cell}>"

    def cache_as_written(transformed: str, number: int = 0, raw_code: str | None = None) -> str:
        name: str = cache(transformed, number, raw_code)
        if raw_code is not None and cell_number(name) is not None:
            # No modification time: such an entry is never dropped.
            linecache.cache[name] = (len(raw_code), None, _lines(raw_code), name)
        return name

    compiler.get_code_name, compiler.cache = get_code_name, cache_as_written


def keep_blank_lines(transformer: Any) -> None:
    """Have IPython leave the blank lines above a block's code where they are, so that its lines keep their numbers.

    It takes them off before all else; above a cell magic they have to stay off.
    """
    above = [0]

    def count(lines: list[str]) -> list[str]:
        above[0] = next((place for place, line in enumerate(lines) if line.strip()), 0)
        return lines

    def put_back(lines: list[str]) -> list[str]:
        return lines if lines and lines[0].startswith("%%") else ["\n"] * above[0] + lines

    transformer.cleanup_transforms = [count, *transformer.cleanup_transforms, put_back]


def _lines(source: str) -> list[str]:
    lines = [line + "\n" for line in source.split("\n")]
    return lines[:-1] if lines[-1] == "\n" else lines
