"""Several notes at a time, each in a thread of its own, told in the order in which they were named."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from mdrun.report import NoteReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdrun.report import Tidings
    from mdrun.road import Job

    Say: TypeAlias = Callable[[Tidings], None]
    Work: TypeAlias = Callable[[Job, Say], NoteReport | None]


def side_by_side(jobs: Sequence[Job], work: Work, say: Say, count: int) -> list[NoteReport | None]:
    """Do `count` jobs at a time; None stands for one that was not begun.

    What a job tells is said as it happens where all before it are done, and else once they are: a
    run reads the same however many notes it takes at a time.
    """
    crew = _Crew(work)
    with ThreadPoolExecutor(count, thread_name_prefix="note") as pool:
        for index, job in enumerate(jobs):
            pool.submit(crew.take, index, job)
        try:
            return [crew.report(index, say) for index in range(len(jobs))]
        finally:
            crew.is_over.set()


class _Over(BaseException):
    """Nobody listens any more."""


_Word: TypeAlias = "Tidings | NoteReport | BaseException | None"


@dataclass(slots=True)
class _Crew:
    work: Work
    is_over: threading.Event = field(default_factory=threading.Event)
    _told: SimpleQueue[tuple[int, _Word]] = field(default_factory=SimpleQueue)
    _kept: defaultdict[int, deque[_Word]] = field(default_factory=lambda: defaultdict(deque))
    """What was told out of turn, by its job."""

    def take(self, index: int, job: Job) -> None:
        """Do a job; its last word is its report, or why there is none."""

        def tell(tidings: Tidings) -> None:
            if self.is_over.is_set():
                raise _Over
            self._told.put((index, tidings))

        try:
            last = None if self.is_over.is_set() else self.work(job, tell)
        except BaseException as error:  # noqa: BLE001 - it goes on where the run is waited for
            self._told.put((index, error))
        else:
            self._told.put((index, last))

    def report(self, index: int, say: Say) -> NoteReport | None:
        """Say what a job has to tell until it is done, and return its report."""
        while True:
            match self._next(index):
                case BaseException() as error:
                    raise error
                case NoteReport() | None as report:
                    return report
                case tidings:
                    say(tidings)

    def _next(self, index: int) -> _Word:
        if self._kept[index]:
            return self._kept[index].popleft()
        while True:
            whose, word = self._told.get()
            if whose == index:
                return word
            self._kept[whose].append(word)
