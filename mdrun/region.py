"""The grammar of an output region: its head, its stamp, and what they are made from (G5-G11)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from mdrun.essence import essence
from mdrun.pictures.picture import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mdrun.note import OptionValue

HEAD = re.compile(r"\[!(?P<kind>output|error)\](?P<fold>[-+]?)(?:[ \t]+(?P<title>.*?))?[ \t]*")
"""What may stand on a region's first line; `is_head` says whether it is one of ours."""
STAMP = re.compile(r"<!-- (?P<made>[0-9a-f]{6})-(?P<says>[0-9a-f]{6})(?P<separated>\+?) -->[ \t]*")

STAMPED = 6
"""Hexadecimal digits of a hash that stand in a stamp."""

LIST_SEPARATOR = "<!-- -->"
"""Stands for the blank line that would loosen a list (G6)."""

_CODE_SPAN = re.compile(r"(`+)(?!`).*(?<!`)\1")
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)")
_PICTURE_FOLDER = re.compile(r"(!\[[^\[\]]*\]\(<?|!\[\[)[^()\[\]|#]*/")
_BREAK = re.compile(r" {0,3}(?:(?:_[ \t]*){3,}|(?:-[ \t]*){3,})")
_DELIMITERS = re.compile(r"\|(?::?-+:?\|)+")
_RULE = re.compile(r"-+")
_CELL_EDGE = re.compile(r"[ \t]*\|[ \t]*")
_SIZE = re.compile(r"\|\d+(?:x\d+)?\]\(\Z")
OWN_EMBED = re.compile(
    rf"(?P<before>!\[[^\[\]]*\]\()(?P<path><?(?:(?!\]\()[^<>\r\n])*?(?P<name>{NAME.pattern})>?)\)"
    rf"|(?P<opening>!\[\[)(?P<link>[^\[\]|\r\n]*?(?P<file>{NAME.pattern}))(?P<size>(?:\|[^\[\]\r\n]*)?)\]\]"
)
"""A picture of mdrun's as a note shows it; `path` or `link` is its destination."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """`made` tells what produced a region, `says` what it says (G8, G9)."""

    made: str
    says: str
    separated: bool

    def __str__(self) -> str:
        return f"<!-- {self.made}-{self.says}{'+' if self.separated else ''} -->"


def stamp_in(line: str) -> Stamp | None:
    """Return the stamp that `line`, without prefix and quote mark, is."""
    found = STAMP.fullmatch(line)
    return Stamp(found["made"], found["says"], bool(found["separated"])) if found else None


def is_head(line: str) -> bool:
    """Tell whether `line`, without prefix and quote mark, is a head mdrun could have written."""
    found = HEAD.fullmatch(line)
    if not found:
        return False
    if found["kind"] == "output":
        return not found["title"]
    return bool(_CODE_SPAN.fullmatch(found["title"] or ""))


def hides_code(line: str) -> bool:
    """Tell whether a callout with this first line is output, where nothing runs (contract 2)."""
    return line.lower().startswith("[!output]") or is_head(line)


def head(kind: Literal["output", "error"], title: str | None, *, folded: bool) -> str:
    """Return a region's first line, without prefix and quote mark."""
    return f"[!{kind}]{'-' if folded else ''}{f' {title}' if title else ''}"


def says(body: Sequence[str], *, resized: bool = False) -> str:
    """Hash what a region's body says: formatters and moved pictures change nothing of it (G8).

    Neither do the sizes of pictures where a person has `resized` them.
    """
    return _hashed(body, lambda line: _unformatted(_without_places(line, sizes=not resized)))


def is_said(body: Sequence[str], digest: str) -> bool:
    """Tell whether a stamp's `says` is that of a body, or of its lines as G8 has them to the letter."""
    return digest == says(body) or digest == _hashed(body, _without_places)


def _hashed(body: Sequence[str], lasting: Callable[[str], str]) -> str:
    told = ((line if fenced else lasting(line)).rstrip() for line, fenced in with_fences(body))
    return _six("\n".join(line for line in told if line))


def _unformatted(line: str) -> str:
    """Return a line of Markdown in one of the forms that formatters give it: emphasis, breaks, the width of cells."""
    line = line.rstrip().replace("*", "_")
    if _BREAK.fullmatch(line):
        return "___"
    if not line.startswith("|"):
        return line
    line = _CELL_EDGE.sub("|", line)
    return _RULE.sub("-", line) if _DELIMITERS.fullmatch(line) else line


def _without_places(line: str, *, sizes: bool = True) -> str:
    """Return a line with the names of its pictures alone, however Obsidian has written where they are."""
    return _PICTURE_FOLDER.sub(r"\1", OWN_EMBED.sub(partial(_without_place, sizes=sizes), line))


def _without_place(embed: re.Match[str], *, sizes: bool) -> str:
    if embed["path"]:
        before = embed["before"] if sizes else _SIZE.sub("](", embed["before"])
        return f"{before}{embed['name']})"
    return f"{embed['opening']}{embed['file']}{embed['size'] if sizes else ''}]]"


def with_fences(body: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line of a body, and whether it is one of a fenced code block's."""
    fence = ""
    for line in body:
        found = _FENCE.match(line)
        yield line, bool(fence or found)
        if not found:
            continue
        if not fence:
            fence = found["mark"]
        elif found["mark"].startswith(fence) and not found["info"].strip(" \t"):
            fence = ""


def unquote(line: str, depth: int) -> str | None:
    """Return what stands behind `depth` quote marks and one blank, None where there are fewer."""
    rest = line
    for _ in range(depth):
        rest = rest.lstrip(" \t")
        if not rest.startswith(">"):
            return None
        rest = rest[1:]
    return rest.removeprefix(" ")


class Provenance:
    """What produced the outputs of a plan's steps, step after step (G9)."""

    def __init__(self) -> None:
        self._hash = sha256()

    def after(self, source: str, options: Mapping[str, OptionValue]) -> str:
        """Count one more step, and return the whole hash its stamp's `made` is the beginning of."""
        telling = [f"{name}={options[name]!r}" for name in ("skip", "raises", "may_fail") if name in options]
        step = json.dumps([telling, essence(source)])
        self._hash.update(step.encode())
        return self._hash.hexdigest()

    def fork(self) -> Provenance:
        """Return another one, that goes on from here by itself."""
        other = Provenance()
        other._hash = self._hash.copy()
        return other


def _six(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:STAMPED]


def without_marks(lines: Sequence[str], depth: int) -> tuple[str, ...]:
    """Return `lines` without their quote marks, up to the first that has too few."""
    bare: list[str] = []
    for line in lines:
        rest = unquote(line, depth)
        if rest is None:
            break
        bare.append(rest)
    return tuple(bare)
