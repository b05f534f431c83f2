"""Notes that talk to language models, as a run sees them: who may ask whom, and what it came to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mdrun.errors import RecordingUnwritable, SettingsError
from mdrun.llm.calls import OVER_THE_LIMIT, Caller
from mdrun.report import Recordings, Talk
from mdrun.report.values import Place, Told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from mdrun.commands.jobs import Jobs
    from mdrun.report import NoteReport, Purpose
    from mdrun.road import Prepared
    from mdrun.settings import Mode

_NO_CI = {"", "0", "false"}


def check_options(options: Mapping[str, Any], purpose: Purpose) -> None:
    """Raise SettingsError for options of the command line that say nothing together."""
    mode = options.get("llm")
    if mode == "record" and not purpose.touches:
        who = "--dry-run" if purpose.dry else "check"
        message = f"{who} writes nothing: --llm record goes with `mdrun run`"
        raise SettingsError(message)
    if "upstream" in options and mode in {"replay", "local"}:
        raise SettingsError(f"--upstream goes with --llm record, live or auto, and not with {mode}, which asks nobody")


def caller_of(prepared: Prepared, environment: Mapping[str, str], *, writes: bool) -> Caller:
    """Return what a note is to the gateway."""
    settings, job = prepared.settings, prepared.job
    return Caller(
        job.name,
        job.root,
        _mode(settings.llm, environment, writes=writes),
        named=str(job.path),
        writes=writes,
        upstream=settings.upstream,
        max_calls=settings.llm_max_calls,
    )


def _mode(wanted: Mode | None, environment: Mapping[str, str], *, writes: bool) -> Mode:
    """Return who answers a note: what was said, or `replay` where nothing should be asked or written by itself."""
    if wanted == "record" and not writes:
        return "replay"
    proving = not writes or environment.get("CI", "").lower() not in _NO_CI
    return wanted or ("replay" if proving else "auto")


def with_talk(report: NoteReport, caller: Caller) -> NoteReport:
    """Return a note's report with what it had to do with language models."""
    talk = Talk(caller.mode, tuple(caller.calls), tuple(caller.hosts), tuple(caller.troubles))
    report = replace(report, talk=talk)
    if any(call.model == OVER_THE_LIMIT for call in caller.calls) and not report.failures:
        # The block went on after it; what it shows is not what it would be.
        told = Told(
            Place(report.note, 1),
            f"--llm-max-calls {caller.max_calls} was reached, and a block went on without",
            "limit",
        )
        report = replace(report, exit_code=max(report.exit_code, 1), failures=(told,))
    if caller.unwritten:
        why = f"{next(iter(caller.unwritten))}; this answer is not recorded"
        code = max(report.exit_code, RecordingUnwritable.exit_code)
        report = replace(report, exit_code=code, error=why, fault=RecordingUnwritable)
    return report


def recordings_of(
    jobs: Jobs, reports: Sequence[NoteReport], callers: Collection[Caller], *, writes: bool
) -> Iterator[Recordings]:
    """Yield what the recordings of each vault that ran as a whole hold and no note asks for; remove it to refresh.

    Where a note did not run to its end, or was left out, nobody knows what it would ask.
    Raise RecordingUnwritable.
    """
    partial = any(left.wrong or left.reason in {"mdrun-skip", "excluded"} for left in jobs.left_out)
    if partial or len(reports) < len(jobs.jobs) or not all(map(_is_complete, reports)):
        return
    for root, named in jobs.whole.items():
        if (root / ".mdrun" / "llm").is_dir():
            yield from _surplus(named, [caller for caller in callers if caller.root == root], writes=writes)


def _is_complete(report: NoteReport) -> bool:
    return not (report.error or report.failures or report.not_run)


def _surplus(root: Path, callers: Sequence[Caller], *, writes: bool) -> Iterator[Recordings]:
    from mdrun.llm.store import Store  # noqa: PLC0415 - a vault without recordings pays nothing

    talking = [caller for caller in callers if caller.uses_recordings]
    store = Store(root)
    if damaged := store.damaged():
        yield Recordings(root, tuple(damaged), "damaged", wrong=not writes)
    if callers and not talking:
        return
    asked: dict[str, int] = {}
    for caller in talking:
        for key, times in caller.asked.items():
            asked[key] = max(times, asked.get(key, 0))
    if talking and all(caller.mode == "record" for caller in talking):
        if removed := store.keep(asked):
            yield Recordings(root, tuple(removed), "removed", wrong=False)
    elif unused := store.unused(asked):
        yield Recordings(root, tuple(unused), "unused", wrong=not writes)
