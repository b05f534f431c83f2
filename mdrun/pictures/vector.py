"""Pictures made of lines: SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdrun.pictures.harm import drop_idle_attributes, refuse_harm
from mdrun.pictures.ids import renumber
from mdrun.pictures.markup import local, read, written
from mdrun.pictures.picture import Picture

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def vector(markup: bytes) -> Picture:
    """Return the picture that `markup` draws, written in the same way in every run."""
    root = read(markup)
    drop_idle_attributes(root)
    refuse_harm(root)
    _drop_idle_classes(root)
    renumber(root)
    title = root.find("title")
    words = () if title is None else "".join(title.itertext()).split()
    return Picture(written(root).encode(), "svg", " ".join(words))


def _drop_idle_classes(root: Element) -> None:
    """Without a style sheet nobody sees classes, and plotly gives its traces other ones in each run."""
    if not any(local(element.tag) == "style" for element in root.iter()):
        for element in root.iter():
            element.attrib.pop("class", None)
