"""Fold the events of one block into the outputs a reader sees beneath it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never
from weakref import WeakValueDictionary

from mdrun.events import (
    ClearOutput,
    DisplayData,
    Error,
    Event,
    ExecuteResult,
    Notice,
    Stream,
    UpdateDisplayData,
)
from mdrun.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.clip import Text

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


class Outputs:
    """The outputs of one block, folded while it speaks, in bounded memory."""

    def __init__(self) -> None:
        self._kept = _Ends()
        self._clearing = False
        self._displays: WeakValueDictionary[str, _Display] = WeakValueDictionary()
        """Weak, so that a display that was cleared or left out takes no updates any more."""

    def add(self, event: Event) -> None:
        """Let `event` have its say."""
        match event:
            case Stream(text="") | Notice():
                pass
            case Stream() | DisplayData() | ExecuteResult() | Error():
                self._show(event)
            case UpdateDisplayData():
                self.update(event)
            case ClearOutput(wait=wait):
                self._clearing = wait
                if not wait:
                    self._clear()
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

    def _show(self, event: Stream | DisplayData | ExecuteResult | Error) -> None:
        # An error without a name is mdrun's own word on how the block ended: what it showed stays.
        if self._clearing and not (isinstance(event, Error) and not event.ename):
            self._clear()
            self._clearing = False
        match event:
            case Stream():
                self._speak(event)
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


_Item: TypeAlias = _Streams | _Display | ExecuteResult | Error


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
        case _Streams() | _Display():
            return tuple(item)
        case ExecuteResult() | Error():
            return (item,)
        case _:
            assert_never(item)
