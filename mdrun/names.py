"""Names a person may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


LONGEST = 200
"""Characters of a name that are compared; longer ones were hardly mistyped."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, whatever its case, or None when none is.

    Where none is much alike, the first that starts with `name`, has it in it, or is in it.
    """
    wanted = name.lower()[:LONGEST]
    spelled: dict[str, str] = {}
    for word in known:
        spelled.setdefault(word.lower()[:LONGEST], word)
    if close := get_close_matches(wanted, spelled, n=1, cutoff=0.6):
        return spelled[close[0]]
    long = [word for word in spelled if min(len(word), len(wanted)) > 2]  # noqa: PLR2004 - shorter ones are part of any
    kinds = (word for likeness in _LIKE for word in long if likeness(word, wanted))
    return next((spelled[word] for word in kinds), None)


_LIKE = (str.startswith, str.__contains__, lambda word, wanted: word in wanted)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)`, or nothing when no known name is near."""
    word = nearest(name, known)
    return f" (did you mean '{word}'?)" if word else ""
