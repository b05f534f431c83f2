"""What holds for all that a block can say."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mdrun.clip import SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, Text, capped, size
from mdrun.events import (
    WIDGET_VIEW,
    ClearOutput,
    DisplayData,
    Error,
    Event,
    ExecuteResult,
    Frame,
    Gap,
    Stream,
    UpdateDisplayData,
    event_from,
)
from mdrun.mime import SHOWN_PARTS, render
from mdrun.mime.data import laid_out
from mdrun.mime.room import code, fitted
from mdrun.outputs import fold
from mdrun.region import head, is_head
from mdrun.terminal import Terminal, plain

if TYPE_CHECKING:
    from markdown_it.token import Token

HOSTILE = st.sampled_from(
    [
        *"`~>#|-*[]()!%^$&<\\ \t\n\r\b\0\x1b\x7f\x85\x9b\x9c\ufeff\u2028\u202e\u2069\udcff가😀x0123",
        *("```", "```python\n", "````\n", "~~~\n", "> ", "\n> ", "<!--", "-->", "%%", "![[x]]", "\r\n", "    "),
        *("\x1b[A", "\x1b[2A", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[2J", "\x1b[3C", "\x1b[2D", "\x1b[E"),
        *("\x1b[F", "\x1b[5G", "\x1b[B", "\x1b[31m", "\x1b]0;", "\x07", "\x1b\\", "\x1b(B", "\x1bP", "\x1b["),
        *("x" * 300, "x\n" * 130, "\r1", "a\b", "<!-- 3f9a1c-77b0e2 -->\n", "[!output]", "x" * 10_001),
    ]
)
TEXTS = st.lists(HOSTILE, max_size=40).map("".join) | st.text()
KINDS = st.sampled_from(["text/plain", "text/html", "application/json", "image/png", "text/vnd.mermaid"])
BUNDLES = st.dictionaries(KINDS | TEXTS, TEXTS | st.none(), max_size=3)
STREAMS = st.builds(Stream, st.sampled_from(["stdout", "stderr"]), TEXTS)
FRAMES = st.lists(st.builds(Frame, st.integers(1, 9), TEXTS, TEXTS) | st.just(Gap()), max_size=3).map(tuple)
ERRORS = st.builds(
    Error,
    TEXTS,
    TEXTS,
    FRAMES,
    st.lists(TEXTS, max_size=2).map(tuple),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    cause=st.none() | st.builds(Error, TEXTS, TEXTS, FRAMES),
)
NAMES = st.sampled_from("ab")
EVENTS = st.lists(
    STREAMS
    | st.builds(DisplayData, BUNDLES, st.just({}), st.none() | NAMES)
    | st.builds(UpdateDisplayData, BUNDLES, st.just({}), NAMES)
    | st.builds(ExecuteResult, BUNDLES)
    | st.builds(ClearOutput, st.booleans())
    | ERRORS,
    max_size=8,
)


AT_ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def place(frame: Frame) -> str:
    return f"line {frame.line} of this block"


def kinds(tokens: list[Token]) -> list[str]:
    return [token.type for token in tokens]


@AT_ANY_PACE
@given(EVENTS)
def test_a_region_holds_its_fences_and_nothing_else(events: list[Stream]) -> None:
    body = render(fold(events), place=place)
    if body is None:
        return
    title = head(body.kind, body.title, folded=body.folded)
    region = [f"> {line}".rstrip() for line in (title, *body.lines, "<!-- 3f9a1c-77b0e2 -->")]
    tokens = MarkdownIt("commonmark").parse("\n".join((*region, "text behind it")))
    fences = [token for token in tokens if token.type == "fence"]
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    assert kinds(tokens) == [
        "blockquote_open",
        *paragraph,
        *["fence"] * len(fences),
        "html_block",
        "blockquote_close",
        *paragraph,
    ]
    assert {fence.info for fence in fences} <= {"text", "stderr", "html", "json", "mermaid"}
    written = [line for fence in fences for line in fence.content.split("\n")[:-1]]
    assert len(body.lines) == len(written) + 3 * len(fences) - 1
    if body.title:
        assert is_head(title)
        assert kinds(tokens[2].children or []) == ["text", "code_inline"]


@AT_ANY_PACE
@given(EVENTS)
def test_a_body_holds_no_control_character_but_tabs(events: list[Stream]) -> None:
    body = render(fold(events), place=place)
    for line in (*body.lines, body.title or "") if body else ():
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", line)
        assert line == line.rstrip()


@AT_ANY_PACE
@given(EVENTS)
def test_a_body_is_the_same_each_time_and_never_endless(events: list[Stream]) -> None:
    body = render(fold(events), place=place)
    assert body == render(fold(events), place=place)
    if body:
        assert sum(line == "" for line in body.lines) <= SHOWN_LINES * SHOWN_PARTS
        assert max(map(len, body.lines)) <= SHOWN_COLUMNS


@AT_ANY_PACE
@given(TEXTS, st.lists(st.integers(0, 20_000)))
def test_text_in_pieces_folds_as_it_does_at_once(text: str, cuts: list[int]) -> None:
    ends = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [Stream("stdout", text[start:end]) for start, end in pairwise(ends)]
    assert fold(pieces) == fold([Stream("stdout", text)])
    terminal = Terminal()
    for piece in pieces:
        terminal.write(piece.text)
        terminal.text()
    assert terminal.text() == plain(text)


LONG = st.lists(st.tuples(HOSTILE, st.integers(1, 3000)), max_size=5).map(
    lambda runs: "".join(text * min(count, 20_000 // len(text)) for text, count in runs)
)


@AT_ANY_PACE
@given(LONG, st.sampled_from([0, 0, 5, 10**9]), LONG)
def test_what_is_shown_of_a_text_stays_within_its_caps(head: str, left_out: int, tail: str) -> None:
    shown = capped(Text(head, left_out, tail if left_out else ""))
    assert 1 <= len(shown) <= SHOWN_LINES
    assert sum(size(line) + 1 for line in shown) <= SHOWN_BYTES
    assert all(len(line) <= SHOWN_COLUMNS for line in shown)


NAMES_OF_TRAITS = st.sampled_from(
    ["_model_name", "value", "min", "max", "children", "description", "msg_id", "outputs"]
)
MODELS = st.sampled_from(
    [f"{name}Model" for name in ("Output", "HBox", "HTML", "IntProgress", "IntSlider", "Password")]
)
TRAITS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | MODELS | NAMES.map("IPY_MODEL_{}".format),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["output_type", "data"]), inner),
    max_leaves=4,
)
COMMS = st.builds(
    lambda kind, model_id, state: {"header": {"msg_type": kind}, "content": {"comm_id": model_id, "data": state}},
    st.sampled_from(["comm_open", "comm_msg", "comm_close"]),
    NAMES,
    st.none() | st.builds(dict, state=st.none() | st.dictionaries(NAMES_OF_TRAITS, TRAITS, max_size=4)),
)
VIEWS = NAMES.map(lambda name: DisplayData({WIDGET_VIEW: {"model_id": name}, "text/plain": "Widget()"}))


@AT_ANY_PACE
@given(st.lists(COMMS.map(event_from) | STREAMS | VIEWS | st.builds(ClearOutput), max_size=8))
def test_widgets_of_any_state_leave_outputs(events: list[Event | None]) -> None:
    for output in fold(event for event in events if event is not None):
        assert isinstance(output, Stream | DisplayData | Error)


LONG = st.builds(lambda line, count: line * count, TEXTS, st.integers(1, 300))


@AT_ANY_PACE
@given(st.lists(LONG))
def test_a_region_is_bounded_as_a_whole(texts: list[str]) -> None:
    blocks = [code(plain(text), "text") for text in texts]
    shown = [line for block in fitted(blocks) for line in block.shown]
    assert len(shown) <= SHOWN_LINES
    assert sum(size(line) + 1 for line in shown) <= SHOWN_BYTES


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_that_is_laid_out_is_the_same_json(value: object) -> None:
    assert json.loads(laid_out(value)) == value
