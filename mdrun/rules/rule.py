"""A kind of finding: its code, and what is to be known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning"]
"""Whether it keeps a note from running to its end or gives a secret away, or is less than that."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding."""

    code: str
    """Stable, once released: settings, baselines and scanners name it."""
    name: str
    """In words joined by hyphens: `embed-leads-nowhere`."""
    summary: str
    """What it finds, in one line."""
    explanation: str
    """What is wrong about it and what to do, in Markdown."""
    level: Level = "error"
    fixable: bool = False
    """Whether `lint --fix` mends it where that is safe."""

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
