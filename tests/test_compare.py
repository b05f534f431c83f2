from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath

import pytest

from mdrun.compare import body_differences, differences, quote_differences
from mdrun.compare.told import MOST, Difference
from tests.cases import cases

UUID, OTHER = "0190f2d4-1111-7222-8333-444455556666", "0190f2d4-1111-7222-8333-999955556666"


def told(found: tuple[Difference, ...]) -> str:
    return "".join(f"{each.path}: {each.old or 'nothing'} -> {each.new or 'nothing'}\n" for each in found)


@cases("compare.md")
def test_values_differ_where_they_differ(given: str, expected: str) -> None:
    old, new = given.removesuffix("\n").split("\n---\n")
    assert told(differences(old, new)) == expected.removeprefix("\n")


@cases("compare.md")
def test_what_differs_one_way_differs_the_other_way(given: str, expected: str) -> None:
    old, new = given.removesuffix("\n").split("\n---\n")
    turned = [(found.path, found.new, found.old) for found in differences(new, old)]
    assert sorted(turned) == sorted((found.path, found.old, found.new) for found in differences(old, new)), expected


def test_volatile_parts_do_not_count() -> None:
    old, new = "{'took': '12 ms', 'id': 'lc_run--0190f2d4-1111-7222-8333-444455556666'}", "{'took': '7 ms', 'id': 'x'}"
    assert told(differences(old, new, [re.compile(r"\d+ ms")])) == "['id']: '...' -> 'x'\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[" * 100_000, "[" * 100_001),
        ("-" * 20_000 + "1", "1"),
        ("a." * 10_000 + "b", "c"),
        ("f" + "()" * 10_000, "f"),
        ("{" + "1:" * 10_000, "x"),
        ("<" * 20_000, ">" * 20_000),
        ("[" + "..., " * 5_000 + "]", "[" + "1, " * 5_000 + "2"),
        ("'" * 20_001, '"' * 20_001),
        ("1" * 5_000, "1"),
        ("1" * 400, "1.5"),
        ("x\0", "x"),
        ("[" + "0x, " * 40_000, ""),
        ("[" * 99 + "1" + "]" * 99, "1"),
        ("[" * 150 + "1" + "]" * 150, "1"),
        ("f(x={'a': (" * 33 + "1" + ")})" * 33, "1"),
        ("{(" * 45 + "1" + ",)}" * 45, "1"),
        ("lambda: " * 6_000 + "1", "1"),
        ("1 if x else " * 4_000 + "1", "1"),
        ("2**" * 12_000 + "1", "1"),
        ("\\'" * 25_000, "1"),
        ("_mdrun_hidden_99", "1"),
        ("0x" + "f" * 5_000, "1"),
        ("1" * 400 + "+1j", "1"),
        ("1e999+1j", "1"),
        ("'\\x4 \\U99999999'", "1"),
        ("", "1"),
    ],
)
def test_texts_that_are_hard_to_read_are_compared_all_the_same(old: str, new: str) -> None:
    assert len(differences(old, new)) == 1
    assert differences(old, old) == ()


def test_large_values_are_compared_in_bounds() -> None:
    """No list, set or pattern makes the work grow with the square of its size; so many places are told and no more."""
    numbers = ", ".join(map(str, range(4_000)))
    others = ", ".join(str(number + 10_000) for number in range(4_000))
    for opening, closing in ("[]", "{}"):
        found = differences(f"{opening}{numbers}{closing}", f"{opening}{others}{closing}")
        assert len(found) == MOST
    gaps = differences(f"[{'..., 1, ' * 2_000}...]", f"[{'1, ' * 2_000}]")
    assert gaps == ()


def sets_of_sets(first: int, depth: int) -> str:
    """Return a value of sets in sets, none of whose numbers another such value has."""
    if depth == 0:
        return str(first)
    return "{" + ", ".join(sets_of_sets(17 * first + place, depth - 1) for place in range(17)) + "}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (sets_of_sets(1, 3), sets_of_sets(2, 3)),
        (f"[..., {'1, ' * 3_000}2, ...]", f"[{'1, ' * 6_000}]"),
        (f"[{'[1], ' * 5_000}{sets_of_sets(1, 3)}]", f"[{'[1], ' * 5_000}{sets_of_sets(2, 3)}]"),
    ],
)
def test_values_that_would_take_too_long_to_compare_differ_as_a_whole(old: str, new: str) -> None:
    (found,) = differences(old, new)
    assert (found.path, found.old != found.new) == ("", True)
    assert differences(old, old) == ()


