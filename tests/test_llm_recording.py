"""Recordings: what is kept of an answer, and files a person can read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from mdrun.errors import RecordingDamaged
from mdrun.llm.recording import (
    DONE,
    EVENTS,
    JSON,
    Answer,
    Recording,
    answer_from,
    differs_in_ids_only,
    recording_of,
    text_of,
)
from mdrun.llm.request import Request
from tests.cases import cases
from tests.test_llm_request import REQUESTS, VALUES

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = Request("/v1/chat/completions", "", {"model": "m", "input": "hi"})
RECORDING = Recording(REQUEST, (Answer(200, JSON, {"text": "hi"}, "m", "2026-11-22"),))
NAME = f"{REQUEST.key}.json"
LINES = VALUES.map(lambda value: f"data: {json.dumps(value)}")
STREAMS = st.lists(LINES, max_size=4).map(lambda lines: [*lines, DONE])
ANSWERS = st.builds(Answer, st.sampled_from([200, 400]), st.just(JSON), VALUES, st.text(), st.text()) | st.builds(
    Answer, st.just(200), st.just(EVENTS), STREAMS, st.text(), st.text()
)


def whole(events: list[str]) -> bytes:
    return Answer(200, EVENTS, events).content


@cases("llm_answers.md")
def test_an_answer_is_kept_when_it_is_whole(given: str, expected: str) -> None:
    head, _, content = given.partition("\n")
    status, _, kind = head.partition(" ")
    content = content.replace(r"\r", "\r").replace(r"\n", "\n")
    found = answer_from(int(status), kind, content.encode())
    words = f"{found.status} {found.content_type} {found.model} {found.tokens} {len(found.values)}" if found else ""
    assert f"{words or 'nothing'}\n" == expected


@pytest.mark.parametrize("kind", [JSON, EVENTS])
def test_an_answer_that_is_not_utf_8_is_not_kept(kind: str) -> None:
    assert answer_from(200, kind, b'"\xff"') is None


@cases("llm_ids.md")
def test_answers_that_differ_in_ids_and_dates_say_the_same(given: str, expected: str) -> None:
    old, new = (Answer(200, JSON, json.loads(line)) for line in given.splitlines())
    found = differs_in_ids_only(old, new)
    assert found == (None if expected == "different\n" else json.loads(expected))


@pytest.mark.parametrize(
    "changes", [{"status": 400}, {"content_type": EVENTS, "body": ['data: {"a": 1}']}, {"body": {"a": 2}}]
)
def test_answers_of_another_kind_say_something_else(changes: dict[str, Any]) -> None:
    old = Answer(200, JSON, {"a": 1})
    assert differs_in_ids_only(old, replace(old, **changes)) is None


def test_streams_are_compared_event_by_event() -> None:
    old, new = (Answer(200, EVENTS, [f'data: {{"id": "{name}", "delta": "hi"}}', DONE]) for name in "ab")
    assert differs_in_ids_only(old, new) == {"b": "a"}
    assert differs_in_ids_only(old, replace(new, body=[new.body[0], *new.body])) is None


def test_a_file_is_json_that_a_person_can_read() -> None:
    answer = Answer(200, EVENTS, ['data: {"text": "grüß"}', DONE], "m", "2026-11-22")
    text = text_of(Recording(Request("/v1/x", "d", None), (answer,)))
    assert list(json.loads(text)) == ["version", "request", "answers"]
    assert text.endswith("}\n")
    assert "grüß" in text
    assert '      "body": [\n        "data: {' in text


def test_an_answer_takes_its_slot_or_the_next_one() -> None:
    one, two, three = (Answer(200, JSON, number) for number in (1, 2, 3))
    recording = Recording(REQUEST).with_answer(0, one).with_answer(1, two)
    assert recording.with_answer(0, three).answers == (three, two)
    assert recording.with_answer(9, three).answers == (one, two, three)


def test_an_answer_goes_over_the_wire_as_it_came() -> None:
    assert answer_from(200, EVENTS, b": hi\r\n\r\ndata: {}\r\n\r\ndata: [DONE]\r\n\r\n") == Answer(
        200, EVENTS, ["data: {}", DONE]
    )
    assert whole(["data: {}", DONE]) == b"data: {}\n\ndata: [DONE]\n\n"
    assert Answer(200, JSON, {"a": "ü"}).content == '{"a": "ü"}'.encode()


def test_an_answer_can_be_searched_for_words() -> None:
    assert Answer(200, JSON, {"b": 1, "a": "ü"}).spelled == '{"a":"ü","b":1}'


DAMAGES: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:100],
    "empty": lambda _: "",
    "merged": lambda text: text.replace('  "answers"', '<<<<<<< HEAD\n  "answers"\n=======\n'),
    "foreign": lambda _: '{"name": "package", "version": 1}',
    "no object": lambda _: "[1]",
    "no request": lambda text: text.replace('"request": {', '"request": [{').replace("  },\n", "  }],\n", 1),
    "an answer without a status": lambda text: text.replace('"status": 200', '"state": 200'),
    "a status that is none": lambda text: text.replace('"status": 200', '"status": "ok"'),
    "another version": lambda text: text.replace('"version": 1', '"version": 2'),
    "an edited request": lambda text: text.replace('"input": "hi"', '"input": "ho"'),
}
REASONS = {
    "cut": "is no JSON",
    "empty": "line 1 is no JSON",
    "merged": "line 10 is no JSON",
    "another version": "it has version 2, and this mdrun reads 1",
    "an edited request": "its request was changed, and has the key",
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_is_named_with_what_is_wrong(kind: str) -> None:
    text = DAMAGES[kind](text_of(RECORDING))
    assert text != text_of(RECORDING)
    with pytest.raises(RecordingDamaged, match=REASONS.get(kind, "it is no recording of mdrun's")) as damaged:
        recording_of(text, NAME)
    assert f".mdrun/llm/{NAME} is damaged: " in str(damaged.value)


@pytest.mark.parametrize("body", [[1], None, [["data: {}"]], {"a": 1}])
def test_a_stream_is_a_list_of_texts(body: Any) -> None:
    text = text_of(Recording(REQUEST, (Answer(200, EVENTS, body),)))
    with pytest.raises(RecordingDamaged, match="it is no recording of mdrun's"):
        recording_of(text, NAME)


def test_a_renamed_file_is_damaged() -> None:
    with pytest.raises(RecordingDamaged, match=r"copy\.json is damaged: its request was changed"):
        recording_of(text_of(RECORDING), "copy.json")


@given_any(st.builds(Recording, REQUESTS, st.lists(ANSWERS, max_size=3).map(tuple)))
def test_a_recording_read_again_is_the_same(recording: Recording) -> None:
    text = text_of(recording)
    assert recording_of(text, f"{recording.request.key}.json") == recording
    assert text_of(recording_of(text, f"{recording.request.key}.json")) == text


@given_any(ANSWERS)
def test_an_answer_says_what_it_says_itself(answer: Answer) -> None:
    found = differs_in_ids_only(answer, answer)
    assert found == {}


@given_any(STREAMS, st.data())
def test_no_stream_is_whole_before_its_end(events: list[str], data: st.DataObject) -> None:
    content = whole(events)
    cut = data.draw(st.integers(0, len(content) - 3))
    assert answer_from(200, EVENTS, content[:cut]) is None


@given_any(st.dictionaries(st.text(), VALUES, max_size=4), st.data())
def test_no_object_is_whole_before_its_end(body: dict[str, Any], data: st.DataObject) -> None:
    content = Answer(200, JSON, body).content
    assert answer_from(200, JSON, content[: data.draw(st.integers(0, len(content) - 1))]) is None


@given_any(VALUES)
def test_what_is_whole_goes_over_the_wire_and_comes_back(value: Any) -> None:
    answer = Answer(400, JSON, value)
    found = answer_from(400, JSON, answer.content)
    assert found is not None
    assert found.body == value
