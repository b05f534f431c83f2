"""What holds for the plan of every shape of embeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from mdrun.note import CodeBlock, Embed, Note
from mdrun.planning import Plan, plan
from mdrun.text import Span
from mdrun.vault import Section, Vault
from tests.vaults import vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTES = ["A", "B", "C", "D"]
TARGETS = [f"![[{note}{subpath}]]" for note in ("", *NOTES) for subpath in ("", "#X", "#Y", "#X#Y", "#^id", "#Gone")]
PIECES = [*TARGETS, "# X", "## Y", "# Y", "```py\ncode\n```", "```py\ncode\n```\n^id", "- a ^id\n  ```py\n  b\n  ```"]

texts = st.lists(st.sampled_from(PIECES), max_size=7).map("\n\n".join)
vaults = st.fixed_dictionaries({f"{name}.md": texts for name in NOTES}).map(vault_of)


def planned(vault: Vault) -> Plan:
    return plan(vault.read("A.md"), vault.resolve)


@given(vaults)
def test_no_block_runs_twice_and_every_block_of_the_note_runs(vault: Vault) -> None:
    found = planned(vault)
    places = [(step.note.path, step.block.span) for step in found.steps]
    assert len(places) == len(set(places))
    assert {("A.md", block.span) for block in found.note.blocks()} <= set(places)


@given(vaults)
def test_every_step_was_led_to_by_embeds_that_mean_what_it_is_in(vault: Vault) -> None:
    for step in planned(vault).steps:
        note = vault.read("A.md")
        for hop in step.trail:
            assert hop.note == note.path
            assert hop.embed in note.elements
            section = vault.resolve(hop.embed, note)
            assert isinstance(section, Section)
            note = section.note
        assert step.note == note
        assert step.block in note.elements


@given(vaults)
def test_without_circles_blocks_run_in_the_order_of_reading(vault: Vault) -> None:
    found = planned(vault)
    if any(problem.kind == "cycle" for problem in found.problems):
        return
    read = list(dict.fromkeys(_read(Section(found.note, _whole(found.note)), vault)))
    assert [(step.note.path, step.block.line) for step in found.steps] == read


def _read(section: Section, vault: Vault) -> Iterator[tuple[str, int]]:
    """Yield the blocks of a section, embeds read in their place however often."""
    for element in section.note.elements:
        if not section.span.start <= element.span.start < section.span.end:
            continue
        if isinstance(element, CodeBlock):
            yield section.note.path, element.line
        elif isinstance(element, Embed):
            target = vault.resolve(element, section.note)
            if isinstance(target, Section):
                yield from _read(target, vault)


def _whole(note: Note) -> Span:
    return Span(0, len(note.text))


@given(vaults)
def test_the_same_vault_gives_the_same_plan(vault: Vault) -> None:
    assert planned(vault) == planned(vault)
