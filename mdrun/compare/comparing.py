"""Where two trees differ."""

from __future__ import annotations

import cmath
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from mdrun.compare.told import MOST, Difference, told
from mdrun.compare.trees import Anything, Call, Items, Number, Opaque, Pairs, String, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.compare.trees import Tree

FEW = 100
"""Members of sets, and keys, that are compared each with each."""
WORK = 100_000
"""Values of an output that are looked at; what takes more differs as a whole."""
RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far apart two floats may be, by their size and by themselves."""

_MISSED_BY_NOBODY: tuple[Tree | None, ...] = (
    None,
    Opaque("None"),
    String(""),
    Items("list", ()),
    Items("tuple", ()),
    Pairs((), rest=False),
)
"""Arguments that libraries add to their classes over time: `additional_kwargs={}`."""


class _TooMuchError(Exception):
    """It would take too long to go on."""


@dataclass(slots=True)
class Comparing:
    """Compares trees, as long as there is time for all of them."""

    left: int = WORK

    def first_differences(self, old: Tree, new: Tree) -> tuple[Difference, ...]:
        """Return where two trees differ, at most `MOST` places; the whole where it takes too long to find out."""
        found: list[Difference] = []
        try:
            found.extend(islice(self._differences(old, new, ""), MOST))
        except _TooMuchError:
            shown = written(old), written(new)
            if not found and shown[0] != shown[1]:
                found.append(told("", *shown))
        return tuple(found)

    def _same(self, old: Tree, new: Tree) -> bool:
        return next(self._differences(old, new, ""), None) is None

    def _differences(self, old: Tree, new: Tree, path: str) -> Iterator[Difference]:
        self._spend(1)
        match old, new:
            case (Anything(), _) | (_, Anything()):
                pass
            case (Pairs((), rest=True), Items(kind="set")) | (Items(kind="set"), Pairs((), rest=True)):
                pass
            case Items(kind="set"), Items(kind="set"):
                yield from self._of_sets(old.members, new.members, path)
            case Items(kind=kind), Items(kind=other) if kind == other:
                yield from self._of_sequences(old, new, path)
            case Pairs(), Pairs():
                yield from self._of_pairs(old, new, path)
            case Call(name=name), Call(name=other) if name == other:
                yield from self._of_calls(old, new, path)
            case _:
                if not _same_leaf(old, new):
                    yield told(path, written(old), written(new))

    def _spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise _TooMuchError

    def _of_members(self, old: Tree | None, new: Tree | None, path: str) -> Iterator[Difference]:
        if old is None or new is None:
            yield told(path, *("" if tree is None else written(tree) for tree in (old, new)))
        else:
            yield from self._differences(old, new, path)

    def _of_sequences(self, old: Items, new: Items, path: str) -> Iterator[Difference]:
        self._spend(len(old.members) + len(new.members))
        before, after = _between_gaps(old.members), _between_gaps(new.members)
        if len(before) > 1 and len(after) > 1:
            yield from self._around_gaps(before, after, path)
        elif len(before) > 1:
            yield from self._with_gaps(before, old, new, path)
        elif len(after) > 1:
            turned = self._with_gaps(after, new, old, path)
            yield from (Difference(found.path, found.new, found.old) for found in turned)
        else:
            for index, (one, other) in enumerate(zip_longest(old.members, new.members)):
                yield from self._of_members(one, other, f"{path}[{index}]")

    def _around_gaps(
        self, before: Sequence[Sequence[Tree]], after: Sequence[Sequence[Tree]], path: str
    ) -> Iterator[Difference]:
        """Compare where both have `...`: what stands before the first, and behind the last."""
        for index, (one, other) in enumerate(zip(before[0], after[0], strict=False)):
            yield from self._differences(one, other, f"{path}[{index}]")
        for index, (one, other) in enumerate(zip(before[-1][::-1], after[-1][::-1], strict=False)):
            yield from self._differences(one, other, f"{path}[{-1 - index}]")

    def _with_gaps(
        self, parted: Sequence[Sequence[Tree]], pattern: Items, whole: Items, path: str
    ) -> Iterator[Difference]:
        """Compare where `...` among the members of `pattern` stands for any number of them, none included."""
        head, *runs, tail = parted
        end = len(whole.members) - len(tail)
        if len(head) > end:
            yield told(path, written(pattern), written(whole))
            return
        for index, member in (*enumerate(head), *enumerate(tail, end)):
            yield from self._differences(member, whole.members[index], f"{path}[{index}]")
        if not self._in_order(runs, whole.members[len(head) : end]):
            yield told(path, written(pattern), written(whole))

    def _in_order(self, runs: Sequence[Sequence[Tree]], members: Sequence[Tree]) -> bool:
        """Tell whether `runs` stand among `members`, one behind the other."""
        start = 0
        for run in runs:
            places = range(start, len(members) - len(run) + 1)
            place = next((place for place in places if self._stands(run, members, place)), None)
            if place is None:
                return False
            start = place + len(run)
        return True

    def _stands(self, run: Sequence[Tree], members: Sequence[Tree], place: int) -> bool:
        return all(self._same(member, members[place + index]) for index, member in enumerate(run))

    def _of_sets(self, old: Sequence[Tree], new: Sequence[Tree], path: str) -> Iterator[Difference]:
        before, after = ([member for member in members if member != Anything()] for members in (old, new))
        partners = self._partners(before, after)
        taken = set(partners.values())
        gone = [member for place, member in enumerate(before) if place not in partners]
        come = [member for place, member in enumerate(after) if place not in taken]
        rests = len(before) < len(old), len(after) < len(new)
        for one, other in zip_longest([] if rests[1] else gone, [] if rests[0] else come):
            yield told(path, *("" if tree is None else written(tree) for tree in (one, other)))

    def _partners(self, old: Sequence[Tree], new: Sequence[Tree]) -> dict[int, int]:
        """Return which of `new` each of `old` is: those written alike, and like ones where there are few others."""
        self._spend(len(old) + len(new))
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place in reversed(range(len(new))):
            places[written(new[place])].append(place)
        shown = enumerate(map(written, old))
        partners = {place: places[text].pop() for place, text in shown if places[text]}
        others = sorted(place for rest in places.values() for place in rest)
        lonely = [place for place in range(len(old)) if place not in partners]
        if max(len(lonely), len(others)) <= FEW:
            for place in lonely:
                alike = next((other for other in others if self._same(old[place], new[other])), None)
                if alike is not None:
                    partners[place] = alike
                    others.remove(alike)
        return partners

    def _of_pairs(self, old: Pairs, new: Pairs, path: str) -> Iterator[Difference]:
        partners = self._partners([key for key, _ in old.items], [key for key, _ in new.items])
        for place, (key, value) in enumerate(old.items):
            if place in partners:
                yield from self._differences(value, new.items[partners[place]][1], f"{path}[{written(key)}]")
            elif not new.rest:
                yield told(f"{path}[{written(key)}]", written(value), "")
        taken = set(partners.values())
        for place, (key, value) in enumerate(new.items):
            if place not in taken and not old.rest:
                yield told(f"{path}[{written(key)}]", "", written(value))

    def _of_calls(self, old: Call, new: Call, path: str) -> Iterator[Difference]:
        arguments = Items("tuple", old.arguments), Items("tuple", new.arguments)
        yield from self._of_sequences(*arguments, f"{path}.args")
        before, after = dict(old.keywords), dict(new.keywords)
        for key in before | after:
            one, other = before.get(key), after.get(key)
            if one in _MISSED_BY_NOBODY and other in _MISSED_BY_NOBODY and None in (one, other):
                continue
            if not (one is None and old.rest) and not (other is None and new.rest):
                yield from self._of_members(one, other, f"{path}.{key}")


def _same_leaf(old: Tree, new: Tree) -> bool:
    match old, new:
        case Number(one), Number(other) if not (old.exact and new.exact):
            return _close(one, other)
        case _:
            return old == new


def _between_gaps(members: Sequence[Tree]) -> list[list[Tree]]:
    """Return the runs of members that `...` parts; one where there is none."""
    runs: list[list[Tree]] = [[]]
    for member in members:
        if isinstance(member, Anything):
            runs.append([])
        else:
            runs[-1].append(member)
    return runs


def _close(one: complex, other: complex) -> bool:
    try:
        close = cmath.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:
        close = one == other
    # What is not a number is not even close to itself.
    return close or repr(one) == repr(other)
