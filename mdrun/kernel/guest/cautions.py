"""Python's warnings, as a reader of the note should see them."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning)
EXIT_HINT = "To exit: use"
"""IPython's advice behind `sys.exit()`, of no use in a note (F5)."""


def tame_warnings(report: Callable[[str, str], None]) -> None:
    """Write warnings without path and line, and report deprecations in place of writing them.

    Filters would not do: libraries put their own in front of them.
    """

    def showwarning(
        message: Any,
        category: type[Warning],
        filename: str,  # noqa: ARG001 - some hand it over by its name
        lineno: int,  # noqa: ARG001
        file: Any = None,
        line: Any = None,  # noqa: ARG001
    ) -> None:
        text = f"{category.__name__}: {message}"
        if issubclass(category, DEPRECATIONS):
            report("deprecation", text)
        elif not str(message).startswith(EXIT_HINT):
            (sys.stderr if file is None else file).write(f"{text}\n")

    warnings.showwarning = showwarning
