"""Names a person may have meant."""

from __future__ import annotations

import pytest

from mdrun.names import did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("skp", ["hide", "skip"], "skip"),
        ("SKIP", ["Skip"], "Skip"),
        ("Importing", ["Set the keys", "Importing Azure keys", "Importing A, B, C and D"], "Importing Azure keys"),
        ("memory", ["LangChain Memory", "Memory of an elephant"], "Memory of an elephant"),
        ("memory", ["The LangChain Memory"], "The LangChain Memory"),
        ("Importing all of it", ["Other", "Import"], "Import"),
        ("ab", ["about this and that"], None),
        ("about this and that", ["ab"], None),
        ("x", [], None),
        ("nothing", ["like", "it"], None),
    ],
)
def test_the_nearest_name_is_like_it_or_starts_with_it_or_shares_it(
    name: str, known: list[str], expected: str | None
) -> None:
    assert nearest(name, known) == expected


def test_of_names_that_differ_in_case_the_first_is_told() -> None:
    assert nearest("memory", ["Memory", "MEMORY"]) == "Memory"


def test_very_long_names_are_compared_by_their_start() -> None:
    assert nearest("x" * 100_000, [f"{'x' * 100_000}y"]) == f"{'x' * 100_000}y"


def test_a_question_is_asked_only_when_a_name_is_near() -> None:
    assert did_you_mean("skp", ["skip"]) == " (did you mean 'skip'?)"
    assert did_you_mean("nothing", ["skip"]) == ""
