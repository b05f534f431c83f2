"""`mdrun lint`: what is wrong with notes, told without executing anything."""

from __future__ import annotations

import gc
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mdrun import files
from mdrun.commands.jobs import Jobs, jobs_for
from mdrun.commands.look import findings_of, look
from mdrun.commands.mend import mend
from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.linting import baseline
from mdrun.linting.baseline import Baseline
from mdrun.linting.selection import Selection
from mdrun.names import did_you_mean
from mdrun.report import Absent, LintFinished
from mdrun.road import Pipe
from mdrun.rules import RULES
from mdrun.settings import Settings, read_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.commands.look import Looked
    from mdrun.findings import Finding
    from mdrun.report import Tidings
    from mdrun.rules import Rule

BASELINE = ".mdrun/lint-baseline.json"
"""Where a vault keeps the findings that are known, from its root."""
_OBJECTS = 50_000
"""New objects after which Python looks for garbage."""
_NOT_DONE = {"MR121", "MR505", "MR531", "MR532", "MR539"}
"""Findings that say that mdrun could not do its work."""


@dataclass(frozen=True, slots=True)
class LintRequest:
    """What is to be done with the findings."""

    vault: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the environment and the command line give."""
    select: Sequence[str] = ()
    """Codes of rules, or their beginnings, in the place of what the settings select."""
    ignore: Sequence[str] = ()
    """The same for what they ignore."""
    fix: bool = False
    dry_run: bool = False
    """Whether what could be mended is only told."""
    baseline: Path | None = None
    """The file of known findings; without it that of the vault, where it has one."""
    write_baseline: bool = False
    """Whether all findings are known from now on."""
    since: str | None = None
    """A revision; notes that it already had as they are, and all they embed, are left out."""
    patience: float = files.LOCK_PATIENCE
    """Seconds to wait for another run to leave a note that is to be mended."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return the settings that are above a note's own; raise SettingsError."""
        codes = {"lint_select": _codes("--select", self.select), "lint_ignore": _codes("--ignore", self.ignore)}
        return {**self.options, **{name: chosen for name, chosen in codes.items() if chosen}}


def lint_notes(paths: Sequence[Path], request: LintRequest, say: Callable[[Tidings], None]) -> int:
    """Tell what is wrong with the notes at `paths`; return the exit code of the worst finding."""
    return _lint(lambda: jobs_for(paths, request.vault, request.settings, Settings(), request.since), request, say)


def lint_given(data: bytes, place: Path, request: LintRequest, say: Callable[[Tidings], None]) -> int:
    """Tell what is wrong with the note that `data` is, as though it stood at `place`; it is not mended."""
    # What runs notes is loaded here for a note from standard input alone.
    from mdrun.commands.given import NAMED, job_given  # noqa: PLC0415

    pipe = Pipe(files.decode(data, NAMED))
    job = job_given(pipe, place, request.vault, request.settings, Settings())
    return _lint(lambda: Jobs([job]), replace(request, fix=False), say)


def _codes(option: str, given: Sequence[str]) -> tuple[str, ...]:
    try:
        return read_codes(",".join(given))
    except ValueError as error:
        raise SettingsError(f"command line: {option}: {error}") from error


