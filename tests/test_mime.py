"""Outputs become the body of a region."""

from __future__ import annotations

import json

import pytest

from mdrun.clip import Text
from mdrun.events import DisplayData, Error, Event, ExecuteResult, Frame, Stream
from mdrun.masks import secrets_in
from mdrun.mime import SHOWN_PARTS, Body, render
from mdrun.mime.data import laid_out
from mdrun.outputs import ClippedStream, LeftOut, Output, fold
from tests.cases import cases
from tests.spoken import spoken


def place(frame: Frame) -> str:
    return f"line {frame.line} of this block"


def body(*outputs: Output, secrets: tuple[str, ...] = ()) -> Body:
    rendered = render(outputs, place=place, secrets=secrets)
    assert rendered
    return rendered


def told(rendered: Body | None) -> str:
    if rendered is None:
        return "None\n"
    kind = f"{rendered.kind}-" if rendered.folded else rendered.kind
    head = f"{kind} {rendered.title}" if rendered.title else kind
    return "\n".join((head, *rendered.lines, ""))


@cases("mime.md")
def test_outputs_become_a_body(given: str, expected: str) -> None:
    assert told(render(fold(spoken(given)), place=place)) == expected


@cases("data.md")
def test_json_is_laid_out_for_reading(given: str, expected: str) -> None:
    assert f"{laid_out(json.loads(given))}\n" == expected


def test_json_of_any_depth_is_told() -> None:
    deep: list[object] = []
    for _ in range(600):
        deep = [deep]
    assert laid_out({"deep": deep}).startswith('{"deep": [[[')


def test_the_last_word_of_an_error_is_what_it_follows_from() -> None:
    errors = (Error("A", "a"), Error("B", "b"))
    rendered = render(errors, place=place, after="after [[Setup#Keys]] failed: KeyError")
    assert rendered
    assert rendered.lines[-3:] == ("B: b", "after [[Setup#Keys]] failed: KeyError", "```")
    assert "after" not in "".join(rendered.lines[:4])


def test_only_errors_follow_from_another() -> None:
    rendered = render((Stream("stdout", "1"),), place=place, after="after [[Setup]] failed: KeyError")
    assert rendered == body(Stream("stdout", "1"))


@pytest.mark.parametrize(("lines", "folded"), [(20, False), (21, True)])
def test_more_than_twenty_lines_are_folded(lines: int, folded: bool) -> None:  # noqa: FBT001
    assert body(Stream("stdout", "x\n" * lines)).folded is folded


def test_of_many_outputs_the_middle_is_left_out() -> None:
    rendered = body(*(ExecuteResult({"text/plain": str(number)}) for number in range(10_000)))
    shown = [line for line in rendered.lines if line and not line.startswith("```")]
    assert shown[24:27] == ["24", "... 9,950 outputs left out ...", "9975"]
    assert len(shown) == SHOWN_PARTS + 1


def test_outputs_left_out_earlier_are_counted() -> None:
    result = ExecuteResult({"text/plain": "1"})
    rendered = body(*[result] * 500, LeftOut(9_000), *[result] * 500)
    assert "... 9,950 outputs left out ..." in rendered.lines
    assert "... 1 output left out ..." in body(result, LeftOut(1), result).lines


def test_a_clipped_stream_says_how_much_is_missing() -> None:
    text = Text("x" * 512_000, 48_976_000, "x" * 512_000)
    assert "... 49.9 MB left out ..." in body(ClippedStream("stdout", text)).lines[1]


def test_a_long_message_is_cut_like_any_text() -> None:
    rendered = body(Error("E", "x" * 5_000_000, frames=(Frame(1, "<module>", "f()"),)))
    assert rendered.lines[1:3] == ("line 1 of this block:", "  f()")
    assert "... 4.9 MB left out ..." in rendered.lines[3]


def test_a_message_moves_no_cursor_in_the_traceback() -> None:
    rendered = body(Error("E", "\x1b[5A\x1b[2Kgone?", frames=(Frame(1, "<module>", "f()"),)))
    assert rendered.lines[1:4] == ("line 1 of this block:", "  f()", "   gone?")


def test_secrets_are_masked_everywhere() -> None:
    secret = "s3cr3t-s3cr3t"
    outputs = (
        Stream("stdout", secret),
        DisplayData({"application/json": {"key": secret}}),
        Error("E", secret, frames=(Frame(1, "<module>", f"login({secret!r})"),)),
    )
    rendered = body(*outputs, secrets=(secret,))
    assert secret not in told(rendered)
    assert rendered.title == "`E: ***`"
    assert rendered.masked == 4


