"""What a note embeds is among what its text names, for every text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mdrun.impact import embedded_in, named_in
from mdrun.parsing import parse
from mdrun.vault import Place
from tests.laws.notes import NOTES

PIECES = ["![[", "]]", "[[", "![", "](", "](<", ">)", ")", "B", "C.md", "%20", "|", "\\", "`", "%%", "<!--", "-->", "!"]
BLANKS = [
    " ",
    "\n",
    "\r\n",
    "\n> ",
    "\n- ",
    "\t",
    "\n\n",
    "#h",
    '"t"',
    "| ",
    "\n|---|\n",
    "<b>",
    "\n  ",
    "\u00a0",
    "\0",
]

texts = st.lists(st.sampled_from([*PIECES, *PIECES, *BLANKS]), max_size=25).map("".join)


def find(linkpath: str, _source: str) -> Place:
    return Place(linkpath)


@given(texts | NOTES)
def test_what_a_note_embeds_is_among_what_its_text_names(text: str) -> None:
    named = named_in(text, "A.md", find)
    if named is not None:
        assert embedded_in(parse(text, "A.md"), find) <= named
