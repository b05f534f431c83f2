"""What is wrong with notes, found without executing anything.

Each file here finds faults of one kind in a plan or a note and returns them as `Found`; which of
them are told, and where, is for `report`. Only `ruff` touches the world.
"""

from __future__ import annotations

from mdrun.linting.found import Found

__all__ = ["Found"]
