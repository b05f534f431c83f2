"""`mdrun plan`: what would run, in order, and by which embeds; nothing is executed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mdrun import road
from mdrun.commands.jobs import jobs_for
from mdrun.errors import MdrunError
from mdrun.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.planning import Hop, Plan, Problem, Step
    from mdrun.road import Job, Prepared


def plan_notes(
    paths: Sequence[Path],
    vault: Path | None,
    options: Mapping[str, Any],
    *,
    as_json: bool,
    say: Callable[[str], None],
) -> int:
    """Show the plans of the notes at `paths`; return 1 when one could not be run as it is, 2 when it cannot be read."""
    found = jobs_for(paths, vault, options, Settings())
    plans = [(job, _prepared(job)) for job in found.jobs]
    if as_json:
        say(json.dumps({"notes": [_as_json(job, prepared) for job, prepared in plans]}, indent=2))
    else:
        for line in (line for job, prepared in plans for line in _lines(job, prepared)):
            say(line)
    codes = [_exit_code(prepared) for _, prepared in plans]
    return max((*codes, *(2 for left_out in found.left_out if left_out.wrong)), default=0)


def _prepared(job: Job) -> Prepared | MdrunError:
    try:
        return road.prepare(job)
    except MdrunError as error:
        return error


def _exit_code(prepared: Prepared | MdrunError) -> int:
    return prepared.exit_code if isinstance(prepared, MdrunError) else int(prepared.blocked)


def _as_json(job: Job, prepared: Prepared | MdrunError) -> dict[str, Any]:
    if isinstance(prepared, MdrunError):
        told = {"kind": "error", "note": job.name, "line": 1, "embed": "", "message": str(prepared)}
        return {"note": job.name, "steps": [], "problems": [told]}
    return {
        "note": job.name,
        "steps": [_step(step) for step in prepared.plan.steps],
        "problems": [_problem(problem) for problem in prepared.plan.problems],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "note": step.note.path,
        "line": step.block.line,
        "language": step.block.info.language,
        "source": step.block.source,
        "via": [{"note": hop.note, "line": hop.line, "embed": str(hop.embed.target)} for hop in step.trail],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "note": problem.note,
        "line": problem.line,
        "embed": problem.embed,
        "message": problem.message,
    }


def _lines(job: Job, prepared: Prepared | MdrunError) -> Iterator[str]:
    if isinstance(prepared, MdrunError):
        yield f"{job.path}: error: {prepared}"
        return
    yield f"{job.path}{' (not run: it says mdrun-skip)' if prepared.settings.skip else ''}"
    yield from _tree(prepared.plan)
    if any(problem.kind == "unresolved" for problem in prepared.plan.problems):
        yield f"  vault: {job.why_root}"


def _tree(plan: Plan) -> Iterator[str]:
    """Yield the plan as lines, each embed above the blocks it brings and two blanks to their left."""
    above: tuple[Hop, ...] = ()
    for step in plan.steps:
        common = sum(1 for _ in _shared(above, step.trail))
        for depth, hop in enumerate(step.trail[common:], common + 1):
            yield f"{'  ' * depth}{hop} {hop.embed.target}"
        above = step.trail
        skipped = " (skip)" if step.options.get("skip") is True else ""
        code = step.block.first_line[:60]
        yield f"{'  ' * (len(step.trail) + 1)}{step.note.path}:{step.block.line}{skipped}  {code}".rstrip()
    for problem in plan.problems:
        yield f"  {problem.kind}: {problem}"


def _shared(above: tuple[Hop, ...], trail: tuple[Hop, ...]) -> Iterator[Hop]:
    for one, other in zip(above, trail, strict=False):
        if one != other:
            return
        yield one
