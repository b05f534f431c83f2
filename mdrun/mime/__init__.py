"""Outputs as the body of a region, each in the richest kind that reads well."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, assert_never

from mdrun.attachments import Shelf
from mdrun.clip import Text, hole, joined
from mdrun.events import DisplayData, Error, ExecuteResult, MimeBundle, Stream
from mdrun.masks import MASK_IN_MARKDOWN, mask, mask_text
from mdrun.mime.parts import LANGUAGES, Fence, Figure, Formula, Part, Prose
from mdrun.mime.renderers import UNMASKED, missed, named, nothing, renderers_for, without_stand_in
from mdrun.mime.room import Block, code, fitted, left_out
from mdrun.mime.tracebacks import Place, title_of, traceback_of
from mdrun.outputs import ClippedStream, LeftOut, Output
from mdrun.pictures import Picture, PictureRefused, PictureTooLarge, picture_of
from mdrun.settings import PICTURE_LIMIT
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from mdrun.mime.parts import Renderer

__all__ = ["SHOWN_PARTS", "Body", "Fence", "Figure", "Formula", "Manner", "Place", "Prose", "render"]

SHOWN_PARTS = 50
UNFOLDED_LINES = 20
LIMIT_HINT = " (--picture-limit, or the setting picture_limit, allows it)"


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a region between its head and its stamp."""

    kind: Literal["output", "error"]
    title: str | None
    """What an error is called, as a code span with its backticks (G11)."""
    lines: tuple[str, ...]
    """Without container prefix and quote mark; an empty one parts two parts."""
    folded: bool
    masked: int = 0
    """How many secrets were masked."""
    pictures: tuple[Picture, ...] = ()
    """What its lines show."""
    remarks: tuple[str, ...] = ()
    """Why something is not shown as it might have been."""


def _no_others() -> Mapping[str, Renderer]:
    return {}


@dataclass(frozen=True, slots=True)
class Manner:
    """How rich kinds of one block are shown."""

    shelf: Shelf = field(default_factory=Shelf)
    alt: str = ""
    """What its pictures are called; empty for their own titles."""
    size: str = ""
    """`400` or `400x300`, in pixels; empty for their own."""
    limit: int = int(PICTURE_LIMIT * 1_000_000)
    """Bytes of the largest picture."""
    obstacle: str = ""
    """Why no picture can be kept, if none can."""
    others: Callable[[], Mapping[str, Renderer]] = _no_others
    """Returns the renderers of other packages, which come first; asked where there is something rich."""


def render(
    outputs: Sequence[Output],
    *,
    place: Place,
    after: str | None = None,
    secrets: Collection[str] = (),
    manner: Manner | None = None,
) -> Body | None:
    """Return the body that shows `outputs`, or None when there is nothing to show.

    `after` is the last word of an error's traceback. None of `secrets` is in the body, not even half of one.
    """
    easel = _Easel(manner or Manner(), secrets)
    errors = [output for output in outputs if isinstance(output, Error)]
    blocks = fitted([block for block in easel.blocks(outputs, errors, place, after) if block.lines])
    if not blocks:
        return None
    lines = tuple(line for block in blocks for line in ("", *block.lines))
    return Body(
        kind="error" if errors else "output",
        title=title_of(errors[-1], secrets) if errors else None,
        lines=lines[1:] if blocks[0].is_fence else lines,
        folded=sum(len(block.shown) for block in blocks) > UNFOLDED_LINES or any(block.folded for block in blocks),
        masked=sum(block.masked for block in blocks),
        pictures=tuple({name: each for block in blocks for name, each in block.pictures.items()}.values()),
        remarks=tuple(mask(remark, secrets)[0] for remark in easel.remarks),
    )


