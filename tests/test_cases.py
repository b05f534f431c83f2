"""Fixtures are read whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cases import read_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_a_case_is_a_title_and_two_texts(tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.md"
    fixture.write_text("one\n.\ngiven\n\n.\nexpected\n.\n\ntwo\n.\n1\n.\n2\n.\n", encoding="utf-8")
    assert list(read_cases(str(fixture))) == [("one", "given\n\n", "expected\n"), ("two", "1\n", "2\n")]


@pytest.mark.parametrize("text", ["one\n.\ngiven\n.\nexpected\n", "one\n.\ngiven\n.\n"])
def test_a_case_that_is_not_closed_is_an_error(tmp_path: Path, text: str) -> None:
    fixture = tmp_path / "fixture.md"
    fixture.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="not closed"):
        list(read_cases(str(fixture)))
