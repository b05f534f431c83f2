"""Events fold into the outputs a reader sees."""

from __future__ import annotations

import pytest

from mdrun.clip import KEPT, Text
from mdrun.events import (
    WIDGET_VIEW,
    DisplayData,
    Error,
    Event,
    ExecuteResult,
    Stream,
    UpdateDisplayData,
    WidgetState,
    event_from,
)
from mdrun.outputs import KEPT_OUTPUTS, ClippedStream, LeftOut, Outputs, Stage, fold
from tests.cases import cases
from tests.spoken import spoken


@cases("outputs.md")
def test_events_fold_into_outputs(given: str, expected: str) -> None:
    assert fold(spoken(given)) == tuple(spoken(expected))


@cases("widgets.md")
def test_widgets_stand_as_they_were_left(given: str, expected: str) -> None:
    assert fold(spoken(given)) == tuple(spoken(expected))


@pytest.mark.parametrize(
    ("told", "kind", "data", "size"),
    [
        ({"format": "png", "width": "300", "height": "20px"}, "image/png", "AP8=", {"width": 300, "height": 20}),
        ({"format": "jpg", "width": "50%", "height": ""}, "image/jpeg", "AP8=", {}),
        ({"format": "svg"}, "image/svg+xml", "\x00\ufffd", {}),
    ],
)
def test_a_widget_that_is_a_picture_stands_as_that(
    told: dict[str, str], kind: str, data: str, size: dict[str, int]
) -> None:
    state = {"_model_name": "ImageModel", **told}
    content = {"comm_id": "i", "data": {"state": state, "buffer_paths": [["deep", 0], ["value"]]}}
    message = {"header": {"msg_type": "comm_open"}, "content": content, "buffers": [b"", memoryview(b"\x00\xff")]}
    event = event_from(message)
    assert event is not None
    shown = fold([event, DisplayData({WIDGET_VIEW: {"model_id": "i"}, "text/plain": r"Image(value=b'\x00\xff')"})])
    assert shown == (DisplayData({kind: data, "text/plain": "Image()"}, {kind: size}),)


def test_bytes_of_other_widgets_are_no_words() -> None:
    video = WidgetState("v", {"_model_name": "VideoModel", "value": b"\x00" * 1000})
    box = WidgetState("b", {"_model_name": "VBoxModel", "children": ["IPY_MODEL_v"]})
    view = DisplayData({WIDGET_VIEW: {"model_id": "b"}})
    assert fold([video, box, view]) == (DisplayData({"text/plain": "Video()"}),)


def test_an_output_widget_takes_in_what_later_blocks_show() -> None:
    stage = Stage()
    first, second, third = (Outputs(stage) for _ in range(3))
    first.add(WidgetState("o", {"_model_name": "OutputModel"}))
    first.add(DisplayData({WIDGET_VIEW: {"model_id": "o"}}))
    for event in spoken('widget o {"msg_id": "2"}\nstdout "later"'):
        second.add(event)
    stage.widgets.release()
    third.add(Stream("stdout", "own"))
    assert [block.outputs() for block in (first, second, third)] == [
        (Stream("stdout", "later"),),
        (),
        (Stream("stdout", "own"),),
    ]


def test_outputs_can_be_looked_at_between_two_events() -> None:
    outputs = Outputs()
    outputs.add(Stream("stdout", "one \x1b[3"))
    assert outputs.outputs() == (Stream("stdout", "one "),)
    outputs.add(Stream("stdout", "1mtwo"))
    assert outputs.outputs() == (Stream("stdout", "one two"),)


def test_a_later_block_can_update_what_an_earlier_one_shows() -> None:
    earlier = Outputs()
    earlier.add(DisplayData({"text/plain": "0 %"}, {}, "a"))
    update = UpdateDisplayData({"text/plain": "100 %"}, {}, "a")
    assert earlier.update(update)
    assert earlier.outputs() == (DisplayData({"text/plain": "100 %"}, {}, "a"),)
    assert not Outputs().update(update)


def test_a_very_long_stream_keeps_both_ends() -> None:
    (stream,) = fold(Stream("stdout", "0123456789") for _ in range(200_000))
    assert isinstance(stream, ClippedStream)
    assert stream.name == "stdout"
    assert stream.text == Text("0123456789" * (KEPT // 10), 2_000_000 - 2 * KEPT, "0123456789" * (KEPT // 10))


@pytest.mark.parametrize("event", [ExecuteResult({}), DisplayData({}), Error("E", "")])
def test_very_many_outputs_keep_both_ends(event: Event) -> None:
    spoke = (event, Stream("stdout", "out"), Stream("stderr", "err"))
    outputs = fold(spoke * (KEPT_OUTPUTS + 1))
    assert outputs == (*spoke * (KEPT_OUTPUTS // 2), LeftOut(3), *spoke * (KEPT_OUTPUTS // 2))
