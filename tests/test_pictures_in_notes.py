"""Notes that show pictures: the files beside them, and what becomes of these."""

from __future__ import annotations

import base64
import inspect
import io
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from mdrun.commands.clean import clean_notes
from mdrun.events import DisplayData, Event, Stream
from mdrun.mime.renderers import OWN_METADATA
from mdrun.pictures import picture_of
from tests.runs import Told, as_written, block, held_back, mdrun, vault

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.pictures import Picture
    from tests.conftest import Kernels

RED, GREEN, BLUE = (220, 0, 0), (0, 160, 0), (0, 0, 200)


def png(colour: tuple[int, int, int], size: tuple[int, int] = (8, 6)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def shown(data: bytes, **metadata: Any) -> Event:
    bundle = {"image/png": base64.b64encode(data).decode(), "text/plain": "<a picture>"}
    return DisplayData(bundle, metadata)


def kept(data: bytes) -> Picture:
    return picture_of("image/png", data, limit=1_000_000)


def pictures(root: Path) -> list[str]:
    return sorted(file.relative_to(root).as_posix() for file in root.rglob("mdrun-*") if file.is_file())


def obsidian(folder: str) -> dict[str, str]:
    return {".obsidian/app.json": json.dumps({"attachmentFolderPath": folder})}


def one_note(root: Path, *, name: str = "a.md", info: str = "python", **files: str) -> Path:
    return vault(root, {".obsidian/app.json": "{}", name: block("x", info), **files}) / name


@pytest.mark.parametrize(
    ("setting", "folder", "destination"),
    [
        ("/", "", "../../"),
        ("./", "Lab/My notes", "./"),
        (".", "Lab/My notes", "./"),
        ("./pics of mine", "Lab/My notes/pics of mine", "./pics%20of%20mine/"),
        ("Bilder (neu)/ü", "Bilder (neu)/ü", "../../Bilder%20%28neu%29/ü/"),
    ],
)
def test_pictures_stand_where_obsidian_keeps_attachments(
    tmp_path: Path, kernels: Kernels, setting: str, folder: str, destination: str
) -> None:
    name = kept(png(RED)).name
    note = vault(tmp_path, {**obsidian(setting), "Lab/My notes/a.md": block("x")}) / "Lab/My notes/a.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    assert Told(note).code == 0
    assert pictures(tmp_path) == [f"{folder}/{name}".lstrip("/")]
    assert f"\n>\n> ![picture]({destination}{name})\n> <!-- " in note.read_text()
    assert Told(note, writes=False).code == 0


def test_a_vault_may_have_wikilinks(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path, info="python {width=400}", **{"mdrun.toml": 'links = "wikilink"'})
    kernels.script = {"x\n": [shown(png(RED))]}
    assert Told(note).code == 0
    assert f"\n> ![[{kept(png(RED)).name}|400]]\n" in note.read_text()
    assert Told(note, writes=False).code == 0


@pytest.mark.parametrize(
    ("info", "metadata", "expected"),
    [
        ("python", {}, "picture"),
        ("python", {OWN_METADATA: {"title": "Rain [mm] | $x$"}}, "Rain mm x"),
        ("python {alt='My rain', width=400}", {OWN_METADATA: {"title": "Rain"}}, "My rain|400"),
        ("python {width='400x300'}", {"image/png": {"width": 20}}, "picture|400x300"),
        ("python", {"image/png": {"width": 20, "height": 10.0}}, "picture|20x10"),
        ("python", {"image/png": {"width": 20}}, "picture|20"),
        ("python", {"image/png": {"width": "20", "height": 10}}, "picture"),
        ("python", {"image/png": None, OWN_METADATA: "?"}, "picture"),
        ("python", {"image/png": {"alt": "Blue", "width": 15}, OWN_METADATA: {"title": "Rain"}}, "Blue|15"),
        ("python", {OWN_METADATA: {"title": "2024"}}, "picture 2024"),
        ("python {alt='300x200', width=40}", {}, "picture 300x200|40"),
    ],
)
def test_a_picture_has_a_name_and_a_size(
    tmp_path: Path, kernels: Kernels, info: str, metadata: dict[str, Any], expected: str
) -> None:
    note = one_note(tmp_path, info=info)
    kernels.script = {"x\n": [shown(png(RED), **metadata)]}
    assert Told(note).code == 0
    assert f"\n> ![{expected}](./mdrun-" in note.read_text()


@pytest.mark.parametrize("width", ["0", "true", "'wide'", "12345", "'4x'"])
def test_a_width_that_is_none_is_told(tmp_path: Path, kernels: Kernels, width: str) -> None:
    note = one_note(tmp_path, info=f"python {{width={width}}}")
    kernels.script = {"x\n": [shown(png(RED))]}
    told = Told(note)
    assert "a number of pixels, or two such as '400x300'" in "\n".join(told.lines)
    assert "![picture](./" in note.read_text()


def test_notes_of_one_name_in_two_folders_keep_their_own_pictures(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path, {**obsidian("./img"), "A/n.md": block("x"), "B/n.md": block("y")})
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [shown(png(GREEN))]}
    assert Told(root).code == 0
    assert pictures(root) == [f"A/img/{kept(png(RED)).name}", f"B/img/{kept(png(GREEN)).name}"]


