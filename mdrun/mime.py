"""Outputs as the body of a region, each in the richest kind that reads well."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never

from mdrun.clip import Text, capped, hole, joined, size, spelled
from mdrun.events import DisplayData, Error, ExecuteResult, Frame, Gap, MimeBundle, Stream
from mdrun.masks import mask_text
from mdrun.outputs import ClippedStream, LeftOut, Output
from mdrun.terminal import plain
from mdrun.text import longest_run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

SHOWN_PARTS = 50
UNFOLDED_LINES = 20
TITLE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a region between its head and its stamp."""

    kind: Literal["output", "error"]
    title: str | None
    """What an error is called, as a code span with its backticks (G11)."""
    lines: tuple[str, ...]
    """Without container prefix and quote mark; an empty one parts two parts."""
    folded: bool
    masked: int = 0
    """How many secrets were masked."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A part that stands as it is in a fenced code block."""

    info: str
    text: Text


Place: TypeAlias = Callable[[Frame], str]
"""Says where a frame is, such as `line 11 of this block`."""

Renderer: TypeAlias = Callable[[Any, MimeBundle], Fence | None]
"""Makes a part of a value and its metadata; None when it cannot, and the next kind is tried.

What it makes is whole: secrets are masked and lengths are cut afterwards, the same for all.
"""


def render(
    outputs: Sequence[Output],
    *,
    place: Place,
    after: str | None = None,
    secrets: Collection[str] = (),
) -> Body | None:
    """Return the body that shows `outputs`, or None when there is nothing to show.

    `after` is the last word of an error's traceback. None of `secrets` is in the body, not even half of one.
    """
    errors = [output for output in outputs if isinstance(output, Error)]
    fences = _ends([*_shown(outputs), *_tracebacks(errors, place, after)])
    if not fences:
        return None
    masked = [mask_text(fence.text, secrets) for fence in fences]
    shown = [capped(text) for text, _ in masked]
    blocks = [_fenced(fence.info, lines) for fence, lines in zip(fences, shown, strict=True)]
    return Body(
        kind="error" if errors else "output",
        title=_title(errors[-1], secrets) if errors else None,
        lines=tuple(line for block in blocks for line in ("", *block))[1:],
        folded=sum(map(len, shown)) > UNFOLDED_LINES,
        masked=sum(count for _, count in masked),
    )


def _shown(outputs: Sequence[Output]) -> Iterator[tuple[Fence, int]]:
    """Show what came before an error: each part, and how many outputs it stands for."""
    for output in outputs:
        if not isinstance(output, Error):
            fence = _part(output)
            if not fence.text.is_blank:
                yield fence, output.count if isinstance(output, LeftOut) else 1


def _part(output: Stream | ClippedStream | DisplayData | ExecuteResult | LeftOut) -> Fence:
    match output:
        case Stream(name, text):
            return Fence(_INFO[name], plain(text))
        case ClippedStream(name, text):
            return Fence(_INFO[name], text)
        case DisplayData(data, metadata) | ExecuteResult(data, metadata):
            return _richest(data, metadata)
        case LeftOut(count):
            return _left_out(count)
        case _:
            assert_never(output)


_INFO = {"stdout": "text", "stderr": "stderr"}


def _ends(parts: Sequence[tuple[Fence, int]]) -> list[Fence]:
    """Return the first and the last parts; between them, how many outputs are not shown."""
    fences = [fence for fence, _ in parts]
    if len(parts) <= SHOWN_PARTS:
        return fences
    half = SHOWN_PARTS // 2
    return [*fences[:half], _left_out(sum(count for _, count in parts[half:-half])), *fences[-half:]]


def _left_out(count: int) -> Fence:
    return Fence("text", Text(hole(f"{count:,} outputs" if count > 1 else "1 output")))


def _fenced(info: str, lines: Sequence[str]) -> tuple[str, ...]:
    fence = "`" * max(3, longest_run("`", "\n".join(lines)) + 1)
    return (f"{fence}{info}", *lines, fence)


