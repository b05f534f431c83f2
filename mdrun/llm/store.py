"""The recordings of a vault, in its folder `.mdrun/llm`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mdrun import files
from mdrun.errors import NoteError, RecordingDamaged, RecordingUnwritable
from mdrun.llm.recording import Recording, recording_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mdrun.llm.recording import Answer
    from mdrun.llm.request import Request

SUFFIX = ".json"


class Store:
    """Reads each file once for as long as it stays as it is."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".mdrun" / "llm"
        self._known: dict[str, tuple[tuple[int, int, int], Recording]] = {}

    def find(self, key: str) -> Recording | None:
        """Return the recording of the request with `key`; raise RecordingDamaged."""
        file = self.folder / f"{key}{SUFFIX}"
        try:
            state = files.state(file)
            if key not in self._known or self._known[key][0] != state:
                self._known[key] = state, recording_of(files.read(file), file.name)
        except NoteError as error:
            if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
                return None
            raise RecordingDamaged(file.name, str(error)) from error
        return self._known[key][1]

    def put(self, request: Request, slot: int, answer: Answer) -> None:
        """Keep the answer number `slot` to a request; raise RecordingDamaged or RecordingUnwritable."""
        file = self.folder / f"{request.key}{SUFFIX}"
        try:
            with files.held(file):
                recording = self.find(request.key) or Recording(request)
                files.put(file, text_of(recording.with_answer(slot, answer)))
        except NoteError as error:
            raise RecordingUnwritable(str(error)) from error

    def names(self) -> list[str]:
        """Return the names of all files among the recordings."""
        with suppress(OSError):
            return sorted(file.name for file in self.folder.iterdir() if not file.name.startswith("."))
        return []

    def all(self) -> Iterator[Recording]:
        """Yield every recording that can be read."""
        for name in self.names():
            with suppress(RecordingDamaged):
                if (recording := self.find(name.removesuffix(SUFFIX))) is not None:
                    yield recording

    def unused(self, asked: Mapping[str, int]) -> list[str]:
        """Return the names of the files that hold more than was `asked`, by key and how often.

        Those that are no recordings are among them.
        """
        return [name for name in self.names() if self._surplus(name, asked)]

    def keep(self, asked: Mapping[str, int]) -> list[str]:
        """Remove what nobody asks for any more, and return the names of the files it stood in.

        A file that is no recording stays, and is not among them. Raise RecordingUnwritable.
        """
        removed = []
        for name in self.unused(asked):
            with suppress(RecordingDamaged):
                self._shorten(name, asked)
                removed.append(name)
        return removed

    def _surplus(self, name: str, asked: Mapping[str, int]) -> bool:
        try:
            recording = self.find(name.removesuffix(SUFFIX))
        except RecordingDamaged:
            return True
        return recording is None or len(recording.answers) > asked.get(recording.request.key, 0)

    def _shorten(self, name: str, asked: Mapping[str, int]) -> None:
        recording = self.find(name.removesuffix(SUFFIX))
        if recording is None:
            raise RecordingDamaged(name, "it is no recording of mdrun's")
        file = self.folder / name
        used = recording.answers[: asked.get(recording.request.key, 0)]
        try:
            if used:
                files.put(file, text_of(Recording(recording.request, used)))
            else:
                file.unlink()
        except (NoteError, OSError) as error:
            raise RecordingUnwritable(str(error)) from error
