"""Widgets as text and pictures: what they show by now, by what their comms say of their states."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, TypeAlias

from mdrun.events import DisplayData
from mdrun.text import without_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.events import WidgetState

State: TypeAlias = dict[str, Any]
_REFERENCE = "IPY_MODEL_"
"""Comes before the id of a model, where a state names one."""
_BAR = 10
"""Characters of a progress bar."""
_BOXES = frozenset({"Accordion", "Box", "GridBox", "HBox", "Stack", "Tab", "VBox"})
"""Kinds that show their children and nothing of their own; other packages' widgets have children of other kinds."""
_RICH = re.compile(r"<(?:table|img)\b", re.IGNORECASE)
"""Begins what is more than the text of HTML."""
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_FIGURE_SPACE = "\u2007"
"""What tqdm writes for a blank."""


@dataclass(frozen=True, slots=True)
class Captured:
    """Stands for all that an output widget took in."""

    model_id: str


Part: TypeAlias = str | Captured | DisplayData


class Widgets:
    """The widgets of one kernel, by their model ids."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._closed: set[str] = set()
        self._capturing: dict[str, None] = {}

    def take(self, told: WidgetState) -> None:
        """Note what has become of a widget."""
        if told.state is None:
            self._states.pop(told.model_id, None)
            self._capturing.pop(told.model_id, None)
            self._closed.add(told.model_id)
            return
        self._states.setdefault(told.model_id, {}).update(told.state)
        if told.state.get("msg_id"):
            self._capturing[told.model_id] = None
        elif "msg_id" in told.state:
            self._capturing.pop(told.model_id, None)

    @property
    def capturing(self) -> str | None:
        """Return the output widget that takes in what is shown now, if one does."""
        return next(reversed(self._capturing), None)

    def release(self) -> None:
        """Have nothing captured any more; an output widget captures what one request shows."""
        self._capturing.clear()

    def value(self, model_id: str) -> Any:
        """Return the value of a widget, None where it has none or hides it."""
        return _value(self._states.get(model_id, {}))

    def look(self, model_id: str) -> list[Part] | None:
        """Return what a widget shows; None where its display says that best itself."""
        state = self._states.get(model_id)
        if state is None:
            return [] if model_id in self._closed else None
        if _is_progress(state):
            return [f"{_progress(state)} {state['value']:g}/{state['max']:g}"]
        return [part for part in self._parts(model_id, set()) if part] if _is_readable(state) else None

    def _parts(self, model_id: str, seen: set[str]) -> Iterator[Part]:
        state = self._states.get(model_id)
        if state is None or model_id in seen:
            return
        seen.add(model_id)
        if _kind(state) == "Output":
            yield Captured(model_id)
        elif _is_picture(state):
            yield _picture(state)
        elif _is_words(state) and _RICH.search(str(state.get("value"))):
            yield DisplayData({"text/html": str(state["value"]), "text/plain": _leaf(state)})
        elif _is_box(state):
            names = (name.removeprefix(_REFERENCE) for name in state["children"] if isinstance(name, str))
            yield from _joined((part for name in names for part in self._parts(name, seen)), is_row=_is_row(state))
        else:
            yield _leaf(state)


def _joined(parts: Iterable[Part], *, is_row: bool) -> Iterator[Part]:
    """Yield texts that follow one another as one: beside each other in a row, else one a line."""
    text = ""
    for part in parts:
        if not isinstance(part, str):
            yield text
            yield part
            text = ""
        elif text and part:
            glued = text.endswith("|") or part.startswith("|")
            text += ("" if glued else " ") + part if is_row else f"\n{part}"
        else:
            text += part
    yield text


def _kind(state: State) -> str:
    return str(state.get("_model_name")).removesuffix("Model")


def _is_row(state: State) -> bool:
    return _kind(state) == "HBox"


def _is_box(state: State) -> bool:
    return _kind(state) in _BOXES and isinstance(state.get("children"), list)


def _is_words(state: State) -> bool:
    return _kind(state) in {"HTML", "HTMLMath", "Label"}


def _is_readable(state: State) -> bool:
    return _is_words(state) or _kind(state) == "Output" or _is_box(state) or _is_picture(state)


def _is_picture(state: State) -> bool:
    return _kind(state) == "Image" and state.get("format") != "url" and isinstance(state.get("value"), bytes)


def _picture(state: State) -> DisplayData:
    """Return a picture as `display` would show it; its width is a text that may have a unit."""
    kind, value = f"image/{state.get('format')}", state["value"]
    kind = {"image/jpg": "image/jpeg", "image/svg": "image/svg+xml"}.get(kind, kind)
    encoded = value.decode("utf-8", "replace") if kind == "image/svg+xml" else base64.b64encode(value).decode()
    sides = {side: str(state.get(side)).removesuffix("px") for side in ("width", "height")}
    size = {side: int(told) for side, told in sides.items() if told.isdecimal()}
    return DisplayData({kind: encoded, "text/plain": _leaf(state)}, {kind: size})


def _is_progress(state: State) -> bool:
    numbers = (state.get("value"), state.get("min", 0), state.get("max"))
    return _kind(state).endswith("Progress") and all(isinstance(number, int | float) for number in numbers)


def _leaf(state: State) -> str:
    if _is_words(state):
        return _words(str(state.get("value", "")))
    if _is_progress(state):
        return _progress(state)
    told = {"value": _value(state), "description": state.get("description")}
    return f"{_kind(state)}({', '.join(f'{key}={each!r}' for key, each in told.items() if each not in (None, ''))})"


def _value(state: State) -> Any:
    value = state.get("value")
    return None if _kind(state) == "Password" or isinstance(value, bytes) else value


def _words(html: str) -> str:
    """Return the text of a little HTML; blanks at its ends part it from its neighbours."""
    text = unescape(without_tags(_BREAK.sub("\n", html)))
    return text.replace(_FIGURE_SPACE, " ")


def _progress(state: State) -> str:
    """Return a bar; none where nobody knows how far it goes, as tqdm has it without a total."""
    low, high = state.get("min", 0), state["max"]
    share = (state["value"] - low) / (high - low) if high > low else 1
    filled = round(_BAR * min(1, max(0, share)))
    described = state.get("description")
    is_endless = state.get("bar_style") == "info" and high == 1
    bar = "" if is_endless else f"|{'█' * filled}{' ' * (_BAR - filled)}|"
    return f"{described} {bar}" if described else bar