def test_there_is_as_much_time_for_many_lines_as_for_one() -> None:
    """Those that come when it is over differ as a whole, or are the same as text."""
    old, new = ([sets_of_sets(first, 3), "[1.0, 2]", "[3]"] for first in (1, 2))
    new[1] = "[1.00000001, 2]"
    assert [found.path for found in differences("\n".join(old), "\n".join(new))] == ["", ""]
    assert differences("\n".join(old[1:]), "\n".join(new[1:])) == ()


def test_what_differed_before_it_took_too_long_is_told() -> None:
    old, new = (f"[{first}, {sets_of_sets(first, 3)}]" for first in (1, 2))
    assert told(differences(old, new)) == "[0]: 1 -> 2\n"


def test_patterns_that_can_be_gone_through_once_count_on_both_sides() -> None:
    assert differences("took 1 ms", "took 2 ms", iter([re.compile(r"\d+ ms")])) == ()


FENCED = ("```text", "start", "```", "", "```text", "{'a': 1.0}", "```")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (("```text", "start", "```", "", "```text", "{'a': 1.0000001}", "```"), ""),
        (("```text", "start", "```", "```text", "{'a': 2.0}", "```"), "['a']: 1.0 -> 2.0\n"),
        (("```text", "end", "```", "", "```text", "{'a': 3}", "```"), ": start -> end\n['a']: 1.0 -> 3\n"),
        (("```text", "{'a': 1.0}", "```"), ": start {'a': 1.0} -> {'a': 1.0}\n"),
        (("```stderr", "start", "```", "", "```text", "{'a': 1.0}", "```"), ": start {'a': 1.0} -> start {'a': 1.0}\n"),
    ],
)
def test_bodies_are_compared_part_by_part(body: tuple[str, ...], expected: str) -> None:
    assert told(body_differences(FENCED, body)) == expected


def test_lines_that_stand_in_no_fence_are_compared_as_they_are() -> None:
    assert body_differences(("![a](./x.png)",), ("![a](./x.png)",)) == ()
    assert told(body_differences(("", "$$", "x", "$$"), ("", "$$", "y", "$$"))) == ": x -> y\n"


RESULT = ("```text", "printed", "```", "", "```text", "{'history': 'it is a long  story', 'n': 1}", "```")


@pytest.mark.parametrize(
    "quote",
    [
        "{'history': 'it is a long story', 'n': 1}",
        "`{'history': 'it is a long story', 'n': 1}`",
        " {'history': 'it is\na long story',\n'n': 1} ",
        "printed",
        "printed\n{'history': 'it is a long  story', 'n': 1}",
        "{'history': ..., 'n': 1}",
        "{'n': 1, ...}",
        "...",
        "{...}",
    ],
)
def test_a_quote_may_say_a_part_or_all_and_be_wrapped_anywhere(quote: str) -> None:
    assert quote_differences(quote, RESULT) == ()


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("{'history': 'it was a long story', 'n': 1}", "['history']: 'it was a long story' -> 'it is a long story'\n"),
        ("`{'n': 2, ...}`", "['n']: 2 -> 1\n"),
        ("[1]", ": [1] -> {'history': 'it is a long story', 'n': 1}\n"),
        ("{'history': ' it is a long story', 'n': 1}", "['history']: ' it is a long story' -> 'it is a long story'\n"),
        (
            "{'history': 'it is a\\nlong story', 'n': 1}",
            "['history']: 'it is a\\nlong story' -> 'it is a long story'\n",
        ),
    ],
)
def test_a_quote_that_says_no_part_differs_from_the_result(quote: str, expected: str) -> None:
    assert told(quote_differences(quote, RESULT)) == expected


def test_a_quote_beneath_a_block_that_says_nothing_differs() -> None:
    assert told(quote_differences("[1]", ())) == ": [1] -> nothing\n"


def test_a_quote_differs_from_the_part_that_it_is_most_like() -> None:
    body = ("```text", "{'a': 1, 'b': 2}", "```", "", "```text", "[3]", "```")
    assert told(quote_differences("{'a': 1, 'b': 3}", body)) == "['b']: 3 -> 2\n"


