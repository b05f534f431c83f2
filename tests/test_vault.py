"""Linkpath to note, subpath to section, as Obsidian resolves them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from mdrun.note import Embed, Note
from mdrun.parsing import parse
from mdrun.text import Lines
from mdrun.vault import Attachment, Listing, Nowhere, Place, Resolution, Section, Vault, is_note, section
from tests.cases import cases
from tests.vaults import vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@cases("resolve.md")
def test_a_linkpath_leads_where_obsidian_says(given: str, expected: str) -> None:
    assert "".join(f"{line}\n" for line in _led(given)) == expected


def _led(given: str) -> Iterator[str]:
    """Yield where each embed leads; a line of what is given is a file, one with a colon a note."""
    files = [line for line in given.split("\n") if line]
    texts = {path: f"!{text}" for path, _, text in (line.partition(": !") for line in files) if "->" not in path}
    outside = [line.removesuffix(" -> outside") for line in files if "->" in line]
    vault = vault_of(texts, outside)
    for path, text in texts.items():
        note = parse(text, path)
        for embed in note.elements:
            assert isinstance(embed, Embed)
            yield f"{embed.target} {_told(vault.resolve(embed, note))}"


def _told(resolution: Resolution) -> str:
    match resolution:
        case Section(note=note, rivals=rivals):
            return f"is {note.path}" + (f", not {' or '.join(rivals)}" if rivals else "")
        case Attachment():
            return "is an attachment"
        case Nowhere(reason):
            return f"leads nowhere: {reason}{resolution.hint}"


@cases("sections.md")
def test_a_subpath_names_a_part_of_a_note(given: str, expected: str) -> None:
    text, *subpaths = given.removesuffix("\n").split("\n? ")
    note = parse(f"{text}\n")
    assert "".join(f"{subpath} {_lines(note, subpath)}\n" for subpath in subpaths) == expected


def _lines(note: Note, subpath: str) -> str:
    found = section(note, subpath)
    if not isinstance(found, Section):
        return _told(found)
    lines = Lines.of(note.text)
    return f"is {lines.at(found.span.start) + 1}-{lines.at(found.span.end - 1) + 1}"


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_r11_composed_and_decomposed_letters_are_the_same(stored: str, written: str) -> None:
    name = unicodedata.normalize(stored, "한글/Café É.md")  # type: ignore[arg-type]
    link = unicodedata.normalize(written, "![[café é#Über]] ![[한글/Café É]]")  # type: ignore[arg-type]
    vault = vault_of({name: unicodedata.normalize(stored, "# ÜBER")})  # type: ignore[arg-type]
    source = parse(link, "A.md")
    for embed in source.elements:
        assert isinstance(embed, Embed)
        found = vault.resolve(embed, source)
        assert isinstance(found, Section)
        assert found.note.path == name


def test_r11_a_no_break_space_in_a_file_s_name_is_a_space() -> None:
    assert vault_of({"My\xa0Note.md": ""}).find("my note", "A.md") == Place("My\xa0Note.md")


def test_r21_aliases_and_titles_resolve_nothing() -> None:
    vault = vault_of({"Real.md": "---\naliases: [Alias]\ntitle: Title\n---\n# Alias\n"})
    assert [vault.find(name, "A.md") for name in ("Alias", "Title", "Real")] == [None, None, Place("Real.md")]


def test_r24_the_containing_note_is_the_one_that_asks_not_the_one_on_the_disk() -> None:
    vault = vault_of({"A.md": "old"})
    source = parse("# New\n![[A#New]] ![[#New]]", "A.md")
    for embed in source.elements[1:]:
        assert isinstance(embed, Embed)
        found = vault.resolve(embed, source)
        assert isinstance(found, Section)
        assert found.note is source


def test_the_vault_is_listed_when_a_link_first_needs_it_and_once() -> None:
    listed: list[str] = []

    def listing() -> Listing:
        listed.append("once")
        return Listing(("A.md",))

    vault = Vault(listing, lambda path: parse("", path))
    embed = parse("![[#H]]").elements[0]
    assert isinstance(embed, Embed)
    vault.resolve(embed, parse("# H"))
    assert listed == []
    vault.find("A", "B.md")
    vault.find("B", "B.md")
    assert listed == ["once"]


@pytest.mark.parametrize(("path", "expected"), [("A.md", True), ("a/B.MD", True), ("A.mdx", False), ("md", False)])
def test_a_note_is_known_by_its_extension(path: str, *, expected: bool) -> None:
    assert is_note(path) is expected
