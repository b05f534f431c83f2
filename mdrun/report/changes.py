"""How the regions of a note differ from what its blocks say now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mdrun import region
from mdrun.compare import body_differences
from mdrun.note import CodeBlock, Region
from mdrun.parsing import parse
from mdrun.report.values import Change, Place

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator, Mapping

    from mdrun.compare import Difference
    from mdrun.note import Beneath, Note
    from mdrun.text import Span

SAME_CODE = "its code has not changed"


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of the blocks of a note beside their outputs, by their spans."""

    reasons: Mapping[Span, str] = field(default_factory=dict)
    """Why stamps do not fit the code any more."""
    by_value: Collection[Span] = ()
    """Those that are compared by value."""
    volatile: tuple[re.Pattern[str], ...] = ()


def changes(note: Note, text: str, background: Background) -> Iterator[Change]:
    """Yield how the regions of `note` differ from those of the `text` woven from it, at its own lines."""
    before, after = ([e for e in n.elements if isinstance(e, CodeBlock)] for n in (note, parse(text)))
    for old, new in zip(before, after, strict=True):
        if (kind := _difference(old.beneath, new.beneath)) is not None:
            yield _change(note, old, new, kind, background)


def _change(
    note: Note,
    old: CodeBlock,
    new: CodeBlock,
    kind: Literal["new", "gone", "other", "aged"],
    background: Background,
) -> Change:
    why = ""
    if isinstance(old.beneath, Region):
        why = background.reasons.get(old.span, SAME_CODE)
    differences: tuple[Difference, ...] = ()
    if isinstance(old.beneath, Region) and isinstance(new.beneath, Region) and old.span in background.by_value:
        differences = body_differences(old.beneath.body, new.beneath.body, background.volatile)
    return Change(Place(note.path, old.line), kind, why, _shown(old.beneath), _shown(new.beneath), differences)


def _difference(old: Beneath | None, new: Beneath | None) -> Literal["new", "gone", "other", "aged"] | None:
    match old, new:
        case Region(), Region() if _shown(old) != _shown(new):
            return "other"
        case Region(), Region():
            return None if old.made == new.made else "aged"
        case _, Region():
            return "new"
        case Region(), _:
            return "gone"
        case _:
            return None


def _shown(below: Beneath | None) -> tuple[str, ...]:
    """Return the lines of a region as a person sees them, folded or not; none of anything else."""
    if not isinstance(below, Region):
        return ()
    return region.head(below.kind, below.title, folded=False), *below.body