def _verbatim(info: str) -> Renderer:
    def renderer(value: Any, _metadata: MimeBundle) -> Fence | None:
        return Fence(info, plain(value)) if isinstance(value, str) else None

    return renderer


def _json(value: Any, _metadata: MimeBundle) -> Fence:
    return Fence("json", plain(_spelled_out(value)))


RENDERERS: dict[str, Renderer] = {
    "text/plain": _verbatim("text"),
    "text/markdown": _verbatim("markdown"),
    "text/html": _verbatim("html"),
    "text/latex": _verbatim("latex"),
    "application/json": _json,
}
"""How each kind is shown, the preferred one first."""


def _richest(data: MimeBundle, metadata: MimeBundle) -> Fence:
    for kind, renderer in RENDERERS.items():
        part = renderer(data[kind], metadata) if kind in data else None
        if part and not part.text.is_blank:
            return part
    return next(
        (_named(kind, value) for kind, value in data.items() if kind not in RENDERERS),
        Fence("text", Text("")),
    )


def _named(kind: str, value: Any) -> Fence:
    """Say what is there, of a kind that cannot be shown."""
    if kind.startswith("text/") and isinstance(value, str):
        return Fence("text", plain(value))
    return Fence("text", plain(f"<{kind}, {spelled(_weight(value))}>"))


def _weight(value: Any) -> int:
    """Return the bytes of a value, of what it encodes where it is base64."""
    text = value if isinstance(value, str) else _spelled_out(value)
    try:
        return len(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return size(text)


def _spelled_out(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _tracebacks(errors: Sequence[Error], place: Place, after: str | None) -> Iterator[tuple[Fence, int]]:
    for error in errors:
        texts = [text for link in _chain(error) for text in _link(link, place, last=link is error)]
        if after and error is errors[-1]:
            texts.append(plain(after))
        yield Fence("text", joined(piece for text in texts for piece in (text, Text("\n")))), 1


def _chain(error: Error) -> list[Error]:
    """Return what led to `error`, the first cause first."""
    chain = [error]
    while chain[-1].cause:
        chain.append(chain[-1].cause)
    return chain[::-1]


def _link(error: Error, place: Place, *, last: bool) -> Iterator[Text]:
    message = _message(error)
    told = Text("")
    if error.frames:
        yield from (_frame(frame, place) for frame in error.frames)
    elif error.traceback:
        told = plain(_CELL.sub("", "\n".join(error.traceback)).rstrip())
        yield told
    if not (told.tail or told.head).endswith((message.tail or message.head).rstrip() or "\n"):
        yield message
    yield from map(plain, error.notes)
    if not last:
        yield Text("The exception above led to this one:")


_CELL = re.compile(r"\bCell In\[\d+\], ")
"""How often a kernel was asked is nobody's business in a note."""


def _frame(frame: Frame | Gap, place: Place) -> Text:
    match frame:
        case Gap():
            return Text(hole("frames"))
        case Frame(name=name, source=source):
            within = "" if name == "<module>" else f", in {name}"
            line = f":\n  {source}" if source else ""
            return plain(f"{place(frame)}{within}{line}")
        case _:
            assert_never(frame)


def _message(error: Error) -> Text:
    """Return an exception's name and message; mdrun's own errors have no name."""
    words = [word for word in (error.ename, error.evalue) if word.strip()]
    return plain(": ".join(words) or "unknown error")


def _title(error: Error, secrets: Collection[str]) -> str:
    message = mask_text(_message(error), secrets)[0].head
    line = next((line for line in message.split("\n") if line.strip()), "unknown error")
    words = line.replace("\t", " ").strip()
    if len(words) > TITLE_LENGTH:
        words = f"{words[: TITLE_LENGTH - 3].rstrip()}..."
    fence = "`" * (longest_run("`", words) + 1)
    blank = " " if "`" in (words[0], words[-1]) else ""
    return f"{fence}{blank}{words}{blank}{fence}"
