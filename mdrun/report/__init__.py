"""Run events to people and machines."""

from __future__ import annotations

from mdrun.report.made import made_of, planned
from mdrun.report.values import (
    Absent,
    Leftovers,
    LintFinished,
    NoteFinished,
    NoteReport,
    NoteStarted,
    Purpose,
    Recordings,
    RunFinished,
    Talk,
    Tidings,
)

__all__ = [
    "Absent",
    "Leftovers",
    "LintFinished",
    "NoteFinished",
    "NoteReport",
    "NoteStarted",
    "Purpose",
    "Recordings",
    "RunFinished",
    "Talk",
    "Tidings",
    "made_of",
    "planned",
]
