"""The road of one note: read, plan, execute, weave. `run` and `check` part at its end."""

from __future__ import annotations

import os
import posixpath
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from mdrun import files
from mdrun.album import Album
from mdrun.attachments import Shelf, attachment_folder, shown_in
from mdrun.doors import other_renderers
from mdrun.errors import NoteChanged, NoteUnreadable, Stopped
from mdrun.kernel import KernelLaunch, start_kernel
from mdrun.mime import Manner
from mdrun.note import Region
from mdrun.parsing import parse
from mdrun.planning import Plan, Problem, plan
from mdrun.session import Passed, Result, Session, Skipped
from mdrun.settings import Compare, of_command_line, of_note, unknown_properties
from mdrun.story import Telling, tell
from mdrun.text import Lines, moved
from mdrun.weave import Weaving, Woven, weave

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mdrun.album import Lacking
    from mdrun.mime import Body
    from mdrun.note import CodeBlock, Embed, Note
    from mdrun.planning import Step
    from mdrun.session import RunEvent
    from mdrun.settings import Settings
    from mdrun.stop import StopRequest
    from mdrun.vault import Resolution, Vault

WRITING_ATTEMPTS = 3
"""How often outputs are woven anew when the note changes just before it is written."""


@dataclass(slots=True)
class Pipe:
    """Where a note's text comes from and goes to, where that is not its file."""

    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """A note to be run, where it is, and what is said about how."""

    path: Path
    """As the user named it, or below the folder the user named."""
    root: Path
    vault: Vault
    settings: Settings
    """The user's and the vault's."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings the command line gives, which are above the note's own."""
    why_root: str = ""
    """The root, and why it was taken for one."""
    attachments: str | None = ""
    """Obsidian's `attachmentFolderPath`; empty where it has none, None where its settings cannot be read."""
    pipe: Pipe | None = None

    def read(self) -> str:
        """Return the note's text; raise NoteUnreadable."""
        return files.read(self.path) if self.pipe is None else self.pipe.text

    def write(self, old: str, new: str) -> None:
        """Put `new` where the note holds `old`, whole or not at all; raise NoteChanged or NoteUnwritable."""
        if self.pipe is None:
            files.write(self.path, old, new)
        else:
            self.pipe.text = new

    def held(self, patience: float, check: Callable[[], None]) -> AbstractContextManager[None]:
        """Keep other runs from the note meanwhile; raise NoteBusy."""
        return files.held(self.path, patience, check) if self.pipe is None else nullcontext()

    def check_writable(self) -> None:
        """Raise NoteUnwritable when the note takes no new text."""
        if self.pipe is None:
            files.check_writable(self.path)

    @property
    def name(self) -> str:
        """Return the note's path in the vault."""
        folder = os.path.relpath(os.path.realpath(self.path.parent), os.path.realpath(self.root))
        return posixpath.normpath(posixpath.join(folder.replace(os.sep, "/"), self.path.name))

    def album(self, settings: Settings) -> Album:
        """Return where the note's pictures are; none can stand where Obsidian's settings name no place for them."""
        real, root = self.path.resolve(), self.root.resolve()
        # A link to a note in the vault is written through (F59), and so are the ways to its pictures.
        name = real.relative_to(root).as_posix() if real.is_relative_to(root) else self.name
        folder, barred = "", ""
        try:
            folder = attachment_folder(self.attachments, name)
        except ValueError as error:
            barred = f"{self.root / '.obsidian' / 'app.json'}: {error}"
        return Album(self.root, self.vault, Shelf(name, folder, settings.links), barred)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A note that has been read and planned; nothing has run."""

    job: Job
    note: Note
    plan: Plan
    settings: Settings
    album: Album

    @property
    def blocked(self) -> bool:
        """Tell whether a problem of the plan is a failure of the note before its kernel starts."""
        tolerated = {"unresolved"} if self.settings.missing_embeds == "warn" else set()
        return any(problem.fatal and problem.kind not in tolerated for problem in self.plan.problems)

    @property
    def runs(self) -> bool:
        """Tell whether there is anything to send to a kernel."""
        steps = self.plan.steps
        return any(step.options.get("skip") is not True and step.block.source.strip() for step in steps)


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a note's steps."""

    results: Sequence[Result]
    stopped: Stopped | None = None
    """The signal that cut the run short."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A note's text with the outputs of a run, and what could not be put into it."""

    note: Note
    """The note as it is on the disk now."""
    weaving: Weaving
    telling: Telling = field(default_factory=Telling)
    """What was to be woven."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """What is to stand beside the note, by paths in the vault."""
    obstacle: str = ""
    """Why no picture can stand there, if none can and one should."""
    lacking: tuple[Lacking, ...] = ()
    """Pictures that are not there as the note shows them."""
    displaced: tuple[Step, ...] = ()
    """Blocks that changed while they ran, whose outputs have no place."""
    blocks: Mapping[str, CodeBlock] = field(default_factory=dict)
    """The note's blocks as they are now, by the provenance of their steps."""

    def line(self, line: int, *, written: bool, step: Step | None = None) -> int:
        """Return where a line of the note as it was planned stands now, or once all is `written`.

        In a note that changed meanwhile, a line in the block of `step` is found with its block.
        """
        if step is not None:
            line += self.blocks.get(step.provenance, step.block).line - step.block.line
        lines = Lines.of(self.note.text)
        now = min(line, len(lines))
        if not written:
            return now
        return Lines.of(self.weaving.text).at(moved(lines.starts[now - 1], self.weaving.edits)) + 1


