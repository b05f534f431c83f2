"""Secrets that come into the environment while a note runs, as `load_dotenv()` brings them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = re.compile(r"key|token|secret|password", re.IGNORECASE)
NO_SECRET = re.compile(r"_(path|file|dir|home|sock|parallelism)$", re.IGNORECASE)
SHORTEST = 8
"""Characters; hiding anything shorter would hide words."""


class Keys:
    """Tells the values of variables that look secret and were not there at the start."""

    def __init__(self, report: Callable[[str, str], None]) -> None:
        self._report = report
        # Kept, as a note may put something else into its place.
        self._environment = os.environ
        self._known = dict(os.environ)
        self._told: set[str] = set()

    def look(self) -> None:
        """Report each new or changed value, once per kernel."""
        for name, value in list(self._environment.items()):
            if self._known.get(name) != value and value not in self._told and is_secret(name, value):
                self._told.add(value)
                self._report("secret", value)


def is_secret(name: str, value: str) -> bool:
    """Tell whether a variable looks as if nobody should read its value."""
    return len(value) >= SHORTEST and bool(SECRET.search(name)) and not NO_SECRET.search(name)
