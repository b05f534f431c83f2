"""What is wrong with a note, in one form for every report: the code of a rule, a place, a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Level: TypeAlias = Literal["error", "warning"]
"""Whether a run of the note fails for it, or goes on."""


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
    """Whether `lint --fix` mends what is safe to mend."""

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong."""

    file: str
    """The note in the words the user named it, or its folder, with."""
    line: int
    """From 1."""
    code: str
    message: str
    note: str
    """The same note, relative to the vault."""

    @property
    def rule(self) -> Rule:
        """Return what kind it is of."""
        return RULES[self.code]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.message}"


def _rules() -> Iterator[Rule]:
    yield Rule(
        "MR101",
        "embed-leads-nowhere",
        "an embed names a note, heading or block that is not there",
        "The shared code behind the embed never runs, so mdrun runs nothing of the note. Write the name as it is "
        'now, or restore what it named. `missing_embeds = "warn"` in `mdrun.toml` runs such notes all the same.\n\n'
        "`--fix` writes the new name of a heading where just one is near the old one.",
        fixable=True,
    )


RULES: dict[str, Rule] = {rule.code: rule for rule in _rules()}
"""Every rule, by its code."""