def test_a_second_run_writes_nothing(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    (picture,) = tmp_path.glob("mdrun-*")
    before = as_written(note), as_written(picture)
    assert Told(note).lines == [f"{note}: 1 block run, outputs unchanged"]
    assert (as_written(note), as_written(picture)) == before


def test_a_note_without_old_pictures_has_no_other_note_looked_into(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mdrun import files  # noqa: PLC0415

    def looked(*_: object) -> None:
        message = "the vault was listed"
        raise AssertionError(message)

    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    monkeypatch.setattr(files, "list_vault", looked)
    assert Told(note).code == 0
    assert Told(note).code == 0


def test_a_picture_that_is_shown_no_more_goes_with_its_folder(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path, {**obsidian("img"), "a.md": block("x")}) / "a.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    kernels.script = {"x\n": [shown(png(GREEN))]}
    Told(note)
    assert pictures(tmp_path) == [f"img/{kept(png(GREEN)).name}"]
    kernels.script = {}
    Told(note)
    assert note.read_text() == block("x")
    assert not (tmp_path / "img").exists()


@pytest.mark.parametrize("reader", ["b.md", "Board.canvas", "Deep/er/c.MD"])
def test_a_picture_that_another_note_shows_stays(tmp_path: Path, kernels: Kernels, reader: str) -> None:
    name = kept(png(RED)).name
    note = one_note(tmp_path, **{reader: f"see ![[{name}]]"})
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    kernels.script = {"x\n": [shown(png(GREEN))]}
    Told(note)
    assert pictures(tmp_path) == sorted([name, kept(png(GREEN)).name])


def test_a_picture_shown_twice_is_there_for_both_places(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(BLUE, (50, 50)))]}
    Told(note)
    near = png((0, 0, 201), (50, 50))
    kernels.script = {"x\n": [shown(near), shown(png(RED)), shown(near)]}
    assert Told(note).code == 0
    names = [kept(data).name for data in (png(BLUE, (50, 50)), png(RED), near)]
    for name in names:
        assert f"](./{name})" in note.read_text()
    assert pictures(tmp_path) == sorted(names)
    assert Told(note, writes=False).code == 0


def test_a_picture_is_written_again_though_it_was_there_when_the_note_was_woven(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mdrun.album import Album  # noqa: PLC0415

    note = vault(tmp_path, {"mdrun.toml": "", "a.md": block("x"), "b.md": block("y")}) / "a.md"
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [shown(png(RED))]}
    Told(note)
    woven = Album.write

    def late(self: Album, *args: Any) -> None:
        for picture in tmp_path.glob("mdrun-*"):
            picture.unlink()
        woven(self, *args)

    monkeypatch.setattr(Album, "write", late)
    assert Told(tmp_path / "b.md").code == 0
    assert pictures(tmp_path) == [kept(png(RED)).name]


@pytest.mark.parametrize("folder", ["a#b", "50%", "a/b c/d"])
def test_folders_of_odd_names_are_left_as_they_were(tmp_path: Path, kernels: Kernels, folder: str) -> None:
    note = vault(tmp_path, {**obsidian(folder), "n.md": block("x")}) / "n.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    assert Told(note).code == 0
    assert pictures(tmp_path) == [f"{folder}/{kept(png(RED)).name}"]
    assert Told(note, writes=False).code == 0
    assert clean_notes([note], None, {}, say=lambda _: None) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [".obsidian", "n.md"]


