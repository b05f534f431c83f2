"""What the commands call: plain values out of options, one call, and the words on standard output and error.

What a command needs is imported when it is called.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mdrun.commands.run import Request
    from mdrun.report import Purpose, Tidings

STANDARD_INPUT = "-"
_SAID_AGAIN = ("vault", "kernel", "python", "llm", "upstream", "llm_max_calls", "picture_limit", "timeout")
"""Options that a run which accepts what `check` found takes as well."""


def execute(
    paths: tuple[str, ...],
    purpose: Purpose,
    *,
    reports: tuple[str, ...],
    stdin_name: str,
    verbose: bool,
    quiet: bool,
    diff: bool,
    **given: Any,
) -> int:
    """Run notes; `given` says how."""
    from mdrun.commands.given import run_given
    from mdrun.commands.run import run_notes
    from mdrun.report.targets import open_reports

    is_piped = STANDARD_INPUT in paths
    aside = is_piped and purpose.writes

    def work() -> int:
        request = _request(purpose, **given)
        terminal = _reporter(verbose=verbose, quiet=quiet, diff=diff, aside=aside)
        with open_reports(reports, terminal, _say_aside if aside else say, os.environ) as tell:
            if is_piped:
                place = as_paths((stdin_name,))[0]
                return pipe(paths, lambda data: run_given(data, place, request, tell), hands_on=purpose.writes)
            return run_notes(as_paths(paths), request, tell)

    return reported(work)


def _request(
    purpose: Purpose,
    *,
    stop_on_error: bool,
    vault: str | None,
    no_compat: bool,
    since: str | None,
    jobs: str | None,
    adopt: bool = False,
    **given: Any,
) -> Request:
    """Return what is to be done; `given` are options that are settings of the same name."""
    from mdrun.commands.run import Request, how_many
    from mdrun.commands.talk import check_options
    from mdrun.settings import of_options

    options = of_options(
        {**given, "on_error": "stop" if stop_on_error else None, "compat": False if no_compat else None}
    )
    check_options(options, purpose)
    return Request(
        purpose,
        adopt=adopt,
        vault=as_path(vault),
        options={**environment(), **options},
        since=since,
        at_once=how_many(jobs or "1"),
        manner=(*_said_again({"vault": vault, **given}), *(["--no-compat"] if no_compat else [])),
    )


def _said_again(given: Mapping[str, Any]) -> list[str]:
    said = [(f"--{name.replace('_', '-')}", given[name]) for name in _SAID_AGAIN]
    return [str(word) for option in said if option[1] is not None for word in option]


def look(
    paths: tuple[str, ...],
    *,
    reports: tuple[str, ...],
    stdin_name: str,
    verbose: bool,
    quiet: bool,
    vault: str | None,
    baseline: str | None,
    **given: Any,
) -> int:
    """Look at notes; `given` are fields of a request."""
    from mdrun.commands.lint import LintRequest, lint_given, lint_notes
    from mdrun.report.targets import open_reports

    def work() -> int:
        request = LintRequest(as_path(vault), environment(), baseline=as_path(baseline), **given)
        terminal = _reporter(verbose=verbose, quiet=quiet, diff=False, aside=False)
        with open_reports(reports, terminal, say, os.environ) as tell:
            if STANDARD_INPUT in paths:
                place = as_paths((stdin_name,))[0]
                return pipe(paths, lambda data: (lint_given(data, place, request, tell), data), hands_on=False)
            return lint_notes(as_paths(paths), request, tell)

    return reported(work)


def explain_rules(codes: tuple[str, ...]) -> int:
    """Print what is to be known about rules."""
    from mdrun.commands.lint import explain

    say(explain(codes))
    return 0


def pipe(paths: tuple[str, ...], become: Callable[[bytes], tuple[int, bytes]], *, hands_on: bool = True) -> int:
    """Hand on what a note of standard input becomes; as it came, where it becomes nothing."""
    if len(paths) > 1:
        message = f"`{STANDARD_INPUT}` stands for the only note there is: name no other beside it"
        raise click.UsageError(message)
    data = sys.stdin.buffer.read()
    try:
        code, data = become(data)
    finally:
        if hands_on:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    return code


def _reporter(
    *, verbose: bool, quiet: bool, diff: bool, aside: bool
) -> AbstractContextManager[Callable[[Tidings], None]]:
    """Return what tells of a run, `aside` on standard error.

    A live line takes a library that is loaded only where it shows.
    """
    stream = sys.stderr if aside else sys.stdout
    if stream.isatty():
        from mdrun.report.terminal import Terminal

        return Terminal(verbose=verbose, quiet=quiet, diff=diff, aside=aside)
    from mdrun.report.lines import Lines

    return nullcontext(Lines(_say_aside if aside else say, verbose=verbose, quiet=quiet, diff=diff))


def environment() -> dict[str, Any]:
    """Return the settings of `MDRUN_*` variables."""
    from mdrun.settings import of_environment

    return of_environment(os.environ)


def as_paths(paths: tuple[str, ...]) -> list[Path]:
    """Return what the user named, as paths."""
    from pathlib import Path

    return [Path(path) for path in paths]


def as_path(path: str | None) -> Path | None:
    """Return what the user named, if it was named."""
    return as_paths((path,))[0] if path is not None else None


def say(line: str) -> None:
    """Print a line, to nobody if nobody reads any more: what was begun is done all the same."""
    try:
        click.echo(line)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _say_aside(line: str) -> None:
    click.echo(line, err=True)


def reported(work: Callable[[], int]) -> int:
    """Return the exit code of `work`; an error of ours is a line on standard error and its code."""
    from mdrun.errors import MdrunError

    try:
        return work()
    except MdrunError as error:
        click.echo(f"mdrun: {error}", err=True)
        return error.exit_code
