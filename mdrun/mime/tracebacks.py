"""Errors as text: the frames a user wrote, the message last, and a title of one line (G11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, assert_never

from mdrun.clip import Text, hole, joined
from mdrun.events import Error, Frame, Gap
from mdrun.masks import mask_text
from mdrun.terminal import plain
from mdrun.text import longest_run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Place: TypeAlias = Callable[[Frame], str]
"""Says where a frame is, such as `line 11 of this block`."""

TITLE_LENGTH = 120

_CELL = re.compile(r"\bCell In\[\d+\], ")
"""How often a kernel was asked is nobody's business in a note."""


def traceback_of(error: Error, place: Place, after: str | None = None) -> Text:
    """Return what led to `error`, the first cause first; `after` is the last word."""
    texts = [text for link in _chain(error) for text in _link(link, place, last=link is error)]
    if after:
        texts.append(plain(after))
    return joined(piece for text in texts for piece in (text, Text("\n")))


def title_of(error: Error, secrets: Collection[str]) -> str:
    """Return an error's class and the first line of its message that is not blank as one code span."""
    said = (mask_text(plain(words), secrets)[0].head for words in (error.ename, error.evalue))
    words = ": ".join(filter(None, map(_first_line, said))) or "unknown error"
    if len(words) > TITLE_LENGTH:
        words = f"{words[: TITLE_LENGTH - 3].rstrip()}..."
    fence = "`" * (longest_run("`", words) + 1)
    blank = " " if "`" in (words[0], words[-1]) else ""
    return f"{fence}{blank}{words}{blank}{fence}"


def _first_line(text: str) -> str:
    return next((line.replace("\t", " ").strip() for line in text.split("\n") if line.strip()), "")


def _chain(error: Error) -> list[Error]:
    """Return what led to `error`, the first cause first; of links that say the same, the last one."""
    chain = [error]
    cause = error.cause
    while cause:
        if all(_says(cause) != _says(link) for link in chain):
            chain.append(cause)
        cause = cause.cause
    return chain[::-1]


def _says(link: Error) -> tuple[object, ...]:
    """Return what a reader would see of a link; its own traceback holds those of its causes."""
    return link.ename, link.evalue, link.frames, link.notes


def _link(error: Error, place: Place, *, last: bool) -> Iterator[Text]:
    message = _message(error)
    told = Text("")
    if error.frames:
        yield from (_frame(frame, place) for frame in error.frames)
    elif error.traceback and not error.bases:
        # A kernel that tells of classes told all else as data too, the causes among it.
        told = plain(_CELL.sub("", "\n".join(error.traceback)).rstrip())
        yield told
    if not (told.tail or told.head).endswith((message.tail or message.head).rstrip() or "\n"):
        yield message
    yield from map(plain, error.notes)
    if not last:
        yield Text("The exception above led to this one:")


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
