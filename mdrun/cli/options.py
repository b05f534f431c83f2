"""The options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

paths = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
paths_or_input = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True))
input_name = click.option(
    "--stdin-name",
    type=click.Path(dir_okay=False),
    default="stdin.md",
    metavar="PATH",
    help="Where the note of standard input (`-`) would stand, for its embeds.",
)
vault = click.option(
    "--vault",
    type=click.Path(exists=True, file_okay=False),
    envvar="MDRUN_VAULT",
    metavar="DIR",
    help="The vault's root, where it is not found by itself.",
)
since = click.option(
    "--since",
    envvar="MDRUN_SINCE",
    metavar="REF",
    help="Only notes that changed since this git revision, and those that embed them.",
)
reports = click.option(
    "--report",
    "reports",
    multiple=True,
    envvar="MDRUN_REPORT",
    metavar="KIND[=FILE]",
    help="terminal, json, junit, github, summary or sarif, to standard output or a file; several are allowed.",
)


def flag(*names: str, help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:  # noqa: A002 - click's word
    """Return a flag that has a variable, too."""
    variable = f"MDRUN_{names[-1].strip('-').replace('-', '_').upper()}"
    return click.option(*names, is_flag=True, envvar=variable, help=help)


_HOW_TO_RUN = (
    paths_or_input,
    click.option(
        "-j", "--jobs", envvar="MDRUN_JOBS", metavar="N|auto", help="Notes to run at a time; auto: one per processor."
    ),
    click.option("-x", "stop_on_error", is_flag=True, help="Stop a note at its first failed block."),
    click.option("--timeout", type=float, metavar="S", help="Seconds a block may take."),
    vault,
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
    flag("--no-compat", help="Leave old LangChain imports as they are."),
    since,
    flag("--diff", help="Show what differs below each block."),
    reports,
    input_name,
    flag("-v", "--verbose", help="Tell more: the vault's root, repeats, redirections, what was left out."),
    flag("-q", "--quiet", help="Tell only what is wrong."),
)


def how_to_run(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that say how notes are executed."""
    for option in reversed(_HOW_TO_RUN):
        command = option(command)
    return command
