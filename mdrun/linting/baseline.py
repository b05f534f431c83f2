"""Findings that are known already: an old vault starts with them, and only what is new is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from mdrun.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mdrun.findings import Finding

VERSION = 1
_PASSING = re.compile(r" \(through .*?\.md:\d+\)| in \d+ places", re.IGNORECASE)
"""What of a message depends on the way that was taken, or on how often a thing is done."""
_LINE = re.compile(r"(\.md:|\bline )\d+", re.IGNORECASE)

Entry: TypeAlias = "tuple[str, str, str]"
"""A note, a code and a message: no line, so that an entry holds while text moves."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each entry is known."""

    entries: Mapping[Entry, int] = field(default_factory=dict)

    def of_notes(self, concerns: Callable[[str, str], bool]) -> Baseline:
        """Return the entries whose note and code are of concern."""
        return Baseline({known: count for known, count in self.entries.items() if concerns(known[0], known[1])})

    def renewed(self, old: Baseline, findings: Iterable[Finding]) -> Baseline:
        """Return this baseline with `findings` in the place of the `old` entries."""
        others = {known: count for known, count in self.entries.items() if known not in old.entries}
        return Baseline(Counter(others) | Counter(map(entry, findings)))

    def unknown(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that are not known; of several with one entry the last ones."""
        left = Counter(self.entries)
        new: list[Finding] = []
        for finding in findings:
            known = left[entry(finding)] > 0
            left[entry(finding)] -= known
            if not known:
                new.append(finding)
        return new

    def vanished(self, findings: Iterable[Finding]) -> Counter[Entry]:
        """Return the entries that no finding has any more."""
        return Counter(self.entries) - Counter(map(entry, findings))


def entry(finding: Finding) -> Entry:
    """Return what of a finding stays the same while text moves."""
    return finding.note, finding.code, _LINE.sub(r"\1N", _PASSING.sub("", finding.message))


def load(text: str, source: str) -> Baseline:
    """Return the baseline that a file holds; raise SettingsError."""
    try:
        told = json.loads(text)
        if told["version"] != VERSION:
            message = f"{source}: written by another mdrun (version {told['version']}): write it anew"
            raise SettingsError(message)
        known = {(one["note"], one["code"], one["message"]): int(one["count"]) for one in told["findings"]}
    except (ValueError, KeyError, TypeError) as error:
        message = f"{source}: no baseline of mdrun lint: write it anew with --write-baseline"
        raise SettingsError(message) from error
    return Baseline(known)


def dump(baseline: Baseline) -> str:
    """Return the text of a baseline's file: an entry a line, in their order, so that changes read well."""
    lines = [
        json.dumps({"note": note, "code": code, "message": message, "count": count}, ensure_ascii=False)
        for (note, code, message), count in sorted(baseline.entries.items())
        if count > 0
    ]
    listed = ",\n    ".join(lines)
    inner = f"\n    {listed}\n  " if lines else ""
    return f'{{\n  "version": {VERSION},\n  "findings": [{inner}]\n}}\n'
