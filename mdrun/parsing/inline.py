"""What stands in running text: embeds, and comments that hide them (R1-R6, R60-R63)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.helpers import parseLinkDestination, parseLinkTitle

from mdrun.note import LinkTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERESTING = re.compile(r"\\.|`+|%+|<!--|<[A-Za-z/]|!?\[\[|!\[", re.DOTALL)
_RESERVED = re.compile("%(?:" + "|".join(f"{ord(c):02X}" for c in ";/?:@&=+$,#") + ")", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """An embed in running text, at `start` up to `end` of it."""

    start: int
    end: int
    target: LinkTarget
    wikilink: bool


@dataclass(slots=True)
class Inline:
    """A scan over the running text of one paragraph, heading or table cell.

    Openers count in reading order: whichever comes first wins (R6). Every search for a closer
    remembers its answer, so that the work grows linearly with the text.
    """

    text: str
    starts_lines: bool = True
    """Whether its lines start where the note's do, as a comment that goes on must (R61)."""
    in_comment: bool = False
    """Whether a `%%` of an earlier block hides the start of this text; afterwards, of the next."""
    opened_at: int | None = None
    """Offset of the `%%` that hides what follows this text."""
    _ahead: dict[str, tuple[int, int]] = field(default_factory=dict)
    _ticks: dict[int, list[int]] | None = None
    _brackets: dict[int, int] | None = None

    def embeds(self) -> Iterator[Found]:
        """Yield the embeds a reader sees."""
        position = self._leave_comment(0) if self.in_comment else 0
        while opener := _INTERESTING.search(self.text, position):
            mark, start = opener[0], opener.start()
            position = opener.end()
            if mark[0] == "`":
                position = self._after_code(start, position)
            elif mark[0] == "%":
                position = self._after_comment(start, position)
            elif mark[0] == "<":
                position = self._after_html(start, position)
            elif mark.endswith("[["):
                found, position = self._wikilink(start, position)
                if found and mark[0] == "!":
                    yield found
            elif mark == "![" and (found := self._image(start)):
                yield found
                position = found.end

    def _find(self, needle: str, position: int) -> int:
        """Return where `needle` comes next, or the text's length."""
        since, at = self._ahead.get(needle, (0, -1))
        if not since <= position <= at:
            at = self.text.find(needle, position)
            at = len(self.text) if at < 0 else at
            self._ahead[needle] = (position, at)
        return at

    def _after_code(self, start: int, end: int) -> int:
        if self._ticks is None:
            self._ticks = defaultdict(list)
            for run in re.finditer("`+", self.text):
                self._ticks[len(run[0])].append(run.start())
        runs = self._ticks.get(end - start, [])
        closer = bisect_left(runs, end)
        return runs[closer] + end - start if closer < len(runs) else end

    def _after_comment(self, start: int, end: int) -> int:
        if end - start != 2:  # noqa: PLR2004 - the delimiter is exactly two (R61)
            return end
        closer = self._find("%%", end)
        if closer < self._find("\n", end):
            return closer + 2
        if not self.starts_lines or self.text[self.text.rfind("\n", 0, start) + 1 : start].strip(" \t"):
            return end
        self.opened_at = start
        return self._leave_comment(end)

    def _leave_comment(self, position: int) -> int:
        closer = self._find("%%", position)
        self.in_comment = closer == len(self.text)
        if self.in_comment:
            return closer
        self.opened_at = None
        return closer + 2

    def _after_html(self, start: int, end: int) -> int:
        if self.text.startswith("<!--", start):
            closer = self._find("-->", end)
            return closer + 3 if closer < len(self.text) else end
        tag = HTML_TAG_RE.match(self.text, start)
        return tag.end() if tag else end

    def _wikilink(self, start: int, position: int) -> tuple[Found | None, int]:
        end = self._find("]]", position)
        if end >= self._find("\n", position) or self._find("[[", position) < end:
            return None, position
        target = wikilink_target(self.text[position:end])
        return (Found(start, end + 2, target, wikilink=True) if _leads(target) else None), end + 2

    def _image(self, start: int) -> Found | None:
        closer = self._matching(start + 1)
        if closer is None or self.text[closer + 1 : closer + 2] != "(":
            return None
        place = _skip_blanks(self.text, closer + 2)
        destination = parseLinkDestination(self.text, place, len(self.text))
        if not destination.ok:
            return None
        end = _skip_blanks(self.text, destination.pos)
        title = parseLinkTitle(self.text, end, len(self.text))
        if title.ok and end > destination.pos:
            end = _skip_blanks(self.text, title.pos)
        if self.text[end : end + 1] != ")":
            return None
        written = self.text[place : destination.pos].removeprefix("<").removesuffix(">")
        target = destination_target(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written))
        return Found(start, end + 1, target, wikilink=False) if _leads(target) else None

    def _matching(self, opening: int) -> int | None:
        """Return where the bracket that opens at `opening` closes."""
        if self._brackets is None:
            self._brackets, stack = {}, []
            for bracket in re.finditer(r"\\.|[\[\]]", self.text, re.DOTALL):
                if bracket[0] == "[":
                    stack.append(bracket.start())
                elif bracket[0] == "]" and stack:
                    self._brackets[stack.pop()] = bracket.start()
        return self._brackets.get(opening)


def wikilink_target(contents: str) -> LinkTarget:
    """Return what the contents of a wikilink point to (R3, R4, R6a)."""
    pipe = contents.find("|", 1)
    link = contents if pipe < 0 else contents[:pipe].removesuffix("\\")
    return _target(link)


def destination_target(destination: str) -> LinkTarget:
    """Return what a Markdown link's destination points to, percent-decoded as a URI is (R22).

    One that is no UTF-8 when decoded stays as it is written.
    """
    kept = _RESERVED.sub(lambda found: "%25" + found[0][1:], destination)
    try:
        return _target(unquote(kept, errors="strict"))
    except UnicodeDecodeError:
        return _target(destination)


def _target(link: str) -> LinkTarget:
    tidy = unicodedata.normalize("NFC", link.replace("\xa0", " ")).strip()
    linkpath, mark, subpath = tidy.partition("#")
    return LinkTarget(linkpath.strip(), mark + subpath if subpath.strip() else "")


def _leads(target: LinkTarget) -> bool:
    """Tell whether a target is any: `![[]]` and `![]()` are text."""
    return bool(target.linkpath or target.subpath)


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n":
        position += 1
    return position
