"""Fold the events of one block into the outputs a reader sees beneath it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never
from weakref import WeakValueDictionary

from mdrun.events import (
    WIDGET_VIEW,
    ClearOutput,
    DisplayData,
    Error,
    Event,
    ExecuteResult,
    Notice,
    Stream,
    UpdateDisplayData,
    WidgetState,
)
from mdrun.terminal import Terminal
from mdrun.widgets import Captured, Widgets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.clip import Text

PLAIN = "text/plain"
KEPT_OUTPUTS = 500
"""Outputs kept at each end of a block's, far more than are ever shown."""


@dataclass(frozen=True, slots=True)
class ClippedStream:
    """What a block wrote to standard output or standard error, too long to be kept whole."""

    name: Literal["stdout", "stderr"]
    text: Text


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Stands for outputs in the middle, too many to be kept."""

    count: int


Output: TypeAlias = Stream | ClippedStream | DisplayData | ExecuteResult | Error | LeftOut


def fold(events: Iterable[Event]) -> tuple[Output, ...]:
    """Return the outputs left once every event has had its say."""
    outputs = Outputs()
    for event in events:
        outputs.add(event)
    return outputs.outputs()


class Stage:
    """The widgets of one kernel, and what output widgets took in; the blocks of a note share it."""

    def __init__(self) -> None:
        self.widgets = Widgets()
        self._captured: dict[str, Outputs] = {}
        self._given: dict[str, tuple[Event, ...]] = {}
        self._looked_into: list[str] = []

    def take(self, event: WidgetState) -> None:
        """Note what has become of a widget."""
        self.widgets.take(event)
        if event.outputs is not None:
            self._given[event.model_id] = event.outputs
            if not event.outputs:
                self._captured.pop(event.model_id, None)

    @property
    def capturing(self) -> Outputs | None:
        """Return where outputs go instead of beneath their block, if an output widget captures them."""
        model_id = self.widgets.capturing
        return None if model_id is None else self._captured.setdefault(model_id, Outputs(self))

    def update(self, event: UpdateDisplayData) -> None:
        """Give what output widgets show under a display id its new content."""
        for captured in self._captured.values():
            captured.update(event)

    def captured_by(self, model_id: str) -> Iterator[Output]:
        """Yield what an output widget shows: what it captured, then what it was given; in itself it shows nothing."""
        if model_id in self._looked_into:
            return
        self._looked_into.append(model_id)
        captured = self._captured[model_id].outputs() if model_id in self._captured else ()
        self._looked_into.pop()
        yield from (*captured, *fold(self._given.get(model_id, ())))


class Outputs:
    """The outputs of one block, folded while it speaks, in bounded memory."""

    def __init__(self, stage: Stage | None = None) -> None:
        self._stage = stage or Stage()
        self._kept = _Ends()
        self._clearing = False
        self._displays: WeakValueDictionary[str, _Display] = WeakValueDictionary()
        """Weak, so that a display that was cleared or left out takes no updates any more."""

    def add(self, event: Event) -> None:
        """Let `event` have its say."""
        match event:
            case Stream(text="") | Notice():
                pass
            case WidgetState():
                self._stage.take(event)
            case UpdateDisplayData():
                self.update(event)
                self._stage.update(event)
            case Error():
                self._show(event)
            case Stream() | DisplayData() | ExecuteResult() | ClearOutput():
                (self._stage.capturing or self)._hear(event)  # noqa: SLF001 - another one's of the same kind
            case _:
                assert_never(event)

    def update(self, event: UpdateDisplayData) -> bool:
        """Give everything shown under a display id its new content; tell whether there is any.

        A later block may update what an earlier one shows: ask them all.
        """
        display = self._displays.get(event.display_id)
        if display is None:
            return False
        display.shown = replace(display.shown, data=event.data, metadata=event.metadata)
        return True

    def outputs(self) -> tuple[Output, ...]:
        """Return the outputs left by now."""
        return tuple(self._kept)

    def _hear(self, event: Stream | DisplayData | ExecuteResult | ClearOutput) -> None:
        match event:
            case ClearOutput(wait=wait):
                self._clearing = wait
                if not wait:
                    self._clear()
            case Stream() | DisplayData() | ExecuteResult():
                self._show(event)
            case _:
                assert_never(event)

    def _show(self, event: Stream | DisplayData | ExecuteResult | Error) -> None:
        # An error without a name is mdrun's own word on how the block ended: what it showed stays.
        if self._clearing and not (isinstance(event, Error) and not event.ename):
            self._clear()
            self._clearing = False
        match event:
            case Stream():
                self._speak(event)
            case DisplayData() | ExecuteResult() if (model_id := _model_of(event)) is not None:
                self._kept.append(_View(self._stage, model_id, event))
            case DisplayData():
                self._kept.append(self._display(event))
            case ExecuteResult() | Error():
                self._kept.append(event)
            case _:
                assert_never(event)

    def _speak(self, stream: Stream) -> None:
        streams = self._kept.last
        if not isinstance(streams, _Streams):
            streams = _Streams()
            self._kept.append(streams)
        streams.write(stream)

    def _display(self, shown: DisplayData) -> _Display:
        if shown.display_id is None:
            return _Display(shown)
        display = self._displays.setdefault(shown.display_id, _Display(shown))
        display.shown = shown
        return display

    def _clear(self) -> None:
        self._kept = _Ends()


class _Streams:
    """What was written between two displays: all standard output, then all standard error."""

    def __init__(self) -> None:
        self._stdout = Terminal()
        self._stderr = Terminal()

    def write(self, stream: Stream) -> None:
        (self._stderr if stream.name == "stderr" else self._stdout).write(stream.text)

    def __iter__(self) -> Iterator[Stream | ClippedStream]:
        names: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")
        for name, terminal in zip(names, (self._stdout, self._stderr), strict=True):
            text = terminal.text()
            if text.left_out:
                yield ClippedStream(name, text)
            elif text.head:
                yield Stream(name, text.head)


class _Display:
    """What is shown under one display id, wherever it is shown."""

    def __init__(self, shown: DisplayData) -> None:
        self.shown = shown

    def __iter__(self) -> Iterator[DisplayData]:
        yield self.shown


class _View:
    """What a widget shows, wherever it is shown."""

    def __init__(self, stage: Stage, model_id: str, shown: DisplayData | ExecuteResult) -> None:
        self._stage, self._model_id, self._shown = stage, model_id, shown
        self._value = stage.widgets.value(model_id)

    def __iter__(self) -> Iterator[Output]:
        parts = self._stage.widgets.look(self._model_id)
        if parts is None:
            yield self._own()
            return
        for part in parts:
            match part:
                case Captured(model_id):
                    yield from self._stage.captured_by(model_id)
                case DisplayData():
                    yield part
                case text:
                    yield DisplayData({PLAIN: text})

    def _own(self) -> DisplayData | ExecuteResult:
        """Return the display, with the value that the widget has by now."""
        value, text = self._stage.widgets.value(self._model_id), self._shown.data.get(PLAIN)
        if value == self._value or not isinstance(text, str):
            return self._shown
        return replace(self._shown, data={**self._shown.data, PLAIN: f"{text.partition('(')[0]}(value={value!r})"})


def _model_of(shown: DisplayData | ExecuteResult) -> str | None:
    view = shown.data.get(WIDGET_VIEW)
    model_id = view.get("model_id") if isinstance(view, dict) else None
    return model_id if isinstance(model_id, str) else None


_Item: TypeAlias = _Streams | _Display | _View | ExecuteResult | Error


class _Ends:
    """The first and the last items of a sequence, and how many outputs the others were."""

    def __init__(self) -> None:
        self._first: list[_Item] = []
        self._last: deque[_Item] = deque()
        self._left_out = 0

    @property
    def last(self) -> _Item | None:
        ends = self._last or self._first
        return ends[-1] if ends else None

    def append(self, item: _Item) -> None:
        if len(self._first) < KEPT_OUTPUTS:
            self._first.append(item)
            return
        self._last.append(item)
        if len(self._last) > KEPT_OUTPUTS:
            self._left_out += len(_outputs_of(self._last.popleft()))

    def __iter__(self) -> Iterator[Output]:
        for item in self._first:
            yield from _outputs_of(item)
        if self._left_out:
            yield LeftOut(self._left_out)
        for item in self._last:
            yield from _outputs_of(item)


def _outputs_of(item: _Item) -> tuple[Output, ...]:
    match item:
        case _Streams() | _Display() | _View():
            return tuple(item)
        case ExecuteResult() | Error():
            return (item,)
        case _:
            assert_never(item)
