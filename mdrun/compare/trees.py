"""Python values as trees, and where two of them differ."""

from __future__ import annotations

import cmath
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST = 20
"""Differences that are told."""
SHOWN = 60
"""Characters of a value that are told."""
FEW = 100
"""Members of sets that are compared each with each."""
RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far apart two floats may be, by their size and by themselves."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two values differ."""

    path: str
    """How Python would get there: `['history'][1].content`; empty for the whole."""
    old: str
    """As it is written there; empty where there is nothing."""
    new: str


@dataclass(frozen=True, slots=True)
class Anything:
    """`...`, which stands for whatever is there."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, but for those that are names: `nan`, `inf`."""

    value: complex

    @property
    def exact(self) -> bool:
        """Tell whether it is no float."""
        return isinstance(self.value, int)


@dataclass(frozen=True, slots=True)
class String:
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is compared as it is written: a name, bytes, `<Color.RED: 1>`."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, a tuple or a set."""

    kind: Literal["list", "tuple", "set"]
    members: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dictionary."""

    items: tuple[tuple[Tree, Tree], ...]
    rest: bool
    """Whether it has more items, whatever they are."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a class shows of its instance: `HumanMessage(content='Hi')`."""

    name: str
    arguments: tuple[Tree, ...]
    keywords: tuple[tuple[str, Tree], ...]
    rest: bool
    """Whether it has more arguments, whatever they are."""


Tree: TypeAlias = Anything | Number | String | Opaque | Items | Pairs | Call

_BRACKETS = {"list": "[{}]", "tuple": "({})", "set": "{{{}}}"}
_MISSED_BY_NOBODY: tuple[Tree | None, ...] = (
    None,
    Opaque("None"),
    String(""),
    Items("list", ()),
    Items("tuple", ()),
    Pairs((), rest=False),
)
"""Arguments that libraries add to their classes over time: `additional_kwargs={}`."""


def first_differences(old: Tree, new: Tree, *, wrapped: bool) -> tuple[Difference, ...]:
    """Return where two trees differ, at most `MOST` places; a `wrapped` string may have other blanks."""
    return tuple(islice(_Comparing(wrapped).differences(old, new, ""), MOST))


def written(tree: Tree) -> str:
    """Return a tree as Python shows it."""
    match tree:
        case Anything():
            return "..."
        case Number(value) | String(value):
            return repr(value)
        case Opaque(text):
            return text
        case Items(kind, members):
            alone = "," if kind == "tuple" and len(members) == 1 else ""
            return _BRACKETS[kind].format(", ".join(map(written, members)) + alone)
        case Pairs(items, rest):
            shown = [f"{written(key)}: {written(value)}" for key, value in items]
            return f"{{{', '.join([*shown, *(['...'] if rest else [])])}}}"
        case Call(name, arguments, keywords, rest):
            shown = [*map(written, arguments), *(f"{key}={written(value)}" for key, value in keywords)]
            return f"{name}({', '.join([*shown, *(['...'] if rest else [])])})"


