"""Pictures are kept whole, the same in every run, and only where they are harmless."""

from __future__ import annotations

import base64
import re
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from io import BytesIO
from time import process_time
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from vl_convert import svg_to_png, vegalite_to_svg

from mdrun.pictures import KINDS, Picture, PictureRefused, PictureTooLarge, alike, is_ours, picture_of

LIMIT = 10_000_000
SVG = "image/svg+xml"
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
ORIENTATION, DATE = 0x0112, 0x0132
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

each_raster = pytest.mark.parametrize("kind", FORMATS)
each_photo = pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
each_animation = pytest.mark.parametrize("kind", ["image/png", "image/webp", "image/gif"])


def photo(size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert("RGB")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, FORMATS[kind], **options)
    return file.getvalue()


def frames(kind: str) -> bytes:
    return saved(photo(), kind, save_all=True, append_images=[photo().rotate(90)], loop=3, duration=40)


def opened(data: bytes) -> Any:
    return Image.open(BytesIO(data))


def pixels(data: bytes) -> bytes:
    return bytes(opened(data).convert("RGBA").tobytes())


def kept(kind: str, value: str | bytes) -> Picture:
    return picture_of(kind, value, limit=LIMIT)


def refusal(kind: str, value: object, limit: int = LIMIT) -> str:
    with pytest.raises(PictureRefused) as refused:
        picture_of(kind, value, limit=limit)
    return str(refused.value)


def exif(date: str, orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[DATE], tags[ORIENTATION] = date, orientation
    return tags


def telling(kind: str, text: str) -> bytes:
    """Save a photo that tells of itself in every way its format knows."""
    info = PngInfo()
    info.add_text("Software", text)
    info.add_text("Comment", text, zip=True)
    info.add_itxt("Title", text)
    info.add(b"tIME", text.encode()[:7])
    xmp = f"<x>{text}</x>".encode()
    return saved(photo(), kind, exif=exif(text), xmp=xmp, comment=text.encode(), pnginfo=info)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def empty_png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def drawing(body: str, attributes: str = "") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{body}</svg>'
    )


def figure(form: str, year: int) -> bytes:
    drawn = Figure(figsize=(3, 2))
    axes = drawn.subplots()
    axes.plot([1, 3, 2], "o-")
    axes.fill_between([0, 1], [1, 2], hatch="//")
    axes.imshow([[1, 2], [3, 4]])
    file = BytesIO()
    date = {"png": "Creation Time", "svg": "Date"}[form]
    drawn.savefig(file, format=form, metadata={date: datetime(year, 1, 1, tzinfo=UTC).isoformat(), "Title": "A figure"})
    return file.getvalue()


def svg(body: str, attributes: str = "") -> str:
    """Return how a drawing is kept, without its root."""
    written = kept(SVG, drawing(body, attributes)).data.decode()
    return re.sub(r"\A<svg[^>]*>", "", written).removesuffix("\n").removesuffix("</svg>")


def test_a_picture_has_the_name_of_its_content() -> None:
    one, other = (kept("image/png", saved(photo((side, side)), "image/png")) for side in (8, 9))
    assert re.fullmatch(r"mdrun-[0-9a-f]{16}\.png", one.name)
    assert one.name != other.name


def test_a_file_is_ours_while_it_has_the_name_of_its_content() -> None:
    data = kept("image/png", saved(photo(), "image/png")).data
    name = Picture(data, "png").name
    assert is_ours(name, data)
    assert not is_ours(name, data + b"a person's stroke")
    assert not is_ours("mdrun-plot.png", data)
    assert not is_ours(Picture(data, "bmp").name, data)


@each_raster
def test_base64_and_bytes_are_the_same_picture(kind: str) -> None:
    data = saved(photo(), kind)
    assert kept(kind, base64.encodebytes(data).decode()) == kept(kind, data)


@each_raster
def test_pixels_are_kept_as_they_came(kind: str) -> None:
    data = telling(kind, "seen by nobody")
    picture = kept(kind, data)
    assert picture.suffix == KINDS[kind]
    assert pixels(picture.data) == pixels(data)


