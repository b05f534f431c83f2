"""Findings in the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS)."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mdrun import __version__
from mdrun.linting.baseline import entry
from mdrun.report.findings import findings_of
from mdrun.report.github import inside
from mdrun.report.values import LintFinished, RunFinished
from mdrun.report.wellformed import as_bytes, as_json
from mdrun.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.rules import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What the paths of files are relative to."""


def sarif(told: RunFinished | LintFinished, workspace: str = "") -> str:
    """Return the log of one run of mdrun, as JSON; files are named from the `workspace` on, where they are in it."""
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    driver = {"name": "mdrun", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        # Scanners take a log for the newest of its category, in the place of the one before.
        "automationDetails": {"id": "mdrun/lint/" if isinstance(told, LintFinished) else "mdrun/run/"},
        "invocations": [_invocation(told)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder of the repository."}}},
        "results": list(_results(findings_of(told), [rule.code for rule in rules], workspace)),
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(told: RunFinished | LintFinished) -> dict[str, Any]:
    error = told.error if isinstance(told, RunFinished) else ""
    notifications = [{"level": "error", "message": {"text": error}}] if error else []
    return {"executionSuccessful": not error, "toolExecutionNotifications": notifications}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.explanation, "markdown": rule.explanation},
        "defaultConfiguration": {"level": rule.level},
    }


def _results(findings: Sequence[Finding], codes: Sequence[str], workspace: str) -> Iterator[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        seen[entry(finding)] += 1
        place = {"artifactLocation": _place(finding.file, workspace), "region": {"startLine": finding.line}}
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": finding.level,
            "message": {"text": finding.message},
            "locations": [{"physicalLocation": place}],
            "partialFingerprints": {"mdrun/v1": _fingerprint(entry(finding), seen[entry(finding)])},
        }


def _place(file: str, workspace: str) -> dict[str, str]:
    """Return where a file is: below the root, or by itself."""
    path = inside(file, workspace)
    if path is None:
        return {"uri": Path(os.path.abspath(file)).as_uri()}
    return {"uri": quote(os.fsencode(path.replace(os.sep, "/"))), "uriBaseId": ROOT}


def _fingerprint(entry: tuple[str, str, str], number: int) -> str:
    """Hash what stays the same when lines move."""
    return sha256(as_bytes("\0".join((*entry, str(number))))).hexdigest()[:32]
