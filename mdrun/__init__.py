"""Run the Python of Obsidian notes and keep each output beneath its block.

What the commands do, `mdrun.run`, `mdrun.check`, `mdrun.lint`, `mdrun.plan`, `mdrun.parse` and
`mdrun.clean` do for programs. They are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
# Type checkers take it for true; the one of `typing` takes longer to load than all that `--version` needs.
if TYPE_CHECKING:
    from mdrun.api import check, clean, lint, parse, plan, run
    from mdrun.commands.clean import Cleaned
    from mdrun.errors import MdrunError, NoteUnreadable, SettingsError
    from mdrun.findings import Finding
    from mdrun.note import Note
    from mdrun.planning import Plan
    from mdrun.report.values import BlockReport, LintFinished, NoteFinished, NoteReport, RunFinished

__version__ = "0.1.0"

_ROOMS = {
    "mdrun.api": ("check", "clean", "lint", "parse", "plan", "run"),
    "mdrun.commands.clean": ("Cleaned",),
    "mdrun.errors": ("MdrunError", "NoteUnreadable", "SettingsError"),
    "mdrun.findings": ("Finding",),
    "mdrun.note": ("Note",),
    "mdrun.planning": ("Plan",),
    "mdrun.report.values": ("BlockReport", "LintFinished", "NoteFinished", "NoteReport", "RunFinished"),
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "BlockReport",
    "Cleaned",
    "Finding",
    "LintFinished",
    "MdrunError",
    "Note",
    "NoteFinished",
    "NoteReport",
    "NoteUnreadable",
    "Plan",
    "RunFinished",
    "SettingsError",
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