@each_raster
def test_what_a_file_tells_of_itself_is_left_out(kind: str) -> None:
    monday, tuesday = (telling(kind, f"drawn on {day}") for day in ("Monday", "Tuesday"))
    assert monday != tuesday
    assert kept(kind, monday) == kept(kind, tuesday)
    assert b"drawn on" not in kept(kind, monday).data


@each_raster
def test_what_is_left_out_of_a_bare_picture_is_nothing(kind: str) -> None:
    once = kept(kind, telling(kind, "text")).data
    assert kept(kind, once).data == once


@each_raster
def test_what_stands_behind_the_end_is_left_out(kind: str) -> None:
    data = saved(photo(), kind)
    assert kept(kind, data + b"left by a careless program").data == kept(kind, data).data


@each_photo
def test_a_profile_of_colours_stays(kind: str) -> None:
    data = saved(photo(), kind, icc_profile=PROFILE, exif=exif("2026"))
    assert opened(kept(kind, data).data).info["icc_profile"] == PROFILE


@each_photo
@pytest.mark.parametrize("orientation", [2, 6, 8])
def test_a_photo_stays_turned(kind: str, orientation: int) -> None:
    data = kept(kind, saved(photo(), kind, exif=exif("2026:11:25", orientation))).data
    assert dict(opened(data).getexif()) == {ORIENTATION: orientation}
    assert data == kept(kind, saved(photo(), kind, exif=exif("2026:11:26", orientation))).data


@pytest.mark.parametrize(
    "tiff", [b"", b"no TIFF", b"II*\0", b"II*\0\x08\0\0\0\1\0\x12\1", b"MM\0*\0\0\0\x08\0\0", b"MM\0*\xff\xff\xff\xff"]
)
def test_exif_that_tells_no_orientation_is_left_out(tiff: bytes) -> None:
    assert not opened(kept("image/jpeg", saved(photo(), "image/jpeg", exif=b"Exif\0\0" + tiff)).data).getexif()


def test_colours_for_print_stay_those_of_adobe() -> None:
    data = saved(photo().convert("CMYK"), "image/jpeg", comment=b"text")
    assert pixels(kept("image/jpeg", data).data) == pixels(data)


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}])
def test_every_scan_of_a_jpeg_is_kept(options: dict[str, Any]) -> None:
    data = saved(photo((400, 300)), "image/jpeg", **options)
    assert kept("image/jpeg", data).data == data


@each_animation
def test_animations_stay_animated(kind: str) -> None:
    image = opened(kept(kind, frames(kind)).data)
    assert (image.n_frames, image.info["loop"]) == (2, 3)


def test_figures_drawn_apart_are_the_same_png() -> None:
    assert kept("image/png", figure("png", 2024)) == kept("image/png", figure("png", 2025))


@each_raster
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    data = frames(kind) if kind != "image/jpeg" else saved(photo(), kind)
    for length in range(16, len(data), 7):
        assert refusal(kind, data[:length]) == "truncated"
    assert refusal(kind, data[:-1]) == "truncated"


@each_raster
def test_a_picture_is_of_its_kind(kind: str) -> None:
    others = [saved(photo(), other) for other in FORMATS if other != kind]
    for data in [*others, b"", drawing("").encode()]:
        assert refusal(kind, data).lower() == f"no {FORMATS[kind].lower()}"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image/png", empty_png(3, 3)),
        ("image/png", saved(photo(), "image/png").replace(b"IDAT", b"IDAt")),
        ("image/jpeg", b"\xff\xd8\xff\xd9"),
        ("image/jpeg", b"\xff\xd8\xff\xfe\0\2no marker"),
        ("image/gif", b"GIF89a\1\0\1\0\0\0\0;"),
        ("image/gif", b"GIF89a\1\0\1\0\0\0\0no block"),
        ("image/webp", b"RIFF\4\0\0\0WEBP"),
    ],
)
def test_a_damaged_picture_is_refused(kind: str, data: bytes) -> None:
    assert refusal(kind, data) == "damaged"


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_too_many_pixels_are_refused_before_they_are_drawn(side: int) -> None:
    assert refusal("image/png", empty_png(side, side)) == "more than 89,478,485 pixels"


