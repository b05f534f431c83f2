"""Why outputs are stale, as far as their stamps tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdrun.note import Note
    from mdrun.planning import Plan
    from mdrun.text import Span


def reasons(note: Note, plan: Plan) -> Mapping[Span, str]:
    """Return why, by the span of the block."""
    del note, plan
    return {}