def test_an_edited_region_that_is_adopted_takes_its_picture_along(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    note.write_text(note.read_text().replace("![picture]", "![my picture]"))
    kernels.script = {"x\n": [shown(png(GREEN))]}
    Told(note)
    assert pictures(tmp_path) == [kept(png(RED)).name]
    Told(note, adopt=True)
    assert pictures(tmp_path) == [kept(png(GREEN)).name]


@pytest.mark.parametrize(
    "mention",
    [
        '![my](att/{} "Title")',
        '<img src="att/{}">',
        "[see](att/{})",
        "![x][p]\n\n[p]: att/{}",
        "[[{}]]",
        "![[att/{}#x]]",
    ],
)
def test_a_picture_that_its_own_note_names_elsewhere_stays(tmp_path: Path, kernels: Kernels, mention: str) -> None:
    note = vault(tmp_path, {**obsidian("att"), "n.md": block("x")}) / "n.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    note.write_text(f"{note.read_text()}\n{mention.format(kept(png(RED)).name)}\n")
    kernels.script = {"x\n": [shown(png(BLUE))]}
    Told(note)
    assert pictures(tmp_path) == sorted(f"att/{kept(png(colour)).name}" for colour in (RED, BLUE))
    assert clean_notes([note], None, {}, say=lambda _: None) == 0
    assert pictures(tmp_path) == [f"att/{kept(png(RED)).name}"]


def test_no_pattern_of_volatile_text_keeps_an_old_picture(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path, {"mdrun.toml": "volatile = ['[0-9a-f]{8,}']", "n.md": block("x")}) / "n.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    kernels.script = {"x\n": [shown(png(BLUE))]}
    assert Told(note, writes=False).code == 1
    Told(note)
    assert pictures(tmp_path) == [kept(png(BLUE)).name]


@pytest.mark.parametrize("setting", ["att", "./"])
def test_a_note_behind_a_link_has_the_ways_of_the_real_one(tmp_path: Path, kernels: Kernels, setting: str) -> None:
    root = vault(tmp_path, {**obsidian(setting), "real/n.md": block("x")})
    (root / "s.md").symlink_to("real/n.md")
    kernels.script = {"x\n": [shown(png(RED))]}
    assert Told(root / "s.md").code == 0
    name = kept(png(RED)).name
    assert pictures(root) == [f"{'real' if setting == './' else 'att'}/{name}"]
    assert Told(root / "real" / "n.md", writes=False).code == 0
    assert clean_notes([root / "s.md"], None, {}, say=lambda _: None) == 0
    assert pictures(root) == []


def test_a_picture_that_two_blocks_show_goes_with_the_last_of_them(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path, {"mdrun.toml": "", "a.md": f"{block('x')}\n{block('y')}"}) / "a.md"
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [shown(png(RED))]}
    Told(note)
    kernels.script = {"y\n": [shown(png(RED))]}
    Told(note)
    assert pictures(tmp_path) == [kept(png(RED)).name]
    kernels.script = {}
    Told(note)
    assert pictures(tmp_path) == []


