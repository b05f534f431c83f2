"""Run the Python of Obsidian notes and keep each output beneath its block.

What the commands do, `mdrun.run`, `mdrun.check`, `mdrun.lint`, `mdrun.plan`, `mdrun.parse` and
`mdrun.clean` do for programs. They are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdrun.api import check as check
    from mdrun.api import clean as clean
    from mdrun.api import lint as lint
    from mdrun.api import parse as parse
    from mdrun.api import plan as plan
    from mdrun.api import run as run
    from mdrun.commands.clean import Cleaned as Cleaned
    from mdrun.errors import MdrunError as MdrunError
    from mdrun.findings import Finding as Finding
    from mdrun.note import Note as Note
    from mdrun.planning import Plan as Plan
    from mdrun.report.values import BlockReport as BlockReport
    from mdrun.report.values import LintFinished as LintFinished
    from mdrun.report.values import NoteReport as NoteReport
    from mdrun.report.values import RunFinished as RunFinished

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("check", "clean", "lint", "parse", "plan", "run"), "mdrun.api"),
    "Cleaned": "mdrun.commands.clean",
    "MdrunError": "mdrun.errors",
    "Finding": "mdrun.findings",
    "Note": "mdrun.note",
    "Plan": "mdrun.planning",
    **dict.fromkeys(("BlockReport", "LintFinished", "NoteReport", "RunFinished"), "mdrun.report.values"),
}

__all__ = [
    "BlockReport",
    "Cleaned",
    "Finding",
    "LintFinished",
    "MdrunError",
    "Note",
    "NoteReport",
    "Plan",
    "RunFinished",
    "__version__",
    "check",
    "clean",
    "lint",
    "parse",
    "plan",
    "run",
]


def __getattr__(name: str) -> object:
    """Load what a program asks for: `import mdrun` alone costs nothing."""
    if name not in _HOMES:
        message = f"module 'mdrun' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
