"""What pictures are called, as plain text; empty when they have no title."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

VIEWS = ("layer", "hconcat", "vconcat", "concat", "spec")
"""Where a Vega-Lite chart has charts within it."""
TAG = r"<[^<>]*>"


def of_figure(figure: Any) -> str:
    """Return the title above a matplotlib figure, else those of its axes."""
    above = getattr(figure, "_suptitle", None)
    if above is not None and above.get_text().strip():
        return joined([above.get_text()])
    return joined(axes.get_title(place) for axes in figure.axes for place in ("left", "center", "right"))


def of_chart(spec: Any) -> str:
    """Return the title of a Vega or Vega-Lite chart, else those of the charts within it."""
    return joined(_of_views(spec))


def of_plotly(spec: Any) -> str:
    """Return the title of a Plotly figure, without its tags."""
    title = spec.get("layout", {}).get("title") or ""
    text = title.get("text") if isinstance(title, dict) else title
    return joined([html.unescape(re.sub(TAG, " ", text or ""))])


def none(_spec: Any) -> str:
    """Return no title."""
    return ""


def joined(titles: Iterable[str]) -> str:
    """Return titles as one, each of them once."""
    words = (" ".join(title.split()) for title in titles)
    return ", ".join(dict.fromkeys(title for title in words if title))


def _of_views(spec: Any) -> list[str]:
    title = spec.get("title")
    text = title.get("text") if isinstance(title, dict) else title
    if isinstance(text, list):
        text = " ".join(line for line in text if isinstance(line, str))
    if isinstance(text, str) and text.strip():
        return [text]
    views = [spec[key] for key in VIEWS if key in spec]
    charts = [chart for view in views for chart in (view if isinstance(view, list) else [view])]
    return [text for chart in charts for text in _of_views(chart)]
