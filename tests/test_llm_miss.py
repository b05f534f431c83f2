"""What is said of a request that no recording answers."""

from __future__ import annotations

import json
import shlex

import pytest

from mdrun.llm.miss import COMPARED, SHOWN, command, nearest, unknown
from mdrun.llm.recording import Recording
from mdrun.llm.request import Request
from tests.cases import cases

PATH = "/v1/chat/completions"


def asked(prompt: str, path: str = PATH, **more: object) -> Request:
    return Request(path, "", {"input": prompt, **more})


@cases("llm_miss.md")
def test_a_miss_shows_what_differs_from_the_nearest_recording(given: str, expected: str) -> None:
    request, *known = [Request(PATH, "", json.loads(line)) for line in given.splitlines()]
    said = unknown(request, 0, map(Recording, known))
    for other in known:
        said = said.replace(other.key[:12], "KEY")
    assert f"{said}\n" == expected


@pytest.mark.parametrize(
    ("answers", "words"), [(1, "was recorded once, and is"), (1_000, "was recorded 1000 times, and is")]
)
def test_a_request_asked_once_more_than_recorded_says_so(answers: int, words: str) -> None:
    assert words in unknown(asked("hi"), answers, [])


def test_only_recordings_of_the_same_kind_are_near() -> None:
    assert nearest(asked("hi"), [Recording(asked("hi", "/v1/embeddings"))]) is None


def test_the_last_words_count_more_than_all_before() -> None:
    long = {"instructions": "be kind " * 1_000}
    far, near = Recording(asked("capital of France?", **long)), Recording(asked("weather in Rome?"))
    assert nearest(asked("weather in Rom?", **long), [far, near]) == near


def test_of_very_long_prompts_the_ends_are_compared() -> None:
    one, other = Recording(asked("a" * COMPARED + "b" * COMPARED)), Recording(asked("a" * 2 * COMPARED))
    assert nearest(asked("c" * COMPARED + "b" * COMPARED), [one, other]) == one


def test_the_nearest_does_not_depend_on_the_order() -> None:
    known = [Recording(asked("hi", seed=seed)) for seed in range(5)]
    assert nearest(asked("hi", seed=7), known) == nearest(asked("hi", seed=7), known[::-1])


def test_long_texts_are_cut() -> None:
    said = unknown(asked("x" * 1_000), 0, [Recording(asked("y" * 1_000))])
    assert f", '{'x' * SHOWN}'...\n" in said
    assert max(map(len, said.splitlines())) < SHOWN + 50


def test_the_command_can_be_pasted() -> None:
    assert shlex.split(command("My 'own' note.md")) == ["mdrun", "run", "--llm", "record", "My 'own' note.md"]