def prepare(job: Job) -> Prepared:
    """Read and plan a note; raise NoteUnreadable or SettingsError."""
    note = parse(job.read(), job.name)
    own = of_note(job.settings, note.properties, str(job.path))
    settings = of_command_line(own, job.options)
    found = _plan(note, job, settings)
    unknown = tuple(Problem("properties", note.path, 1, "", words) for words in unknown_properties(note.properties))
    problems = (*unknown, *found.problems)
    return Prepared(job, note, replace(found, problems=problems), settings, job.album(settings))


def execute(
    prepared: Prepared,
    environment: Mapping[str, str],
    stop: StopRequest,
    say: Callable[[RunEvent], None],
) -> Executed:
    """Run a note's steps in a kernel of its own; raise KernelError when there is none."""
    job, settings = prepared.job, prepared.settings
    launch = KernelLaunch(
        cwd=job.root if settings.cwd == "vault" else job.path.absolute().parent,
        environment=environment,
        python=settings.python,
        kernel_name=settings.kernel,
        compat=settings.compat,
        vault=job.root,
    )
    results: list[Result] = []
    if not prepared.runs:
        skips = [(step, step.options.get("skip") is True) for step in prepared.plan.steps]
        return Executed([Result(step, Skipped() if skip else Passed()) for step, skip in skips])
    try:
        with start_kernel(launch, stop) as kernel:
            session = Session(kernel, settings.timeout, settings.on_error == "stop", say, results)
            session.run(prepared.plan.steps)
    except Stopped as stopped:
        return Executed(results, stopped)
    return Executed(results)


@dataclass(frozen=True, slots=True)
class Terms:
    """How outputs and what a note has come together."""

    adopt: bool = False
    """Whether outputs take the place of edited ones and of those pasted by hand."""
    compares: bool = False
    """Whether nothing is to be written: outputs that are to be ignored stay as they were."""
    obstacle: str = ""
    """Why no picture can be among them, if none can."""


def settle(prepared: Prepared, executed: Executed, secrets: Collection[str], terms: Terms) -> Outcome:
    """Weave the outputs of a run, without `secrets`, into the note as it is now; write nothing.

    A note that changed meanwhile takes the outputs of every block whose own and preceding code did
    not. Raise NoteChanged when the note went away.
    """
    job, album, settings = prepared.job, prepared.album, prepared.settings
    current = _current(prepared)
    telling = tell(executed.results, prepared.note, job.root, secrets, _manner(prepared, terms.obstacle))
    told, fits = telling.bodies, {step.provenance: step for step in current.steps if step.note.path == job.name}
    placed = [(fits[key], body) for key, body in told.items() if key in fits]
    if terms.obstacle:
        placed = [(step, body) for step, body in placed if not _is_better_as_it_was(step.block, body, terms.obstacle)]
    outputs = {step.block.span: _woven(step, body, settings, compares=terms.compares) for step, body in placed}
    weaving = weave(current.note, outputs, adopt=terms.adopt, volatile=settings.volatile, alike=album.is_alike)
    lacking = tuple(album.lacking(weaving.pictures))
    return Outcome(
        current.note,
        weaving,
        telling,
        pictures=_standing(weaving, album, {one.path for one in lacking if one.altered and not terms.adopt}),
        lacking=lacking,
        obstacle=terms.obstacle,
        displaced=tuple(
            result.step for result in executed.results if result.step.provenance in told.keys() - fits.keys()
        ),
        blocks={key: step.block for key, step in fits.items()},
    )