@dataclass(slots=True)
class _Easel:
    """Shows the outputs of one block, and remembers what came of it."""

    manner: Manner
    secrets: Collection[str]
    remarks: dict[str, None] = field(default_factory=dict)
    _masked: int = 0
    """How many secrets were masked in what is on the easel."""
    _pictures: dict[str, Picture] = field(default_factory=dict)
    """What it shows, by name."""
    _kept: dict[str, Picture] = field(default_factory=dict)
    """Pictures that renderers of other packages had kept, by their embeds."""

    def blocks(
        self, outputs: Sequence[Output], errors: Sequence[Error], place: Place, after: str | None
    ) -> Iterator[Block]:
        """Yield what is to be shown, in order, without what is blank; errors come last."""
        told = [output for output in outputs if not isinstance(output, Error)]
        for output in _ends([*told, *errors]):
            match output:
                case Error():
                    last = after if output is errors[-1] else None
                    yield replace(self._block(Fence("text", traceback_of(output, place, last))), is_error=True)
                case LeftOut(count):
                    yield left_out(count)
                case _:
                    part = self._part(output)
                    if not _is_blank(part):
                        yield self._block(part)

    def _block(self, part: Part) -> Block:
        """Return the lines that show a part, and take it off the easel."""
        block = replace(self._lines(part), masked=self._masked, pictures=self._pictures)
        self._masked, self._pictures = 0, {}
        return block

    def _lines(self, part: Part) -> Block:
        match part:
            case Fence():
                return self._fenced(part)
            case Prose(markdown=markdown):
                return self._prose(markdown)
            case Formula(tex=tex):
                return Block(("$$", *self._mask(tex).split("\n"), "$$"))
            case Figure(picture=picture):
                self._pictures[picture.name] = picture
                alt = self._mask(self.manner.alt or part.alt)
                return Block((self.manner.shelf.embed(picture, alt, self.manner.size or part.size),))
            case _:
                assert_never(part)

    def _part(self, output: Stream | ClippedStream | DisplayData | ExecuteResult) -> Part:
        match output:
            case Stream(name, text):
                return Fence(_INFO[name], plain(text))
            case ClippedStream(name, text):
                return Fence(_INFO[name], text)
            case DisplayData(data, metadata) | ExecuteResult(data, metadata):
                return self._richest(data, metadata)
            case _:
                assert_never(output)

    def _richest(self, data: MimeBundle, metadata: MimeBundle) -> Part:
        """Return the part of the kind that reads best, of those that can be shown."""
        data = without_stand_in(data)
        others = self.manner.others() if data.keys() - {"text/plain"} else {}
        own = renderers_for(self.manner.limit)
        renderers = {**others, **{kind: renderer for kind, renderer in own.items() if kind not in others}}
        troubles: list[str] = []
        for kind, renderer in renderers.items():
            part = self._rendered(kind, renderer, data, metadata, troubles) if kind in data else None
            if part is not None:
                troubles += missed(data) if kind == "text/plain" else ()
                self.remarks |= dict.fromkeys(f"{trouble}; shown as {kind}" for trouble in troubles)
                return _with_gaps(part, troubles)
        self.remarks |= dict.fromkeys(troubles)
        rest = sorted(data, key=lambda kind: kind == "text/plain")
        told = next((named(kind, data[kind]) for kind in rest if not _is_empty(data[kind])), nothing())
        return _with_gaps(told, troubles)

    def _rendered(
        self, kind: str, renderer: Renderer, data: MimeBundle, metadata: MimeBundle, troubles: list[str]
    ) -> Part | None:
        """Return what a renderer makes of a kind; what speaks against it, or failed, is among the `troubles`."""
        value = data[kind]
        if isinstance(value, str) and kind not in UNMASKED:
            value = self._mask(value)
        try:
            part = _checked(renderer(value, metadata, self._keep))
            if isinstance(part, Figure):
                self._refuse_where_none_can_stand()
            return None if part is None or _is_blank(part) else part
        except PictureTooLarge as refused:
            troubles.append(f"{kind}: {refused}{LIMIT_HINT}")
        except PictureRefused as refused:
            troubles.append(f"{kind}: {refused}")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it may be anybody's code, and no output is lost to it
            troubles.append(f"{kind}: its renderer failed: {type(error).__name__}: {error}")
        return None

    def _keep(self, kind: str, data: str | bytes) -> str:
        """Keep a picture for a renderer of another package; see `Keep`."""
        self._refuse_where_none_can_stand()
        picture = picture_of(kind, data, limit=self.manner.limit)
        embed = self.manner.shelf.embed(picture, self.manner.alt or picture.title, self.manner.size)
        self._kept[embed] = picture
        return embed

    def _refuse_where_none_can_stand(self) -> None:
        if self.manner.obstacle:
            raise PictureRefused(self.manner.obstacle)

    def _prose(self, markdown: str) -> Block:
        """Show Markdown as such, or as source where it cannot be made harmless."""
        from mdrun.mime.prose import inert  # noqa: PLC0415 - it brings a renderer that few notes need

        text = plain(markdown)
        source, masked = mask(text.head, self.secrets, MASK_IN_MARKDOWN)
        shown = None if text.left_out else inert(source, self._kept)
        if shown is None:
            return self._fenced(Fence("markdown", text))
        self._masked += masked
        self._pictures |= {picture.name: picture for embed, picture in self._kept.items() if embed in shown}
        return Block(tuple(self._mask(shown).split("\n")) if shown else ())

    def _fenced(self, part: Fence) -> Block:
        text, masked = mask_text(part.text, self.secrets)
        self._masked += masked
        return replace(code(text, part.info if part.info in LANGUAGES else "text"), folded=part.folded)

    def _mask(self, text: str) -> str:
        shown, masked = mask(text, self.secrets)
        self._masked += masked
        return shown


_INFO = {"stdout": "text", "stderr": "stderr"}


def _ends(outputs: Sequence[Output]) -> Iterable[Output]:
    """Return the first and the last outputs; between them, how many are not shown."""
    there = [output for output in outputs if not _says_nothing(output)]
    if len(there) <= SHOWN_PARTS:
        return there
    half = SHOWN_PARTS // 2
    missing = sum(output.count if isinstance(output, LeftOut) else 1 for output in there[half:-half])
    return [*there[:half], LeftOut(missing), *there[-half:]]


def _says_nothing(output: Output) -> bool:
    match output:
        case Stream(text=text):
            return not text.strip()
        case DisplayData(data=data) | ExecuteResult(data=data):
            return all(map(_is_empty, data.values()))
        case _:
            return False


def _checked(part: object) -> Part | None:
    """Return what a renderer returned, a string as Markdown; raise TypeError for what is no part."""
    if isinstance(part, str):
        return Prose(part)
    if part is None or isinstance(part, Prose | Formula | Figure) or (isinstance(part, Fence) and _is_text(part.text)):
        return part
    message = f"it returned {type(part).__name__}, which is no part of a region"
    raise TypeError(message)


def _is_text(text: object) -> bool:
    return isinstance(text, Text)


def _with_gaps(part: Part, troubles: Sequence[str]) -> Part:
    """Return text with a line for each picture that was too large to stand there (F14)."""
    gaps = [hole(trouble) for trouble in troubles if trouble.endswith(LIMIT_HINT)]
    if not gaps or not isinstance(part, Fence):
        return part
    return replace(part, text=joined([part.text, Text("\n".join(("", *gaps)))]))


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_blank(part: Part) -> bool:
    match part:
        case Fence(text=text):
            return text.is_blank
        case Prose(markdown=markdown):
            return not markdown.strip()
        case Formula() | Figure():
            return False
        case _:
            assert_never(part)
