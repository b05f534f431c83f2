"""`mdrun model`: install, list and remove the small local model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdrun.errors import ModelDamaged
from mdrun.llm.local import LIBRARY_HINT, has_library
from mdrun.llm.weights import MEGABYTE, SMOLLM2, Weights, find, install, place_of, remove, verify
from mdrun.stop import stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable


def install_model(*, say: Callable[[str], None], on_terminal: bool, weights: Weights = SMOLLM2) -> int:
    """Fetch the model unless it is there and whole; return the exit code."""
    with stop_on_signals() as stop:
        install(weights, stop=stop, say=say, on_terminal=on_terminal)
    _hint(say)
    return 0


def list_models(*, say: Callable[[str], None], weights: Weights = SMOLLM2) -> int:
    """Say what there is and in which state; return the exit code."""
    size = f"{weights.size / MEGABYTE:.0f} MB"
    say(f"{weights.name}  {size}  {weights.licence}  {_state(weights)}  {place_of(weights)}")
    _hint(say)
    return 0


def remove_model(*, say: Callable[[str], None], weights: Weights = SMOLLM2) -> int:
    """Remove the model if it is there; return the exit code."""
    say(f"{weights.name} {'removed' if remove(weights) else 'is not installed'}")
    return 0


def _state(weights: Weights) -> str:
    if (path := find(weights)) is None:
        return "not installed"
    try:
        verify(weights, path)
    except ModelDamaged:
        return "damaged"
    return "installed"


def _hint(say: Callable[[str], None]) -> None:
    if not has_library():
        say(LIBRARY_HINT)
