"""What a run has to tell, note by note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mdrun.session import StepFinished, StepStarted

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.compare import Difference
    from mdrun.errors import MdrunError
    from mdrun.findings import Finding
    from mdrun.llm.calls import Call
    from mdrun.planning import Plan
    from mdrun.settings import Mode


@dataclass(frozen=True, slots=True)
class Purpose:
    """What notes are run for."""

    writes: bool = True
    """Whether outputs are written; if not, regions that would change are stale."""
    dry: bool = False
    """Whether what would be written is only told."""
    strict: bool = False
    """Whether an output pasted by hand that differs is wrong."""

    @property
    def touches(self) -> bool:
        """Tell whether any file changes."""
        return self.writes and not self.dry


RUN = Purpose()
CHECK = Purpose(writes=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a note, and how it was reached."""

    note: str
    """Relative to the vault."""
    line: int
    """From 1, in the file after the run."""
    way: tuple[Place, ...] = ()
    """The embeds that led there, outermost first; empty in the note itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to say of a place: a failure, a warning, a notice."""

    place: Place
    message: str
    kind: str = ""
    """What a plan or a kernel calls it."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block that was not sent to the kernel."""

    place: Place
    reason: str
    after: Place | None = None
    """The block that stood in its way, if one did."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A person's text that stands where an output could (G10)."""

    place: Place
    edited: bool
    """Whether it is a region a person edited; else it is a quote written by hand."""
    same: bool
    """Whether it says what the new output says."""
    yields: bool = True
    """Whether `--adopt` would put an output in its place."""
    differences: tuple[Difference, ...] = ()
    """Where a quote, read as a Python value, differs from the new output."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a region differs from what its block said now."""

    place: Place
    """Its block."""
    kind: Literal["new", "gone", "other", "aged", "missing", "altered"]
    """Not there yet, no longer due, different, the same text made by code that changed; its picture
    is not there, or changed by a person."""
    why: str = ""
    """What changed, as far as stamps tell: `its own code changed`."""
    old: tuple[str, ...] = ()
    """The region's lines without prefix, quote mark and stamp."""
    new: tuple[str, ...] = ()
    """Those it would have now."""
    differences: tuple[Difference, ...] = ()
    """Where the two differ, of a block that is compared by value."""


Verdict: TypeAlias = Literal["fresh", "written", "stale", "edited", "differs", "failed", "skipped", "not run", "ran"]
"""What became of a block.

What stands beneath it is what it says; was written now; is not what it says; was edited by a person.
What a person wrote beneath it differs. It failed, says that it never runs, was not sent to the
kernel, or ran and has nothing to be compared with.
"""


Cause: TypeAlias = Literal["exception", "time", "size", "kernel"]
"""Why a block failed: it raised, or did not raise what it should; took too long; said too much; lost its kernel."""


