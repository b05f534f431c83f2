"""What the guest has to report to mdrun, told at the end of each block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MIME_TYPE = "application/vnd.mdrun.notice+json"
"""mdrun knows it as well."""


class Notices:
    """Collects notices; each is told once for every block that gives reason to it."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._waiting: dict[tuple[str, str], None] = {}

    def add(self, kind: str, text: str) -> None:
        """Have `text` told."""
        self._waiting[kind, text] = None

    def tell(self) -> None:
        """Send what was collected, in the order it came."""
        waiting, self._waiting = self._waiting, {}
        for kind, text in waiting:
            self._send({MIME_TYPE: {"kind": kind, "text": text}})