def test_too_many_bytes_are_refused_and_told_apart() -> None:
    with pytest.raises(PictureTooLarge):
        picture_of("image/png", saved(photo(), "image/png"), limit=20)
    assert refusal("image/png", bytes(30_000_000)) == "30 MB, more than 10 MB"
    assert refusal(SVG, drawing(f"<text>{'>' * 800}</text>"), limit=1_000) == "3.2 kB, more than 1 kB"


@pytest.mark.parametrize("value", ["YW", "*YWJj", "é", "\udcff"])
def test_text_that_is_no_base64_is_refused(value: str) -> None:
    assert refusal("image/png", value) == "not base64"


@pytest.mark.parametrize("kind", ["image/png", SVG])
@pytest.mark.parametrize("value", [None, 1, {}, ["a"]])
def test_what_is_no_text_is_refused(kind: str, value: object) -> None:
    assert refusal(kind, value) == "no text"


def test_other_kinds_are_no_pictures() -> None:
    assert refusal("text/html", "<b>") == "no kind of picture"


def test_without_a_raster_nothing_is_loaded_that_draws() -> None:
    code = (
        "import sys; from mdrun.pictures import picture_of\n"
        f"picture_of({SVG!r}, {drawing('')!r}, limit=999)\n"
        "sys.exit('PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("kind", "suffix"), KINDS.items())
def test_a_picture_is_like_itself(kind: str, suffix: str) -> None:
    data = drawing("").encode() if kind == SVG else frames(kind) if kind != "image/jpeg" else saved(photo(), kind)
    assert alike(data, data, suffix)
    assert not alike(data, data + b"\0", "bmp")


def test_smoother_edges_are_alike_and_a_speck_is_not() -> None:
    image = photo()
    smoother, speck = image.point(lambda level: min(255, level + 8)), image.copy()
    speck.putpixel((3, 3), (255, 0, 0))
    data = saved(image, "image/png")
    assert alike(data, saved(smoother, "image/png"), "png")
    assert not alike(data, saved(speck, "image/png"), "png")


def test_colours_nobody_sees_do_not_count() -> None:
    red, blue = (Image.new("RGBA", (4, 4), (*colour, 0)) for colour in ((255, 0, 0), (0, 0, 255)))
    assert alike(saved(red, "image/png"), saved(blue, "image/png"), "png")
    assert not alike(saved(red, "image/png"), saved(Image.new("RGB", (4, 4), "red"), "image/png"), "png")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (saved(photo((4, 4)), "image/png"), saved(photo((4, 5)), "image/png")),
        (saved(photo(), "image/png"), saved(photo(), "image/png", icc_profile=PROFILE)),
        (saved(photo(), "image/png"), saved(photo(), "image/png", exif=exif("2026", 6))),
        (saved(Image.new("I;16", (2, 2), 300), "image/png"), saved(Image.new("I;16", (2, 2), 9_000), "image/png")),
        (frames("image/png"), frames("image/png") + b"\0"),
        (b"no picture", b"another"),
    ],
    ids=["size", "colours", "turn", "16 bits", "animated", "unreadable"],
)
def test_what_cannot_be_compared_is_not_alike(old: bytes, new: bytes) -> None:
    assert not alike(old, new, "png")


FIGURE = """
import sys
from matplotlib.figure import Figure
drawn = Figure()
axes = drawn.subplots()
axes.plot([1, 3, 2], "o-")
axes.fill_between([0, 1], [1, 2], hatch="//")
drawn.savefig(sys.stdout, format="svg")
"""


def test_figures_drawn_apart_are_the_same_svg() -> None:
    drawn = [figure("svg", 2024), figure("svg", 2025)]
    drawn += [subprocess.run([sys.executable, "-c", FIGURE], capture_output=True, check=True).stdout for _ in range(2)]
    assert len(set(drawn)) == 4
    one, same, other, same_as_other = (kept(SVG, data) for data in drawn)
    assert one == same != other
    assert other == same_as_other


