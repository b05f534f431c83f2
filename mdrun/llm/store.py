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

    def answer(self, key: str, slot: int) -> Answer | None:
        """Return the answer number `slot` to the request with `key`; raise RecordingDamaged."""
        recording = self.find(key)
        return recording.answers[slot] if recording and slot < len(recording.answers) else None

    def put(self, request: Request, slot: int, answer: Answer, *, anew: bool = True) -> Answer:
        """Keep the answer number `slot` to a request, and return it as it is kept.

        Unless it is asked `anew`, one that another run has kept meanwhile stays. Raise
        RecordingDamaged or RecordingUnwritable.
        """
        file = self.folder / f"{request.key}{SUFFIX}"
        try:
            with files.held(file):
                kept = None if anew else self.answer(request.key, slot)
                if kept is None:
                    recording = self.find(request.key) or Recording(request)
                    files.put(file, text_of(recording.with_answer(slot, answer)))
        except NoteError as error:
            raise RecordingUnwritable(str(error)) from error
        return kept or answer

    def names(self) -> list[str]:
        """Return the names of all files among the recordings."""
        with suppress(OSError):
            return sorted(file.name for file in self.folder.iterdir() if not file.name.startswith("."))
        return []

    def all(self) -> Iterator[Recording]:
        """Yield every recording that can be read."""
        yield from (known for _, known in self._sorted() if known)

    def unused(self, asked: Mapping[str, int]) -> list[str]:
        """Return the names of the recordings that hold more than was `asked`, by key and how often."""
        return [name for name, _, _ in self._surplus(asked)]

    def damaged(self) -> list[str]:
        """Return the names of the files that are no recordings, or none any more."""
        return [name for name, known in self._sorted() if known is None]

    def keep(self, asked: Mapping[str, int]) -> list[str]:
        """Remove what nobody asks for any more, and return the names of the files it stood in.

        Raise RecordingUnwritable.
        """
        surplus = list(self._surplus(asked))
        for _, recording, used in surplus:
            self._shorten(recording, used)
        return [name for name, _, _ in surplus]

    def _surplus(self, asked: Mapping[str, int]) -> Iterator[tuple[str, Recording, int]]:
        """Yield each recording that holds more than was asked, with its name, and how much is used."""
        for name, known in self._sorted():
            used = asked.get(known.request.key, 0) if known else 0
            if known and len(known.answers) > used:
                yield name, known, used

    def _sorted(self) -> Iterator[tuple[str, Recording | None]]:
        """Yield every file's name, and the recording in it, or None where there is none."""
        for name in self.names():
            known = None
            with suppress(RecordingDamaged):
                known = self.find(name.removesuffix(SUFFIX)) if name.endswith(SUFFIX) else None
            yield name, known

    def _shorten(self, recording: Recording, used: int) -> None:
        file = self.folder / f"{recording.request.key}{SUFFIX}"
        try:
            if used:
                files.put(file, text_of(Recording(recording.request, recording.answers[:used])))
            else:
                file.unlink()
        except (NoteError, OSError) as error:
            raise RecordingUnwritable(str(error)) from error
