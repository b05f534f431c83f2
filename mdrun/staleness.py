"""Why outputs are stale, as far as their stamps tell.

A stamp has a hash of all the code that ran up to its block (G9). Where it fits, none of that has
changed; where it does not, something in it has. So what made an output stale lies between the last
stamp that fits and the first that does not.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from mdrun.note import Region
from mdrun.region import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mdrun.note import Note
    from mdrun.planning import Plan, Step
    from mdrun.text import Span

Change: TypeAlias = Literal["changed", "added", "removed", "moved"]

NAMED = 3
"""Things a reason names before it only counts."""
TRIED = 12
"""Steps between two stamps of which every run is tried whether it is new; of more it could take long."""
SHOWN = 40
"""Characters of a line of code in a reason."""
OR_REMOVED = ", or code before it was removed"
"""What a stamp never rules out: of code that is gone, nothing is left to try."""


def reasons(
    note: Note, plan: Plan, before: Plan | None = None, *, line: Callable[[int], int] = lambda line: line
) -> Mapping[Span, str]:
    """Return why each stale output of `note` is stale, by the span of its block.

    An output is stale when its stamp is not that of the code now. Outputs are taken for those of
    one run, but where they cannot be. Of the first stale one all that may be the cause is named;
    those that ran later have that same cause, whatever came on top. `before` is the plan of an
    earlier version, such as the one committed last: of outputs that it made, the cause is known.
    `line` says where a line of the note stands for whoever reads this.

    Blocks that skip themselves, or are not in the plan, are never stale.
    """
    return dict(_Inquiry(note.path, plan.steps, before.steps if before else (), line).answers())


@dataclass(frozen=True, slots=True)
class _Cause:
    """What became of a step, or, where it is not `known` of which, of one of several."""

    what: Change
    steps: Sequence[Step]
    known: bool = True


@dataclass(frozen=True)
class _Inquiry:
    """The steps of a note, the stamps beneath them, and the steps there were before."""

    note: str
    steps: Sequence[Step]
    before: Sequence[Step]
    line: Callable[[int], int]

    def answers(self) -> Iterator[tuple[Span, str]]:
        for place in self._stale:
            yield self.steps[place].block.span, self._reason(place)

    def _reason(self, place: int) -> str:
        step, stamp = self.steps[place], self._stamps[place]
        if stamp in self._makers_before and self._parting <= place:
            return self._told(self._cause_before, step)
        if (maker := self._makers.get(stamp)) is not None:
            return f"its stamp is that of {self._name(maker, step)}"
        if (gone := self._makers_before.get(stamp)) is not None:
            return f"its stamp is that of {self._name(gone, step, 'removed')}"
        if witness := next((self.steps[fit] for fit in self._fitting if fit > place), None):
            return f"it is of another run than the output of {self._name(witness, step)}, which fits"
        return self._told(self._first_cause, step)

    @cached_property
    def _stamps(self) -> Mapping[int, str]:
        """What stands in the outputs of the note's own blocks, by the places of their steps.

        A block that never runs keeps an output of whenever it ran.
        """
        return {
            place: step.block.beneath.made
            for place, step in enumerate(self.steps)
            if step.note.path == self.note and isinstance(step.block.beneath, Region)
            if step.options.get("skip") is not True
        }

    @cached_property
    def _fitting(self) -> Sequence[int]:
        return [place for place, stamp in self._stamps.items() if stamp == self.steps[place].made]

    @property
    def _stale(self) -> Sequence[int]:
        return [place for place, stamp in self._stamps.items() if stamp != self.steps[place].made]

    @cached_property
    def _makers(self) -> Mapping[str, Step]:
        return {step.made: step for step in self.steps}

    @cached_property
    def _makers_before(self) -> Mapping[str, Step]:
        return {step.made: step for step in self.before}

    @cached_property
    def _parting(self) -> int:
        return _parting(self.before, self.steps)

    @cached_property
    def _cause_before(self) -> _Cause:
        return self._cause_at(self._parting, self.before)

    @cached_property
    def _first_cause(self) -> _Cause:
        """What the first stale output below all that fit is stale for, or may be."""
        start = self._fitting[-1] + 1 if self._fitting else 0
        end = next(place for place in self._stale if place >= start and self._stamps[place] not in self._makers)
        if (new := _new_steps(self.steps, start, end, self._stamps[end])) is None:
            return _Cause("changed", self.steps[start : end + 1], known=False)
        before = (*self.steps[: new.start], *self.steps[new.stop :])
        return self._cause_at(_parting(before, self.steps), before)

    def _cause_at(self, place: int, before: Sequence[Step]) -> _Cause:
        """Return what happened where the steps of now part from those `before`."""
        old, new = before[place], self.steps[place]
        rest_before, rest = _alone(before[place:]), _alone(self.steps[place:])
        is_gone = rest_before.count(rest_before[0]) > rest.count(rest_before[0])
        is_new = rest.count(rest[0]) > rest_before.count(rest[0])
        if is_gone and is_new and self._is_own(old) and self._is_own(new):
            return _Cause("changed", [new])
        if is_gone and (not is_new or self._is_own(new)):
            return _Cause(self._change(old, before) or "removed", [old])
        return _Cause(self._change(new, before) or ("added" if is_new else "moved"), [new])

    def _change(self, step: Step, before: Sequence[Step]) -> Change | None:
        """Say `changed` of a step that is embedded by an embed of now and `before`."""
        if self._is_own(step):
            return None
        embeds = [{_embed(each) for each in steps if not self._is_own(each)} for steps in (before, self.steps)]
        return "changed" if all(_embed(step) in each for each in embeds) else None

    def _is_own(self, step: Step) -> bool:
        return step.note.path == self.note

    def _told(self, cause: _Cause, step: Step) -> str:
        """Say a cause, as seen from `step`."""
        if cause.known:
            name = self._name(cause.steps[0], step, cause.what)
            return f"{name} {'changed' if cause.what == 'changed' else f'was {cause.what}'}"
        # The nearest is the likeliest. Of many, all that one embed of the note brought goes by its name.
        nearest_first = cause.steps[::-1]
        names = [*dict.fromkeys(self._name(each, step) for each in nearest_first)]
        if len(names) > NAMED + 1:
            names = [*dict.fromkeys(self._name(each, step, hop=0) for each in nearest_first)]
        return f"{_listed(names)} changed{OR_REMOVED}"

    def _name(self, step: Step, seen_from: Step, what: Change = "changed", hop: int = -1) -> str:
        if not self._is_own(step):
            return f"the embedded {_embed(step, hop)}"
        if what == "removed":
            return f"the block `{step.block.first_line[:SHOWN]}`"
        if step is seen_from:
            return "its own code" if what == "changed" else "the block itself"
        return f"the block at line {self.line(step.block.line)}"


def _embed(step: Step, hop: int = -1) -> str:
    """Return an embed on the way to a step, with the note's name where that is left out."""
    target, notes = step.trail[hop].embed.target, [*(each.note for each in step.trail[1:]), step.note.path]
    return (
        str(target) if target.linkpath else f"[[{posixpath.basename(notes[hop]).removesuffix('.md')}{target.subpath}]]"
    )