def test_files_that_are_not_as_mdrun_made_them_are_never_removed(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    (picture,) = tmp_path.glob("mdrun-*")
    picture.write_bytes(b"mine")
    (tmp_path / "mdrun-0123456789abcdef.png").write_bytes(b"mine too")
    kernels.script = {}
    Told(note)
    assert pictures(tmp_path) == sorted([picture.name, "mdrun-0123456789abcdef.png"])


def test_a_picture_that_a_person_changed_stays_until_it_is_adopted(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    (picture,) = tmp_path.glob("mdrun-*")
    picture.write_bytes(png(BLUE))
    told = Told(note)
    assert told.code == 0
    assert told.lines[1:] == [
        f"  picture: {note}:1: {picture.name} was changed by hand, and stays (--adopt replaces it)"
    ]
    assert picture.read_bytes() == png(BLUE)
    checked = Told(note, writes=False)
    assert checked.code == 1
    assert checked.lines[1:] == [f"  stale: {note}:1: a picture it shows was changed by hand"]
    assert Told(note, adopt=True).code == 0
    assert picture.read_bytes() == png(RED)


def test_a_picture_that_is_not_there_is_stale_and_comes_back(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    (picture,) = tmp_path.glob("mdrun-*")
    picture.unlink()
    checked = Told(note, writes=False)
    assert checked.code == 1
    assert checked.lines[1:] == [f"  stale: {note}:1: a picture it shows is not there"]
    note.write_text(note.read_text().replace("x\n", "x\ny\n", 1))
    kernels.script["x\ny\n"] = kernels.script["x\n"]
    assert Told(note, writes=False).code == 1
    assert Told(note).code == 0
    assert picture.read_bytes() == png(RED)


def test_a_picture_that_looks_the_same_keeps_its_file(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    before = note.read_bytes()
    kernels.script = {"x\n": [shown(png((221, 1, 0)))]}
    assert Told(note, writes=False).code == 0
    assert Told(note).lines == [f"{note}: 1 block run, outputs unchanged"]
    assert note.read_bytes() == before
    assert pictures(tmp_path) == [kept(png(RED)).name]


def test_a_note_moved_with_its_pictures_keeps_working(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path, {**obsidian("img"), "A/n.md": block("x")})
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(root)
    moved = root / "B" / "deep"
    moved.mkdir(parents=True)
    (root / "A" / "n.md").rename(moved / "n.md")
    (root / "img").rename(root / "B" / "img")
    before = (moved / "n.md").read_bytes()
    assert Told(moved / "n.md", writes=False).code == 0
    assert Told(moved / "n.md").code == 0
    assert (moved / "n.md").read_bytes() == before
    assert pictures(root) == [f"B/img/{kept(png(RED)).name}"]


def test_a_note_moved_without_its_pictures_finds_them_again(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path, {**obsidian("img"), "n.md": block("x")})
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(root / "n.md")
    (root / "A").mkdir()
    (root / "n.md").rename(root / "A" / "n.md")
    assert Told(root / "A" / "n.md").code == 0
    assert "](../img/mdrun-" in (root / "A" / "n.md").read_text()
    assert pictures(root) == [f"img/{kept(png(RED)).name}"]


@pytest.mark.parametrize(
    "name", ["{}", "../N/img/{}", "/N/img/{}", "./img/{}", "<./img/{}>", "../N/my%20img%20(old)/{}"]
)
def test_links_that_obsidian_rewrote_are_no_edit(tmp_path: Path, kernels: Kernels, name: str) -> None:
    folder = "my img (old)" if "old" in name else "img"
    note = vault(tmp_path, {**obsidian("N/img"), "N/a.md": block("x")}) / "N" / "a.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    (tmp_path / "N" / "img").rename(tmp_path / "N" / folder)
    picture = kept(png(RED)).name
    note.write_text(note.read_text().replace(f"](./img/{picture})", f"]({name.format(picture)})"))
    before = note.read_bytes()
    assert Told(note, writes=False).code == 0
    assert Told(note).code == 0
    assert note.read_bytes() == before
    assert pictures(tmp_path) == [f"N/{folder}/{picture}"]


def test_pictures_of_regions_that_a_person_took_away_go_with_a_run_of_the_vault(
    tmp_path: Path, kernels: Kernels
) -> None:
    root = vault(tmp_path, {**obsidian("img"), "a.md": block("x"), "b.md": block("y")})
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [shown(png(GREEN))]}
    Told(root)
    (root / "a.md").write_text("Nothing to run.\n")
    (root / "img" / "mdrun-0123456789abcdef.png").write_bytes(b"mine")
    red, green = (kept(png(colour)).name for colour in (RED, GREEN))
    checked = Told(root, writes=False)
    assert checked.code == 0
    what = f"1 picture in {root} (img/{red})"
    assert checked.last[0] == f"unused: {what}: no note shows them any more (mdrun run {root} removes them)"
    assert Told(root / "b.md").last[0].startswith("1 note, ")
    assert Told(root).last[0] == f"removed: {what}: no note showed them any more"
    assert pictures(root) == sorted(["img/mdrun-0123456789abcdef.png", f"img/{green}"])


def test_pictures_left_over_stay_while_another_run_has_the_vault(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mdrun import files  # noqa: PLC0415
    from mdrun.album import remove_leftovers  # noqa: PLC0415

    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    note.unlink()
    monkeypatch.setattr(inspect.unwrap(files.held), "__defaults__", (0.0, lambda: None))
    with files.held(tmp_path):
        assert remove_leftovers(tmp_path) == []
    assert remove_leftovers(tmp_path) == [kept(png(RED)).name]
    assert remove_leftovers(tmp_path) == []


def test_clean_takes_the_pictures_along(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path, {**obsidian("./img"), "A/a.md": f"{block('x')}text\n"}) / "A/a.md"
    kernels.script = {"x\n": [shown(png(RED)), shown(png(GREEN))]}
    Told(note)
    assert len(pictures(tmp_path)) == 2
    assert clean_notes([note], None, {}, say=lambda _: None) == 0
    assert note.read_text() == f"{block('x')}text\n"
    assert pictures(tmp_path) == []


def test_a_hundred_pictures_are_bounded(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png((red, 0, 0))) for red in range(100)]}
    assert Told(note).code == 0
    assert len(pictures(tmp_path)) == 50
    assert "... 50 outputs left out ..." in note.read_text()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no base64!", "not base64"),
        (base64.b64encode(png(RED)[:-20]).decode(), "truncated"),
        (base64.b64encode(b"hello").decode(), "no PNG"),
    ],
)
def test_a_picture_that_is_none_gives_way_to_text_and_is_told(
    tmp_path: Path, kernels: Kernels, value: str, why: str
) -> None:
    """F40."""
    note = one_note(tmp_path)
    kernels.script = {"x\n": [DisplayData({"image/png": value, "text/plain": "<a picture>"})]}
    told = Told(note)
    assert told.code == 0
    assert "\n> <a picture>\n" in note.read_text()
    assert told.lines[1:] == [f"  display: {note}:1: image/png: {why}; shown as text/plain"]
    assert pictures(tmp_path) == []