@contextmanager
def _few_collections() -> Iterator[None]:
    """Have Python look for garbage less often: of notes that are read nearly all stays, and looking takes its time."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_few_collections()
def _lint(find: Callable[[], Jobs], request: LintRequest, say: Callable[[Tidings], None]) -> int:
    started = time.monotonic()
    jobs = find()
    looked = look(jobs.jobs)
    fixed, failed = _mend(looked, request) if request.fix or request.dry_run else ([], [])
    if fixed and not request.dry_run:
        looked = look(jobs.jobs)
    vaults = [_in_vault(root, each, request) for root, each in _by_root([*looked, *failed]).items()]
    finished = LintFinished(
        notes=tuple(job.path for job in jobs.jobs),
        findings=tuple(sorted(finding for vault in vaults for finding in vault.new)),
        fixed=tuple(fixed),
        known=sum(vault.known for vault in vaults),
        vanished=sum(vault.vanished for vault in vaults),
        left_out=tuple(Absent(each.path, each.reason, each.wrong) for each in jobs.left_out),
        seconds=time.monotonic() - started,
        baseline=", ".join(dict.fromkeys(vault.written for vault in vaults if vault.written)),
        dry=request.dry_run,
    )
    finished = replace(finished, exit_code=_exit_code(finished))
    say(finished)
    return finished.exit_code


def _mend(looked: Sequence[Looked], request: LintRequest) -> tuple[list[Finding], list[Looked]]:
    """Mend notes; return what was mended, and what stood in the way as faults of their own."""
    mended: list[Looked] = []
    failed: list[Looked] = []
    for each in looked:
        done, obstacle = mend(each, request.patience, dry=request.dry_run)
        mended.append(replace(each, faults=tuple(done)))
        failed += [replace(each, selection=Selection(), faults=(obstacle,))] if obstacle else []
    return findings_of(mended), failed


def _exit_code(finished: LintFinished) -> int:
    """Return 2 where mdrun could not do its work, 1 with anything else that is wrong."""
    if any(absent.wrong for absent in finished.left_out):
        return 2
    codes = (2 if _hinders(finding) else 1 for finding in finished.findings)
    return max(codes, default=0)


def _hinders(finding: Finding) -> bool:
    return finding.code in _NOT_DONE or (finding.code == "MR402" and finding.level == "error")


def _by_root(looked: Iterable[Looked]) -> dict[Path, list[Looked]]:
    found: dict[Path, list[Looked]] = {}
    for each in looked:
        found.setdefault(each.job.root, []).append(each)
    return found


@dataclass(frozen=True, slots=True)
class _Vault:
    """What is wrong in one vault, as its baseline sees it."""

    new: Sequence[Finding]
    known: int
    vanished: int
    written: str = ""
    """The baseline's file, if it was written."""


def _in_vault(root: Path, looked: Sequence[Looked], request: LintRequest) -> _Vault:
    """Part the findings in a vault into those that its baseline knows, and the others; write it, if that is wanted."""
    findings = findings_of(looked)
    file = request.baseline or root / BASELINE
    known = _load(file, request)
    names, selection = {each.name for each in looked}, looked[0].selection
    ours = known.of_notes(lambda note, code: code in selection and (note in names or not files.exists(root / note)))
    vanished = ours.vanished(findings).total()
    if not request.write_baseline:
        new = known.unknown(findings)
        return _Vault(new, len(findings) - len(new), vanished)
    files.put(file, baseline.dump(known.renewed(ours, findings)))
    return _Vault((), len(findings), vanished, str(file))


def _load(file: Path, request: LintRequest) -> Baseline:
    """Return a vault's baseline, an empty one where it has none; raise SettingsError.

    One that the user names has to be there, and one that is written anew need not be whole.
    """
    if not files.exists(file) and (request.write_baseline or request.baseline is None):
        return Baseline()
    try:
        return baseline.load(files.read(file), str(file))
    except (NoteUnreadable, SettingsError) as error:
        if request.write_baseline:
            return Baseline()
        raise SettingsError(str(error)) from error


def explain(codes: Sequence[str]) -> str:
    """Return what there is to know about rules, by their codes or `all`; raise SettingsError."""
    rules = [rule for code in codes for rule in _explained(code)]
    return "\n".join(f"{rule}: {rule.summary}\n\n{textwrap.indent(rule.explanation, '  ')}" for rule in rules)


def _explained(code: str) -> Iterable[Rule]:
    if code.lower() == "all":
        return RULES.values()
    if code.upper() not in RULES:
        raise SettingsError(f"no rule has the code '{code}'{did_you_mean(code, RULES)}")
    return (RULES[code.upper()],)
