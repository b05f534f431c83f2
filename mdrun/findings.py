"""What is wrong with a note, in one form for every report: a rule's code, a place, a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdrun.rules import RULES

if TYPE_CHECKING:
    from mdrun.rules import Level, Rule


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong."""

    file: str
    """The note as the user named it, or below the folder the user named."""
    line: int
    """From 1."""
    code: str
    message: str
    note: str
    """The same note, relative to the vault."""
    weight: Level | None = field(default=None, compare=False)
    """What it is here, where its rule says otherwise."""

    @property
    def rule(self) -> Rule:
        """Return what kind it is of."""
        return RULES[self.code]

    @property
    def level(self) -> Level:
        """Return whether it is an error, or worth a warning."""
        return self.weight or self.rule.level

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.message}"
