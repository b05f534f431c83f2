"""Where reports go: `--report KIND` to standard output, `--report KIND=FILE` to a file."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from mdrun import files
from mdrun.errors import NoteUnwritable, SettingsError
from mdrun.names import did_you_mean
from mdrun.report.github import GitHub
from mdrun.report.jsonlines import JsonLines
from mdrun.report.lines import Lines
from mdrun.report.summary import summary
from mdrun.report.values import LintFinished, RunFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from mdrun.report.values import Tidings

    Say: TypeAlias = Callable[[str], None]
    Tell: TypeAlias = Callable[[Tidings], None]
    Page: TypeAlias = Callable[[RunFinished | LintFinished], str]


def _junit(told: RunFinished | LintFinished) -> str:
    from mdrun.report.junit import junit  # noqa: PLC0415 - its library is loaded where it is asked for

    return junit(told)


def _sarif(told: RunFinished | LintFinished) -> str:
    from mdrun.report.sarif import sarif  # noqa: PLC0415 - see above

    return sarif(told)


WORKSPACE = "GITHUB_WORKSPACE"
"""The variable that names the folder of a job's repository."""
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file where GitHub takes a job's summary from."""
LIVE: Mapping[str, Callable[[Say, Mapping[str, str]], Tell]] = {
    "terminal": lambda say, _: Lines(say),
    "json": lambda say, _: JsonLines(say),
    "github": lambda say, environment: GitHub(say, environment.get(WORKSPACE, "")),
}
"""Reports that are told line by line, as things happen; made of what prints a line, and of mdrun's environment."""
PAGES: Mapping[str, Page] = {"junit": _junit, "summary": summary, "sarif": _sarif}
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
    for file, times in Counter(target.file for target in targets if target.file).items():
        if times > 1:
            raise SettingsError(f"--report: {file} is to hold {times} reports: give each a file of its own")
    shown = [target.kind for target in targets if target.file is None]
    alone = [kind for kind in shown if kind not in _TOGETHER]
    if len(shown) > 1 and alone:
        raise SettingsError(
            f"--report: {alone[0]} stands alone on standard output: {alone[0]}=FILE leaves it to others"
        )
    return targets


def _read(spec: str) -> Target:
    kind, equals, file = spec.partition("=")
    if kind not in KINDS:
        raise SettingsError(f"--report: no such report: '{kind}'{did_you_mean(kind, KINDS)}")
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

    `say` prints a line. Raise SettingsError for what cannot be asked for, and NoteUnwritable for a
    file that takes no report, before anything runs where that can be known.
    """
    targets = read_targets(specs)
    with ExitStack() as stack:
        tells = [_opened(target, say, environment, stack) for target in targets if target != Target("terminal")]
        if all(target.file or target.kind in _TOGETHER for target in targets):
            tells.insert(0, stack.enter_context(terminal))
        step = environment.get(STEP_SUMMARY)
        if step and any(target.kind == "github" for target in targets):
            tells.append(_Ending(summary, lambda page: _append(Path(step), page)))

        def tell(tidings: Tidings) -> None:
            for each in tells:
                each(tidings)

        yield tell


def _opened(target: Target, say: Say, environment: Mapping[str, str], stack: ExitStack) -> Tell:
    file = target.file
    if target.kind in LIVE:
        return LIVE[target.kind](say if file is None else stack.enter_context(_lines_into(file)), environment)
    if file is None:
        return _Ending(PAGES[target.kind], lambda page: say(page.removesuffix("\n")))
    # A report of an earlier run would be taken for this one's, if this one came to nothing.
    _make(file).close()
    file.unlink()
    return _Ending(PAGES[target.kind], lambda page: files.put(file, page))


@dataclass(frozen=True, slots=True)
class _Ending:
    """Tells a page once all is known."""

    page: Page
    put: Callable[[str], None]

    def __call__(self, tidings: Tidings) -> None:
        if isinstance(tidings, RunFinished | LintFinished):
            self.put(self.page(tidings))


@contextmanager
def _lines_into(file: Path) -> Iterator[Say]:
    """Lend out what writes lines into a file, each at once."""
    with _make(file) as stream:

        def say(line: str) -> None:
            try:
                stream.write(f"{line}\n")
                stream.flush()
            except OSError as error:
                raise _unwritable(file, error) from error

        yield say


def _make(file: Path) -> IO[str]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _unwritable(file, error) from error


def _append(file: Path, page: str) -> None:
    try:
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(page)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> NoteUnwritable:
    return NoteUnwritable(f"{file}: the report cannot be written: {error.strerror}")