@dataclass(frozen=True, slots=True)
class BlockReport:
    """What became of one step of a note."""

    place: Place
    """Its block; the way leads to it where it was embedded."""
    verdict: Verdict
    label: str = ""
    message: str = ""
    """Why, where that needs saying; one line."""
    line: int = 0
    """Of what the message is about: the line of the note that failed, the output that differs."""
    seconds: float = 0.0
    wrong: bool = False
    """Whether the note is not in order for it."""
    change: Change | None = None
    """What would stand beneath it, where that is not what does."""
    cause: Cause | None = None
    """Of a failure."""
    code: str = ""
    """Its first line of code."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a note had to do with language models, and with the network."""

    mode: Mode
    calls: tuple[Call, ...] = ()
    hosts: tuple[str, ...] = ()
    """Out of the note's reach, and asked for all the same."""
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteReport:
    """What became of one note."""

    path: Path
    """As the user named it, or below the folder the user named."""
    note: str
    """The same note, relative to the vault."""
    root: str = ""
    """The vault's root, and why it was taken for one."""
    exit_code: int = 0
    steps: int = 0
    ran: int = 0
    seconds: float = 0.0
    failures: tuple[Told, ...] = ()
    warnings: tuple[Told, ...] = ()
    repeats: tuple[Told, ...] = ()
    notices: tuple[Told, ...] = ()
    """What the kernel reported beside the outputs: redirected imports, deprecations, figures."""
    not_run: tuple[NotRun, ...] = ()
    kept: tuple[Kept, ...] = ()
    adopted: int = 0
    """How many texts of a person's gave way to outputs."""
    changes: tuple[Change, ...] = ()
    """Of the regions that changed, or would change."""
    blocks: tuple[BlockReport, ...] = ()
    """Every step, in the order they ran or would have run."""
    stored: bool = False
    """Whether the note had any region."""
    purpose: Purpose = RUN
    skipped: bool = False
    """Whether the note says that it is not to be run."""
    talk: Talk | None = None
    masked: int = 0
    """How many secrets were masked in outputs."""
    parted: int = 0
    """How many other hard links of the file keep the text as it was."""
    python: str = ""
    """The interpreter or kernelspec, where it is not mdrun's own."""
    error: str = ""
    """Why mdrun could not do its work, if it could not."""
    fault: type[MdrunError] | None = None
    """What kind of error that is."""
    hopeless: bool = False
    """Whether no other note can be run either."""

    @property
    def stale(self) -> tuple[Change, ...]:
        """Return the changes that make a stored output untrue; a note that stores none has none."""
        changed = (change for change in self.changes if change.kind != "aged")
        return tuple(changed) if self.stored and not self.purpose.writes else ()

    @property
    def edited(self) -> tuple[Kept, ...]:
        """Return the outputs that `check` cannot call fresh, as a person edited them."""
        return () if self.purpose.writes else tuple(kept for kept in self.kept if kept.edited)

    @property
    def differing(self) -> tuple[Kept, ...]:
        """Return the outputs pasted by hand that `check` finds to differ from the new ones."""
        return () if self.purpose.writes else tuple(kept for kept in self.kept if kept.differences)

    @property
    def is_fine(self) -> bool:
        """Tell whether there is nothing wrong with the note."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True)
class NoteStarted:
    """A note has been planned and its kernel is starting."""

    path: Path
    plan: Plan


@dataclass(frozen=True, slots=True)
class NoteFinished:
    """A note is done."""

    report: NoteReport


@dataclass(frozen=True, slots=True)
class Absent:
    """A note that folders leave out; `wrong` when nobody wanted it left out."""

    path: str
    reason: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Recordings:
    """Files among the recordings of a whole vault that are not in order."""

    vault: Path
    names: tuple[str, ...]
    kind: Literal["unused", "removed", "damaged"]
    """They hold what no note asks for; held it, and it is gone; are no recordings."""
    wrong: bool
    """Whether that is a finding."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Pictures in a whole vault that no note shows any more."""

    vault: Path
    names: tuple[str, ...]
    """Their paths in the vault."""
    removed: bool


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Every note is done."""

    reports: tuple[NoteReport, ...]
    seconds: float = 0.0
    left_out: tuple[Absent, ...] = ()
    pending: tuple[Path, ...] = ()
    """Notes it did not come to."""
    recordings: tuple[Recordings, ...] = ()
    leftovers: tuple[Leftovers, ...] = ()
    exit_code: int = 0
    named: tuple[str, ...] = ()
    """What the user named: notes and folders."""
    manner: tuple[str, ...] = ()
    """The options of the command line that say how and where notes run, to be said again."""
    error: str = ""
    """Why it ended before its time, if it did."""


@dataclass(frozen=True, slots=True)
class LintFinished:
    """Every note was looked at, and nothing executed."""

    notes: tuple[Path, ...]
    """As the user named them, or below the folders the user named."""
    findings: tuple[Finding, ...] = ()
    """Sorted by file, line and code; those that the baseline knows are not among them."""
    fixed: tuple[Finding, ...] = ()
    """What was mended, or would be in a dry run."""
    known: int = 0
    """How many findings the baseline knows."""
    vanished: int = 0
    """How many findings of the baseline are there no more."""
    baseline: str = ""
    """The file the baseline was written to, if it was."""
    dry: bool = False
    """Whether what could be mended is only told."""
    left_out: tuple[Absent, ...] = ()
    seconds: float = 0.0
    exit_code: int = 0


Tidings: TypeAlias = NoteStarted | StepStarted | StepFinished | NoteFinished | RunFinished | LintFinished