def test_every_reference_of_a_figure_still_leads_somewhere() -> None:
    text = kept(SVG, figure("svg", 2026)).data.decode()
    references = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', text)
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(references) > 20
    assert {"".join(pair) for pair in references} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_drawing_looks_as_before() -> None:
    color = {"field": "a", "type": "quantitative"}
    chart = {"mark": "point", "data": {"values": [{"a": 1}, {"a": 2}]}, "encoding": {"color": color}}
    for markup in (figure("svg", 2026).decode(), vegalite_to_svg(chart)):
        assert pixels(svg_to_png(kept(SVG, markup).data.decode())) == pixels(svg_to_png(markup))


def test_a_figure_is_called_by_its_title() -> None:
    assert kept(SVG, figure("svg", 2026)).title == "A figure"
    inner = "<g><title>inner</title></g>"
    assert kept(SVG, drawing(f"{inner}<title>Two\n <tspan>words</tspan> </title>")).title == "Two words"
    assert kept(SVG, drawing(inner)).title == ""


def test_a_drawing_is_written_in_one_way() -> None:
    plain = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" height="1" width="2">'
    prolog = "\n<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>"
    one = f"{prolog}{plain}<use xlink:href='#'/></svg>"
    other = (
        '<s:svg width="2" height="1" xmlns:s="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">'
        '<!-- a note --><s:use x:href="#"></s:use><s:metadata><date/>2026</s:metadata><?php ?></s:svg>'
    )
    assert kept(SVG, one).data.decode() == f'{plain}<use xlink:href="#"/></svg>\n'
    assert kept(SVG, one) == kept(SVG, other)


def test_a_root_without_namespace_gets_one() -> None:
    assert kept(SVG, "<svg><g/></svg>").data == b'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>\n'


@pytest.mark.parametrize(
    "given",
    [
        '<text xml:space="preserve">  two\n  lines\t</text> and a tail ',
        "<text>a &lt; b &amp; c &gt; d &#13; é</text>",
        '<g style="a: &quot;b&quot;&#9;&#10;&#13;&lt;&gt;&amp;"/>',
        '<foreignObject><html:p xmlns:html="http://www.w3.org/1999/xhtml">text</html:p></foreignObject>',
    ],
)
def test_what_is_drawn_stays_as_it_was(given: str) -> None:
    assert svg(given) == given.replace(' xmlns:html="http://www.w3.org/1999/xhtml"', "")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ('<g xmlns:i="http://inkscape.org" i:path="/home/somebody"><i:view>b<i:c/></i:view>c</g>', "<g>c</g>"),
        ('<g xmlns:s="http://www.w3.org/2000/svg" s:x="1"/>', "<g/>"),
        ('<g xmlns=""><rect/></g>', ""),
        ('<g class="trace trace5f3a2b"/>', "<g/>"),
        ('<style>.a{}</style><g class="a"/>', '<style>.a{}</style><g class="a"/>'),
        ('<g online="true" once="1" fill="red"/>', '<g fill="red"/>'),
        ('<a href="other.html" target="x"><circle/></a>', '<a target="x"><circle/></a>'),
        ('<a xlink:href="file:///etc/passwd"/><a href="obsidian://open"/>', "<a/><a/>"),
    ],
)
def test_what_no_browser_draws_is_left_out(given: str, left: str) -> None:
    assert svg(given) == left