def clipped(text: str) -> str:
    """Return a text in one line, short enough to be read in a report."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."


def _told(path: str, old: Tree | None, new: Tree | None) -> Difference:
    before, after = ["" if tree is None else clipped(written(tree)) for tree in (old, new)]
    return Difference(path, before, after)


@dataclass(frozen=True, slots=True)
class _Comparing:
    wrapped: bool

    def same(self, old: Tree, new: Tree) -> bool:
        return next(self.differences(old, new, ""), None) is None

    def differences(self, old: Tree, new: Tree, path: str) -> Iterator[Difference]:
        match old, new:
            case (Anything(), _) | (_, Anything()):
                pass
            case Items(kind=kind), Items(kind=other) if kind == other:
                compare = self._of_sets if kind == "set" else self._of_sequences
                yield from compare(old, new, path)
            case Pairs(), Pairs():
                yield from self._of_pairs(old, new, path)
            case Call(name=name), Call(name=other) if name == other:
                yield from self._of_calls(old, new, path)
            case _:
                if not self._same_leaf(old, new):
                    yield _told(path, old, new)

    def _same_leaf(self, old: Tree, new: Tree) -> bool:
        match old, new:
            case Number(one), Number(other) if not (old.exact and new.exact):
                return _close(one, other)
            case String(one), String(other) if self.wrapped:
                return one.split() == other.split()
            case _:
                return old == new

    def _of_sequences(self, old: Items, new: Items, path: str) -> Iterator[Difference]:
        if Anything() in old.members:
            yield from self._with_gaps(old, new, path)
        elif Anything() in new.members:
            turned = self._with_gaps(new, old, path)
            yield from (Difference(found.path, found.new, found.old) for found in turned)
        else:
            for index, (one, other) in enumerate(zip_longest(old.members, new.members)):
                yield from self._of_members(one, other, f"{path}[{index}]")

    def _of_members(self, old: Tree | None, new: Tree | None, path: str) -> Iterator[Difference]:
        if old is None or new is None:
            yield _told(path, old, new)
        else:
            yield from self.differences(old, new, path)

    def _with_gaps(self, pattern: Items, whole: Items, path: str) -> Iterator[Difference]:
        """Compare where `...` among the members of `pattern` stands for any number of them, none included."""
        head, *runs, tail = _between_gaps(pattern.members)
        end = len(whole.members) - len(tail)
        if len(head) > end:
            yield _told(path, pattern, whole)
            return
        for index, member in (*enumerate(head), *enumerate(tail, end)):
            yield from self.differences(member, whole.members[index], f"{path}[{index}]")
        if not self._in_order(runs, whole.members[len(head) : end]):
            yield _told(path, pattern, whole)

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
        return all(self.same(member, members[place + index]) for index, member in enumerate(run))

    def _of_sets(self, old: Items, new: Items, path: str) -> Iterator[Difference]:
        """Compare without an order: members that are written alike are found at once, like ones among a few."""
        before, after = frozenset(old.members), frozenset(new.members)
        gone = [member for member in old.members if member not in after and Anything() not in after]
        come = [member for member in new.members if member not in before and Anything() not in before]
        if max(len(gone), len(come)) <= FEW:
            for member in gone.copy():
                if alike := [other for other in come if self.same(member, other)]:
                    gone.remove(member)
                    come.remove(alike[0])
        yield from (_told(path, one, other) for one, other in zip_longest(gone, come) if Anything() not in (one, other))

    def _of_pairs(self, old: Pairs, new: Pairs, path: str) -> Iterator[Difference]:
        before = {written(key): value for key, value in old.items}
        after = {written(key): value for key, value in new.items}
        for key in before | after:
            one, other = before.get(key), after.get(key)
            if not (one is None and old.rest) and not (other is None and new.rest):
                yield from self._of_members(one, other, f"{path}[{key}]")

    def _of_calls(self, old: Call, new: Call, path: str) -> Iterator[Difference]:
        for index, (one, other) in enumerate(zip_longest(old.arguments, new.arguments)):
            if not (one is None and old.rest) and not (other is None and new.rest):
                yield from self._of_members(one, other, f"{path}.args[{index}]")
        before, after = dict(old.keywords), dict(new.keywords)
        for key in before | after:
            one, other = before.get(key), after.get(key)
            if one in _MISSED_BY_NOBODY and other in _MISSED_BY_NOBODY and None in (one, other):
                continue
            if not (one is None and old.rest) and not (other is None and new.rest):
                yield from self._of_members(one, other, f"{path}.{key}")


def _between_gaps(members: Sequence[Tree]) -> list[list[Tree]]:
    """Return the runs of members that `...` parts, at least two."""
    runs: list[list[Tree]] = [[]]
    for member in members:
        if member == Anything():
            runs.append([])
        else:
            runs[-1].append(member)
    return runs


def _close(one: complex, other: complex) -> bool:
    try:
        return cmath.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:
        return one == other
