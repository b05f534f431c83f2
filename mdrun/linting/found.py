"""A fault that was found, before anybody said how the note is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdrun.planning import Trail
    from mdrun.rules import Level


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong, at a line of the vault's note `note`."""

    note: str
    line: int
    code: str
    message: str
    way: Trail = ()
    """The embeds that led there; empty in the note that was looked at itself."""
    subject: str = ""
    """What it is about, where the message says more than that: the same fault has the same subject."""
    weight: Level | None = None
    """What it is here, where its rule says otherwise."""
    everywhere: bool = False
    """Whether it is the same fault wherever it shows, as a circle is at each of its embeds."""

    @property
    def key(self) -> tuple[str, int, str, str]:
        """Return what two have in common that are the same fault, found on different ways."""
        note, line = ("", 0) if self.everywhere else (self.note, self.line)
        return note, line, self.code, self.subject or self.message

    @property
    def told(self) -> str:
        """Return the message, and the way behind it."""
        way = ", ".join(str(hop) for hop in self.way)
        return f"{self.message} (through {way})" if way else self.message