@pytest.mark.parametrize(
    ("given", "renamed"),
    [
        ('<g id="b"/><g id="a"/>', '<g id="i1"/><g id="i2"/>'),
        ('<use href="#a"/><use xlink:href="#a"/><g id="a"/>', '<use href="#i1"/><use xlink:href="#i1"/><g id="i1"/>'),
        ('<g fill="url(#a)" id="a"/>', '<g fill="url(#i1)" id="i1"/>'),
        ('<g style="fill: url( &quot;#a&quot; ) red"/>', '<g style="fill: url(#i1) red"/>'),
        ("<g clip-path=\"url('#clipAxy')\"/>", '<g clip-path="url(#i1)"/>'),
        ('<g aria-labelledby="b a" id="a"/>', '<g aria-labelledby="i1 i2" id="i2"/>'),
        ('<g id="a"/><use href="#i1"/>', '<g id="i1"/><use href="#i2"/>'),
        ('<a href="#"/><a href="https://a.org/#a"/>', '<a href="#"/><a href="https://a.org/#a"/>'),
        ('<g id="fade12" fill="#fade12" style="fill:#fade12"/>', '<g fill="#fade12" id="i1" style="fill:#fade12"/>'),
        ('<animate id="a" begin="0s;1.5s" end="indefinite"/>', '<animate begin="0s;1.5s" end="indefinite" id="i1"/>'),
        ("<style>#a,g#b:hover{fill:#abc}</style>", "<style>#i1,g#i2:hover{fill:#abc}</style>"),
        (
            '<g id="a"/><style>@media print{#a{fill:#a;stroke:url(#a)}}g{font:"#a"}</style>',
            '<g id="i1"/><style>@media print{#i1{fill:#a;stroke:url(#i1)}}g{font:"#a"}</style>',
        ),
        ("<style>/</style>", "<style>/</style>"),
    ],
)
def test_ids_are_numbered_and_colours_are_not(given: str, renamed: str) -> None:
    assert svg(given) == renamed


@pytest.mark.parametrize(
    "doubtful",
    [
        '<g id="a b"/>',
        '<g xml:id="b"/>',
        '<use href="#a%20b"/>',
        '<use href=" #a"/>',
        '<use href="#svgView(viewBox(0,0,1,1))"/>',
        '<set begin="a.click"/>',
        '<g fill="url(#a%20b)"/>',
        r'<g fill="u\72l(#a)"/>',
        "<style>[id=a]{}</style>",
        "<style>/* #a{ */</style>",
        r"<style>#\61{}</style>",
        '<style>g{font:"}#a{"}</style>',
        "<style>g{font:'}</style>",
        "<style>#a{}<g/></style>",
        "<style>@supports (fill:#abc){#a{}}</style>",
        "<style>g{fill:url(#a%20b)}#a{}</style>",
    ],
)
def test_where_a_mention_may_be_overlooked_ids_stay(doubtful: str) -> None:
    assert svg(f'<g id="a"/>{doubtful}') == f'<g id="a"/>{doubtful}'


@pytest.mark.parametrize(
    "given",
    [
        "<script>alert(1)</script>",
        '<foreignObject><script xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        "<SCRIPT/>",
        '<g onclick="alert(1)"/>',
        '<g OnLoad=""/>',
        '<a href="java&#10;script:alert(1)"/>',
        '<a xlink:href=" VBScript:x"/>',
        '<animate attributeName="x" values="0;javascript:alert(1)"/>',
        '<a href="data:text/html,x"/>',
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="#a"/></foreignObject>',
        "<object/>",
        "<embed/>",
        '<set attributeName="xlink:href" to="#a"/>',
        '<animate attributeName="onclick"/>',
        '<animate onbegin="f()" attributeName="x"/>',
        '<a href="other.html" onmouseover="f()"/>',
    ],
)
def test_a_drawing_that_runs_code_is_refused(given: str) -> None:
    assert refusal(SVG, drawing(given)) == "has a script"


@pytest.mark.parametrize(
    "given",
    [
        '<image href="https://a.org/a.png"/>',
        '<image xlink:href="a.png"/>',
        '<use href="other.svg#a"/>',
        '<image href="data:image/svg+xml,x"/>',
        '<g xml:base="https://a.org/"/>',
        '<g fill="url(a.svg#a)"/>',
        "<g style=\"fill: URL( 'https://a.org' )\"/>",
        r'<g style="fill: u\52 l(//a.org)"/>',
        r"<style>@\import 'a.css';</style>",
        "<style>@IMPORT 'a.css';</style>",
        "<style>g{fill:<![CDATA[url(]]>a)}</style>",
        "<style>g{cursor:image-set('a.png' 1x)}</style>",
        r"<style>g{a:\ffffff;b:url(a)}</style>",
        '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" srcset="data:image/png,AA, a.png"/></foreignObject>',
        '<?xml-stylesheet href="a.css"?>',
    ],
)
def test_a_drawing_that_asks_for_other_files_is_refused(given: str) -> None:
    assert refusal(SVG, drawing(given)) == "asks for other files"


