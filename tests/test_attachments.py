"""What a note calls its pictures."""

from __future__ import annotations

from mdrun.attachments import Shelf
from mdrun.note import Embed
from mdrun.parsing import parse
from mdrun.pictures import Picture
from tests.cases import cases

PICTURE = Picture(b"", "png")


@cases("alts.md")
def test_a_title_becomes_words(given: str, expected: str) -> None:
    embed = Shelf().embed(PICTURE, given, "400")
    assert embed == f"![{expected.rstrip()}|400](./{PICTURE.name})"
    (element,) = parse(embed).elements
    assert isinstance(element, Embed)