def _listed(names: Sequence[str]) -> str:
    """Return `a, b or c`; of many the first, and how many more there are."""
    more = [f"one of {len(names) - NAMED:,} more before it"] if len(names) > NAMED + 1 else []
    *others, last = [*names[:NAMED], *more] if more else names
    return f"{', '.join(others)} or {last}" if others else last


def _alone(steps: Sequence[Step]) -> list[str]:
    """Return what of each step counts for outputs, as a hash of it alone."""
    return [Provenance().after(step.block.source, step.block.info.options) for step in steps]


def _parting(before: Sequence[Step], now: Sequence[Step]) -> int:
    """Return the place of the first step that is not as `before`."""
    pairs = enumerate(zip(_alone(before), _alone(now), strict=False))
    return next((place for place, (old, new) in pairs if old != new), len(now))


def _new_steps(steps: Sequence[Step], start: int, end: int, stamp: str) -> slice | None:
    """Return the only steps from `start` on without which the step at `end` was made as its stamp says.

    Where the same code stands twice it may be new here or there.
    """
    fitting: list[slice] = []
    chain = _after(Provenance(), steps[:start])
    for first in range(start, end if end - start <= TRIED else start):
        for last in range(first + 1, end + 1):
            rest = _after(chain.fork(), steps[last:end])
            if rest.after(steps[end].block.source, steps[end].block.info.options).startswith(stamp):
                fitting.append(slice(first, last))
        _after(chain, steps[first : first + 1])
    return fitting[0] if len(fitting) == 1 else None


def _after(chain: Provenance, steps: Iterable[Step]) -> Provenance:
    for step in steps:
        chain.after(step.block.source, step.block.info.options)
    return chain
