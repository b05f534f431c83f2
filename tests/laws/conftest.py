"""How the laws are tried: on few examples, or by `pytest --hypothesis-profile=thorough tests/laws` on many.

The few are the same in every run: what a change is told must come from the change. The many are new ones.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=20_000, derandomize=False)
if settings.get_current_profile_name() in {"default", "ci"}:
    settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _unmeasured(no_cover: None) -> None:
    """Measure no coverage: it takes more than half of the time, and no line is reached by a law alone."""
