"""What is said of a request that no recording answers."""

from __future__ import annotations

import json
import shlex
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdrun.llm.recording import Recording
    from mdrun.llm.request import Json, Request

SHOWN = 160
"""Characters of a text that are shown, from where it differs."""
LEAD = 24
"""Characters before that place."""
DIFFERENCES = 6
"""As many are shown."""
COMPARED = 2_000
"""Characters of a prompt that count when the nearest one is looked for."""


def unknown(request: Request, answers: int, recordings: Iterable[Recording]) -> str:
    """Say that a request was asked more often than its `answers` were recorded, and what comes nearest."""
    if answers:
        times = "once" if answers == 1 else f"{answers} times"
        return f"{_named(request)} was recorded {times}, and is asked once more"
    lines = [f"no recording of {_named(request)}"]
    known = nearest(request, recordings)
    if known is not None:
        lines += [f"the nearest, {known.request.key[:12]}....json, differs in", *_differences(known.request, request)]
    return "\n".join(lines)


def command(note: str) -> str:
    """Return the command that records what a note asks."""
    return f"mdrun run --llm record {shlex.quote(note)}"


def nearest(request: Request, recordings: Iterable[Recording]) -> Recording | None:
    """Return the recording of the same kind whose request is most like `request`, by its last words first.

    Long prompts in front of them would make all requests alike.
    """
    ranked = [
        (_likeness(request, other.request), other.request.key, other)
        for other in recordings
        if other.request.path == request.path
    ]
    return max(ranked, key=lambda each: each[:2])[2] if ranked else None


def _likeness(one: Request, other: Request) -> tuple[float, bool, int]:
    words = SequenceMatcher(None, one.prompt[-COMPARED:], other.prompt[-COMPARED:], autojunk=False).ratio()
    return words, one.model == other.model, -abs(len(str(one.body)) - len(str(other.body)))


def _named(request: Request) -> str:
    prompt = f", {_shown(request.prompt)}" if request.prompt else ""
    model = f" by {request.model}" if request.model else ""
    return f"{request.name}{model}{prompt}"


def _differences(old: Request, new: Request) -> Iterator[str]:
    found = list(_compared((), old.as_json(), new.as_json()))
    for path, before, after in found[:DIFFERENCES]:
        yield f"  {path}"
        yield from _changed(before, after)
    if len(found) > DIFFERENCES:
        yield f"  and {len(found) - DIFFERENCES:,} more"


def _compared(path: Sequence[str | int], old: Json, new: Json) -> Iterator[tuple[str, Json, Json]]:
    """Yield where two JSON values differ, and how; what only one has is None in the other."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            yield from _compared((*path, name), old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            pair = [each[index] if index < len(each) else None for each in (old, new)]
            yield from _compared((*path, index), *pair)
    elif old != new:
        yield _spelled(path), old, new


def _spelled(path: Sequence[str | int]) -> str:
    """Return `messages[1].content`; the body goes without saying."""
    steps = path[1:] if path[0] == "body" and len(path) > 1 else path
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _changed(old: Json, new: Json) -> Iterator[str]:
    before, after = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in (old, new))
    pairs = zip(before, after, strict=False)
    same = next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))
    start = max(0, same - LEAD)
    for mark, value, text in (("-", old, before), ("+", new, after)):
        if value is not None:
            yield f"  {mark} {_shown(text, start)}"


def _shown(text: str, start: int = 0) -> str:
    cut = text[start : start + SHOWN]
    return f"{'...' if start else ''}{cut!r}{'...' if len(text) > start + SHOWN else ''}"
