"""What code binds, and where it only seems to use a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.linting.code import GUESSES
from mdrun.linting.names import annotated, bound_by, bound_within, hint_for, is_quoted
from tests.linted import Linted
from tests.runs import block, vault

if TYPE_CHECKING:
    from pathlib import Path

CODE = """\
import os.path as p, sys, json.decoder
from a import b as c, d
x = y[0] = 1
for e, *f in g: pass
with open() as h: pass
try: pass
except OSError as i: pass
match x:
    case [j, *k] | {"a": j, **l}: pass
def m(n, *o, q=1): r = 1
class s: t = 1
lambda u: (v := 1)
[w for w in x]
z: int
%time zz = 1
"""


def test_what_code_binds_for_the_code_below_it() -> None:
    assert bound_by(CODE) == {*"pcdxefhijklmsz", "sys", "json"}


def test_what_code_binds_anywhere() -> None:
    assert bound_within(CODE) == {*"pcdxefhijklmnoqrstuvwz", "sys", "json"}


def test_code_that_does_not_parse_binds_what_it_mentions() -> None:
    assert bound_by("x = = print(y) if None\n") == {"x", "print", "y"}
    assert bound_within("x = = 1\n") == frozenset()
    assert annotated("x: y = = 1\n") == frozenset()


@pytest.mark.parametrize(
    ("source", "quoted"),
    [
        ("'NAME'", True),
        ('b"NAME"', True),
        ("x = '''\n  NAME'''", True),
        ("x; NAME; 'y'", False),
        ("f'{NAME}'", False),
        ("'a', NAME", False),
        ("# 'NAME'", False),
        ("!ls 'a\n'NAME'", True),
        ("x = '''\nNAME", False),
        ("NAME", False),
        ("   x\n  y\n'NAME'", False),
    ],
)
def test_a_name_in_a_string_is_quoted(source: str, *, quoted: bool) -> None:
    line = source[: source.index("NAME")].count("\n") + 1
    column = source.index("NAME") - source.rfind("\n", 0, source.index("NAME"))
    assert is_quoted(source, line, column) is quoted


def test_names_in_annotations_are_known() -> None:
    code = "def f(a: A, *b: B[C]) -> D:\n    e: E = e\nasync def g() -> F: ...\nh = lambda: i\n"
    assert annotated(code) == {("A", 1), ("B", 1), ("C", 1), ("D", 1), ("E", 2), ("F", 3)}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("add_messages", " (did you mean 'add_message'?)"),
        ("Add_Message", " (did you mean 'add_message'?)"),
        ("add_message", ""),
        ("lne", ""),
        ("pirnt", " (did you mean 'print'?)"),
        ("isinstnce", " (did you mean 'isinstance'?)"),
        ("main", ""),
        ("pool", ""),
        ("wholly_other", ""),
    ],
)
def test_a_name_is_likened_to_what_is_bound_and_to_builtins(name: str, hint: str) -> None:
    assert hint_for(name, ["add_message", "llm"]) == hint


def test_of_many_missing_names_the_first_are_likened(tmp_path: Path) -> None:
    code = "\n".join(["known_name = 1", *(f"known_nam{number}" for number in range(GUESSES + 5))])
    note = vault(tmp_path, {"a.md": block(code)}) / "a.md"
    assert ["did you mean 'known_name'?" in finding for finding in Linted(note).findings] == [True] * GUESSES + [
        False
    ] * 5
