"""HTML tables become Markdown tables."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import polars as pl
import pytest

from mdrun.clip import SHOWN_BYTES, size
from mdrun.mime.tables import tables_in, words_in
from mdrun.mime.tables.grid import FIRST_ROWS, MOST_ROWS
from mdrun.mime.tables.pipes import FIRST_COLUMNS, MOST_COLUMNS
from mdrun.mime.tables.reader import AROUND, LONGEST_CELL, LONGEST_LINK, MOST_SPANNED, MOST_WORDS, WIDEST
from mdrun.mime.tables.source import LARGEST, MOST_TAGS
from tests.cases import cases

TABLE = "<table><tr><td>1</td></tr></table>"


def lines_of(html: str) -> list[str]:
    markdown = tables_in(html)
    assert markdown is not None
    return markdown.split("\n")


def table_of(rows: list[list[str]]) -> str:
    head = "".join(f"<th>c{column}</th>" for column, _ in enumerate(rows[0]))
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_of(frame: pd.DataFrame) -> str:
    return str(frame._repr_html_())


@cases("tables.md")
def test_tables_become_markdown(given: str, expected: str) -> None:
    assert f"{tables_in(given)}\n" == expected


def test_what_converts_is_not_loaded_for_html_that_is_no_table() -> None:
    code = "import sys; from mdrun.mime.tables import tables_in; tables_in('<p>'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "mdrun.mime.tables" in done.stdout
    assert not {"bs4", "markdownify"} & {*done.stdout.split()}


def test_a_frame_of_pandas_keeps_its_index() -> None:
    frame = pd.DataFrame({"name": ["Ada", "A|an"], "age": [36, None]})
    assert lines_of(html_of(frame)) == [
        "|  | name | age |",
        "| ---: | --- | ---: |",
        "| 0 | Ada | 36.0 |",
        r"| 1 | A\|an | NaN |",
    ]


def test_a_named_index_is_named_in_the_head() -> None:
    frame = pd.Series([1, 2], index=pd.Index(["a", "b"], name="key"), name="n").to_frame()
    assert lines_of(html_of(frame))[0] == "| key | n |"


def test_a_long_frame_of_pandas_is_as_pandas_cut_it() -> None:
    lines = lines_of(html_of(pd.DataFrame({"n": range(1000), "s": "x"})))
    assert lines[6:9] == ["| 4 | 4 | x |", "| ... | ... | ... |", "| 995 | 995 | x |"]
    assert lines[1] == "| ---: | ---: | --- |"
    assert lines[-2:] == ["", "1000 rows \u00d7 2 columns"]


def test_levels_of_an_index_stand_once_and_levels_of_columns_stand_in_one_head() -> None:
    rows = pd.MultiIndex.from_product([["A", "B"], [1, 2]], names=["u", "v"])
    columns = pd.MultiIndex.from_product([["X", "Y"], ["p", "q"]])
    frame = pd.DataFrame([[1, 2, 3, 4]] * 4, index=rows, columns=columns)
    expected = [
        "| u | v | X<br>p | X<br>q | Y<br>p | Y<br>q |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| A | 1 | 1 | 2 | 3 | 4 |",
        "|  | 2 | 1 | 2 | 3 | 4 |",
        "| B | 1 | 1 | 2 | 3 | 4 |",
        "|  | 2 | 1 | 2 | 3 | 4 |",
    ]
    assert lines_of(html_of(frame)) == expected
    assert lines_of(frame.style.to_html()) == expected


def test_a_styled_frame_has_its_caption_above_and_no_hidden_index() -> None:
    style = pd.DataFrame({"a": [1.0, 2.0]}).style.highlight_max().format(precision=1).set_caption("Best *").hide()
    assert tables_in(style.to_html()) == "**Best \\***\n\n| a |\n| ---: |\n| 1.0 |\n| 2.0 |"


def test_markup_in_a_frame_is_text_unless_it_is_not_escaped() -> None:
    frame = pd.DataFrame({"a": ['<b>b</b> <a href="http://x">x</a>']})
    assert lines_of(frame.to_html())[2] == r'| 0 | \<b\>b\</b\> \<a href\="http://x"\>x\</a\> |'
    assert lines_of(frame.to_html(escape=False))[2] == "| 0 | **b** [x](http://x) |"


def test_an_empty_frame_is_a_head() -> None:
    assert lines_of(html_of(pd.DataFrame(columns=["a", "b"]))) == ["| a | b |", "| --- | --- |"]


def test_a_frame_of_polars_has_its_shape_above_and_its_types_in_the_head() -> None:
    frame = pl.DataFrame({"n": [1, None], "s": ['a "b"', "<c>"]})
    assert lines_of(frame._repr_html_()) == [
        r"shape: (2, 2\)",
        "",
        "| n<br>i64 | s<br>str |",
        "| ---: | --- |",
        '| 1 | "a "b"" |',
        r'| null | "\<c\>" |',
    ]


def test_lines_in_a_frame_of_polars_are_lines() -> None:
    frame = pl.DataFrame({"s": ["a\n\n  b\n"]})
    assert lines_of(frame._repr_html_())[4] == '| "a<br>b<br>" |'


def test_a_long_frame_of_polars_is_as_polars_cut_it() -> None:
    lines = lines_of(pl.DataFrame({"n": range(100)})._repr_html_())
    assert lines[2:4] == ["| n<br>i64 |", "| ---: |"]
    assert "| … |" in lines


def test_of_many_rows_the_first_are_shown_and_the_others_counted() -> None:
    whole, cut = (lines_of(table_of([["1"]] * count)) for count in (MOST_ROWS, MOST_ROWS + 1))
    assert len(whole) == 2 + MOST_ROWS
    assert cut[2 + FIRST_ROWS :] == ["", "... 51 more rows"]
    assert lines_of(table_of([["1"]] * 10_000))[-1] == "... 9,990 more rows"


def test_a_first_row_that_is_the_head_is_not_counted() -> None:
    row = "<tr><td>1"
    whole, cut = (lines_of(f"<table><tr><th>a{row * count}") for count in (MOST_ROWS, MOST_ROWS + 1))
    assert len(whole) == 2 + MOST_ROWS
    assert cut[-1] == "... 51 more rows"


def test_rows_of_the_foot_are_counted_as_well() -> None:
    html = table_of([["1"]] * MOST_ROWS).replace("</table>", "<tfoot><tr><td>2</tfoot></table>")
    assert lines_of(html)[-1] == "... 51 more rows"


def test_of_many_columns_the_first_are_shown_and_the_others_counted() -> None:
    whole, cut = (lines_of(table_of([["1"] * count])) for count in (MOST_COLUMNS, MOST_COLUMNS + 1))
    assert whole[2] == f"| {' | '.join('1' * MOST_COLUMNS)} |"
    assert cut[2:] == [
        f"| {' | '.join('1' * FIRST_COLUMNS)} |",
        "",
        f"... {MOST_COLUMNS + 1 - FIRST_COLUMNS} more columns",
    ]
    assert lines_of(table_of([["1"] * 100] * 2_000))[-1] == "... 1,990 more rows, 90 more columns"


def test_a_row_as_wide_as_nobody_reads_is_too_much() -> None:
    row = f"<td colspan={MOST_SPANNED}>1" * (WIDEST // MOST_SPANNED)
    assert tables_in(f"<table><tr>{row}")
    assert tables_in(f"<table><tr>{row}<td>1") is None


def test_a_long_cell_is_cut_in_its_text() -> None:
    assert lines_of(table_of([["x" * LONGEST_CELL]]))[2] == f"| {'x' * LONGEST_CELL} |"
    assert lines_of(table_of([["x" * 1000 + "<br>y"]]))[2] == f"| {'x' * LONGEST_CELL}... |"
    pipes = r"\|" * LONGEST_CELL
    assert lines_of(table_of([["|" * 1000]]))[2] == f"| {pipes}... |"
    assert lines_of(table_of([["<b><code>" + "|" * 1000]]))[2] == f"| **`{pipes}...`** |"


def test_a_cell_is_cut_once_however_many_pieces_it_has() -> None:
    (line,) = lines_of(table_of([["<b>x</b><br>\n" * 1000]]))[2:]
    assert line == f"| {'**x**<br>' * LONGEST_CELL}**...** |"


def test_a_table_shows_as_many_rows_as_there_is_room_for() -> None:
    rows = [[letter * LONGEST_CELL] * 5 for letter in "ab" * 10]
    markdown = tables_in(table_of(rows))
    assert markdown
    assert size(markdown) <= SHOWN_BYTES
    assert markdown.endswith("... 7 more rows")
    assert markdown.count("\n") == 1 + 13 + 2


def test_a_row_that_is_left_out_alone_is_one_row() -> None:
    markdown = tables_in(table_of([["x" * LONGEST_CELL] * 20] * 4))
    assert markdown
    assert markdown.endswith("... 1 more row")


def test_a_head_that_fills_the_room_is_too_much() -> None:
    head = f"<th>{'x' * LONGEST_CELL}" * 20
    assert tables_in(f"<table><tr>{head}") is not None
    assert tables_in(f"<table><tr>{head.replace('x', '😀')}") is None


def test_tables_share_the_room() -> None:
    markdown = tables_in(table_of([["x" * LONGEST_CELL]] * 40) * 2)
    assert markdown
    assert size(markdown) <= SHOWN_BYTES
    assert markdown.count("... 8 more rows") == 2
    assert tables_in(TABLE * 100) is not None
    assert tables_in(TABLE * 1000) is None


def test_what_stands_around_takes_of_the_room() -> None:
    link = f"<a href=http://x/{'y' * 900}>1</a> "
    html = table_of([["x" * LONGEST_CELL]] * 60)
    assert tables_in(link * 10 + html) is not None
    assert tables_in(link * 30 + html) is None


def test_little_text_may_stand_around_tables() -> None:
    assert tables_in(f"{'x' * AROUND}{TABLE}")
    assert tables_in(f"{'x' * AROUND}{TABLE}x") is None
    assert tables_in(f"{TABLE}{'x' * (AROUND + 1)}") is None


@pytest.mark.parametrize("tag", ["script", "form", "input", "button", "svg", "audio", "link", "object"])
def test_what_acts_or_shows_more_than_text_is_too_much(tag: str) -> None:
    assert tables_in(f"<table><tr><td>1<{tag}></table>") is None
    assert tables_in(f"{TABLE}<div hidden><{tag}></div>") is None
    assert tables_in(f"{table_of([['1']] * 100)}<{tag}/>") is None


@pytest.mark.parametrize("tag", ["iframe", "img", "video"])
def test_what_shows_a_thing_of_the_web_is_a_link_to_it(tag: str) -> None:
    shown = f"<{tag} src=https://a.b/c>Your browser cannot show this" if tag != "img" else "<img src=https://a.b/c>"
    assert lines_of(f"<table><tr><th>h<td>{shown}</{tag}> there</table>")[2] == (
        "| h | [https://a.b/c](https://a.b/c) there |"
    )
    assert tables_in(f"{TABLE}<div hidden><{tag} src=x></div>") is not None
    for other in ("", " src=c.png", " src=data:image/png;base64,aa"):
        assert tables_in(f"<table><tr><td>1<{tag}{other}></table>") is None


def test_a_picture_of_the_web_is_called_by_its_name() -> None:
    assert words_in('<img alt="A [cat] & " src="https://a.b/c?d&amp;e">') == r"[A \[cat\] \&](https://a.b/c?d&e)"


def test_words_alone_are_no_table_and_each_line_is_a_paragraph() -> None:
    html = "<h3>Done: *2* files</h3><div><font color=red>in</font> <b>1</b> s,<br><a href=https://a.b>here</a></div>"
    assert tables_in(html) is None
    assert words_in(html) == "**Done: \\*2\\* files**\n\nin **1** s,\n\n[here](https://a.b)"


def test_items_of_a_list_are_lines_with_bullets() -> None:
    assert words_in("<p>Has<ul><li>one<li>two <b>x</b></ul>") == "Has\n\n\u2022 one\n\n\u2022 two **x**"
    assert lines_of("<table><tr><th>h<td><ul><li>one</ul></table>")[2] == "| h | one |"
    assert words_in("<ol><li>one</ol>") is None


def test_words_that_are_too_many_or_not_alone_are_none() -> None:
    assert words_in("x" * MOST_WORDS)
    for html in ("x" * (MOST_WORDS + 1), f"x{TABLE}", "<pre>x</pre>", "<script>x</script>"):
        assert words_in(html) is None


def test_what_acts_on_events_is_too_much() -> None:
    assert tables_in("<table><tr><td ONCLICK=x>1</table>") is None


def test_long_addresses_are_not_kept() -> None:
    address = "http://x/".ljust(LONGEST_LINK, "y")
    assert f"[1]({address})" in lines_of(table_of([[f"<a href={address}>1</a>"]]))[2]
    assert lines_of(table_of([[f"<a href={address}y>1</a>"]]))[2] == "| 1 |"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + TABLE,
        "<table><tr><td>1" + "<b><i><span><p>" * 10_000 + "1",
        "<table><tr><td>" + "<a href=http://x><ul><li><code>" * 10_000 + "1",
        "<table><tr><td>1<td>" + "<b></b><br>" * 10_000,
        "<table><tr><td>1" + "<td rowspan=0 colspan=999><tr>" * 10_000,
        "<table hidden>" * 100_000 + TABLE,
        "<table><tr><td>1" + "<table " * 100_000,
        "<table><tr><td>1" + "<table a='" * 100_000 + ">",
        "<table><tr><td>1<" + "<!--" * 50_000,
        "<table><tr><td>1" + "<![CDATA[>" * 100_000,
        "<table><tr><td>1" + "<?" * 100_000 + ">",
        "<table><tr><td>1&#" + "9" * 5_000,
        "<table><tr><td>1" + "&#" * 100_000 + ";",
        "<table><tr><td>1\0\ud800\x1b[31m\u2028\x85&#xd800;&#0;",
        "<table><tr><td>" + "<" * 100_000,
    ],
    ids=range(15),
)
def test_no_html_is_too_strange(html: str) -> None:
    markdown = tables_in(html)
    assert markdown is None or size(markdown) <= SHOWN_BYTES


def test_unseen_characters_are_seen() -> None:
    assert lines_of("<table><tr><td>\ud800\x1b[31m a\u2028\x85b&nbsp;c")[2] == r"| ��\[31m a b c |"


def test_large_html_is_read_and_huge_html_is_not() -> None:
    html = table_of([["1", "2"]] * 100_000)
    assert lines_of(html)[-1] == "... 99,990 more rows"
    assert tables_in(TABLE.ljust(LARGEST)) is not None
    assert tables_in(TABLE.ljust(LARGEST + 1)) is None
    assert tables_in(f"{TABLE}{'<br>' * MOST_TAGS}") is None


def test_what_pandas_has_cut_is_not_cut_again() -> None:
    with pd.option_context("display.max_columns", 20):
        lines = lines_of(pd.DataFrame([range(25)] * 2)._repr_html_())
    assert lines[0].count("|") == 1 + 22
    assert lines[0].endswith("| ... | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 |")
    assert lines[-1].startswith("2 rows ")
