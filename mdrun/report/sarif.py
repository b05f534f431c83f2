"""Findings in the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS)."""

from __future__ import annotations

import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mdrun import __version__
from mdrun.linting.baseline import entry
from mdrun.report.findings import findings_of
from mdrun.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.report.values import LintFinished, RunFinished
    from mdrun.rules import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What the paths of files are relative to."""


def sarif(told: RunFinished | LintFinished) -> str:
    """Return the log of one run of mdrun, as JSON."""
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    driver = {"name": "mdrun", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that mdrun was called in."}}},
        "results": list(_results(findings_of(told), [rule.code for rule in rules])),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.explanation, "markdown": rule.explanation},
        "defaultConfiguration": {"level": rule.level},
    }


def _results(findings: Sequence[Finding], codes: Sequence[str]) -> Iterator[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        seen[entry(finding)] += 1
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": finding.level,
            "message": {"text": finding.message},
            "locations": [
                {"physicalLocation": {"artifactLocation": _place(finding.file), "region": {"startLine": finding.line}}}
            ],
            "partialFingerprints": {"mdrun/v1": _fingerprint(entry(finding), seen[entry(finding)])},
        }


def _place(file: str) -> dict[str, str]:
    """Return where a file is: below the root, or by itself."""
    if os.path.isabs(file) or file.startswith(".."):
        return {"uri": Path(os.path.abspath(file)).as_uri()}
    return {"uri": quote(os.path.normpath(file).replace(os.sep, "/"), errors="surrogateescape"), "uriBaseId": ROOT}


def _fingerprint(entry: tuple[str, str, str], number: int) -> str:
    """Hash what stays the same when lines move."""
    return sha256(json.dumps([*entry, number]).encode()).hexdigest()[:32]