@pytest.mark.parametrize(
    "given",
    [
        '<image href="data:image/png;base64,\nAAAA"/>',
        '<a href="https://a.org/"/><a xlink:href=" mailto:somebody@a.org"/>',
        "<style>@font-face{src:url( data:font/woff2;base64,AAAA )}g{fill:url(#a)}</style>",
        '<set attributeName="fill" to="red"/>',
        "<text>javascript: the good parts, @import url(a)</text>",
    ],
)
def test_a_harmless_drawing_is_kept(given: str) -> None:
    assert kept(SVG, drawing(given)).suffix == "svg"


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<html/>", "no SVG"),
        ('<a:svg xmlns:a="http://a.org"/>', "no SVG"),
        ("", "no XML: no element found: line 1, column 0"),
        ("<svg><g></svg>", "no XML: mismatched tag: line 1, column 10"),
        ("<svg>\udcff</svg>", "no XML"),
        ("<!DOCTYPE svg SYSTEM 'a.dtd'><svg>&nbsp;</svg>", "no XML: unknown entity nbsp"),
        ("<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg>&a;</svg>", "has a DTD of its own"),
        ("<g>" * 100_000 + "</g>" * 100_000, "no SVG"),
        ("<svg>" * 100_000 + "</svg>" * 100_000, "nested more than 256 deep"),
        (f"<svg>{'<g/>' * 250_000}</svg>", "more than 250,000 elements and attributes"),
    ],
)
def test_what_is_no_decent_svg_is_refused(markup: str, reason: str) -> None:
    assert refusal(SVG, markup) == reason


@pytest.mark.parametrize(
    "body",
    [
        f'<path d="{"M 1.5 2 L " * 900_000}"/>',
        f"<style>{'#a;' * 900_000}</style>",
        f"<style>{'#a{' * 3_000_000}</style>",
        f"<style>{'url( #' * 900_000}</style>",
    ],
    ids=["path", "colours", "selectors", "urls"],
)
def test_a_large_drawing_takes_no_age(body: str) -> None:
    began = process_time()
    kept(SVG, drawing(body))
    assert process_time() - began < 5


LINE = drawing('<path d="M 10.5 20.25 L 300.125 .5" stroke-width="1.5"/><text>0.91</text>', 'viewBox="0 0 400 300"')


@pytest.mark.parametrize(
    ("was", "now"), [("20.25", "20.26"), ("300.125", "300.1"), (" .5", " 0.5001"), ('"1.5"', '"1.5004"')]
)
def test_lines_moved_by_less_than_anybody_sees_are_alike(was: str, now: str) -> None:
    assert alike(LINE.encode(), LINE.replace(was, now).encode(), "svg")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("20.25", "20.35"),
        ('"1.5"', '"1.51"'),
        ("0.91", "0.92"),
        ("20.25", "20.25.5"),
        ("path", "g"),
        ("<text>", "<g/><text>"),
        ("</svg>", "</svg>\n"),
        ("20.25", "green"),
    ],
)
def test_lines_and_texts_that_anybody_sees_changed_are_not_alike(was: str, now: str) -> None:
    assert not alike(LINE.encode(), LINE.replace(was, now).encode(), "svg")


@pytest.mark.parametrize(
    ("view_box", "same"),
    [('viewBox="0 0 400 300"', True), ("", True), ('viewBox="10, 20, 2, 2"', False), ('viewBox="0"', False)],
)
def test_what_nobody_sees_depends_on_what_is_shown(view_box: str, same: bool) -> None:  # noqa: FBT001 - what is expected
    old, new = (drawing(f'<circle r="10.5" cx="{x}"/>', view_box).encode() for x in ("30.01", "30.03"))
    assert alike(old, new, "svg") is same


@pytest.mark.parametrize(
    ("was", "now"), [("#0e1000", "#0e2000"), ("#a07", "#a7"), ("#000009", "#000010"), ("1.5e3", "1.5e4")]
)
def test_whole_numbers_are_exact(was: str, now: str) -> None:
    old, new = (drawing(f'<g fill="{value}"/>', 'viewBox="0 0 1e9 1e9"').encode() for value in (was, now))
    assert not alike(old, new, "svg")