@pytest.mark.parametrize(
    "bundle",
    [
        {"text/html": "<table><tr><td>p@ss*w0rd&lt;x&gt;&amp;1</td></tr></table>"},
        {"text/html": "<b>p@ss*w0rd&lt;x&gt;&amp;1</b>", "text/plain": "<IPython.core.display.HTML object>"},
        {"text/markdown": "p@ss*w0rd<x>&1"},
        {"text/vnd.graphviz": 'digraph { a [label="p@ss*w0rd<x>&1"] }'},
        {"application/geo+json": {"a": "p@ss*w0rd<x>&1"}},
    ],
)
def test_secrets_are_masked_however_a_kind_is_written(bundle: dict[str, object]) -> None:
    secrets = secrets_in({"DB_PASSWORD": "p@ss*w0rd<x>&1"})
    shown = told(render((DisplayData(bundle),), place=place, secrets=secrets))
    assert "***" in shown.replace(r"\*", "*")
    assert "w0rd" not in shown


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("<IPython.core.display.HTML object>", ("text/html: has a script; shown as text/plain",)),
        ("LinearRegression()", ()),
    ],
)
def test_a_script_is_missed_where_the_text_says_nothing(text: str, remarks: tuple[str, ...]) -> None:
    shown = body(DisplayData({"text/html": "<div></div><SCRIPT>draw()</SCRIPT>", "text/plain": text}))
    assert shown.lines == ("```text", text, "```")
    assert shown.remarks == remarks


def test_the_mask_is_written_as_the_markdown_around_it_asks() -> None:
    markdown = "*KEY* `KEY` $KEY$ [KEY](https://a.b/KEY) <https://a.b/KEY>\n\n```text\nKEY\n```".replace(
        "KEY", "hunter2hunter2"
    )
    rendered = body(DisplayData({"text/markdown": markdown}), secrets=("hunter2hunter2",))
    assert rendered.masked == 7
    assert rendered.lines[1] == r"*\*\*\** `***` $***$ [\*\*\*](https://a.b/***) <https://a.b/***>"
    assert rendered.lines[-2] == "***"


def test_no_half_of_a_secret_is_left_by_a_cut() -> None:
    secret = "0123456789" * 10
    rendered = body(Stream("stdout", "x" * 950 + secret + "x" * 2000), secrets=(secret,))
    assert rendered.lines[1].startswith("x" * 950 + "***x")
    assert body(Error("E", "x" * 70 + secret), secrets=(secret,)).title == f"`E: {'x' * 70}***`"


def test_a_secret_over_several_lines_is_masked_in_the_title_as_well() -> None:
    pem = "-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----"
    rendered = body(Error("E", f"bad key {pem}"), secrets=(pem,))
    assert rendered.title == "`E: bad key ***`"
    assert rendered.lines == ("```text", "E: bad key ***", "```")


def test_a_value_that_is_no_text_gives_way_to_another_kind() -> None:
    event: Event = DisplayData({"text/plain": None, "text/html": "<i>1</i>"})
    assert told(render(fold([event]), place=place)) == "output\n```html\n<i>1</i>\n```\n"


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


@pytest.mark.parametrize(
    ("html", "alt"),
    [
        (f"<img src='data:image/png;base64,{DOT}'>", "picture"),
        (f'<div class="x">\n<IMG alt="a &amp; b" src = "data:image/PNG;base64,{DOT}" width=3/>\n</div>', "a & b|3"),
        (f"<img height='20px' width='30' alt='width=9 ' src='data:image/png;base64,{DOT}'>", "width=9|30x20"),
        (f"<img width='50%' height=auto src='data:image/png;base64,{DOT}'>", "picture"),
    ],
)
def test_html_that_is_one_picture_is_a_picture(html: str, alt: str) -> None:
    shown = body(DisplayData({"text/html": html, "text/plain": "<HTML>"}))
    (picture,) = shown.pictures
    assert shown.lines == ("", f"![{alt}](./{picture.name})")


@pytest.mark.parametrize(
    "html",
    [
        f"<img src='data:image/png;base64,{DOT}'> and words",
        f"<img src='data:image/png;base64,{DOT}'><img src='data:image/png;base64,{DOT}'>",
        f"<script></script><img src='data:image/png;base64,{DOT}'>",
        "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
        "<img src='data:image/png;base64,none'>",
        "<img src='https://example.org/a.png'>",
        "<img src='data:image/png;base64,",
    ],
)
def test_any_other_html_gives_way_to_plain_text(html: str) -> None:
    assert body(DisplayData({"text/html": html, "text/plain": "plain"})).lines == ("```text", "plain", "```")


