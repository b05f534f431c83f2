"""How many examples the laws are tried on: `pytest --hypothesis-profile=thorough tests/laws` tries many."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=20_000)
if settings.get_current_profile_name() == "default":
    settings.load_profile("quick")
