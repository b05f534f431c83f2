"""The parts a region's body is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from mdrun.clip import Text
    from mdrun.events import MimeBundle
    from mdrun.pictures import Picture


LANGUAGES = frozenset(
    "console csv css diff dot dockerfile geojson graphql html http ini json json5 less makefile markdown md mermaid "  # noqa: SIM905
    "nginx properties protobuf pycon scss stderr tex text toml txt vim xml yaml yml".split()
)
"""Languages of code blocks that are only coloured, or drawn: any other may be somebody's to run.

Obsidian's Execute Code puts a button beside a block in most programming languages, Python among them.
"""


@dataclass(frozen=True, slots=True)
class Fence:
    """A part that stands as it is in a fenced code block."""

    info: str
    text: Text
    folded: bool = False
    """Whether its region starts folded however short it is."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown as somebody wrote it; it is made inert before it stands in a note."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula, in TeX without its dollars."""

    tex: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, and how it is to be shown."""

    picture: Picture
    alt: str = ""
    size: str = ""
    """`400` or `400x300`, in pixels as Obsidian has them (R55); empty for its own."""


Part: TypeAlias = Fence | Prose | Formula | Figure


class Keep(Protocol):
    """Keeps a picture beside the note."""

    def __call__(self, kind: str, data: str | bytes) -> str:
        """Return the Markdown that shows a picture of MIME type `kind`; raise PictureRefused."""
        ...


Renderer: TypeAlias = Callable[[Any, "MimeBundle", Keep], "Part | str | None"]
"""Makes a part of a value, its metadata and `keep`; None when it cannot, and the next kind is tried.

A string is Markdown. What it makes is whole: secrets are masked, lengths are cut and Markdown is
made inert afterwards, the same for all. It may raise PictureRefused.
"""