@pytest.mark.parametrize(
    ("data", "remarks"),
    [
        ({"text/html": "<hr><p>"}, ("text/html: neither a table nor a picture of its own; shown as text/plain",)),
        ({"text/html": "<b>x</b>"}, ()),
        ({"text/html": "<script>"}, ("text/html: has a script; shown as text/plain",)),
        ({"text/html": "<table><tr><td>1</table>"}, ()),
    ],
)
def test_it_is_told_when_plain_text_only_says_what_there_is(data: dict[str, str], remarks: tuple[str, ...]) -> None:
    stand_in = {"text/plain": "<IPython.core.display.HTML object>"}
    assert body(DisplayData({**data, **stand_in})).remarks == remarks
    assert body(DisplayData({**data, "text/plain": "words"})).remarks == ()


@pytest.mark.parametrize(
    "stand_in",
    [
        "<IPython.core.display.HTML object>",
        "<IPython.lib.display.IFrame at 0x7f00c0ffee00>",
        "<__main__.make.<locals>.Card at 0x7f00c0ffee00>",
        "<__main__.Card object at 0x7f00c0ffee00>",
    ],
)
def test_words_in_html_are_shown_where_plain_text_says_nothing(stand_in: str) -> None:
    html = '<h3>Done</h3><iframe src="https://a.b/c"></iframe>'
    shown = body(DisplayData({"text/html": html, "text/plain": stand_in}))
    assert shown.lines == ("", "**Done**", "", "[https://a.b/c](https://a.b/c)")
    assert body(DisplayData({"text/html": html, "text/plain": "Card(3)"})).lines == ("```text", "Card(3)", "```")


@pytest.mark.parametrize(
    ("kind", "blank"),
    [("text/html", " "), ("text/html", "<br/>\n<HR>"), ("text/markdown", " "), ("text/latex", " ")],
)
def test_what_stands_in_for_nothing_is_nothing(kind: str, blank: str) -> None:
    shown = DisplayData({kind: blank, "text/plain": "<IPython.core.display.X object>"})
    assert render((shown,), place=place) is None


def shown_lines(rendered: Body) -> list[str]:
    return [line for line in rendered.lines if line and not line.startswith("```")]


def test_a_region_is_bounded_however_many_parts_it_has() -> None:
    prose = DisplayData({"text/markdown": "\n\n".join(f"line {number}" for number in range(40))})
    rendered = body(*(prose for _ in range(30)))
    assert len(shown_lines(rendered)) <= 200
    assert rendered.lines.count("... 28 outputs left out ...") == 1


@pytest.mark.parametrize("other", [Stream("stdout", "x"), Error("ValueError", "v")])
def test_prose_that_takes_all_the_room_is_shown_all_the_same(other: Output) -> None:
    prose = DisplayData({"text/markdown": "\n\n".join(["x" * 198] * 100)})
    assert len(shown_lines(body(prose))) == 100
    shown = shown_lines(body(prose, other))
    assert shown[:100] == ["x" * 198] * 100
    assert shown[100:] in (["... 1 output left out ..."], ["ValueError: v"])


def test_a_long_text_beside_others_takes_the_room_that_is_left() -> None:
    long, error = Stream("stdout", "x\n" * 1_000), Error("ValueError", "v")
    shown = shown_lines(body(long, DisplayData({"text/plain": "shown"}), error))
    assert len(shown) == 199
    assert shown[-2:] == ["shown", "ValueError: v"]


def test_of_many_long_texts_each_has_its_ends() -> None:
    texts = [Stream("stdout", "".join(f"{name}{number}\n" for number in range(150))) for name in "abcd"]
    between = DisplayData({"text/plain": "-"})
    shown = shown_lines(body(*(part for text in texts for part in (text, between))))
    assert len(shown) == 199
    assert {"a0", "a149", "b0", "b149", "c0", "c149", "d0", "d149"} <= {*shown}
    assert [sum(line.startswith(name) for line in shown) for name in "abcd"] == [150, 9, 9, 24]


def test_pictures_that_are_left_out_are_not_kept() -> None:
    picture = DisplayData({"image/png": DOT})
    prose = DisplayData({"text/markdown": "\n\n".join("x" * 40)})
    assert body(prose, picture, prose).pictures
    assert not body(prose, prose, picture, prose, prose).pictures