def test_a_large_picture_is_refused_with_the_option_that_allows_it(tmp_path: Path, kernels: Kernels) -> None:
    noise = io.BytesIO()
    Image.frombytes("RGB", (2_000, 600), os.urandom(3_600_000)).save(noise, "PNG", compress_level=0)
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(noise.getvalue())]}
    told = Told(note, options={"picture_limit": 2.0})
    why = "image/png: 3.6 MB, more than 2 MB (--picture-limit, or the setting picture_limit, allows it)"
    assert told.lines[1:] == [f"  display: {note}:1: {why}; shown as text/plain"]
    assert f"\n> <a picture>\n> ... {why} left out ...\n" in note.read_text()
    assert Told(note, options={"picture_limit": 4.0}).code == 0
    assert len(pictures(tmp_path)) == 1


def test_secrets_are_masked_in_the_names_of_pictures(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", "s3cr3t-s3cr3t")
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED), **{OWN_METADATA: {"title": "by s3cr3t-s3cr3t"}})]}
    told = Told(note)
    assert "![by](./" in note.read_text()
    assert told.report.masked == 1


def test_secrets_are_masked_in_drawings(tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "s3cr3t-s3cr3t")
    note = one_note(tmp_path)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>s3cr3t-s3cr3t</text></svg>'
    kernels.script = {"x\n": [DisplayData({"image/svg+xml": drawing})]}
    assert Told(note).report.masked == 1
    (picture,) = tmp_path.glob("mdrun-*.svg")
    assert picture.read_text() == '<svg xmlns="http://www.w3.org/2000/svg"><text>***</text></svg>\n'


def test_when_the_note_is_not_written_its_pictures_are_not_left(tmp_path: Path, kernels: Kernels) -> None:
    """F56."""
    note = vault(tmp_path, {**obsidian("img"), "a.md": block("x")}) / "a.md"
    kernels.script = {"x\n": [shown(png(RED))]}
    kernels.meanwhile = lambda _: note.unlink()
    assert Told(note).code == 2
    assert pictures(tmp_path) == []
    assert not (tmp_path / "img").exists()


