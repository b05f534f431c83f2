"""A note's properties: the YAML between `---` lines at its very start."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mdrun.parsing.properties import SIZE_LIMIT, frontmatter, read_properties


@pytest.mark.parametrize(
    ("text", "source", "body"),
    [
        ("---\na: 1\n---\nbody", "a: 1", "body"),
        ("---\na: 1\n---", "a: 1", ""),
        ("---\n---\nbody", "", "body"),
        ("---\n\n---\nbody", "", "body"),
        ("---\r\na: 1\r\n---\r\nbody", "a: 1", "body"),
        ("---\ra: 1\r---\rbody", "a: 1", "body"),
        ("---\na: 1\n--- \t\nbody", "a: 1", "body"),
        ("---\na: |\n  ---\n---x\n----\n---\nbody", "a: |\n  ---\n---x\n----", "body"),
        ("---\na: 1\n...\n---\nbody", "a: 1\n...", "body"),
        ("\ufeff---\na: 1\n---\nbody", "a: 1", "body"),
    ],
)
def test_r70_frontmatter_is_between_dashes_at_the_very_start(text: str, source: str, body: str) -> None:
    found, start = frontmatter(text)
    assert (found, text[start:]) == (source, body)


@pytest.mark.parametrize(
    "text",
    ["", "---", "---\n", "---\na: 1\n", "\n---\na: 1\n---\n", " ---\na\n---\n", "--- \na: 1\n---\n", "----\na\n---\n"],
)
def test_r70_anything_else_is_no_frontmatter(text: str) -> None:
    assert frontmatter(text) == ("", 0)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("010", 10),
        ("-7", -7),
        ("0o17", 15),
        ("0xfF", 255),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1.", 1.0),
        ("-.5e+2", -50.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00", "2024-01-01T10:00:00"),
        ('"[[Link]]"', "[[Link]]"),
        ("[a, 1]", ["a", 1]),
        ("{b: 1}", {"b": 1}),
        ("<<", "<<"),
        ("=", "="),
        ("!!str 1", "1"),
        ("!!int '12'", 12),
        ("!!bool true", True),
        ("!!null x", None),
    ],
)
def test_r72_values_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    assert read_properties(f"a: {written}") == ({"a": value}, None)


def test_r72_not_a_number_is_a_number() -> None:
    values, complaint = read_properties("a: .NaN")
    assert math.isnan(values["a"])
    assert complaint is None


def test_r72_json_is_yaml() -> None:
    assert read_properties('{"a": {"b": [true]}}') == ({"a": {"b": [True]}}, None)


def test_r72_a_merge_key_is_a_key() -> None:
    assert read_properties("a: &a {x: 1}\n<<: *a") == ({"a": {"x": 1}, "<<": {"x": 1}}, None)


def test_r74_keys_are_compared_in_lower_case() -> None:
    assert read_properties("Mdrun-Skip: true\n1: a\n~: b")[0] == {"mdrun-skip": True, "1": "a", "none": "b"}


@pytest.mark.parametrize("source", ["", "# a comment", "\n\n"])
def test_no_properties_are_no_complaint(source: str) -> None:
    assert read_properties(source) == ({}, None)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a", "not a mapping"),
        ("- a", "not a mapping"),
        ("a: [", "expected the node content, but found '<stream end>' (line 2)"),
        ("a: 1\nb: c: d", "mapping values are not allowed here (line 3)"),
        ("a: 1\n...\nb: 2", "expected '<document start>'"),
        ("a: \0", "special characters are not allowed"),
        ("? [a]\n: b", "unhashable"),
        ("a: *b", "undefined alias"),
        ("a: !!int x", "x"),
        ("a: !!int ''", "''"),
        ("a: !!float [1]", "expected a scalar node"),
        ("a: !!bool [1]", "expected a scalar node"),
        ("a: !!null {b: 1}", "expected a scalar node"),
    ],
)
def test_what_is_no_yaml_is_told_in_one_line(source: str, why: str) -> None:
    values, complaint = read_properties(source)
    assert values == {}
    assert complaint
    assert why in complaint
    assert "\n" not in complaint


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system [ls]",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!!timestamp x",
        "!!binary x",
        "!!set {a}",
        "!!omap [a: 1]",
        "!!merge x",
        "!own x",
    ],
)
def test_f69_other_tags_are_refused(tag: str) -> None:
    values, complaint = read_properties(f"a: {tag}")
    assert values == {}
    assert complaint
    assert "could not determine a constructor for the tag" in complaint


def test_f69_aliases_may_repeat_but_not_explode() -> None:
    assert read_properties("a: &a [1]\nb: [*a, *a]") == ({"a": [1], "b": [[1], [1]]}, None)
    bomb = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert read_properties(bomb) == (
        {},
        "properties are not valid YAML: aliases that stand for more than 65,536 values",
    )


@pytest.mark.parametrize("source", ["a: &a [*a]", "&a {b: *a}", "? &a {b: *a}\n: 1"])
def test_f69_a_value_that_holds_itself_is_refused(source: str) -> None:
    assert "aliases" in (read_properties(source)[1] or "")


@pytest.mark.parametrize(
    "source", ["a: " + "[" * 51, "a: " + "{x: [" * 30, "- " * 5000], ids=["lists", "mixed", "dashes"]
)
def test_f69_nesting_that_is_too_deep_is_told(source: str) -> None:
    assert read_properties(source) == ({}, "properties are not valid YAML: nested too deeply")


def test_f69_fifty_brackets_are_not_too_many() -> None:
    assert read_properties("a: " + "[" * 50 + "]" * 50)[1] is None


def test_f69_more_than_a_page_of_properties_is_not_read() -> None:
    assert read_properties("a" * (SIZE_LIMIT + 1)) == ({}, "properties of more than 65,536 characters are not read")
