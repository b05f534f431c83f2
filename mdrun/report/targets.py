"""Where reports go: `--report KIND` to standard output, `--report KIND=FILE` to a file."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from mdrun import files
from mdrun.errors import MdrunError, NoteUnwritable, ReportFailed, SettingsError, Stopped
from mdrun.names import did_you_mean
from mdrun.report.github import GitHub
from mdrun.report.jsonlines import JsonLines
from mdrun.report.lines import Lines
from mdrun.report.summary import LIMIT, summary
from mdrun.report.values import LintFinished, NoteFinished, RunFinished
from mdrun.report.wellformed import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from mdrun.report.values import NoteReport, Tidings

    Say: TypeAlias = Callable[[str], None]
    Tell: TypeAlias = Callable[[Tidings], None]
    Page: TypeAlias = Callable[[RunFinished | LintFinished, str], str]


def _junit(told: RunFinished | LintFinished, _: str) -> str:
    from mdrun.report.junit import junit  # noqa: PLC0415 - its library is loaded where it is asked for

    return junit(told)


def _sarif(told: RunFinished | LintFinished, workspace: str) -> str:
    from mdrun.report.sarif import sarif  # noqa: PLC0415 - see above

    return sarif(told, workspace)


WORKSPACE = "GITHUB_WORKSPACE"
"""The variable that names the folder of a job's repository."""
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file where GitHub takes a job's summary from."""
LIVE: Mapping[str, Callable[[Say, str], Tell]] = {
    "terminal": lambda say, _: Lines(say),
    "json": lambda say, _: JsonLines(say),
    "github": GitHub,
}
"""Reports told line by line, as things happen; made of what prints a line, and the repository's folder."""
PAGES: Mapping[str, Page] = {"junit": _junit, "summary": lambda told, _: summary(told), "sarif": _sarif}
"""Reports that are written once all is known."""
KINDS = (*LIVE, *PAGES)
_TOGETHER = {"terminal", "github"}
"""Those that stand side by side on standard output; each of the others is alone there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A report that is wanted."""

    kind: str
    file: Path | None = None
    """None for standard output."""


def read_targets(specs: Sequence[str]) -> tuple[Target, ...]:
    """Return what `--report` asks for; raise SettingsError."""
    targets = tuple(map(_read, specs))
    named = {os.path.realpath(target.file): target.file for target in targets if target.file is not None}
    wanted = Counter(os.path.realpath(each.file) for each in targets if each.file and not _is_special(each.file))
    for real, times in wanted.items():
        if times > 1:
            raise SettingsError(f"--report: {named[real]} is to hold {times} reports: give each a file of its own")
    shown = [target.kind for target in targets if target.file is None]
    alone = [kind for kind in shown if kind not in _TOGETHER]
    if len(shown) > 1 and alone:
        raise SettingsError(
            f"--report: {alone[0]} stands alone on standard output: {alone[0]}=FILE leaves it to others"
        )
    return tuple(dict.fromkeys(targets))


def _read(spec: str) -> Target:
    kind, equals, file = spec.partition("=")
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f": there are {', '.join(KINDS)}"
        raise SettingsError(f"--report: no such report: '{kind}'{hint}")
    if equals and not file:
        raise SettingsError(f"--report: {spec} names no file")
    return Target(kind, Path(file) if file else None)


@contextmanager
def open_reports(
    specs: Sequence[str],
    terminal: AbstractContextManager[Tell],
    say: Say,
    environment: Mapping[str, str],
) -> Iterator[Tell]:
    """Lend out what tells all the reports that are asked for; without any, `terminal` alone.

    `say` prints a line. However a run ends, every report is told of an end. Raise SettingsError for
    what cannot be asked for; ReportFailed for a file that takes no report, before anything runs where
    that can be known, and at the end for a report that failed meanwhile.
    """
    targets = read_targets(specs)
    workspace = environment.get(WORKSPACE, "")
    with ExitStack() as stack:
        told = _Told([])
        for target in targets:
            if target != Target("terminal"):
                told.reports.append(_Report(target.kind, _opened(target, say, workspace, stack)))
        step = environment.get(STEP_SUMMARY)
        if step and any(target.kind == "github" for target in targets):
            told.reports.append(_Report("summary", _Ending(_step_summary(Path(step)), _appending(Path(step)))))
        if all(target.file or target.kind in _TOGETHER for target in targets):
            told.terminal = stack.enter_context(terminal)
        with told.to_the_end():
            yield told
    told.complain()