def test_pictures_go_when_the_note_cannot_be_written_at_last(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mdrun import files  # noqa: PLC0415
    from mdrun.errors import NoteUnwritable  # noqa: PLC0415

    def full(*_: object) -> None:
        message = "no space left"
        raise NoteUnwritable(message)

    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    monkeypatch.setattr(files, "write", full)
    told = Told(note)
    assert told.code == 2
    assert note.read_text() == block("x")
    assert pictures(tmp_path) == []


def test_pictures_of_a_note_that_is_written_stay_whatever_comes_then(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19."""
    from mdrun import files  # noqa: PLC0415
    from mdrun.errors import NoteUnwritable  # noqa: PLC0415

    def interrupted(*_: object, **__: object) -> list[str]:
        message = "while old pictures were looked for"
        raise NoteUnwritable(message)

    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    kernels.script = {"x\n": [shown(png(GREEN))]}
    monkeypatch.setattr(files, "unmentioned", interrupted)
    Told(note)
    assert kept(png(GREEN)).name in note.read_text()
    assert kept(png(GREEN)).name in pictures(tmp_path)


def test_a_folder_of_attachments_behind_a_link_out_of_the_vault_is_refused(tmp_path: Path, kernels: Kernels) -> None:
    """F67."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = vault(tmp_path / "vault", {**obsidian("img"), "a.md": block("x")})
    (root / "img").symlink_to(elsewhere)
    kernels.script = {"x\n": [shown(png(RED))]}
    told = Told(root / "a.md")
    assert told.code == 2
    why = f"{root / 'img'} leads out of the vault"
    assert told.lines[1:] == [
        f"  error: no picture can be kept: {why}",
        f"  display: {root / 'a.md'}:1: image/png: {why}; shown as text/plain",
    ]
    assert "\n> <a picture>\n" in (root / "a.md").read_text()
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "why"),
    [("../out", "leads out of the vault"), (".hidden", "is a dot folder, which Obsidian does not show")],
)
def test_a_setting_that_has_no_place_for_pictures_hinders_only_notes_that_show_some(
    tmp_path: Path, kernels: Kernels, setting: str, why: str
) -> None:
    root = vault(tmp_path, {**obsidian(setting), "a.md": block("x"), "b.md": block("y")})
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [Stream("stdout", "words")]}
    told = Told(root / "a.md")
    app = tmp_path / ".obsidian" / "app.json"
    assert told.code == 2
    assert told.report.error == f"no picture can be kept: {app}: attachmentFolderPath {setting!r} {why}"
    assert "\n> <a picture>\n" in (root / "a.md").read_text()
    assert Told(root / "b.md").code == 0


@pytest.mark.parametrize("settings", ['{"attachmentFolderPath": "img"', "", "\udcff"])
def test_settings_that_cannot_be_read_hinder_only_notes_that_show_pictures(
    tmp_path: Path, kernels: Kernels, settings: str
) -> None:
    root = vault(tmp_path, {"a.md": block("x"), "b.md": block("y"), ".obsidian/app.json": ""})
    app = root / ".obsidian" / "app.json"
    app.write_bytes(settings.encode(errors="surrogateescape"))
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [Stream("stdout", "words")]}
    told = Told(root / "a.md")
    assert told.code == 2
    assert told.report.error == f"no picture can be kept: {app}: cannot be read, and may say where pictures stand"
    assert Told(root / "b.md").code == 0


def test_settings_may_begin_with_a_byte_order_mark(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path, {"a.md": block("x"), ".obsidian/app.json": '\ufeff{"attachmentFolderPath": "img"}'})
    kernels.script = {"x\n": [shown(png(RED))]}
    assert Told(root / "a.md").code == 0
    assert (root / "img" / kept(png(RED)).name).exists()


def test_a_region_keeps_its_picture_where_no_new_one_can_stand(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path, {**obsidian("img"), "a.md": block("x") + "\n" + block("y")})
    note = root / "a.md"
    kernels.script = {"x\n": [shown(png(RED))], "y\n": [shown(png(BLUE))]}
    Told(note)
    shutil.rmtree(root / "img")
    (root / "img").write_text("no folder")
    kernels.script = {"x\n": [shown(png(GREEN))], "y\n": [Stream("stdout", "words")]}
    told = Told(note)
    assert told.code == 2
    assert kept(png(RED)).name in note.read_text()
    assert kept(png(BLUE)).name not in note.read_text()
    assert "\n> words\n" in note.read_text()


