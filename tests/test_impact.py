"""Which notes a change reaches."""

from __future__ import annotations

import time

import pytest

from mdrun.impact import above, embedded_in, named_in
from mdrun.parsing import parse
from tests.vaults import vault_of

CHAIN = {"A": ["B"], "B": ["C"], "C": [], "D": ["C", "A"], "E": ["F"], "F": ["E"]}


@pytest.mark.parametrize(
    ("changed", "reached"),
    [("C", "ABCD"), ("B", "ABD"), ("A", "AD"), ("D", "D"), ("E", "EF"), ("AE", "ADEF"), ("X", "X"), ("", "")],
)
def test_a_change_reaches_the_notes_above_it_and_circles_end(changed: str, reached: str) -> None:
    assert above(set(changed), CHAIN) == set(reached)


def test_a_file_that_is_gone_is_embedded_as_long_as_a_note_names_it() -> None:
    assert above({"Gone"}, {"A": ["Gone"], "B": ["A"]}) == {"Gone", "A", "B"}


FILES = dict.fromkeys(("B.md", "sub/C.md", "a b.md", "x.md", "pic.png", "Ü.md"), "")


@pytest.mark.parametrize(
    ("text", "embedded", "named"),
    [
        ("![[B]] ![[C#Heading#^id|shown]] [[x]]", {"B.md", "sub/C.md"}, {"B.md", "sub/C.md"}),
        ("![[#Own]] ![[Nowhere]]", set(), set()),
        ("![t](B.md#Heading) ![](sub/C.md)", {"B.md", "sub/C.md"}, {"B.md", "sub/C.md"}),
        ("![t](B.md#Heading)", {"B.md"}, {"B.md"}),
        ("![t](<a b.md>) ![t](a%20b.md) ![t](%C3%9C.md)", {"a b.md", "Ü.md"}, {"a b.md", "Ü.md"}),
        ('![t](B.md "title")', {"B.md"}, None),
        ("> ![t](\n> B.md)", {"B.md"}, None),
        ("![t\nt](B.md)", {"B.md"}, None),
        ("![t\\](x.md)](B.md)", {"B.md"}, None),
        ("![t](pic.png) ![no link] and ![t] (B.md)", {"pic.png"}, {"pic.png"}),
        ("![t](https://example.com/B.md)", set(), set()),
        ("`![[B]]` %%![[C]]%%", set(), {"B.md", "sub/C.md"}),
        ("`![[x` ![[B]] ![[x\n]] ![[B", {"B.md"}, {"B.md"}),
        ("| a |\n|---|\n| ![[B\\|shown]] |", {"B.md"}, {"B.md"}),
        ("`![a](x`![[B]])", {"B.md"}, None),
        ("no embed! [at all](B.md)", set(), set()),
    ],
)
def test_what_a_note_embeds_is_among_what_its_text_names(text: str, embedded: set[str], named: set[str] | None) -> None:
    """None: only the parser can tell."""
    find = vault_of(FILES).find
    assert embedded_in(parse(text, "A.md"), find) == embedded
    assert named_in(text, "A.md", find) == named


def test_a_hostile_text_is_read_at_once() -> None:
    started = time.process_time()
    for text in (
        "![[" * 300_000,
        "![[x" * 300_000 + "]]",
        "![x](" * 200_000,
        "![" + "x" * 900_000,
        "![[" + "x" * 900_000,
    ):
        named_in(text, "A.md", vault_of(FILES).find)
    assert time.process_time() - started < 10
