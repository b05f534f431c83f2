"""Jupyter messages as values; the one place that opens a message dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
"""Names the model that a display is a view of."""
NOTICE_MIME_TYPE = "application/vnd.mdrun.notice+json"
"""Display data of this type is the kernel's start-up module speaking to mdrun, not the note."""

MimeBundle: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback, in code a user wrote."""

    line: int
    """From 1, within the cell or file."""
    name: str
    """The function's name, or `<module>`."""
    source: str
    """The line itself, without the blanks around it; empty when it cannot be read."""
    cell: int | None = None
    """The number the cell was executed under; None for a file."""
    path: str = ""
    """The file, as the kernel knows it; empty for a cell."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Frames left out of a deep traceback."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Text written to standard output or standard error."""

    name: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class DisplayData:
    """Something shown, in as many MIME types as it knows."""

    data: MimeBundle
    metadata: MimeBundle = field(default_factory=dict)
    display_id: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateDisplayData:
    """New content for everything shown under a display id."""

    data: MimeBundle
    metadata: MimeBundle
    display_id: str


@dataclass(frozen=True, slots=True)
class ExecuteResult:
    """The value of a block's last expression."""

    data: MimeBundle
    metadata: MimeBundle = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Error:
    """An exception that ended a block."""

    ename: str
    evalue: str
    frames: tuple[Frame | Gap, ...] = ()
    """Outermost first; empty when the kernel tells none."""
    traceback: tuple[str, ...] = ()
    """The kernel's own text, the only thing a kernel without frames has to say."""
    bases: tuple[str, ...] = ()
    """Names of the exception's classes, itself first, so that `raises` can name a base."""
    notes: tuple[str, ...] = ()
    """Lines that belong behind the message: notes, an exception group's members."""
    cause: Error | None = None
    """The exception this one was raised from, or while handling."""


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Take away what was shown; with `wait`, only when something new comes."""

    wait: bool = False


@dataclass(frozen=True, slots=True)
class WidgetState:
    """What the state of a widget has become, as far as it changed."""

    model_id: str
    state: Mapping[str, Any] | None
    """None once the widget is closed."""
    outputs: tuple[Event, ...] | None = None
    """What an output widget is given to show, if it is given anything."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the kernel's start-up module has to report; it stands in no note."""

    kind: str
    """`deprecation`, `redirect`, `figure`, ..."""
    text: str


Event: TypeAlias = Stream | DisplayData | UpdateDisplayData | ExecuteResult | Error | ClearOutput | WidgetState | Notice


def event_from(message: Mapping[str, Any]) -> Event | None:
    """Return what an iopub message says, or None when it says nothing a reader would see."""
    content = message["content"]
    match message["header"]["msg_type"]:
        case "stream":
            return Stream("stderr" if content["name"] == "stderr" else "stdout", content["text"])
        case "display_data":
            return _displayed(content)
        case "update_display_data":
            return UpdateDisplayData(content["data"], content.get("metadata", {}), _display_id(content) or "")
        case "execute_result":
            return ExecuteResult(content["data"], content.get("metadata", {}))
        case "error":
            return _error(content)
        case "clear_output":
            return ClearOutput(wait=bool(content.get("wait")))
        case kind:
            return _widget_state(kind, content, message.get("buffers") or ())


def pages_from(reply: Mapping[str, Any]) -> tuple[DisplayData, ...]:
    """Return the texts an execute reply sends to a pager, as `abs?` does (F43)."""
    payload = reply["content"].get("payload") or ()
    return tuple(DisplayData(page["data"]) for page in payload if page.get("source") == "page")


def _displayed(content: Mapping[str, Any]) -> DisplayData | Notice:
    data = content["data"]
    if NOTICE_MIME_TYPE in data:
        notice = data[NOTICE_MIME_TYPE]
        return Notice(str(notice["kind"]), str(notice["text"]))
    return DisplayData(data, content.get("metadata", {}), _display_id(content))


def _display_id(content: Mapping[str, Any]) -> str | None:
    identifier = (content.get("transient") or {}).get("display_id")
    return None if identifier is None else str(identifier)


def _widget_state(kind: str, content: Mapping[str, Any], buffers: Sequence[Any]) -> WidgetState | None:
    """Return what a comm tells of a widget's state: all of it as it opens, later what changed."""
    if kind == "comm_close":
        return WidgetState(content["comm_id"], None)
    data = content.get("data") if kind in {"comm_open", "comm_msg"} else None
    told = data if isinstance(data, dict) else {}
    state = told.get("state")
    if not isinstance(state, dict):
        return None
    state = {**state, **_bytes(told.get("buffer_paths") or (), buffers)}
    given = state.get("outputs")
    outputs = [_given(output) for output in given] if isinstance(given, list) else None
    shown = None if outputs is None else tuple(output for output in outputs if output is not None)
    return WidgetState(content["comm_id"], state, shown)


def _bytes(paths: Sequence[Any], buffers: Sequence[Any]) -> dict[str, bytes]:
    """Return the parts of a state that are bytes: they come beside a message."""
    return {path[0]: bytes(buffer) for path, buffer in zip(paths, buffers, strict=False) if path[1:] == []}


def _given(output: Any) -> Event | None:
    """Return what an output in nbformat's form says; a widget may hold anything under that name."""
    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return Stream(name, text)
        case {"output_type": "display_data" | "execute_result", "data": dict(data)}:
            return DisplayData(data)
        case {"output_type": "error", "ename": str(ename), "evalue": str(evalue)}:
            return Error(ename, evalue)
        case _:
            return None


def _error(content: Mapping[str, Any]) -> Error:
    cause = content.get("cause")
    return Error(
        ename=content["ename"],
        evalue=content["evalue"],
        frames=tuple(_frame(frame) for frame in content.get("frames", ())),
        traceback=tuple(content.get("traceback", ())),
        bases=_strings(content.get("bases", ())),
        notes=_strings(content.get("notes", ())),
        cause=_error(cause) if cause else None,
    )


def _frame(frame: Mapping[str, Any] | None) -> Frame | Gap:
    return Frame(**frame) if frame else Gap()


def _strings(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
