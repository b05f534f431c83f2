"""A request is the same whichever way it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from mdrun.llm.request import Request, canonical, is_azure, request_from
from tests.cases import cases

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.text(), VALUES, max_size=4) | VALUES
REQUESTS = st.builds(Request, st.text().map("/v1/{}".format), st.text(), BODIES)


def turned(value: Any) -> Any:
    """Return a JSON value with all its names the other way round."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(member) for member in value] if isinstance(value, list) else value


@cases("llm_request.md")
def test_a_request_does_not_depend_on_where_it_goes(given: str, expected: str) -> None:
    asked = (line.partition(" ") for line in given.splitlines())
    found = [request_from(target, content.encode()) for target, _, content in asked]
    spelled = [f"{each.path} {each.deployment or '-'} {canonical(each.body)}" for each in found]
    assert "\n".join(spelled).replace("\ud800", r"\ud800") + "\n" == expected


@cases("llm_prompts.md")
def test_a_person_knows_a_request_by_its_last_words(given: str, expected: str) -> None:
    found = [Request("/v1/x", "", json.loads(body)).prompt for body in given.splitlines()]
    assert "\n".join(found) + "\n" == expected


@pytest.mark.parametrize(("target", "content"), [("/", b""), ("/v1/x", b"a=1"), ("/v1/x", b"\xff"), ("*", b"{}")])
def test_what_is_no_request_of_an_api_is_no_request(target: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"is no path of an API|Expecting value|codec"):
        request_from(target, content)


def test_a_request_has_a_name_and_a_model() -> None:
    assert Request("/v1/chat/completions?a=1").name == "chat/completions"
    assert Request("/v1/x", "d", {"model": None}).model == "d"
    assert Request("/v1/x", "d", {"model": "m"}).model == "m"
    assert Request("/v1/x", "", [1]).model == ""


def test_azures_paths_are_told_from_openais() -> None:
    assert is_azure("/openai/deployments/d/chat/completions")
    assert not is_azure("/v1/chat/completions")


def test_strings_of_a_body_can_be_changed_and_names_stay() -> None:
    body = {"a": ["a", {"b": "a"}], "n": 1, "z": None}
    assert Request("a", "a", body).with_strings(str.upper) == Request(
        "a", "a", {"a": ["A", {"b": "A"}], "n": 1, "z": None}
    )


def test_a_request_without_a_deployment_says_nothing_of_it() -> None:
    assert Request("/v1/x", "", 1).as_json() == {"path": "/v1/x", "body": 1}
    assert Request("/v1/x", "d", 1).as_json() == {"path": "/v1/x", "deployment": "d", "body": 1}


@given_any(REQUESTS)
def test_the_order_of_names_does_not_count(request_: Request) -> None:
    assert replace(request_, body=turned(request_.body)).key == request_.key


@given_any(REQUESTS, REQUESTS)
def test_two_requests_have_the_same_key_when_nothing_differs(one: Request, other: Request) -> None:
    for changed in (
        other,
        replace(one, body=other.body),
        replace(one, path=other.path),
        replace(one, deployment=other.deployment),
    ):
        assert (changed.key == one.key) == (changed.spelled == one.spelled)


@given_any(REQUESTS)
def test_any_change_is_another_key(request_: Request) -> None:
    changed = [
        replace(request_, path=f"{request_.path}s"),
        replace(request_, deployment=f"{request_.deployment}s"),
        replace(request_, body=[request_.body]),
        replace(request_, body={"a": request_.body}),
    ]
    assert len({request_.key, *(each.key for each in changed)}) == 5


@given_any(REQUESTS)
def test_a_key_is_the_name_of_a_file(request_: Request) -> None:
    assert len(request_.key) == 64
    assert set(request_.key) <= set("0123456789abcdef")
