"""Values that look secret are masked."""

from __future__ import annotations

import pytest

from mdrun.clip import Text
from mdrun.masks import mask, mask_text, secrets_in


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "hf_token", "Client_Secret", "PGPASSWORD"])
def test_names_tell_of_secrets(name: str) -> None:
    assert "s3cr3t-s3cr3t" in secrets_in({name: "s3cr3t-s3cr3t"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOME", "/home/nobody"), ("API_KEY", "short"), ("SSH_KEY_PATH", "/home/nobody/.ssh"), ("API_KEY", "       x ")],
)
def test_other_values_are_none(name: str, value: str) -> None:
    assert secrets_in({name: value}) == frozenset()


def test_a_secret_is_known_in_every_form_a_text_may_show() -> None:
    secrets = secrets_in({"PEM_KEY": "BEGIN é\r\nabcdefgh\nEND\n"})
    for text in ("BEGIN é\nabcdefgh\nEND", r"'BEGIN é\r\nabcdefgh\nEND'", r'"BEGIN \u00e9\r\nabcdefgh\nEND"'):
        assert mask(text, secrets)[1] == 1


def test_the_longest_secret_is_masked_whole() -> None:
    assert mask("a s3cr3t-and-more b", ("s3cr3t-and", "s3cr3t-and-more")) == ("a *** b", 1)


def test_secrets_that_overlap_leave_no_rest() -> None:
    assert mask("abcdefghijkl", ("abcdefgh", "efghijkl")) == ("***", 1)


def test_every_place_is_counted() -> None:
    assert mask("12345678 12345678 x", ("12345678",)) == ("*** *** x", 2)


def test_without_secrets_a_text_is_as_it_was() -> None:
    assert mask("text", ()) == ("text", 0)
    assert mask("text", ("",)) == ("text", 0)
    assert mask_text(Text("a", 1, "b"), ()) == (Text("a", 1, "b"), 0)


def test_half_a_secret_at_the_edge_of_a_hole_is_left_out() -> None:
    text = Text("12345678 abc 1234", 100, "5678 def 12345678")
    assert mask_text(text, ("12345678",)) == (Text("*** a", 114, "f ***"), 2)


def test_ends_shorter_than_a_secret_are_left_out() -> None:
    assert mask_text(Text("123", 10, "678"), ("12345678",)) == (Text("", 16, ""), 0)
