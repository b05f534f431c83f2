"""How the laws are tried: `pytest --hypothesis-profile=thorough tests/laws` does it on many examples."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=20_000)
if settings.get_current_profile_name() == "default":
    settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _unmeasured(no_cover: None) -> None:
    """Measure no coverage: it takes more than half of the time, and no line is reached by a law alone."""
