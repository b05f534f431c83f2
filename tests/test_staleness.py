"""Why outputs are stale: what is known from their stamps alone, and what with the plan that made them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.mime import Body
from mdrun.parsing import parse
from mdrun.planning import plan
from mdrun.staleness import OR_REMOVED, TRIED, reasons
from mdrun.weave import Woven, weave
from tests.cases import cases
from tests.vaults import vault_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mdrun.note import Note
    from mdrun.planning import Plan

SAID = Body("output", None, ("```text", "1", "```"), folded=False)


def written(lines: Sequence[str]) -> str:
    """Return a note of a line for each thing: a heading, an embed, or a block as its code and options."""
    return "\n".join(line if line.startswith(("#", "![[")) else _block(line) for line in lines)


def _block(line: str) -> str:
    code, options = re.fullmatch(r"(.*?)( \{.*\})?(?: \^\d+)?", line).groups("")  # type: ignore[union-attr]
    return f"```py{options}\n{code}\n```\n"


def lines_in(shown: str) -> dict[str, list[str]]:
    """Return the lines of each note: of `A.md` first, then of those behind their names."""
    first, *others = shown.strip("\n").split("\n== ")
    named = (other.split("\n") for other in others)
    return {"A.md": first.split("\n")} | {f"{name}.md": lines for name, *lines in named}


def places(note: Note, lines: Sequence[str]) -> dict[int, int]:
    """Return which line of what was shown a block is, by its line in the note."""
    shown = [number for number, line in enumerate(lines, 1) if not line.startswith(("#", "![["))]
    return dict(zip((block.line for block in note.blocks()), shown, strict=True))


class Marked:
    """Notes of which the first has outputs, by the lines shown, with these stamps."""

    def __init__(self, shown: Mapping[str, Sequence[str]], stamps: Mapping[int, str], **how: bool) -> None:
        self.shown, lines = shown, shown["A.md"]
        bare = parse(written(lines), "A.md")
        at = places(bare, lines)
        outputs = {
            block.span: Woven(SAID, stamps[at[block.line]]) for block in bare.blocks() if at[block.line] in stamps
        }
        texts = {name: written(others) for name, others in shown.items()}
        vault = vault_of({**texts, "A.md": weave(bare, outputs).text})
        self.note = vault.read("A.md")
        self.plan = plan(self.note, vault.resolve, **how)
        self.at = places(self.note, lines)

    def __repr__(self) -> str:
        return f"Marked({self.shown})"

    def made(self) -> dict[int, str]:
        """Return what the stamps should be now, by the lines shown."""
        return {self.at[step.block.line]: step.made for step in self.plan.steps if step.note.path == "A.md"}

    def told(self, before: Plan | None = None) -> dict[int, str]:
        """Return why outputs are stale, by the lines shown."""
        line_of = {block.span: block.line for block in self.note.blocks()}
        found = reasons(self.note, self.plan, before, line=self.at.__getitem__)
        return {self.at[line_of[span]]: why for span, why in found.items()}


class Edited:
    """A note that ran as it was `before`, and is another `now`: `^2` stands for the output of line 2 before."""

    def __init__(self, before: str, now: str) -> None:
        was, is_ = Marked(lines_in(before), {}), lines_in(now)
        made = was.made()
        origins = {number: re.search(r" \^(\d+)$", line) for number, line in enumerate(is_["A.md"], 1)}
        self.before = was.plan
        self.told = Marked(is_, {number: made[int(origin[1])] for number, origin in origins.items() if origin}).told


@cases("staleness.md")
def test_a_stale_output_says_what_changed(given: str, expected: str) -> None:
    edited = Edited(*given.split("\n->\n"))
    guessed, known = edited.told(), edited.told(edited.before)
    assert guessed.keys() == known.keys()
    told = [line for at in guessed for line in (f"{at}: {guessed[at]}", f"{at} known: {known[at]}")]
    assert "\n".join(told or ["fresh"]) == expected.strip()


def test_an_output_above_one_that_fits_is_of_another_run() -> None:
    """What fits proves that nothing before it has changed since."""
    now = {"A.md": ["x", "y", "z"]}
    made = Marked(now, {}).made()
    told = Marked(now, {1: "000000", 2: made[2], 3: "000000"}).told()
    assert told == {
        1: "it is of another run than the output of the block at line 2, which fits",
        3: f"its own code changed{OR_REMOVED}",
    }


def test_an_output_that_somebody_edited_tells_nothing() -> None:
    edited = Marked({"A.md": ["x", "y"]}, {1: "000000", 2: "000000"})
    text = edited.note.text.replace("> 1", "> 2", 1)
    note = parse(text, "A.md")
    (why,) = reasons(note, plan(note, vault_of({"A.md": text}).resolve)).values()
    assert why == f"its own code or the block at line 1 changed{OR_REMOVED}"


def test_blocks_that_are_not_in_the_plan_are_never_stale() -> None:
    prefixed = {"A.md": ["x", "y"]}
    assert Marked(prefixed, {1: "000000", 2: "000000"}, prefixed_only=True).told() == {}


def test_an_earlier_plan_that_did_not_make_an_output_says_nothing_of_it() -> None:
    before, now = Marked({"A.md": ["a", "y"]}, {}), Marked({"A.md": ["x", "y"]}, {2: "000000"})
    assert now.told(before.plan) == now.told() == {2: f"its own code or the block at line 1 changed{OR_REMOVED}"}


def test_an_output_whose_block_went_away_belongs_to_that() -> None:
    before = Marked({"A.md": ["x", "y" * 50]}, {})
    left = Marked({"A.md": ["x"]}, {1: before.made()[2]})
    assert left.told(before.plan) == {1: f"its stamp is that of the block `{'y' * 40}`"}


def test_of_too_many_steps_none_is_tried_whether_it_is_new() -> None:
    stamp = Marked({"A.md": ["y"]}, {}).made()[1]
    few, many = ({"A.md": [*(f"a{n} = 1" for n in range(number)), "y"]} for number in (TRIED, TRIED + 1))
    assert Marked(few, {TRIED + 1: stamp}).told() == {TRIED + 1: "the block at line 1 was added"}
    assert "or one of" in Marked(many, {TRIED + 2: stamp}).told()[TRIED + 2]


def test_lines_are_those_of_the_note_unless_the_reader_has_others() -> None:
    stale = Marked({"A.md": ["x", "y"]}, {2: "000000"})
    (why,) = reasons(stale.note, stale.plan).values()
    assert why == f"its own code or the block at line 1 changed{OR_REMOVED}"
    (why,) = reasons(stale.note, stale.plan, line=lambda line: line + 10).values()
    assert why == f"its own code or the block at line 11 changed{OR_REMOVED}"
