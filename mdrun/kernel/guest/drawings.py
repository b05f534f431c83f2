"""Drawings that come as data for a script, drawn as SVG by the note's own libraries.

No network is asked for anything.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

SVG = "image/svg+xml"
LIMIT = 60.0
"""Seconds that a browser has for one drawing."""
PROXY = "CHOREO_PROXY_SERVER"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody is."""
PLOTLY = """
import json, sys
try:
    from plotly.io import to_image
    image = to_image(json.load(sys.stdin), format="svg", validate=False)
except Exception as error:
    print(*error.args[:1])
    sys.exit(1)
sys.stdout.buffer.write(image)
"""
ROWS = frozenset({"values", "datasets"})
"""Where a chart holds its data, which may be a lot."""
TABLES = frozenset({"csv", "tsv", "dsv"})
"""Files that Vega reads from their text."""


def vegalite(spec: Any, options: Any) -> str:
    """Draw a Vega-Lite chart, by the newest version of its schema's major one."""
    library: Any = import_module("vl_convert")
    major = re.search(r"/vega-lite/v(\d+)", str(spec.get("$schema")))
    known = [each for each in library.get_vegalite_versions() if major and each.split(".")[0] == major.group(1)]
    version = {"vl_version": known[-1]} if known else {}
    svg: str = library.vegalite_to_svg(_with_files(spec), **version, **_how(options))
    return svg


def vega(spec: Any, options: Any) -> str:
    """Draw a Vega chart."""
    library: Any = import_module("vl_convert")
    svg: str = library.vega_to_svg(_with_files(spec), **_how(options))
    return svg


def plotly(spec: Any, _options: Any) -> str:
    """Draw a Plotly figure in a browser without windows, as kaleido does.

    A process of its own does it: it can be ended in time, and what it says is not the note's.
    """
    figure = json.dumps({"data": spec["data"], "layout": spec.get("layout", {})})
    how: Any = {"env": {PROXY: NOWHERE, **os.environ, "PYTHONSAFEPATH": "1"}, "capture_output": True, "timeout": LIMIT}
    try:
        done = subprocess.run([sys.executable, "-c", PLOTLY], input=figure.encode(), check=False, **how)  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        message = f"it took more than {LIMIT:.0f} s"
        raise TimeoutError(message) from None
    if done.returncode:
        raise RuntimeError(done.stdout.decode("utf-8", "replace"))
    image: bytes = done.stdout
    return image.decode()


def geojson(spec: Any, _options: Any) -> str:
    """Draw the shapes of GeoJSON, which has no more to it than they."""
    library: Any = import_module("shapely.geometry")
    shapes = library.GeometryCollection([library.shape(each) for each in _geometries(spec)])
    if shapes.is_empty:
        message = "it is empty"
        raise ValueError(message)
    drawing: str = shapes._repr_svg_()
    return drawing


def _how(options: Any) -> dict[str, Any]:
    """Return how to draw a chart: with no network, and with the note's own words for numbers."""
    embed = options.get("embed_options") or {}
    return {
        "allowed_base_urls": [],
        "format_locale": embed.get("formatLocale"),
        "time_format_locale": embed.get("timeFormatLocale"),
    }


def _with_files(node: Any, *, is_data: bool = False) -> Any:
    """Return a chart with the data of the files it names: the library would draw it without."""
    if isinstance(node, list):
        return [_with_files(each, is_data=is_data) for each in node]
    if not isinstance(node, dict):
        return node
    if is_data and isinstance(node.get("url"), str):
        return _read(node)
    return {key: each if key in ROWS else _with_files(each, is_data=key == "data") for key, each in node.items()}


def _read(data: dict[str, Any]) -> dict[str, Any]:
    place = urlsplit(data["url"])
    if place.scheme not in ("", "file"):
        return data
    path = unquote(place.path)
    suffix = os.path.splitext(path)[1][1:]
    how = {"type": suffix if suffix in TABLES else "json", **(data.get("format") or {})}
    with open(path, encoding="utf-8") as file:
        text = file.read()
    rest = {key: value for key, value in data.items() if key != "url"}
    return {**rest, "values": text if how["type"] in TABLES else json.loads(text), "format": how}


def _geometries(spec: Any) -> list[Any]:
    features = spec["features"] if spec["type"] == "FeatureCollection" else [spec]
    shapes = [each["geometry"] if each["type"] == "Feature" else each for each in features]
    return [shape for shape in shapes if shape]
