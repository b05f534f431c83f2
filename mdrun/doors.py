"""Where other packages join in: renderers of MIME types, found by their entry points."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from mdrun.events import MimeBundle
    from mdrun.mime.parts import Keep, Part, Renderer

MIME_RENDERERS = "mdrun.mime_renderers"
"""The group of entry points; the name of each is a MIME type."""


@cache
def other_renderers() -> Mapping[str, Renderer]:
    """Return the renderers that installed packages bring, by MIME type; each is loaded when it is first needed."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - a note of plain text has no use for it

    found = sorted(entry_points(group=MIME_RENDERERS), key=lambda entry: entry.name)
    return {entry.name: _loaded_late(entry) for entry in found}


def _loaded_late(entry: EntryPoint) -> Renderer:
    def renderer(value: Any, metadata: MimeBundle, keep: Keep) -> Part | str | None:
        made: Part | str | None = entry.load()(value, metadata, keep)
        return made

    return renderer
