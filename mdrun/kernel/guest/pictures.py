"""What a note shows, completed on its way out: a title, and a picture where only a script would draw.

A look at a bundle's keys is all it costs until one is of these kinds. Nothing here fails a
block: what cannot be completed stays as it is.
"""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from . import drawings, titles

if TYPE_CHECKING:
    from collections.abc import Callable

    from .figures import Figures

HTML = "text/html"
PDF = "application/pdf"
ALTAIR = "application/vnd.vegalite.v0+json"
"""What a chart of Altair's is looked at as, whichever renderer shows it."""
KEPT = 200
"""Characters of a reason."""


class Kind(NamedTuple):
    """A kind of drawing that comes as data."""

    name: str
    pattern: str
    """What follows `application/` in its MIME type."""
    library: str
    """What has to be installed where the kernel is, to draw it."""
    draw: Callable[[Any, Any], str]
    title: Callable[[Any], str]
    told: bool = True
    """Whether a missing library is worth a word: without a picture there is little to see."""


KINDS = (
    Kind("a Vega-Lite chart", r"vnd\.vegalite\.v\d+[.+]json", "vl_convert", drawings.vegalite, titles.of_chart),
    Kind("a Vega chart", r"vnd\.vega\.v\d+[.+]json", "vl_convert", drawings.vega, titles.of_chart),
    Kind("a Plotly figure", r"vnd\.plotly\.v1\+json", "kaleido", drawings.plotly, titles.of_plotly),
    Kind("GeoJSON", r"geo\+json", "shapely", drawings.geojson, titles.none, told=False),
)


class Pictures:
    """Stands at the two doors of a shell that everything shown goes through."""

    def __init__(self, shell: Any, figures: Figures, report: Callable[[str, str], None]) -> None:
        self._format, self._publish = shell.display_formatter.format, shell.display_pub.publish
        self._figures, self._report = figures, report
        self._formatted: Any = None
        self._given_up: set[Kind] = set()

    def format(self, shown: Any, include: Any = None, exclude: Any = None) -> tuple[Any, Any]:
        """Return the bundle and metadata of an object; where a note picks the kinds, it gets no other."""
        is_figure = self._figures.is_figure(shown)
        if is_figure:
            _tried(self._figures.prepare)
        data, metadata = self._format(shown, include=include, exclude=exclude)
        if data and is_figure:
            _tried(self._figures.remember, shown, data)
            if PDF in data and not _is_drawn(data):
                self._report("figure", "a figure in PDF is no picture in a note: have InlineBackend make png or svg")
            metadata = _titled(metadata, _tried(titles.of_figure, shown))
        elif data:
            draws = not (include or exclude)
            data, metadata = _tried(self._completed, data, metadata, shown, draws=draws) or (data, metadata)
        self._formatted = data
        return data, metadata

    def publish(self, data: Any, metadata: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Send a bundle; one that does not come from `format` is completed first."""
        if data is not self._formatted:
            data, metadata = _tried(self._completed, data, metadata or {}) or (data, metadata)
        self._formatted = None
        return self._publish(data, metadata, *args, **kwargs)

    def _completed(self, data: Any, metadata: Any, shown: Any = None, *, draws: bool = True) -> tuple[Any, Any]:
        for key, spec in {**_chart(shown), **data}.items():
            kind = _kind(key)
            if kind is None:
                continue
            metadata = _titled(metadata, _tried(kind.title, spec))
            if draws and not _is_drawn(data) and kind not in self._given_up and self._has_library(kind):
                data = self._with_drawing(data, kind, spec, _options(key, metadata))
        return data, metadata

    def _has_library(self, kind: Kind) -> bool:
        """Tell whether a kind can be drawn; where a script would have drawn it, say once what is missing."""
        if find_spec(kind.library):
            return True
        if kind.told:
            self._given_up.add(kind)
            self._report("picture", f"no picture of {kind.name}: {kind.library} is not installed")
        return False

    def _with_drawing(self, data: Any, kind: Kind, spec: Any, options: Any) -> Any:
        try:
            drawing = kind.draw(spec, options)
        except Exception as error:  # noqa: BLE001 - it is the library's, and the note's data
            self._report("picture", f"no picture of {kind.name}: {_reason(error)}")
            if isinstance(error, TimeoutError):
                self._given_up.add(kind)
            return data
        rest = {key: value for key, value in data.items() if key != HTML or "<script" not in str(value)}
        return {**rest, drawings.SVG: drawing}


def _kind(key: str) -> Kind | None:
    family, _, name = key.partition("/")
    kinds = KINDS if family == "application" else ()
    return next((kind for kind in kinds if re.fullmatch(kind.pattern, name)), None)


def _is_drawn(data: Any) -> bool:
    return any(key.startswith("image/") or key == "application/json" for key in data)


def _chart(shown: Any) -> dict[str, Any]:
    """Return the data of a chart of Altair's: most of its renderers make a page of it."""
    kind = getattr(sys.modules.get("altair"), "TopLevelMixin", ())
    return {ALTAIR: shown.to_dict(context={"pre_transform": False})} if issubclass(type(shown), kind) else {}


def _options(key: str, metadata: Any) -> Any:
    """Return how the note wants a drawing of this kind to be embedded."""
    return sys.modules["altair"].renderers.options if key == ALTAIR else metadata.get(key) or {}


def _titled(metadata: Any, title: str | None) -> Any:
    return {"mdrun": {"title": title}, **metadata} if title else metadata


def _tried(act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what `act` does, or None: whatever goes wrong, the note has its output as it was."""
    try:
        return act(*args, **kwargs)
    except Exception:  # noqa: BLE001 - a note may show anything
        return None


def _reason(error: Exception) -> str:
    """Return an error's message in one line, without the places in somebody's scripts."""
    lines = (line.strip() for line in str(error).splitlines())
    message = " ".join(takewhile(lambda line: not line.startswith("at "), filter(None, lines)))
    return f"{type(error).__name__}: {message}"[:KEPT]