@dataclass(slots=True)
class _Report:
    """A report whose failure waits: what becomes of the notes is worth more."""

    kind: str
    tell: Tell
    trouble: str = ""

    def __call__(self, tidings: Tidings) -> None:
        if self.trouble:
            return
        try:
            self.tell(tidings)
        except MdrunError as error:
            self.trouble = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self.trouble = f"the report {self.kind} failed: {type(error).__name__}: {error}"


@dataclass(slots=True)
class _Told:
    """All reports, and what they are told."""

    reports: list[_Report]
    terminal: Tell | None = None
    notes: list[NoteReport] = field(default_factory=list)
    is_ended: bool = False

    def __call__(self, tidings: Tidings) -> None:
        """Tell one thing."""
        if isinstance(tidings, NoteFinished):
            self.notes.append(tidings.report)
        self.is_ended = self.is_ended or isinstance(tidings, RunFinished | LintFinished)
        for report in self.reports:
            report(tidings)
        if self.terminal is not None:
            self.terminal(tidings)

    @contextmanager
    def to_the_end(self) -> Iterator[None]:
        """Tell the reports of an end where something else ends all."""
        try:
            yield
        except BaseException as error:
            if not self.is_ended:
                self._end(Stopped(signal.SIGINT) if isinstance(error, KeyboardInterrupt) else error)
            raise

    def _end(self, error: BaseException) -> None:
        code = error.exit_code if isinstance(error, MdrunError) else MdrunError.exit_code
        finished = RunFinished(tuple(self.notes), exit_code=code, error=str(error) or type(error).__name__)
        for report in self.reports:
            report(finished)

    def complain(self) -> None:
        """Raise ReportFailed when a report failed."""
        if troubles := [report.trouble for report in self.reports if report.trouble]:
            raise ReportFailed("; ".join(troubles))


def _opened(target: Target, say: Say, workspace: str, stack: ExitStack) -> Tell:
    file = target.file
    if target.kind in LIVE:
        return LIVE[target.kind](say if file is None else stack.enter_context(_lines_into(file)), workspace)
    page = PAGES[target.kind]
    if file is None:
        return _Ending(lambda told: page(told, workspace), lambda text: say(text.removesuffix("\n")))
    return _Ending(lambda told: page(told, workspace), _page_into(file))


@dataclass(frozen=True, slots=True)
class _Ending:
    """Tells a page once all is known."""

    page: Callable[[RunFinished | LintFinished], str]
    put: Say

    def __call__(self, tidings: Tidings) -> None:
        if isinstance(tidings, RunFinished | LintFinished):
            self.put(self.page(tidings))


@contextmanager
def _lines_into(file: Path) -> Iterator[Say]:
    """Lend out what writes lines into a file."""
    with _open(file) as write:
        yield lambda line: write(f"{line}\n")


def _page_into(file: Path) -> Say:
    """Return what puts a page into a file, whole or not at all."""
    if _is_special(file):
        return _appending(file)
    # Through a link, as an editor would; and a report of an earlier run would be taken for this one's.
    real = Path(os.path.realpath(file))
    _make(real).close()
    real.unlink()

    def put(page: str) -> None:
        try:
            files.put(real, as_bytes(page))
        except NoteUnwritable as error:
            raise ReportFailed(str(error)) from error

    return put


def _is_special(file: Path) -> bool:
    """Tell whether a file is none that can be replaced: a device, a pipe."""
    return file.is_relative_to("/dev") or (file.exists() and not file.is_file() and not file.is_dir())


def _appending(file: Path) -> Say:
    def put(page: str) -> None:
        with _open(file, "ab") as write:
            write(page)

    return put


def _step_summary(file: Path) -> Callable[[RunFinished | LintFinished], str]:
    """Return a page that fits behind what the step has in its summary already."""

    def page(told: RunFinished | LintFinished) -> str:
        taken = file.stat().st_size if file.exists() else 0
        return summary(told, LIMIT - taken)

    return page


@contextmanager
def _open(file: Path, mode: str = "wb") -> Iterator[Say]:
    """Lend out what writes into a file, each text at once."""
    stream = _make(file, mode)

    def write(text: str) -> None:
        try:
            stream.write(as_bytes(text))
            stream.flush()
        except OSError as error:
            raise _unwritable(file, error) from error

    try:
        yield write
    finally:
        with suppress(OSError):  # of which `write` has told
            stream.close()


def _make(file: Path, mode: str = "wb") -> IO[bytes]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("ab" if _is_special(file) else mode)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> ReportFailed:
    return ReportFailed(f"{file}: the report cannot be written: {error.strerror}")
