from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from mdrun import road
from mdrun.llm.local import has_library
from mdrun.llm.weights import SMOLLM2, find, place_of
from tests.kernels import ScriptedKernel, kernel_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.events import Event
    from mdrun.kernel import Kernel, KernelLaunch
    from mdrun.stop import StopRequest
    from tests.kernels import Line

_TELLING = {"CI", "VIRTUAL_ENV", "CONDA_PREFIX"}
"""Variables of the tester's that mdrun heeds."""

REAL_WEIGHTS = find(SMOLLM2)
"""The tester's own, looked for before mdrun gets another home."""


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give mdrun a home of its own, so that the tester's settings count for nothing."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        for name in os.environ:
            if name.startswith(("MDRUN_", "OPENAI_", "AZURE_OPENAI_")) or name in _TELLING:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let what tests start be interrupted: of a suite in a shell's background it would not be."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class EventfulKernel(ScriptedKernel):
    """A kernel in whose turn something else happens."""

    def __init__(self, script: Mapping[str, Sequence[Line]], meanwhile: Callable[[str], object]) -> None:
        super().__init__(script)
        self._meanwhile = meanwhile

    def execute(self, source: str, *, cell: int, timeout: float | None = None) -> Iterator[Event]:
        self._meanwhile(source)
        yield from super().execute(source, cell=cell, timeout=timeout)


class Kernels:
    """The kernels that were started: each says what `script` has, and `meanwhile` happens before."""

    def __init__(self) -> None:
        self.script: dict[str, Sequence[Line]] = {}
        self.meanwhile: Callable[[str], object] = lambda _: None
        self.started: list[ScriptedKernel] = []
        self.launches: list[KernelLaunch] = []

    @contextmanager
    def start(self, launch: KernelLaunch, stop: StopRequest) -> Iterator[ScriptedKernel]:
        """Stand in for `start_kernel`."""
        stop.check()
        self.launches.append(launch)
        self.started.append(EventfulKernel(self.script, self.meanwhile))
        yield self.started[-1]


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Kernels:
    """Have notes run by kernels that are no processes."""
    found = Kernels()
    monkeypatch.setattr(road, "start_kernel", found.start)
    return found


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of `kernel`."""
    return tmp_path_factory.mktemp("note")


@pytest.fixture(scope="module")
def kernel(shared_folder: Path) -> Iterator[Kernel]:
    """Return a real kernel, shared where what others ran in it does not matter."""
    with kernel_in(shared_folder) as kernel:
        yield kernel
        list(kernel.finish())


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the real weights of the small local model, installed in a cache of the test's own."""
    if REAL_WEIGHTS is None or not has_library():
        pytest.skip("needs xllamacpp and `mdrun model install`")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = place_of(SMOLLM2)
    place.parent.mkdir(parents=True)
    place.symlink_to(REAL_WEIGHTS)
    return place