@pytest.mark.kernel
def test_a_folder_that_takes_no_pictures_costs_no_text(tmp_path: Path) -> None:
    source = "from PIL import Image\nImage.new('RGB', (8, 6))"
    note = vault(tmp_path, {**obsidian("img"), "a.md": block(source)}) / "a.md"
    (tmp_path / "img").mkdir(mode=0o555)
    ran = mdrun(note, cwd=tmp_path, behind=held_back())
    assert ran.code == 2
    assert f"error: no picture can be kept: {tmp_path / 'img'} takes no new files\n" in ran.out
    assert "\n> <PIL.Image.Image image mode=RGB size=8x6>\n" in note.read_text()


@pytest.mark.parametrize(
    ("links", "shown_as", "resized"),
    [("markdown", "![picture](./{})", "![picture|400x30](./{})"), ("wikilink", "![[{}]]", "![[{}|400x30]]")],
)
def test_a_picture_that_a_person_resized_keeps_its_size(
    tmp_path: Path, kernels: Kernels, links: str, shown_as: str, resized: str
) -> None:
    note = one_note(tmp_path, **{"mdrun.toml": f"links = '{links}'"})
    red, green = kept(png(RED)).name, kept(png(GREEN)).name
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    note.write_text(note.read_text().replace(shown_as.format(red), resized.format(red)))
    assert Told(note).lines == [f"{note}: 1 block run, outputs unchanged"]
    kernels.script = {"x\n": [shown(png(GREEN))]}
    assert Told(note, writes=False).code == 1
    assert Told(note).code == 0
    assert resized.format(green) in note.read_text()
    assert Told(note, writes=False).code == 0
    note.write_text(note.read_text().replace("```python", "```python {width=300}"))
    Told(note)
    assert resized.format(green).replace("400x30", "300") in note.read_text()


def test_a_size_that_an_option_gave_goes_with_it(tmp_path: Path, kernels: Kernels) -> None:
    note = one_note(tmp_path, info="python {width=300}")
    kernels.script = {"x\n": [shown(png(RED))]}
    Told(note)
    note.write_text(note.read_text().replace(" {width=300}", ""))
    Told(note)
    assert f"![picture](./{kept(png(RED)).name})" in note.read_text()


def test_a_note_that_changed_meanwhile_takes_its_picture(tmp_path: Path, kernels: Kernels) -> None:
    """F55."""
    note = one_note(tmp_path)
    kernels.script = {"x\n": [shown(png(RED))]}
    kernels.meanwhile = lambda _: note.write_text(f"New.\n\n{block('x')}")
    assert Told(note).code == 0
    assert note.read_text().startswith("New.\n\n```python\nx\n```\n> [!output]\n>\n> ![picture](./mdrun-")
    assert len(pictures(tmp_path)) == 1


@pytest.mark.parametrize("text", ["- item\n\n  {}\n- next\n", "> [!tip] t\n> {}\n> text\n", "1. a\n   > {}\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_picture_keeps_its_container_whole(tmp_path: Path, kernels: Kernels, text: str, end: str) -> None:
    prefix = text.partition("{}")[0].rpartition("\n")[2]
    fence = f"\n{prefix}".join(["```python", "x", "```"])
    before = text.format(fence).replace("\n", end)
    note = vault(tmp_path, {"mdrun.toml": "", "a.md": before.encode()}) / "a.md"
    kernels.script = {"x\n": [shown(png(RED)), DisplayData({"text/html": "<table><tr><td>1</td></tr></table>"})]}
    assert Told(note).code == 0
    woven = note.read_bytes()
    assert woven.count(f"{prefix}> ![picture](./mdrun-".encode()) == 1
    assert Told(note, writes=False).code == 0
    assert clean_notes([note], None, {}, say=lambda _: None) == 0
    assert note.read_bytes() == before.encode()


def test_a_copy_of_the_vault_elsewhere_has_the_same_bytes(tmp_path: Path, kernels: Kernels) -> None:
    root = vault(tmp_path / "one", {**obsidian("./img"), "A/a.md": block("x")})
    shutil.copytree(root, tmp_path / "two words")
    kernels.script = {"x\n": [shown(png(RED))]}
    for folder in (root, tmp_path / "two words"):
        assert Told(folder).code == 0
    assert (tmp_path / "two words" / "A" / "a.md").read_bytes() == (root / "A" / "a.md").read_bytes()
