"""Recordings: a request and the answers it got, in order, as a file a person can read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdrun.errors import RecordingDamaged
from mdrun.llm.request import Request, canonical, strings_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdrun.llm.request import Json

VERSION = 1
JSON = "application/json"
EVENTS = "text/event-stream"
DONE = "data: [DONE]"

_FLEETING = {"id", "item_id", "response_id", "created", "created_at", "completed_at", "obfuscation"}
"""Names of what a server makes up anew for each answer."""
_HALF = re.compile("[\ud800-\udfff]")
_LASTING_FAILURES = {400, 422}
"""Statuses that say something of the request itself, and would say it again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request, whole."""

    status: int
    content_type: str
    body: Json
    """A JSON value; a list of texts, one for each event of a stream."""
    model: str = ""
    """The model that says it answered."""
    recorded: str = ""
    """A date, as in ISO 8601."""

    @property
    def content(self) -> bytes:
        """The answer as it goes over the wire."""
        if self.content_type == EVENTS:
            return "".join(f"{event}\n\n" for event in self.body).encode("utf-8", "surrogatepass")
        return json.dumps(self.body, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @property
    def spelled(self) -> str:
        """The answer in JSON, to look for words in it."""
        return canonical(self.body)

    @property
    def values(self) -> list[Json]:
        """The JSON values in it: one, or those of its events."""
        return list(_values(self.body)) if self.content_type == EVENTS else [self.body]

    @property
    def tokens(self) -> int:
        """How many tokens it says went into it and came out."""
        return max((_tokens(value) for value in self.values), default=0)


@dataclass(frozen=True, slots=True)
class Recording:
    """A request and its answers: the n-th is for the n-th time a note asks."""

    request: Request
    answers: tuple[Answer, ...] = ()

    def with_answer(self, slot: int, answer: Answer) -> Recording:
        """Return the recording with its answer number `slot`, from 0, put there or replaced."""
        return replace(self, answers=(*self.answers[:slot], answer, *self.answers[slot + 1 :]))


def answer_from(status: int, content_type: str, content: bytes) -> Answer | None:
    """Return what came back if it is whole and worth keeping, else None.

    Whole is JSON that parses, and a stream of events that says itself that it is done. A failure
    is worth keeping when it is the request's own fault; a key refused or a limit reached is not.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if status not in _LASTING_FAILURES and not 200 <= status < 300:  # noqa: PLR2004 - success, in HTTP
        return None
    try:
        if kind == EVENTS:
            answer = Answer(status, EVENTS, list(_events(content.decode("utf-8"))))
            whole = _is_done(answer)
        else:
            answer = Answer(status, JSON, json.loads(content))
            whole = not (status < 300 and _is_error(answer.body))  # noqa: PLR2004
    except (ValueError, RecursionError):
        return None
    return _without_folders(replace(answer, model=_model(answer))) if whole else None


def differs_in_ids_only(old: Answer, new: Answer) -> dict[str, str] | None:
    """Return which ids of `new` stand for which of `old`, or None when the two say different things.

    Dates do not count either.
    """
    olds, news = old.values, new.values
    if (old.status, old.content_type, len(olds)) != (new.status, new.content_type, len(news)):
        return None
    if any(canonical(_lasting(a)) != canonical(_lasting(b)) for a, b in zip(olds, news, strict=True)):
        return None
    return {
        new_id: old_id
        for a, b in zip(olds, news, strict=True)
        for old_id, new_id in zip(_ids(a), _ids(b), strict=False)
        if new_id != old_id
    }


