"""Renderers that other packages bring."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from mdrun.doors import other_renderers
from mdrun.events import DisplayData
from tests.runs import Told, block, vault
from tests.test_pictures_in_notes import RED, kept, pictures, png

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Kernels

KIND = "application/vnd.example+json"
PACKAGE = """
def as_markdown(value, metadata, keep):
    if value == "nothing":
        return None
    if value == "broken":
        raise LookupError("no such thing")
    if value == "exits":
        raise SystemExit(3)
    if value == "five":
        return 5
    if value == "python":
        from mdrun.clip import Text
        from mdrun.mime import Fence
        return Fence("python", Text("1"))
    if value == "fence":
        from mdrun.mime import Fence
        return Fence("text", "no Text")
    return f"# {value['title']}\\n\\n{keep('image/png', value['png'])} [[Note]]"


def louder(value, metadata, keep):
    return f"**{value}**"
"""


@pytest.fixture
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package that renders a kind of its own, and plain text in another way."""
    site = vault(
        tmp_path / "site",
        {
            "example_renderers.py": PACKAGE,
            "example-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: example\nVersion: 1\n",
            "example-1.dist-info/entry_points.txt": (
                "[mdrun.mime_renderers]\n"
                f"{KIND} = example_renderers:as_markdown\n"
                "text/x-loud = example_renderers:louder\n"
            ),
        },
    )
    monkeypatch.syspath_prepend(str(site))
    other_renderers.cache_clear()
    yield
    other_renderers.cache_clear()


@pytest.mark.usefixtures("_package")
def test_a_package_shows_a_kind_of_its_own(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path / "v", {"a.md": block("x")}) / "a.md"
    value = {"title": "Mine", "png": base64.b64encode(png(RED)).decode()}
    kernels.script = {"x\n": [DisplayData({"text/plain": "<mine>", KIND: value, "text/x-loud": "loud"})]}
    assert Told(note).code == 0
    name = kept(png(RED)).name
    assert f"\n> **Mine**\n>\n> ![picture](./{name}) \\[[Note]\\]\n> <!--" in note.read_text()
    assert pictures(tmp_path / "v") == [name]
    assert Told(note, writes=False).code == 0


@pytest.mark.usefixtures("_package")
def test_a_renderer_that_fails_costs_no_output(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path / "v", {"a.md": block("x")}) / "a.md"
    values = ("nothing", "broken", "exits", "five", "fence")
    kernels.script = {"x\n": [DisplayData({KIND: value, "text/plain": value}) for value in values]}
    told = Told(note)
    assert told.code == 0
    assert told.lines[1:] == [
        f"  display: {note}:1: {KIND}: its renderer failed: {why}; shown as text/plain"
        for why in (
            "LookupError: no such thing",
            "SystemExit: 3",
            "TypeError: it returned int, which is no part of a region",
            "TypeError: it returned Fence, which is no part of a region",
        )
    ]
    for value in values:
        assert f"\n> {value}\n" in note.read_text()


@pytest.mark.usefixtures("_package")
def test_a_renderer_makes_no_block_that_runs(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path / "v", {"a.md": block("x")}) / "a.md"
    kernels.script = {"x\n": [DisplayData({KIND: "python"})]}
    assert Told(note).code == 0
    assert "\n> ```text\n> 1\n> ```\n" in note.read_text()


@pytest.mark.usefixtures("_package")
def test_a_picture_that_a_renderer_keeps_has_to_be_one(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path / "v", {"a.md": block("x")}) / "a.md"
    kernels.script = {"x\n": [DisplayData({KIND: {"title": "Mine", "png": "?"}, "text/plain": "<mine>"})]}
    told = Told(note)
    assert told.lines[1:] == [f"  display: {note}:1: {KIND}: not base64; shown as text/plain"]
