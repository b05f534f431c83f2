"""Messages as JSON that takes whatever a note puts into it."""

from __future__ import annotations

import json
from typing import Any

from jupyter_client import session

try:
    from jupyter_client.jsonutil import json_default
except ImportError:  # pragma: no cover - an older jupyter_client
    json_default = None  # type: ignore[assignment]


def pack(message: Any) -> bytes:
    """Return `message` as JSON in ASCII: lone surrogates stay themselves, NaN is one (F38, F39)."""
    try:
        return json.dumps(message, default=json_default).encode("ascii")
    except (TypeError, ValueError):
        return session.json_packer(message)
