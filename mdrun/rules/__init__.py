"""What mdrun finds fault with: every rule by its code."""

from __future__ import annotations

from mdrun.rules import code, notes, options, outputs, runs
from mdrun.rules.rule import Level, Rule

__all__ = ["RULES", "Level", "Rule"]

RULES: dict[str, Rule] = {
    rule.code: rule for rule in (*notes.RULES, *code.RULES, *outputs.RULES, *options.RULES, *runs.RULES)
}
"""Every rule, by its code."""
