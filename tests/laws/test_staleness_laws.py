"""What holds for the reasons of stale outputs after every edit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from hypothesis import given
from hypothesis import strategies as st

from mdrun.note import Region
from mdrun.staleness import OR_REMOVED, _embed
from tests.test_staleness import Marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdrun.planning import Step

Kind: TypeAlias = Literal["change", "add", "remove", "move"]
KINDS: tuple[Kind, ...] = get_args(Kind)

CODES = ["a", "b", "c", "d", "e {skip}", "f {hide}", "g {may_fail}"]
OWN = [*CODES, *CODES, "![[B]]", "![[B#X]]", "![[C]]", "![[#Z]]", "# Z"]
OTHERS = {"B": [*CODES, "![[C]]", "![[A#Z]]", "![[#X]]", "# X"], "C": [*CODES, "![[B#X]]"]}
ALWAYS = ("more before it", "its stamp is that of")
"""True whatever was edited: where many may be the cause, and where the same code stands twice."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody does to a line of a note."""

    kind: Kind
    note: str
    place: int
    line: str
    """What stood there."""


def lines(pieces: Sequence[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pieces), min_size=least, max_size=7)


@st.composite
def edited(draw: st.DrawFn) -> tuple[Marked, Marked, Edit]:
    """Notes before and after an edit; the outputs are those of a run before it."""
    notes = {"A.md": draw(lines(OWN, 2))} | {f"{name}.md": draw(lines(pieces, 1)) for name, pieces in OTHERS.items()}
    note = draw(st.sampled_from([*["A.md"] * 3, "B.md", "C.md"]))
    kind = draw(st.sampled_from(KINDS))
    place = draw(st.integers(0, len(notes[note]) - 1))
    before = Marked(notes, {})
    shown = draw(st.sets(st.integers(1, len(notes["A.md"]))))
    made = {line: stamp for line, stamp in before.made().items() if line in shown}
    # What a block that never runs has below it is of another time.
    made |= {line: "000000" for line in made if "{skip}" in notes["A.md"][line - 1]}
    now = [*enumerate(notes[note], 1)]
    if kind == "change":
        now[place] = (place + 1, "new" if now[place][1] in CODES else now[place][1])
    elif kind == "add":
        now.insert(place, (0, draw(st.sampled_from(["new", "a", "![[C]]"]))))
    else:
        taken = now.pop(place)
        now[:0] = [taken] if kind == "move" else []
    stamps = {place: made[old] for place, (old, _) in enumerate(now, 1) if old in made} if note == "A.md" else made
    after = Marked({**notes, note: [line for _, line in now]}, stamps)
    return before, after, Edit(kind, note, place, notes[note][place])


def stale(marked: Marked) -> dict[int, Step]:
    """Return the steps whose stamps do not fit, by the lines shown."""
    found: dict[int, Step] = {}
    for step in marked.plan.steps:
        counts = step.note.path == "A.md" and step.options.get("skip") is not True
        if counts and isinstance(step.block.beneath, Region) and not is_fresh(step):
            found[marked.at[step.block.line]] = step
    return found


@given(edited())
def test_every_stale_output_has_a_reason_and_no_other(given: tuple[Marked, Marked, Edit]) -> None:
    before, after, _ = given
    assert after.told().keys() == after.told(before.plan).keys() == stale(after).keys()


@given(edited())
def test_what_was_edited_is_among_what_is_named(given: tuple[Marked, Marked, Edit]) -> None:
    _, after, edit = given
    for line, why in after.told().items():
        assert any(name in why for name in (*named(after, edit, line), *ALWAYS)), why


@given(edited())
def test_a_change_is_known_with_the_plan_that_made_the_outputs(given: tuple[Marked, Marked, Edit]) -> None:
    before, after, edit = given
    made = {step.made for step in before.plan.steps}
    for line, why in after.told(before.plan).items():
        below = stale(after)[line].block.beneath
        if edit.kind == "change" and isinstance(below, Region) and below.made in made:
            assert why in {f"{name} changed" for name in named(after, edit, line)}


@given(edited())
def test_below_a_fresh_output_with_nothing_between_only_its_own_code_is_named(
    given: tuple[Marked, Marked, Edit],
) -> None:
    _, after, _ = given
    told, found = after.told(), stale(after)
    for above, step in pairwise(after.plan.steps):
        line = after.at[step.block.line] if step.note.path == "A.md" else 0
        if line in found and is_fresh(above) and not told[line].startswith(("it is ", "its stamp ")):
            assert told[line] == f"its own code changed{OR_REMOVED}"


def named(after: Marked, edit: Edit, line: int) -> list[str]:
    """Return what an edit may be called, as seen from the block on a line."""
    if edit.kind in {"remove", "move"}:
        # What was moved to the top is gone for those it stood above, and new for those it stands above now.
        names = ["removed", "was added"]
        # A heading or an embed that is gone may let what another note shows run later, or sooner.
        return names if edit.line in CODES else [*names, "the embedded [["]
    if edit.note == "A.md" and edit.place + 1 in after.at.values():
        return ["its own code" if line == edit.place + 1 else f"the block at line {edit.place + 1}"]
    embedded = [step for step in after.plan.steps if step.note.path != "A.md"]
    if edit.kind == "change":
        embedded = [step for step in embedded if step.note.path == edit.note and step.block.source == "new\n"]
    return [f"the embedded {_embed(step, hop)}" for step in embedded for hop in (0, -1)]


def is_fresh(step: Step) -> bool:
    below = step.block.beneath
    return step.note.path == "A.md" and isinstance(below, Region) and below.made == step.made
