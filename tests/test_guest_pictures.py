"""What a note shows comes out of the kernel as something that can stand in a note."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.errors import BlockTimedOut
from mdrun.events import DisplayData, Event, ExecuteResult, Notice, Stream, UpdateDisplayData
from mdrun.kernel.guest import drawings, pictures, titles
from mdrun.kernel.guest.figures import Figures
from mdrun.outputs import fold
from mdrun.pictures import picture_of
from mdrun.terminal import plain
from tests.kernels import error_of, kernel_in, outcome, run, said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mdrun.kernel import Kernel
    from mdrun.outputs import Output

SVG = "image/svg+xml"
PLOT = "import matplotlib.pyplot as plt\n"
CHART = """
import altair as alt, pandas as pd
data = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
chart = alt.Chart(data, title="Bars").mark_bar(clip=True).encode(x="a", y="b")
"""
GEOMETRIES = """
from IPython.display import GeoJSON
point = {"type": "Point", "coordinates": [1, 2]}
line = {"type": "LineString", "coordinates": [[0, 0], [3, 4]]}
"""


def shown(events: list[Event]) -> list[DisplayData | ExecuteResult | UpdateDisplayData]:
    return [each for each in events if isinstance(each, (DisplayData, ExecuteResult, UpdateDisplayData))]


def pictured(events: list[Event]) -> list[Any]:
    """Return the titles of the pictures that were shown."""
    with_pictures = (each for each in shown(events) if any(kind.startswith("image/") for kind in each.data))
    return [each.metadata.get("mdrun", {}).get("title") for each in with_pictures]


def kept(displays: Sequence[DisplayData | ExecuteResult | UpdateDisplayData]) -> list[bytes]:
    """Return the drawings as they are kept beside a note."""
    return [picture_of(SVG, each.data[SVG], limit=1_000_000).data for each in displays]


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("plt.plot([1]); plt.title('Of the axes')", "Of the axes"),
        ("_, (a, b) = plt.subplots(1, 2); a.set_title('Left', loc='left'); b.set_title('Right')", "Left, Right"),
        ("plt.plot([1]); plt.title('axes'); plt.suptitle('Above\\n  all $x^2$')", "Above all $x^2$"),
        ("plt.plot([1]);", None),
    ],
)
def test_a_figure_has_its_title(kernel: Kernel, source: str, title: str | None) -> None:
    assert pictured(run(kernel, PLOT + source)) == [title]


@pytest.mark.kernel
def test_figures_stand_among_the_words_once_and_in_order(kernel: Kernel) -> None:
    source = """
        print('a'); plt.plot([1]); plt.title('first'); plt.show()
        print('b'); plt.plot([2]); plt.title('second'); plt.figure(); plt.plot([3]); plt.title('third')
        print('c')
    """
    events = run(kernel, PLOT + "if True:" + source)
    told = [each.text if isinstance(each, Stream) else str(pictured([each])) for each in events]
    assert "".join(told) == "a\n['first']b\nc\n['second']['third']"
    assert run(kernel, "None") == []


@pytest.mark.kernel
def test_a_figure_that_is_the_result_is_shown_once(kernel: Kernel) -> None:
    (result,) = run(kernel, PLOT + "figure, axes = plt.subplots(); axes.set_title('Result')\nfigure")
    assert isinstance(result, ExecuteResult)
    assert list(result.data) == ["text/plain", "image/png"]
    assert pictured(run(kernel, "figure")) == ["Result"]
    (empty,) = shown(run(kernel, "plt.figure()"))
    assert list(empty.data) == ["text/plain"]


@pytest.mark.kernel
def test_a_figure_can_be_displayed_and_drawn_on(kernel: Kernel) -> None:
    source = "figure, axes = plt.subplots(); display(figure, metadata={'own': 1}); axes.set_title('Then')"
    first, _, last = shown(run(kernel, PLOT + source))
    assert first.metadata == {"own": 1}
    assert pictured([last]) == ["Then"]
    updated = "from IPython.display import update_display; update_display(figure, display_id='x')"
    assert pictured(run(kernel, updated)) == ["Then"]


@pytest.mark.kernel
def test_figures_of_a_block_that_ends_early_are_not_lost(kernel: Kernel) -> None:
    events = run(kernel, PLOT + "plt.plot([1]); plt.title('so far'); 1 / 0")
    assert error_of(events).ename == "ZeroDivisionError"
    assert pictured(events) == ["so far"]
    interrupted, error = outcome(kernel, "import time; plt.plot([1]); plt.title('so far'); time.sleep(60)", timeout=1)
    assert isinstance(error, BlockTimedOut)
    assert pictured(interrupted) == ["so far"]


@pytest.mark.kernel
def test_what_is_said_while_figures_are_drawn_belongs_to_their_block(kernel: Kernel) -> None:
    source = """
        import warnings, matplotlib.artist, matplotlib.pyplot as plt
        class Old(matplotlib.artist.Artist):
            def draw(self, renderer):
                warnings.warn("old", DeprecationWarning)
        plt.figure().add_artist(Old())
        plt.plot([1]);
    """
    *_, figure, notice = run(kernel, source)
    assert pictured([figure]) == [None]
    assert notice == Notice("deprecation", "DeprecationWarning: old")


@pytest.mark.kernel
def test_a_figure_as_svg_is_the_same_in_every_run(kernel: Kernel) -> None:
    source = "%config InlineBackend.figure_formats = ['{}']\nplt.plot([1, 2], [3, 4], marker='o');"
    first, second = (shown(run(kernel, PLOT + source.format("svg"))) for _ in range(2))
    assert kept(first) == kept(second)
    (retina,) = shown(run(kernel, PLOT + source.format("retina")))
    assert retina.metadata["image/png"].keys() == {"width", "height"}
    *_, notice = run(kernel, PLOT + source.format("pdf"))
    assert notice == Notice("figure", "a figure in PDF is no picture in a note: have InlineBackend make png or svg")
    run(kernel, "%config InlineBackend.figure_formats = ['png']")


@pytest.mark.kernel
@pytest.mark.parametrize(
    "source",
    [
        PLOT + "plt.plot([1]); plt.title(r'$\\frac{bad$');",
        "from IPython.display import Image; Image('missing.png')",
    ],
)
def test_a_picture_that_cannot_be_made_fails_once_and_without_noise(kernel: Kernel, source: str) -> None:
    for _ in range(2):
        events = run(kernel, source)
        assert error_of(events).evalue
        assert said(events) == said(events, "stderr") == ""


@pytest.mark.kernel
def test_no_backend_loses_figures_unheard(tmp_path: Path) -> None:
    """F41."""
    with kernel_in(tmp_path, variables={"MPLBACKEND": "Agg"}) as kernel:
        libraries = "altair matplotlib plotly shapely vl_convert"
        assert said(run(kernel, f"import sys; print({libraries.split()} & sys.modules.keys())")) == "set()\n"
        alone = "from matplotlib.figure import Figure\nalone = Figure()\nalone.subplots().set_title('Alone')\nalone"
        assert pictured(run(kernel, alone)) == ["Alone"]
        assert pictured(run(kernel, PLOT + "plt.plot([1]); plt.title('In CI');")) == ["In CI"]
        told = "1 figure is open and not shown by the backend Agg; display(figure) shows it"
        for figure in ("plt.switch_backend('Agg'); plt.plot([1]);", "plt.figure(); plt.plot([2]);"):
            assert run(kernel, figure) == [Notice("figure", told)]
        assert run(kernel, "plt.switch_backend('module://matplotlib_inline.backend_inline'); plt.plot([3]);") == []
        assert pictured(run(kernel, "plt.gcf()")) == [None]
        assert list(kernel.finish()) == []


@pytest.mark.kernel
def test_a_style_takes_no_figures_away(tmp_path: Path) -> None:
    """F41."""
    with kernel_in(tmp_path) as kernel:
        run(kernel, PLOT + "with plt.style.context('ggplot'): plt.plot([0])")
        assert pictured(run(kernel, "plt.plot([1]); plt.title('after');")) == ["after"]
        assert run(kernel, "plt.ioff(); plt.plot([2]);") == [
            Notice("figure", "1 figure is open and not shown; plt.show() shows it")
        ]
        assert pictured(run(kernel, "plt.show()")) == [None]
        assert list(kernel.finish()) == []


@pytest.mark.kernel
def test_a_chart_is_drawn_without_its_page(kernel: Kernel) -> None:
    (result,) = shown(run(kernel, CHART + "chart"))
    assert list(result.data) == ["text/plain", SVG]
    assert result.metadata == {"mdrun": {"title": "Bars"}}
    assert result.data[SVG].startswith("<svg ")
    (again,) = shown(run(kernel, "display(chart, metadata={'own': 1})"))
    assert kept([again]) == kept([result])
    assert again.metadata == {"mdrun": {"title": "Bars"}, "own": 1}


@pytest.mark.kernel
def test_the_way_a_note_has_its_chart_shown_is_kept(kernel: Kernel) -> None:
    (png,) = shown(run(kernel, CHART + "with alt.renderers.enable('png'): display(chart)"))
    assert list(png.data) == ["image/png", "text/plain"]
    assert pictured([png]) == ["Bars"]
    drawn, own = shown(run(kernel, "display(chart)\nwith alt.renderers.enable('svg'): display(chart)"))
    assert own.data[SVG].count("clip-path") == drawn.data[SVG].count("clip-path")
    some = shown(run(kernel, "display(chart, include=['text/plain']); display(chart, exclude=['image/svg+xml'])"))
    assert [list(each.data) for each in some] == [["text/plain"], ["text/html", "text/plain"]]


@pytest.mark.kernel
def test_a_chart_gets_its_data_from_files_and_never_from_the_network(kernel: Kernel) -> None:
    source = "alt.Chart('PLACE').mark_bar().encode(x='a:Q', y='b:Q')"
    run(kernel, CHART + "data.to_csv('here.csv'); data.to_json('here.json', orient='records')")
    csv, json = (shown(run(kernel, source.replace("PLACE", name)))[0].data[SVG] for name in ("here.csv", "here.json"))
    assert 'aria-label="a: 1; b: 3"' in csv
    assert csv == json
    result, notice = run(kernel, source.replace("PLACE", "https://example.org/data.csv"))
    assert SVG not in shown([result])[0].data
    assert notice == Notice(
        "picture",
        "no picture of a Vega-Lite chart: ValueError: Vega-Lite to SVG conversion failed: "
        "Error: External data url not allowed: https://example.org/data.csv",
    )


@pytest.mark.kernel
def test_bundles_of_data_are_drawn(kernel: Kernel) -> None:
    source = """
        schema = "https://vega.github.io/schema/vega-lite/v5.20.1.json"
        lite = {**chart.to_dict(), "$schema": schema, "title": {"text": ["Two", "lines"]}}
        numbers = {"embed_options": {"formatLocale": "de-DE"}}
        with alt.renderers.enable("default", **numbers): display(chart)
        display({"application/vnd.vegalite.v5+json": lite, "text/html": "<script>"}, raw=True, display_id="lite",
                metadata={"application/vnd.vegalite.v5+json": numbers});
        vega = {"width": 9, "height": 9, "title": "Vega", "marks": [{"type": "symbol"}]}
        display({"application/vnd.vega.v5+json": vega, "text/html": "no page"}, raw=True)
    """
    run(kernel, CHART)
    chart, lite, vega = shown(run(kernel, source))
    assert pictured([lite, vega]) == ["Two lines", "Vega"]
    assert list(lite.data) == ["application/vnd.vegalite.v5+json", SVG]
    assert [">0,5<" in each.data[SVG] for each in (chart, lite)] == [True, True]
    assert "text/html" in vega.data


@pytest.mark.kernel
def test_a_plotly_figure_comes_as_data_with_its_title(kernel: Kernel) -> None:
    source = """
        import plotly.graph_objects as go
        bars = go.Figure(go.Bar(x=[1], y=[2]), layout={"title": "<b>Profit &amp;</b><br>loss"})
        bars.show()
        bars
    """
    events = run(kernel, source)
    first, second = shown(events)
    missing = [] if find_spec("kaleido") else ["no picture of a Plotly figure: kaleido is not installed"]
    assert [each.text for each in events if isinstance(each, Notice)] == missing
    assert run(kernel, "None") == []
    assert first.metadata == second.metadata == {"mdrun": {"title": "Profit & loss"}}
    assert "application/vnd.plotly.v1+json" in first.data
    assert "text/html" not in first.data


@pytest.mark.kernel
@pytest.mark.skipif(find_spec("kaleido") is None, reason="needs kaleido")
def test_a_plotly_figure_is_drawn_where_kaleido_is(kernel: Kernel) -> None:
    source = "import plotly.graph_objects as go\ngo.Figure([go.Bar(x=[1], y=[2]), go.Scatter(x=[1], y=[2])])"
    first, second = (shown(run(kernel, source, timeout=120)) for _ in range(2))
    assert kept(first) == kept(second)


@pytest.mark.kernel
def test_geojson_is_drawn_by_shapely(kernel: Kernel) -> None:
    source = """
        features = [{"type": "Feature", "geometry": each, "properties": {}} for each in (point, line, None)]
        GeoJSON({"type": "FeatureCollection", "features": features})
    """
    run(kernel, GEOMETRIES)
    (feature,) = shown(run(kernel, source))
    assert ("<circle " in feature.data[SVG], "<polyline " in feature.data[SVG]) == (True, True)
    (bare,) = shown(run(kernel, "display({'application/geo+json': point}, raw=True)"))
    assert "<circle " in bare.data[SVG]


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("GeoJSON({'type': 'Blob'})", "GeometryTypeError: Unknown geometry type: 'blob'"),
        ("GeoJSON({'type': 'FeatureCollection', 'features': []})", "ValueError: it is empty"),
        ("display({'application/geo+json': 5}, raw=True)", "TypeError: 'int' object is not subscriptable"),
    ],
)
def test_what_cannot_be_drawn_stays_as_it_is(kernel: Kernel, source: str, reason: str) -> None:
    run(kernel, GEOMETRIES)
    bundle, notice = run(kernel, source)
    assert SVG not in shown([bundle])[0].data
    assert notice == Notice("picture", f"no picture of GeoJSON: {reason}")


@pytest.mark.kernel
def test_a_bundle_that_is_none_fails_as_ever(kernel: Kernel) -> None:
    assert error_of(run(kernel, "display(5, raw=True)")).evalue == "data must be a dict, got: 5"
    source = "class Bad:\n    def __repr__(self): raise OSError('no repr')\nBad()"
    assert error_of(run(kernel, source)).evalue == "no repr"


@pytest.mark.parametrize(
    ("title", "spec", "called"),
    [
        (titles.of_chart, {"title": "  one\nline "}, "one line"),
        (titles.of_chart, {"title": {"text": ["two", {"signal": "x"}, "lines"]}}, "two lines"),
        (titles.of_chart, {"title": {"text": {"signal": "x"}}}, ""),
        (titles.of_chart, {"hconcat": [{"title": "a"}, {"layer": [{"title": "b"}, {"title": "a"}]}]}, "a, b"),
        (titles.of_chart, {"spec": {"title": "of each"}, "facet": {}}, "of each"),
        (titles.of_plotly, {"data": []}, ""),
        (titles.of_plotly, {"layout": {"title": "old form"}}, "old form"),
        (titles.of_plotly, {"layout": {"title": {"text": None}}}, ""),
    ],
)
def test_a_title_is_plain_text(title: Callable[[Any], str], spec: Any, called: str) -> None:
    assert title(spec) == called


def test_a_browser_that_takes_too_long_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "LIMIT", 0.1)
    monkeypatch.setattr(drawings, "PLOTLY", "import time; time.sleep(60)")
    monkeypatch.setattr(pictures, "find_spec", lambda _name: True)
    told: list[str] = []
    shell = Shell()
    looked = pictures.Pictures(shell, Figures(shell), lambda _kind, text: told.append(text))
    bundle: dict[str, Any] = {"application/vnd.plotly.v1+json": {"data": []}}
    assert looked.publish(bundle) == looked.publish(bundle) == bundle
    assert told == ["no picture of a Plotly figure: TimeoutError: it took more than 0 s"]


def test_a_browser_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "PLOTLY", "print('no browser'); raise SystemExit(1)")
    with pytest.raises(RuntimeError, match="no browser"):
        drawings.plotly({"data": []}, {})
    monkeypatch.setattr(drawings, "PLOTLY", "import sys; print(sys.stdin.read())")
    assert drawings.plotly({"data": [], "config": {}}, {}) == '{"data": [], "layout": {}}\n'


class Shell:
    """Stands in for a shell with its two doors."""

    def __init__(self) -> None:
        self.display_formatter = self.display_pub = self

    def format(self) -> None:
        """Format nothing."""

    def publish(self, data: Any, _metadata: Any) -> Any:
        """Return what would be sent."""
        return data


def read(outputs: Sequence[Output]) -> list[str]:
    """Return what streams say and what displays are called in plain text."""
    texts = (each.text if isinstance(each, Stream) else getattr(each, "data", {}).get("text/plain") for each in outputs)
    return [said for text in texts if (said := plain(str(text)).head.strip())]


@pytest.mark.kernel
def test_progress_bars_stand_as_far_as_they_came_and_clear_nothing_else(kernel: Kernel) -> None:
    """F34, F36."""
    source = """
        from rich.progress import track
        from tqdm.notebook import tqdm
        print("before")
        for _ in track(range(3)): pass
        for _ in tqdm(range(3), desc="outer"):
            for _ in tqdm(range(2), leave=False): pass
        print("after")
    """
    before, rich, tqdm, after = read(fold(run(kernel, "if True:" + source)))
    assert (before, after) == ("before", "after")
    assert re.fullmatch("Working... ━+ 100% 0:00:00", rich)
    assert re.fullmatch(r"outer: 100%\|█{10}\| 3/3 \[00:00<00:00, .*it/s\]", tqdm)


@pytest.mark.kernel
def test_interactive_functions_show_their_values_below_their_widgets(kernel: Kernel) -> None:
    source = "from ipywidgets import interact\n@interact(x=10)\ndef double(x): return x * 2"
    assert read(fold(run(kernel, source))) == ["IntSlider(value=10, description='x')", "20"]
