"""Whether two outputs say the same, as text or as Python values, and where they differ."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from mdrun.compare.comparing import Comparing
from mdrun.compare.reading import read
from mdrun.compare.told import MOST, Difference, told
from mdrun.compare.trees import Anything
from mdrun.volatile import without_volatile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Difference", "body_differences", "differences", "quote_differences"]

_FENCE = re.compile(r"`{3,}")
_IN_BACKTICKS = re.compile(r"(`+)(?!`)((?:(?!\1).)+)\1", re.DOTALL)


def differences(
    old: str, new: str, volatile: Iterable[re.Pattern[str]] = (), *, wrapped: bool = False
) -> tuple[Difference, ...]:
    """Return where two texts differ, volatile parts aside: as values where both are, else line by line.

    Floats may differ by a millionth of their size, sets and dictionaries in their order. An argument
    that only one side has counts as equal if it is empty. `...` stands for anything. A `wrapped`
    text is a person's: line ends and blanks in it may stand where others did.
    """
    return _Judge(tuple(volatile), wrapped).differences(old, new)


def body_differences(
    old: Sequence[str], new: Sequence[str], volatile: Iterable[re.Pattern[str]] = ()
) -> tuple[Difference, ...]:
    """Return where the bodies of two output regions differ, part by part."""
    judge = _Judge(tuple(volatile))
    before, after = _parts(old), _parts(new)
    if [head for head, _ in before] != [head for head, _ in after]:
        return (told("", _text(before), _text(after)),)
    found = (judge.differences(one, other) for (_, one), (_, other) in zip(before, after, strict=True))
    return tuple(islice((difference for part in found for difference in part), MOST))


def quote_differences(
    quote: str, body: Sequence[str], volatile: Iterable[re.Pattern[str]] = ()
) -> tuple[Difference, ...]:
    """Return where an output that a person wrote down differs from a body.

    It may say all of it, or one of its parts; where it says none, that counts which it is most like,
    the last one before others: the value.
    """
    judge = _Judge(tuple(volatile), wrapped=True)
    quote = quote.strip()
    bare = _IN_BACKTICKS.fullmatch(quote)
    quote = bare[2].strip() if bare else quote
    parts = _parts(body)
    texts = [_text(parts), *(text for _, text in parts)]
    if any(quote.split() == text.split() for text in texts):
        return ()
    found = [judge.differences(quote, text) for text in reversed(texts)]
    return min(found, key=_unlikeness)


def _unlikeness(found: Sequence[Difference]) -> tuple[bool, int]:
    """Return how far what differs is from the same: more where it has another shape, or is no value."""
    return any(not difference.path for difference in found), len(found)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Compares the texts of an output, one after the other."""

    volatile: tuple[re.Pattern[str], ...]
    wrapped: bool = False
    comparing: Comparing = field(default_factory=Comparing)

    def differences(self, old: str, new: str) -> tuple[Difference, ...]:
        if old == new:
            return ()
        lines = [without_volatile(text, self.volatile) for text in (old, new)]
        # Line ends of a person's may stand in volatile parts, too.
        texts = [without_volatile(" ".join(text.split()), self.volatile) for text in (old, new)]
        found = self._of_values(*(texts if self.wrapped else lines))
        return found if found is not None else tuple(islice(self._of_lines(*lines), MOST))

    def _of_values(self, old: str, new: str) -> tuple[Difference, ...] | None:
        before, after = read(old), read(new)
        if Anything() in (before, after):
            return ()
        if before is None or after is None:
            return None
        return self.comparing.first_differences(before, after)

    def _of_lines(self, old: str, new: str) -> Iterator[Difference]:
        before, after = (
            [line.rstrip() for line in text.split("\n") if line.strip() or not self.wrapped] for text in (old, new)
        )
        if len(before) != len(after):
            yield told("", old, new)
            return
        for one, other in zip(before, after, strict=True):
            found = self._of_values(one.strip(), other.strip())
            if found is None and one != other:
                found = (told("", one, other),)
            yield from found or ()


def _parts(body: Sequence[str]) -> list[tuple[str, str]]:
    """Return the parts of a body: what opens each fence, with the text in it; the lines between fences."""
    parts: list[tuple[str, list[str]]] = []
    mark = ""
    for line in body:
        found = None if mark else _FENCE.match(line)
        if found:
            mark = found[0]
            parts.append((line, []))
        elif mark and line.startswith(mark) and not line.strip("` "):
            mark = ""
        elif mark:
            parts[-1][1].append(line)
        elif line:
            parts.append(("", [line]))
    return [(head, "\n".join(lines)) for head, lines in parts]


def _text(parts: Sequence[tuple[str, str]]) -> str:
    return "\n".join(text for _, text in parts)
