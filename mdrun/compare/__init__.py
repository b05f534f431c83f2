"""Whether two outputs say the same, as text or as Python values, and where they differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.compare.reading import read
from mdrun.compare.trees import MOST, Anything, Difference, clipped, first_differences
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
    old, new = (without_volatile(text, volatile) for text in (old, new))
    found = _of_values(" ".join(old.split("\n")) if wrapped else old, new, wrapped=wrapped)
    return found if found is not None else tuple(_of_lines(old, new, wrapped=wrapped))[:MOST]


def body_differences(
    old: Sequence[str], new: Sequence[str], volatile: Iterable[re.Pattern[str]] = ()
) -> tuple[Difference, ...]:
    """Return where the bodies of two output regions differ, part by part."""
    volatile = tuple(volatile)
    before, after = _parts(old), _parts(new)
    if [head for head, _ in before] != [head for head, _ in after]:
        return (Difference("", clipped(_text(before)), clipped(_text(after))),)
    found = (differences(one, other, volatile) for (_, one), (_, other) in zip(before, after, strict=True))
    return tuple(difference for part in found for difference in part)[:MOST]


def quote_differences(
    quote: str, body: Sequence[str], volatile: Iterable[re.Pattern[str]] = ()
) -> tuple[Difference, ...]:
    """Return where an output that a person wrote down differs from a body.

    It may say all of it, or one of its parts; where it says none, the last one counts: the value.
    """
    volatile = tuple(volatile)
    quote = quote.strip()
    bare = _IN_BACKTICKS.fullmatch(quote)
    quote = bare[2].strip() if bare else quote
    parts = _parts(body)
    texts = [_text(parts), *(text for _, text in parts)]
    found: tuple[Difference, ...] = ()
    for text in texts:
        if quote.split() == text.split():
            return ()
        if not (found := differences(quote, text, volatile, wrapped=True)):
            return ()
    return found


def _of_values(old: str, new: str, *, wrapped: bool) -> tuple[Difference, ...] | None:
    before, after = read(old), read(new)
    if Anything() in (before, after):
        return ()
    if before is None or after is None:
        return None
    return first_differences(before, after, wrapped=wrapped)


def _of_lines(old: str, new: str, *, wrapped: bool) -> Iterator[Difference]:
    before, after = ([line.rstrip() for line in text.split("\n") if line.strip()] for text in (old, new))
    if len(before) != len(after):
        yield Difference("", clipped(old), clipped(new))
        return
    for one, other in zip(before, after, strict=True):
        found = _of_values(one.strip(), other.strip(), wrapped=wrapped)
        if found is None and one != other:
            found = (Difference("", clipped(one), clipped(other)),)
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
        elif mark and line.rstrip() == mark:
            mark = ""
        elif mark:
            parts[-1][1].append(line)
        elif line:
            parts.append(("", [line]))
    return [(head, "\n".join(lines)) for head, lines in parts]


def _text(parts: Sequence[tuple[str, str]]) -> str:
    return "\n".join(text for _, text in parts)
