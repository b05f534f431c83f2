"""Which blocks run, in which order: embeds are read in their place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mdrun.parsing import parse
from mdrun.planning import GUESSES, Plan, plan
from mdrun.region import Provenance
from tests.cases import cases
from tests.vaults import vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def planned(texts: Mapping[str, str], *, prefixed_only: bool = False) -> Plan:
    """Plan the first of these notes."""
    path = next(iter(texts))
    return plan(parse(texts[path], path), vault_of(texts).resolve, prefixed_only=prefixed_only)


def told(found: Plan) -> Iterator[str]:
    """Yield a plan in the words of the fixture: each step with its ordinal and the way there, then the problems."""
    for step in found.steps:
        code = step.block.source.split("\n")[0]
        way = "".join(f" < {hop}" for hop in reversed(step.trail))
        yield f"{step.note.path}:{step.block.line} block {step.ordinal} `{code}`{way}"
    for problem in found.problems:
        yield f"{problem.kind} {problem}"


@cases("plan.md")
def test_a_plan_holds_every_block_once_where_it_is_first_reached(given: str, expected: str) -> None:
    first, *others = given.split("=== ")
    texts = {"Note.md": first} | dict(other.split("\n", 1) for other in others)
    assert "".join(f"{line}\n" for line in told(planned(texts))) == expected.removeprefix("\n")


def sources(found: Plan) -> list[str]:
    """Return the code of a plan's steps."""
    return [step.block.source.strip() for step in found.steps]


def block(code: str, language: str = "py") -> str:
    return f"```{language}\n{code}\n```\n"


SETUP = "# Importing `AzureChatOpenAI()`\n# Importing `ChatOpenAI()`\n"


def test_r38_the_message_names_place_and_nearest_heading() -> None:
    texts = {"Memory.md": "\n" * 8 + "![[LangChain Basic Codes#Importing]]", "LangChain Basic Codes.md": SETUP}
    (problem,) = planned(texts).problems
    assert problem.fatal
    assert str(problem) == (
        "Memory.md:9: embed [[LangChain Basic Codes#Importing]] leads nowhere: no such heading "
        "(did you mean 'Importing AzureChatOpenAI()'?)"
    )


def test_only_what_leads_nowhere_or_never_ends_is_fatal() -> None:
    texts = {"A.md": "---\n- a\n---\n![[B]] ![[B]] ![[A]] ![[C]]\n```py {x}\n```\n", "x/B.md": "%%", "y/B.md": ""}
    problems = planned(texts).problems
    kinds = {problem.kind: problem.fatal for problem in problems}
    assert kinds == {
        "properties": False,
        "ambiguous": False,
        "comment": False,
        "repeat": False,
        "cycle": False,
        "unresolved": True,
        "option": False,
    }
    assert [problem.embed for problem in problems if problem.kind == "unresolved"] == ["[[C]]"]


def test_r68_run_prefix_leaves_out_plain_blocks_but_counts_them() -> None:
    texts = {
        "A.md": block("a") + block("b", "run-python") + "![[B#X]]\n",
        "B.md": "# X\n" + block("c") + "```py\n" + "# no heading\n```\n" + block("d", "Run-py {typo}"),
    }
    found = planned(texts, prefixed_only=True)
    assert list(told(found)) == [
        "A.md:4 block 2 `b`",
        "B.md:8 block 3 `d` < A.md:7",
        "option B.md:8: unknown option 'typo'",
    ]


def test_run_prefix_forgives_plain_fences_that_never_close() -> None:
    assert planned({"A.md": "```py\nx"}, prefixed_only=True).problems == ()


def test_g9_every_step_says_what_made_it() -> None:
    texts = {"A.md": "![[B]]\n" + block("a  # comment") + block("b", "py {raises='E'}"), "B.md": block("c")}
    provenance = Provenance()
    expected = [provenance.after("c\n", {}), provenance.after("a\n", {}), provenance.after("b\n", {"raises": "E"})]
    assert [step.provenance for step in planned(texts).steps] == expected
    assert [step.made for step in planned(texts).steps] == [whole[:6] for whole in expected]


def test_a_step_knows_its_options() -> None:
    (step,) = planned({"A.md": block("x", "py {skip=true}")}).steps
    assert step.options == {"skip": True}


def test_the_note_that_is_run_is_the_one_given_whatever_the_vault_has_read() -> None:
    note = parse("![[B]]\n# Setup\n" + block("new"), "A.md")
    found = plan(note, vault_of({"A.md": "\n# Setup\n", "B.md": "![[A#Setup]]"}).resolve)
    assert list(told(found)) == ["A.md:3 block 1 `new` < B.md:1 < A.md:1", "repeat A.md:3: block already ran above"]


def test_a_section_that_only_the_vault_s_version_has_is_told_as_missing() -> None:
    found = plan(parse("![[B]]\n", "A.md"), vault_of({"A.md": "# Setup\n", "B.md": "![[A#Setup]]"}).resolve)
    assert [problem.kind for problem in found.problems] == ["unresolved"]


def test_f66_of_many_notes_of_a_name_the_first_are_told() -> None:
    texts = {"A.md": "![[B]]"} | {f"{n}/B.md": "" for n in range(9)}
    assert [problem.message for problem in planned(texts).problems] == [
        "embed [[B]] means 0/B.md, could mean 1/B.md, 2/B.md, 3/B.md, 4/B.md, 5/B.md and 3 more"
    ]


def test_nearest_names_are_looked_up_for_the_first_embeds_only() -> None:
    found = planned({"A.md": "# Heading\n" + "![[#Headin]]\n" * (GUESSES + 1)})
    hints = ["did you mean" in problem.message for problem in found.problems]
    assert hints == [True] * GUESSES + [False]


def test_r54_a_chain_of_thousands_of_notes_is_planned_whole() -> None:
    texts = {f"{n}.md": f"![[{n + 1}]]\n" for n in range(5000)} | {"5000.md": block("end")}
    (step,) = planned(texts).steps
    assert len(step.trail) == 5000


def test_a_chain_of_thousands_of_sections_is_planned() -> None:
    text = "".join(f"# {n}\n![[#{n + 1}]]\n" for n in range(2000)) + "# 2000\n" + block("end")
    assert sources(planned({"A.md": "![[B#0]]", "B.md": text})) == ["end"]


def test_diamonds_upon_diamonds_are_planned_once() -> None:
    texts = {f"{n}.md": f"![[{n + 1}]] ![[{n + 1}]]\n{block(str(n))}" for n in range(40)} | {"40.md": block("40")}
    found = planned(texts)
    assert sources(found) == [str(n) for n in range(40, -1, -1)]
    assert len(found.problems) == 40


def test_a_thousand_links_to_a_thousand_headings_are_planned_at_once() -> None:
    headings = "".join(f"## H{n}\n" for n in range(1000))
    started = time.process_time()
    found = planned({"A.md": "".join(f"![[B#Top#H{n}]]\n" for n in range(1000)), "B.md": f"# Top\n{headings}"})
    assert found.problems == ()
    assert time.process_time() - started < 20
