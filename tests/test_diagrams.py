"""Graphs in DOT as flowcharts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdrun.mime.diagrams import LARGEST, is_dot, is_still, mermaid_of
from tests.cases import cases
from tests.laws.test_outputs_laws import AT_ANY_PACE

WORDS = st.sampled_from(
    [*'{}[]=;,->"\\abcN:#`|\n ', "digraph ", "graph ", "subgraph ", "label=", "->", "--", "node ", "<b>"]
)


@cases("diagrams.md")
def test_a_graph_becomes_a_flowchart(given: str, expected: str) -> None:
    assert str(mermaid_of(given)) == expected.rstrip("\n")


@pytest.mark.parametrize("text", ["digraph {", "strict graph G {", ' digraph "a b"{', "GRAPH{"])
def test_dot_is_known_by_its_beginning(text: str) -> None:
    assert is_dot(text)


@pytest.mark.parametrize("text", ["graph LR\n  a --> b{c}", "flowchart TB", "pie {", ""])
def test_mermaid_is_not_dot(text: str) -> None:
    assert not is_dot(text)


@pytest.mark.parametrize(
    "line",
    [
        *('click a href "x"', "click a call f()", "class a internal-link", "href a", "javascript:1", 'link A: x @ "y"'),
        *(
            "links A: {}",
            'callback A "f"',
            """a["<a href='x'>y</a>"]""",
            """a["<img src='x'>"]""",
            """a@{ img: "x.png" }""",
            "a --> b; click a 'x'",
        ),
        'a["https://a.b"]',
        *(r'A@{ "img": "https:\/\/a.b/x.png" }', 'A@{ "img" : "//a.b/x.png" }', "style A fill:url(//a.b/x)"),
        *(r'%%{init: {"themeCSS": "a"}}%%', 'a["//a.b"]'),
    ],
)
def test_a_diagram_that_leads_somewhere_is_not_still(line: str) -> None:
    assert not is_still(f"graph LR\n  a --> b\n  {line}")


@pytest.mark.parametrize(
    "line", ['a["one<br>two<br/>"]', "A <|-- B", "A <--> B", "note left of a: click here", "linked --> b"]
)
def test_a_diagram_that_only_draws_is_still(line: str) -> None:
    assert is_still(f"graph LR\n  {line}")


LANGGRAPH = """---
config:
  flowchart:
    curve: linear
---
graph TD;
\t__start__([<p>__start__</p>]):::first
\tagent(agent)
\t__start__ --> agent;
\tclassDef default fill:#f2f0ff,line-height:1.2
"""


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Flow\n---\nflowchart LR\n A-->B",
        "\n---\ntitle: 'It: flows'\nconfig:\n  theme: forest\n  themeVariables:\n    lineColor: '#f00'\n---\npie",
        LANGGRAPH,
        "%%{init: {'theme': 'base', 'themeVariables': {'primaryColor': '#ff0000', \"fontSize\": 12}}}%%\ngraph LR",
        'graph LR\n  %%{ initialize : {\n "flowchart": { "curve": "linear", "htmlLabels": false } } }%%\n  a --> b',
        "%%{wrap}%%\nsequenceDiagram",
        'graph LR\n  a["<b>bold</b> H<sub>2</sub>O"]',
    ],
)
def test_settings_that_only_change_how_a_diagram_looks_are_still(text: str) -> None:
    assert is_still(text)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: https://a.b\n---\npie",
        '---\ntitle: "a\\u003a//b"\n---\npie',
        "---\ntitle: <img src=x>\n---\npie",
        "---\nconfig:\n  securityLevel: loose\n---\npie",
        "---\nconfig:\n  themeCSS: g{fill:red}\n---\npie",
        "---\nconfig:\n  theme: &a forest\n---\npie",
        "---\ntitle: Flow\npie",
        "---\ntitle: Flow\n---\ngraph LR\n  click a 'x'",
        "%%{init: {'securityLevel': 'loose'}}%%\npie",
        "%%{init: {'theme': 'base', 'themeCSS': 'a'}}%%\npie",
        "%%{init: {'themeVariables': {'lineColor': 'url(a)'}}}%%\npie",
        "graph LR\n  cli%%{wrap}%%ck a 'x'",
        'graph LR\n  a["<b onclick=x>bold</b>"]',
    ],
)
def test_settings_that_can_do_more_are_not_still(text: str) -> None:
    assert not is_still(text)


@pytest.mark.parametrize("edge", ["a -> {b -> c}", "{{a}} -> b", "subgraph { a -> b } -> c"])
def test_an_edge_to_more_than_nodes_is_not_drawn(edge: str) -> None:
    assert mermaid_of(f"digraph {{ {edge} }}") is None


def test_a_graph_that_is_nested_too_deeply_is_not_drawn() -> None:
    assert mermaid_of(f"digraph {{{'{' * 3_000}{'}' * 3_000}}}") is None


def test_a_label_in_html_is_its_text() -> None:
    assert mermaid_of("digraph { a [label=<<b>x</b> &lt;y>] }") == 'flowchart TB\n  n1(["x  &lt;y"])'


def test_a_graph_that_is_too_large_is_not_drawn() -> None:
    assert mermaid_of(f"digraph {{ {'a -> b;' * LARGEST} }}") is None


def test_a_graph_that_cannot_be_read_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert mermaid_of("graph { a -- ") is None
    assert capsys.readouterr() == ("", "")


@AT_ANY_PACE
@given(st.lists(WORDS, max_size=20).map("".join))
def test_whatever_a_label_says_its_line_is_of_the_chart(text: str) -> None:
    drawn = mermaid_of(f'digraph {{ a [label="{text}"]; {text} }}')
    if drawn is not None:
        first, *lines = drawn.split("\n")
        assert first.startswith("flowchart ")
        for line in lines:
            words = line.strip()
            assert words == "end" or words.startswith(("subgraph g", "n"))
