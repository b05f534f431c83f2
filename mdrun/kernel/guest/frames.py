"""Exceptions as plain data: the frames a user wrote, the message, what led to it."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

from .cells import cell_number

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT_FRAMES = 10
"""Frames kept at either end of a deep traceback (F17)."""
KEPT_CAUSES = 10
KEPT_MEMBERS = 50
INSTALLED = ("site-packages", "dist-packages")
TIMED = "<timed exec>"
"""What IPython compiles the body of a `%%time` cell as; it stands one line further up there."""

Frame = dict[str, Any]


class Sight:
    """Tells what the user wrote from what is installed."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = tuple(os.path.join(root, "") for root in roots)
        prefixes = {sys.prefix, sysconfig.get_path("stdlib")}
        # A prefix around the notes, such as /usr, says nothing about them.
        self._installed = tuple(
            os.path.join(prefix, "")
            for prefix in (os.path.realpath(prefix) for prefix in prefixes)
            if not any(root.startswith(os.path.join(prefix, "")) for root in self._roots)
        )
        self.current: int | None = None
        """The cell being executed."""

    def frame(self, filename: str, line: int | None, name: str) -> Frame | None:
        """Return a frame's data, or None when it is nobody's the user would know."""
        if filename == TIMED and self.current is not None:
            filename, line = f"<cell {self.current}>", (line or 1) + 1
        cell = cell_number(filename)
        if cell is None and not self._is_own(filename):
            return None
        source = linecache.getline(filename, line or 1).strip()
        path = "" if cell is not None else filename
        return {
            "line": line or 1,
            "name": name,
            "source": source,
            "cell": cell,
            "path": path,
        }

    def is_users(self, filename: str) -> bool:
        """Tell whether code of that file name is a cell or a file of the user's."""
        return filename == TIMED or cell_number(filename) is not None or self._is_own(filename)

    def _is_own(self, filename: str) -> bool:
        # Compiled libraries name their sources as they stood where they were built.
        if filename.startswith("<") or not (os.path.isabs(filename) or os.path.isfile(filename)):
            return False
        path = os.path.realpath(filename)
        if any(part in path.split(os.sep) for part in INSTALLED):
            return False
        return path.startswith(self._roots) and not path.startswith(self._installed)


def describe(error: BaseException, trace: Any, sight: Sight) -> dict[str, Any]:
    """Return an error message's content, as Jupyter has it and with what mdrun adds."""
    content = _content(error, trace, sight, set(), around=True)
    content["traceback"] = _plain(content)
    return content


def _content(error: BaseException, trace: Any, sight: Sight, seen: set[int], *, around: bool = False) -> dict[str, Any]:
    seen.add(id(error))
    frames = _without_magic([*(_frames_around(trace, sight) if around else ()), *_frames(trace, sight)])
    place = _syntax_frame(error, sight) if isinstance(error, SyntaxError) else None
    cause = _cause(error)
    told = cause is not None and id(cause) not in seen and len(seen) < KEPT_CAUSES
    return {
        "ename": _name(error),
        "evalue": str(getattr(error, "msg", "")) if place else message_of(error),
        "frames": _shortened([*frames, place] if place else frames),
        "bases": [kind.__name__ for kind in type(error).__mro__ if kind is not object],
        "notes": _notes(error),
        "cause": _content(cause, cause.__traceback__, sight, seen) if told else None,
    }


def _frames_around(trace: Any, sight: Sight) -> list[Frame]:
    """Return where the code was called that caught an error: IPython catches those of what it shows."""
    found = []
    caller = trace.tb_frame.f_back if trace is not None else None
    while caller is not None:
        found.append(sight.frame(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_name))
        caller = caller.f_back
    return [frame for frame in reversed(found) if frame is not None]


def _frames(trace: Any, sight: Sight) -> list[Frame]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(sight.frame(code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return [frame for frame in found if frame is not None]


def _without_magic(frames: list[Frame]) -> list[Frame]:
    """Leave out the line of a cell magic, when what it runs has a frame of its own."""
    if not frames or frames[0]["name"] != "<module>" or not frames[0]["source"].startswith("%%"):
        return frames
    inner = any(frame["cell"] == frames[0]["cell"] for frame in frames[1:])
    return frames[1:] if inner else frames


def _syntax_frame(error: SyntaxError, sight: Sight) -> Frame | None:
    """Return where the source that does not compile is, if it is the user's."""
    filename = error.filename
    if error.lineno is None:
        return None
    if sight.current is not None and filename in (
        None,
        "<string>",
        "<tokenize>",
        "<unknown>",
    ):
        filename = f"<cell {sight.current}>" if error.__traceback__ is None else filename
    return sight.frame(filename, error.lineno, "<module>") if filename else None


def _shortened(frames: list[Frame]) -> list[Frame | None]:
    """Leave out the middle, and let None stand for it."""
    if len(frames) <= 2 * KEPT_FRAMES:
        return list(frames)
    return [*frames[:KEPT_FRAMES], None, *frames[-KEPT_FRAMES:]]


def _cause(error: BaseException) -> Any:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", ())
    notes = notes if isinstance(notes, (list, tuple)) else ()
    lines = [line for note in notes for line in message_of(note).split("\n")]
    return [*lines, *_members(error)][: KEPT_MEMBERS + len(lines)]


def _members(error: BaseException, indent: str = "") -> list[str]:
    """Return a line for each member of an exception group, and of the groups within."""
    if not any(kind.__name__ == "BaseExceptionGroup" for kind in type(error).__mro__):
        return []
    lines = []
    for member in error.exceptions:  # type: ignore[attr-defined]
        lines.append(f"{indent}{_line(type(member).__name__, message_of(member))}")
        lines += _members(member, indent + "  ")
    return lines


def _name(error: BaseException) -> str:
    """Return the class's name; what only newer Pythons tell apart is the same in all of them."""
    name = type(error).__name__
    return "SyntaxError" if name == "_IncompleteInputError" else name


def message_of(error: Any) -> str:
    """Return what an error says; one that cannot say it is no second failure (F33)."""
    try:
        return str(error)
    except BaseException as fault:  # noqa: BLE001 - it is the user's code
        return f"<its message cannot be made: {type(fault).__name__}>"


def _line(ename: str, evalue: str) -> str:
    return f"{ename}: {evalue}" if evalue else ename


def _plain(content: dict[str, Any]) -> list[str]:
    """Return the traceback as Python would print it, of the frames that are told."""
    lines = [*_plain(content["cause"]), ""] if content["cause"] else []
    if content["frames"]:
        lines.append("Traceback (most recent call last):")
    for frame in content["frames"]:
        lines += _plain_frame(frame)
    return [*lines, _line(content["ename"], content["evalue"]), *content["notes"]]


def _plain_frame(frame: Frame | None) -> list[str]:
    if frame is None:
        return ["  ..."]
    where = frame["path"] or f"<cell {frame['cell']}>"
    head = f'  File "{where}", line {frame["line"]}, in {frame["name"]}'
    return [head, f"    {frame['source']}"] if frame["source"] else [head]