def text_of(recording: Recording) -> str:
    """Return a recording as its file holds it."""
    answers = [
        {
            "status": answer.status,
            "content-type": answer.content_type,
            "model": answer.model,
            "recorded": answer.recorded,
            "body": answer.body,
        }
        for answer in recording.answers
    ]
    whole = {"version": VERSION, "request": recording.request.as_json(), "answers": answers}
    text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    # Halves of characters are none in UTF-8; JSON can spell them.
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def recording_of(text: str, name: str) -> Recording:
    """Return the recording a file called `name` holds; raise RecordingDamaged."""
    try:
        whole = json.loads(text)
        version, asked = whole["version"], whole["request"]
        request = Request(str(asked["path"]), str(asked.get("deployment", "")), asked["body"])
        # `list.copy` takes lists only: a mapping or a text would pass for one.
        answers = tuple(map(_answer_of, list.copy(whole["answers"])))
    except json.JSONDecodeError as error:
        raise RecordingDamaged(name, f"line {error.lineno} is no JSON") from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise RecordingDamaged(name, "it is no recording of mdrun's") from error
    if version != VERSION:
        raise RecordingDamaged(name, f"it has version {version!r}, and this mdrun reads {VERSION}")
    if f"{request.key}.json" != name:
        raise RecordingDamaged(name, f"its request was changed, and has the key {request.key[:12]}... now")
    return Recording(request, answers)


def _without_folders(answer: Answer) -> Answer:
    """Return an answer whose model is no path of a machine, which some servers call it by."""
    folder, slash, name = answer.model.rpartition("/")
    if not answer.model.startswith("/"):
        return answer
    body = strings_changed(answer.body, lambda text: text.replace(folder + slash, ""))
    return replace(answer, body=body, model=name)


def _answer_of(value: Json) -> Answer:
    body = value["body"]
    kind, status = value["content-type"], int(value["status"])
    events = isinstance(body, list) and all(isinstance(event, str) for event in body)
    if kind not in {JSON, EVENTS} or (kind == EVENTS and not events) or status not in range(200, 600):
        raise TypeError
    return Answer(status, kind, body, str(value["model"]), str(value["recorded"]))


def _events(text: str) -> Iterator[str]:
    """Yield the events of a stream, without its comments."""
    for event in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        if lines := [line for line in event.split("\n") if line and not line.startswith(":")]:
            yield "\n".join(lines)


def _values(events: list[str]) -> Iterator[Json]:
    for event in events:
        for line in event.split("\n"):
            if line.startswith("data:") and line != DONE:
                yield json.loads(line.removeprefix("data:"))


def _is_done(answer: Answer) -> bool:
    """Tell whether a stream came to its end, and without an error on its way."""
    values = answer.values
    kinds = [value.get("type") if isinstance(value, dict) else None for value in values]
    if any(map(_is_error, values)) or {"error", "response.failed"} & {*kinds}:
        return False
    return answer.body[-1:] == [DONE] or kinds[-1:] in (["response.completed"], ["response.incomplete"])


def _is_error(value: Json) -> bool:
    return isinstance(value, dict) and bool(value.get("error"))


def _model(answer: Answer) -> str:
    for value in answer.values:
        if isinstance(value, dict):
            inner = value.get("response")
            named = value.get("model") or (inner.get("model") if isinstance(inner, dict) else None)
            if isinstance(named, str) and named:
                return named
    return ""


def _tokens(value: Json) -> int:
    if not isinstance(value, dict):
        return 0
    inner = value.get("response")
    usage = value.get("usage") or (inner.get("usage") if isinstance(inner, dict) else None)
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) else 0


def _lasting(value: Json) -> Json:
    if isinstance(value, list):
        return [_lasting(member) for member in value]
    if isinstance(value, dict):
        return {name: _lasting(member) for name, member in value.items() if name not in _FLEETING}
    return value


def _ids(value: Json) -> Iterator[str]:
    """Yield the ids in a value, in an order that two values which differ in nothing else share."""
    if isinstance(value, list):
        for member in value:
            yield from _ids(member)
    elif isinstance(value, dict):
        for name in sorted(value):
            if name.endswith("id") and name in _FLEETING and isinstance(value[name], str):
                yield value[name]
            else:
                yield from _ids(value[name])