@pytest.mark.parametrize("quote", ["[<A object\nat\n0x7f1234567801>]", "[<A  object at 0x7f1234567801>]"])
def test_volatile_parts_of_a_quote_may_be_wrapped(quote: str) -> None:
    assert quote_differences(quote, ("```text", "[<A object at 0x7f1234567802>]", "```")) == ()


def test_a_fence_of_markdown_may_be_closed_by_a_longer_one() -> None:
    body = ("```text", "1.0", "`````", "", "```text", "2.0", "```")
    assert told(body_differences(body, (*body[:5], "3.0", "```"))) == ": 2.0 -> 3.0\n"


def test_messages_of_langchain_are_compared_by_what_they_say() -> None:
    """A later version adds arguments; those that are empty are missed by nobody, ids of runs are volatile."""
    messages = pytest.importorskip("langchain_core.messages")
    later = {"history": [messages.HumanMessage("Hi"), messages.AIMessage("Hello", id=f"lc_run--{UUID}-0")]}
    earlier = f"{{'history': [HumanMessage(content='Hi'), AIMessage(content='Hello', id='lc_run--{OTHER}-0')]}}"
    assert differences(earlier, repr(later)) == ()
    later["history"][1].content = "Hallo"
    later["history"][1].tool_calls = [{"name": "f", "args": {"x": 1}, "id": "7"}]
    assert told(differences(earlier, repr(later))) == (
        "['history'][1].content: 'Hello' -> 'Hallo'\n"
        "['history'][1].tool_calls: nothing -> [{'name': 'f', 'args': {'x': 1}, 'id': '7'}]\n"
    )


def test_arrays_of_numpy_are_compared_number_by_number() -> None:
    numpy = pytest.importorskip("numpy")
    steps, nearly = numpy.linspace(0, 1, 30).reshape(5, 6), numpy.linspace(0, 1.00000001, 30).reshape(5, 6)
    assert "\n" in repr(steps)
    assert differences(repr({"steps": steps}), repr({"steps": nearly})) == ()
    nearly[1, 2] = numpy.nan
    (found,) = differences(repr({"steps": steps}), repr({"steps": nearly}))
    assert (found.path, found.new) == ("['steps'].args[0][1][2]", "nan")
    assert differences(repr(numpy.arange(2_000)), repr(numpy.arange(2_000))) == ()
    assert differences(repr(numpy.arange(2_000)), repr(numpy.arange(1, 2_001))) != ()
    assert differences(repr(numpy.array([1 + 2j, 0.5])), "array([1. +2.j, 0.50000001+0.j])") == ()


@dataclass
class Point:
    """A class whose instances are shown as calls."""

    x: float
    color: Color


class Color(Enum):
    """Instances are shown in angle brackets, and their names are what is written in code."""

    RED = "<red>"
    BLUE = "it's > blue"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Point(1.0, Color.RED), Point(1.00000001, Color.RED), ""),
        (
            Point(1.0, Color.RED),
            Point(1.0, Color.BLUE),
            """.color: <Color.RED: '<red>'> -> <Color.BLUE: "it's > blue">\n""",
        ),
        (datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC), ".args[2]: 2 -> 3\n"),
        (defaultdict(int, a=1), defaultdict(int, a=2), ".args[1]['a']: 1 -> 2\n"),
        (Counter("aab"), Counter("abb"), ".args[0]['a']: 2 -> 1\n.args[0]['b']: 1 -> 2\n"),
        (deque([1, 2], maxlen=3), deque([1], maxlen=3), ".args[0][1]: 2 -> nothing\n"),
        (Decimal("1.0"), Decimal("1.00"), ".args[0]: '1.0' -> '1.00'\n"),
        (frozenset({1, 2}), frozenset({2, 3}), ".args[0]: 1 -> 3\n"),
        ([object()], [object()], ""),
        ([len, int], [len, str], "[1]: <class 'int'> -> <class 'str'>\n"),
        (PurePosixPath("a"), PurePosixPath("b"), ".args[0]: 'a' -> 'b'\n"),
    ],
)
def test_objects_of_python_are_compared_by_what_they_show(old: object, new: object, expected: str) -> None:
    assert told(differences(repr(old), repr(new))) == expected
