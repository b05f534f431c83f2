"""Events and outputs in the words of the fixtures: a verb, then a name or JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mdrun.events import (
    ClearOutput,
    DisplayData,
    Error,
    Event,
    ExecuteResult,
    Frame,
    Gap,
    Notice,
    Stream,
    UpdateDisplayData,
    WidgetState,
    event_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ADDRESSED = re.compile(r"(?:(\w+) )?(.*)")


def spoken(text: str) -> list[Event]:
    """Return the events that `text` tells, one a line."""
    return [_event(*line.partition(" ")[::2]) for line in text.split("\n") if line.strip()]


def _event(verb: str, rest: str) -> Event:
    return _EVENTS[verb](rest)


def _displayed(rest: str) -> DisplayData:
    display_id, data = _ADDRESSED.findall(rest)[0]
    return DisplayData(_bundle(data), {}, display_id or None)


def _updated(rest: str) -> UpdateDisplayData:
    display_id, data = _ADDRESSED.findall(rest)[0]
    return UpdateDisplayData(_bundle(data), {}, display_id)


def _widget(rest: str) -> Event:
    model_id, _, told = rest.partition(" ")
    state = json.loads(told)
    content = {"comm_id": model_id, "data": {"method": "update", "state": state}}
    event = event_from({"header": {"msg_type": "comm_close" if state is None else "comm_msg"}, "content": content})
    assert isinstance(event, WidgetState)
    return event


_EVENTS: dict[str, Callable[[str], Event]] = {
    "stdout": lambda rest: Stream("stdout", json.loads(rest)),
    "stderr": lambda rest: Stream("stderr", json.loads(rest)),
    "display": _displayed,
    "update": _updated,
    "result": lambda rest: ExecuteResult(_bundle(rest)),
    "error": lambda rest: error(json.loads(rest)),
    "clear_output": lambda rest: ClearOutput(wait=rest == "wait"),
    "widget": _widget,
    "notice": lambda rest: Notice("deprecation", rest),
}


def error(told: dict[str, Any]) -> Error:
    """Return the error that JSON tells; a frame that is null is a gap."""
    frames = tuple(Frame(**frame) if frame else Gap() for frame in told.pop("frames", ()))
    cause = told.pop("cause", None)
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Error(**{**told, **lists}, frames=frames, cause=error(cause) if cause else None)


def _bundle(data: str) -> dict[str, Any]:
    told = json.loads(data)
    return told if isinstance(told, dict) else {"text/plain": told}