def _is_better_as_it_was(block: CodeBlock, body: Body | None, obstacle: str) -> bool:
    """Tell whether a region shows pictures, and would have words in their place because of an `obstacle`."""
    hindered = body is not None and any(obstacle in remark for remark in body.remarks)
    return hindered and isinstance(block.beneath, Region) and any(shown_in(block.beneath.body))


def _manner(prepared: Prepared, obstacle: str) -> Manner:
    limit = int(prepared.settings.picture_limit * 1_000_000)
    return Manner(prepared.album.shelf, limit=limit, obstacle=obstacle, others=other_renderers)


def _woven(step: Step, body: Body | None, settings: Settings, *, compares: bool) -> Woven:
    how = comparison(step, settings)
    return Woven(body, step.made, "text" if how == "ignore" and not compares else how)


def comparison(step: Step, settings: Settings) -> Compare:
    """Return how the output of a step is compared: as its option says, or else the note, or the vault."""
    own = step.options.get("compare")
    return next((word for word in get_args(Compare) if word == own), settings.compare)


def _current(prepared: Prepared) -> Plan:
    """Return the plan of the note as it is now; raise NoteChanged when it went away."""
    job = prepared.job
    try:
        text = job.read()
    except NoteUnreadable as error:
        message = f"{error}; it changed while it ran, and its outputs are not written"
        if not os.path.lexists(job.path):
            message = f"{job.path}: went away while it ran; its outputs are not written"
        raise NoteChanged(message) from error
    return prepared.plan if text == prepared.note.text else _plan(parse(text, job.name), job, prepared.settings)


def _standing(weaving: Weaving, album: Album, altered: Collection[str]) -> dict[str, bytes]:
    """Return the pictures that are to stand beside the note, but for those that a person has `altered`."""
    shown = (picture for pictures in weaving.pictures.values() for picture in pictures)
    return {path: picture.data for picture in shown if (path := album.shelf.path(picture)) not in altered}


def finish(prepared: Prepared, executed: Executed, secrets: Collection[str], *, adopt: bool = False) -> Outcome:
    """Weave the outputs of a run into the note and write it; raise NoteChanged or NoteUnwritable.

    Where its pictures cannot stand, something else stands for them.
    """
    for _ in range(WRITING_ATTEMPTS - 1):
        with suppress(NoteChanged):
            return _written(prepared, executed, secrets, adopt=adopt)
    return _written(prepared, executed, secrets, adopt=adopt)


def _written(prepared: Prepared, executed: Executed, secrets: Collection[str], *, adopt: bool) -> Outcome:
    outcome = settle(prepared, executed, secrets, Terms(adopt))
    due = outcome.pictures if prepared.album.barred else _due(outcome)
    if due and (obstacle := prepared.album.obstacle()):
        outcome = settle(prepared, executed, secrets, Terms(adopt, obstacle=obstacle))
    prepared.album.write(prepared.job.write, outcome.note, outcome.weaving.text, outcome.pictures)
    return outcome


def _due(outcome: Outcome) -> Collection[str]:
    """Return the pictures that have to be written."""
    return outcome.pictures.keys() & {lacking.path for lacking in outcome.lacking}


def _plan(note: Note, job: Job, settings: Settings) -> Plan:
    def resolve(embed: Embed, source: Note) -> Resolution:
        try:
            return job.vault.resolve(embed, source)
        except NoteUnreadable as error:
            message = f"{error} (embedded at {source.path}:{embed.line})"
            raise NoteUnreadable(message) from error

    return plan(note, resolve, prefixed_only=settings.run == "run-prefix")
