"""What holds for every note and every output woven into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdrun.note import BlockId, CodeBlock, EditedRegion, Embed, Heading, Note
from mdrun.parsing import parse
from mdrun.text import LINE_ENDING, Lines
from mdrun.weave import clean, weave
from tests.laws.notes import (
    BODIES,
    CONTAINERS,
    NOTES,
    OUTPUTS,
    body_of,
    error_of,
    html,
    in_containers,
    parsers_agree,
    readmes,
    regions,
    tree,
    woven,
    wovens,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdrun.mime import Body

README_BODIES = [body_of("hello"), error_of("no"), None, body_of("```\n> [!output]\n```python\n")]


TWO_IDS = re.compile(r"\^[A-Za-z0-9-]+[\s>]*\^[A-Za-z0-9-]+")
"""Of two block ids beneath a block the second names what stands above it, which may be a region."""


def elements(note: Note) -> list[tuple[object, ...]]:
    """Return what a note is made of, apart from where it stands."""
    found: list[tuple[object, ...]] = []
    for element in note.elements:
        match element:
            case Heading(level=level, text=text):
                found.append((level, text))
            case CodeBlock(info=info, source=source):
                found.append((info.raw, source))
            case Embed(target=target):
                found.append((target,))
            case BlockId(name=name, names=names):
                found.append((name, LINE_ENDING.split(names.cut(note.text))[0]))
    return found


@given(NOTES, OUTPUTS)
def test_clearing_what_was_woven_gives_back_the_note(text: str, bodies: list[Body | None]) -> None:
    assert clean(parse(woven(text, bodies))).text == text


@given(NOTES, OUTPUTS)
def test_outputs_that_are_gone_leave_the_note_as_it_was(text: str, bodies: list[Body | None]) -> None:
    assert woven(woven(text, bodies), [None]) == text


@given(NOTES, OUTPUTS)
def test_weaving_twice_is_weaving_once(text: str, bodies: list[Body | None]) -> None:
    once = woven(text, bodies)
    note = parse(once)
    again = weave(note, wovens(note, bodies))
    assert (again.text, again.edits) == (once, ())


@given(NOTES, OUTPUTS, OUTPUTS)
def test_other_outputs_take_the_place_of_old_ones(text: str, old: list[Body | None], new: list[Body | None]) -> None:
    assert woven(woven(text, old), new) == woven(text, new)


@given(NOTES, OUTPUTS)
def test_every_output_is_found_beneath_its_block(text: str, bodies: list[Body | None]) -> None:
    note = parse(text)
    outputs = wovens(note, bodies)
    left_alone = {block.span for block in note.blocks() if isinstance(block.beneath, EditedRegion)}
    told = [(w.body.kind, w.body.lines) for span, w in outputs.items() if w.body and span not in left_alone]
    assert [(region.kind, region.body) for region in regions(weave(note, outputs).text)] == told


@given(NOTES, OUTPUTS)
def test_markdown_it_sees_the_same_other_blocks(text: str, bodies: list[Body | None]) -> None:
    assert tree(woven(text, bodies)) == tree(text)


@given(NOTES, OUTPUTS)
def test_cmark_sees_the_same_other_blocks(text: str, bodies: list[Body | None]) -> None:
    assume(parsers_agree(text))
    assert html(woven(text, bodies)) == html(text)


@given(NOTES, OUTPUTS)
def test_no_output_becomes_an_element_of_the_note(text: str, bodies: list[Body | None]) -> None:
    assume(not TWO_IDS.search(text))
    assert elements(parse(woven(text, bodies))) == elements(parse(text))


@given(NOTES, OUTPUTS, OUTPUTS)
def test_adopting_is_done_with_once(text: str, old: list[Body | None], new: list[Body | None]) -> None:
    once = woven(woven(text, old), new, adopt=True)
    assert woven(once, new, adopt=True) == once
    assert clean(parse(clean(parse(once)).text)).edits == ()


@given(NOTES, OUTPUTS)
def test_what_was_kept_is_what_is_adopted(text: str, bodies: list[Body | None]) -> None:
    note = parse(text)
    outputs = wovens(note, bodies)
    kept = weave(note, outputs).kept
    adopted = weave(note, outputs, adopt=True)
    assert all(keeping in kept for keeping in adopted.kept)
    assert all(keeping in adopted.kept for keeping in kept if outputs[keeping.block.span].body is None)


@given(
    NOTES, BODIES, st.sampled_from(["mine", "- mine", "> mine", "`mine`", "# mine", "```python\n1\n```", "![[Mine]]"])
)
def test_lines_behind_the_end_line_are_a_persons(text: str, body: Body | None, mine: str) -> None:
    before = woven(text, [body])
    note = parse(before)
    found = [block for block in note.blocks() if block.anchor and block.beneath in regions(before)]
    assume(found and body)
    anchor = found[0].anchor
    region = regions(before)[0]
    assert anchor
    lines = Lines.of(before)
    end = lines.ends[region.line + len(region.body) + 1]
    written = "".join(f"{anchor.line_ending}{anchor.prefix}> {line}" for line in mine.split("\n"))
    after = before[:end] + written + before[end:]
    again = woven(after, [body])
    assert written in again
    assert woven(again, [body]) == again
    assert len(regions(again)) >= len(regions(before))


@given(NOTES, OUTPUTS, OUTPUTS)
def test_an_edited_region_is_left_alone_until_it_is_adopted(
    text: str, bodies: list[Body | None], new: list[Body | None]
) -> None:
    before = woven(text, bodies)
    found = [region for region in regions(before) if region.body]
    assume(found)
    lines = Lines.of(before)
    end = lines.ends[found[0].line + 1 + bool(len(found[0].body) > 1)]
    edited = before[:end].rstrip(" \t") + "mine" + before[end:]
    note = parse(edited)
    assume([b.source for b in note.blocks()] == [b.source for b in parse(before).blocks()])
    weaving = weave(note, wovens(note, new))
    assert sum(kept.edited for kept in weaving.kept) >= 1
    assert found[0].made in weaving.text
    adopted = weave(note, wovens(note, new), adopt=True)
    assert not [kept for kept in adopted.kept if kept.edited and wovens(note, new)[kept.block.span].body]


def blank_lines(text: str) -> str:
    """Put a blank line between each block and its region, as formatters do."""
    note = parse(text)
    places = [b.anchor for b in note.blocks() if b.anchor and b.beneath in regions(text)]
    for anchor in reversed(places):
        text = text[: anchor.offset] + anchor.line_ending + anchor.prefix.rstrip(" \t") + text[anchor.offset :]
    return text


def padded(text: str) -> str:
    """Put a blank quoted line between the head and the body of every region."""
    lines = Lines.of(text)
    for region in reversed(regions(text)):
        place = lines.ends[region.line]
        ending = LINE_ENDING.match(text, place)
        assert ending
        quote = text[lines.starts[region.line] : text.index("[!", lines.starts[region.line])].rstrip(" ")
        text = text[:place] + ending[0] + quote + text[place:]
    return text


FORMATTERS: list[Callable[[str], str]] = [
    blank_lines,
    padded,
    lambda text: blank_lines(blank_lines(text)),
    lambda text: LINE_ENDING.sub("\n", text),
    lambda text: LINE_ENDING.sub("\r\n", text),
    lambda text: re.sub(r"[ \t]+(?=[\r\n]|\Z)", "", text),
    lambda text: text.replace("[!output]-", "[!output]").replace("[!error]-", "[!error]"),
    lambda text: text.replace("[!output]\n", "[!output]-\n"),
    lambda text: text.replace("[!output]\n", "[!output]+\n"),
    lambda text: text if text.endswith(("\n", "\r")) else f"{text}\n",
]


@given(NOTES, OUTPUTS, st.lists(st.sampled_from(FORMATTERS), min_size=1, max_size=3))
def test_a_formatter_between_two_runs_adds_no_second_region(
    text: str, bodies: list[Body | None], formatters: list[Callable[[str], str]]
) -> None:
    before = woven(text, bodies)
    formatted = before
    for formatter in formatters:
        formatted = formatter(formatted)
    assume([b.source.split() for b in parse(formatted).blocks()] == [b.source.split() for b in parse(before).blocks()])
    once = woven(formatted, bodies)
    assert len(regions(formatted)) == len(regions(once)) == len(regions(before))
    assert woven(once, bodies) == once
    assert woven(clean(parse(once)).text, [None]) == clean(parse(once)).text


@given(NOTES, OUTPUTS, st.sampled_from(CONTAINERS))
def test_a_note_moved_into_a_container_keeps_its_regions(
    text: str, bodies: list[Body | None], container: tuple[str, str]
) -> None:
    before = woven(LINE_ENDING.sub("\n", text).removeprefix("\ufeff"), bodies)
    moved = in_containers(before, [container])
    assume([b.source for b in parse(moved).blocks()] == [b.source for b in parse(before).blocks()])
    assume("\t" not in before)
    assert [r.body for r in regions(moved)] == [r.body for r in regions(before)]
    once = woven(moved, bodies)
    assert len(regions(once)) == len(regions(moved))
    assert woven(once, bodies) == once


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in readmes()])
def test_the_laws_hold_for_what_people_write(text: str) -> None:
    after = woven(text, README_BODIES)
    assert (clean(parse(after)).text, woven(after, README_BODIES)) == (text, after)
    assert (tree(after), html(after)) == (tree(text), html(text))
