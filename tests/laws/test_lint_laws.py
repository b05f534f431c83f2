"""What holds for every note that is looked at."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mdrun.essence import essence
from mdrun.kernel.guest.moved import new_home
from mdrun.linting.cells import cell_of, mentions, pure
from mdrun.linting.imports import in_imports
from mdrun.linting.mending import mended, mends
from mdrun.parsing import core_schema, parse
from mdrun.planning import plan
from mdrun.text import LINE_ENDING
from mdrun.vault import Attachment
from tests.laws.notes import CONTAINERS, in_containers, with_endings

if TYPE_CHECKING:
    from mdrun.note import Note

blocks = sys.modules["mdrun.parsing.blocks"]
"""The module, whose name in its package is that of a function of it."""

PIECES = st.sampled_from(
    [
        *("%%capture out", "%%bash --out x", "%time x = 1", "%run y", "!ls", "x = !ls", "x?", "?x", ">>> x", "... y"),
        *(
            "In [1]: x",
            "",
            "    x",
            "\tx",
            "'''",
            '"',
            "# noqa",
            "def f():",
            "    return x",
            "(",
            ")",
            "%",
            "% x",
            "é = 1",
        ),
    ]
)
CODE = st.lists(PIECES, max_size=6).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(CODE)
@example("%%capture out\n%%bash --out x\n")
@example("%%time\n%%bash")
def test_a_linter_reads_as_many_lines_as_a_block_has(code: str) -> None:
    cell = cell_of(code)
    assert cell.source == "" or cell.source.count("\n") == code.count("\n")
    assert pure(cell.source).count("\n") == cell.source.count("\n")


@given(CODE | st.text(max_size=30))
def test_what_a_block_mentions_can_be_bound(code: str) -> None:
    compile(mentions(code), "mentions", "exec")


IMPORTS = {
    "from langchain.memory import VectorStoreMemory": "from langchain_classic.memory import VectorStoreMemory",
    "import langchain.schema as s, os": "import langchain_classic.schema as s, os",
    "from langchain.agents import AgentType, create_agent": (
        "from langchain_classic.agents import AgentType\nfrom langchain.agents import create_agent"
    ),
    "    x = 1": "    x = 1",
    "": "",
}


@st.composite
def notes(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.sampled_from([*IMPORTS]), max_size=4))
    fence = "\n".join(["```python", *(line.strip() for line in lines), "```"])
    text = in_containers(fence, draw(st.lists(st.sampled_from(CONTAINERS), max_size=3)))
    return "\n".join(
        [draw(st.sampled_from(["", "text\n", "---\na: 1\n---\n"])) + text, draw(st.sampled_from(["", "> q"]))]
    )


def redirected(line: str) -> str:
    """Return a line of code as it is to be; a tab of a quote may leave blanks before it."""
    code = line.lstrip(" ")
    indent = line[: len(line) - len(code)]
    return "\n".join(f"{indent}{each}" for each in IMPORTS.get(code, code).split("\n"))


def after_mending(note: Note) -> str:
    found = plan(note, lambda *_: Attachment())
    return mended(note, mends(note, [*in_imports(found, new_home)], lambda *_: Attachment(), new_home))


@given(with_endings(notes()))
def test_mending_changes_the_code_of_imports_and_nothing_else(text: str) -> None:
    note = parse(text)
    after = after_mending(note)
    expected = ["".join(f"{redirected(line)}\n" for line in block.source.split("\n")[:-1]) for block in note.blocks()]
    assert [block.source for block in parse(after).blocks()] == expected
    assert after_mending(parse(after)) == after
    left = [line for line in LINE_ENDING.split(after) if "import" not in line]
    assert left == [line for line in LINE_ENDING.split(text) if "import" not in line]
    assert {*LINE_ENDING.findall(after)} <= {*LINE_ENDING.findall(text)}


TABLES = st.lists(
    st.sampled_from(
        [
            *(
                "| a | b |",
                "a | b",
                "|---|---|",
                "---|---",
                ":-:|-",
                "-",
                "---",
                ":-",
                "| - |",
                "- |",
                "\t",
                " ",
                "> ",
                "- ",
            ),
            *("text", "", "\n", "\n", "\n", "\x0c", "\xa0", "\u2028", "|", ":"),
        ]
    ),
    max_size=12,
).map("".join)


@given(TABLES)
def test_a_text_without_the_line_beneath_a_head_has_no_table(text: str) -> None:
    source = f"{text}\n".translate(blocks._TO_LETTERS)
    if not blocks._UNDER_A_HEAD.search(source):
        assert blocks._MARKDOWN.parse(source) == blocks._WITHOUT_TABLES.parse(source)


YAML = st.lists(
    st.sampled_from(
        [
            *(
                "a: b",
                "a:",
                "- c",
                "-",
                "  ",
                " ",
                "\n",
                "\n",
                "[",
                "]",
                "{",
                "}",
                ",",
                ": ",
                ":",
                "'",
                '"',
                "#",
                " # x",
            ),
            *("&a ", "*a ", "%", "---", "...", "@", "`", "1", "~", "\\", "\x85", "\u2028", "\x07", "\x7f", "é", "<<: "),
            *("=", "0o7", "null", "- - ", "\r", "\r\n", "\xa0", "2026-01-01", "?", "|", ">", "!", "\t", "\ufeff"),
        ]
    ),
    max_size=12,
).map("".join)


@given(YAML | st.text(max_size=20))
def test_libyaml_reads_what_it_is_given_as_pyyaml_does(source: str) -> None:
    quick = None
    if core_schema._TAME.fullmatch(source):
        with suppress(yaml.YAMLError, RecursionError, ValueError):
            quick = partial(core_schema._load, core_schema._QuickLoader(source))()
            assert repr(quick) == repr(core_schema._load(core_schema._Loader(source)))


@given(CODE | st.text(st.sampled_from("abf'\"\\{}()[]:!= %#\n"), max_size=20))
def test_what_code_is_essentially_says_the_same_when_it_is_said_again(code: str) -> None:
    assert essence(essence(code)) == essence(code)
