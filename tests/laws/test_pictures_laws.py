"""What holds for every picture, and for all that is said to be one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mdrun.pictures import KINDS, Picture, PictureRefused, alike, is_ours, picture_of
from tests.test_pictures import FORMATS, SVG, drawing, exif, figure, frames, photo, saved

LIMIT = 1_000_000
WHOLE = {
    **{kind: [saved(photo((9, 7)), kind, exif=exif("2026", 6), comment=b"text")] for kind in FORMATS},
    SVG: [figure("svg", 2026), drawing('<g id="a"/><style>#a{fill:url(#a)}</style>').encode()],
}
WHOLE["image/gif"].append(frames("image/gif"))
WHOLE["image/webp"].append(frames("image/webp"))
WHOLE["image/png"] += [frames("image/png"), saved(Image.new("P", (3, 3)), "image/png")]
PIECES = st.sampled_from(
    [
        *(
            "<svg>",
            "<svg ",
            "</svg>",
            "<g>",
            "</g>",
            "<style>",
            "</style>",
            "<a:b/>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
        ),
        *("<!DOCTYPE svg>", "<?xml version='1.0'?>", "&#10;", "&amp;", "&a;", "xmlns:a='b'", "id='a'", "id='a b'", "'"),
        *("href='#a'", "fill='url(#a)'", "begin='a.end'", "onload=''", "#a", "{", "}", ";", "url(", "\\", '"', "/*"),
        *(">", "/>", " ", "\r\n", "\0", "\udcff", "é", "xml:space='preserve'", "xmlns='http://www.w3.org/1999/xhtml'"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a picture some bytes of which are others, are missing, or come twice."""
    data = bytearray(draw(st.sampled_from(WHOLE[kind])))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


KIND = st.sampled_from(sorted(KINDS))
DAMAGED = KIND.flatmap(lambda kind: st.tuples(st.just(kind), damaged(kind)))
MARKUP = st.lists(PIECES, max_size=12).map(lambda pieces: "".join(("<svg>", *pieces, "</svg>")))
BODIES = st.lists(PIECES, max_size=12).map("".join)
ANYTHING = st.one_of(st.none(), st.text(), st.binary(), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
SAID = DAMAGED | st.tuples(st.just(SVG), MARKUP | BODIES) | st.tuples(KIND | st.text(), ANYTHING)


def outcome(kind: str, value: object) -> Picture | None:
    try:
        return picture_of(kind, value, limit=LIMIT)
    except PictureRefused as refused:
        return None if str(refused) else pytest.fail("refused without a word")


@given(SAID)
def test_whatever_is_said_to_be_a_picture_is_kept_or_refused(said: tuple[str, object]) -> None:
    kind, value = said
    if picture := outcome(kind, value):
        assert picture_of(kind, picture.data, limit=LIMIT) == picture
        assert is_ours(picture.name, picture.data)
        assert alike(picture.data, picture.data, picture.suffix)


@given(DAMAGED)
def test_text_says_the_same_as_bytes(said: tuple[str, bytes]) -> None:
    kind, data = said
    text = data.decode("utf-8", "surrogateescape") if kind == SVG else base64.b64encode(data).decode()
    assert outcome(kind, data) == outcome(kind, text)


@given(DAMAGED, DAMAGED, st.sampled_from([*KINDS.values(), "bmp", ""]))
def test_likeness_is_mutual(old: tuple[str, bytes], new: tuple[str, bytes], suffix: str) -> None:
    assert alike(old[1], new[1], suffix) is alike(new[1], old[1], suffix)
