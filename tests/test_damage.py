"""Each kind of damage to a vault has its own verdict, exit code and annotation, in every report."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.machines import events_in, sarif_in, suites_in
from tests.runs import Ran, Told, block, mdrun, vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from junitparser import TestCase

pytestmark = pytest.mark.kernel

NAMES = ("lines.json", "report.xml", "log.sarif", "summary.md")
REPORTS = (
    *(f"{kind}=r/{name}" for kind, name in zip(("json", "junit", "sarif", "summary"), NAMES, strict=True)),
    "github",
)
TALK = """\
from openai import OpenAI
print(OpenAI().chat.completions.create(model="m", messages=[]))"""
NOTES = {
    "mdrun.toml": "",
    "data.txt": "five\n",
    "Setup.md": f"# Keys\n\n{block('key = 42')}\n# Others\n\n{block('other = 1')}",
    "Embeds.md": f"![[Setup#Keys]]\n\n{block('key + 1')}",
    "Reads.md": "# Data\n\n" + block("print(open('data.txt').read())"),
    "Draws.md": block("from PIL import Image\nImage.new('RGB', (4, 4))"),
}


@dataclass(frozen=True)
class Damage:
    """What happens to a vault, and what a check says then."""

    do: Callable[[Path], object]
    code: int
    rule: str
    place: str
    """Of the annotation."""
    words: str
    """In the terminal's report."""
    verdict: str | None = "stale"
    """Of the block; None where it is not a block's."""
    arguments: tuple[str, ...] = ()


def rewrite(name: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text((root / name).read_text().replace(old, new, 1))


def remove(pattern: str) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        for path in root.glob(pattern):
            path.unlink()

    return do


def draw(root: Path) -> None:
    from PIL import Image  # noqa: PLC0415

    (picture,) = root.glob("mdrun-*.png")
    Image.new("RGB", (4, 4), "red").save(picture)


DAMAGES = {
    "a changed output": Damage(
        rewrite("data.txt", "five", "six"), 1, "MR511", "Reads.md:3", "stale: Reads.md:3: the output differs (its code"
    ),
    "changed code": Damage(
        rewrite("Embeds.md", "key + 1", "key + 2"), 1, "MR511", "Embeds.md:3", "the output differs (its own code"
    ),
    "changed code of an embedded note": Damage(
        rewrite("Setup.md", "42", "43"), 1, "MR511", "Embeds.md:3", "the embedded [[Setup#Keys]]"
    ),
    "an output taken away": Damage(rewrite("Reads.md", "[!output]", "no"), 0, "", "", "runs, nothing stored", None),
    "a renamed heading in an embedded note": Damage(
        rewrite("Setup.md", "# Keys", "# Secrets"),
        1,
        "MR101",
        "Embeds.md:1",
        "failed: Embeds.md:1: embed [[Setup#Keys]] leads nowhere: no such heading",
        None,
    ),
    "a deleted note": Damage(
        remove("Setup.md"), 1, "MR101", "Embeds.md:1", "embed [[Setup#Keys]] leads nowhere: no such note", None
    ),
    "an edited region": Damage(
        rewrite("Embeds.md", "> 43", "> 44"),
        1,
        "MR302",
        "Embeds.md:6",
        "edited: Embeds.md:6: this output was edited by hand",
        "edited",
    ),
    "a missing picture": Damage(
        remove("mdrun-*.png"), 1, "MR514", "Draws.md:1", "stale: Draws.md:1: a picture it shows is not there"
    ),
    "a picture that was painted over": Damage(
        draw, 1, "MR515", "Draws.md:1", "stale: Draws.md:1: a picture it shows was changed by hand"
    ),
    "code that fails": Damage(
        rewrite("Reads.md", "print(", "print(1 / 0)\nprint("),
        1,
        "MR501",
        "Reads.md:4",
        "failed: Reads.md:4: ZeroDivisionError: division by zero",
        "failed",
    ),
    "code that hangs": Damage(
        rewrite("Reads.md", "print(", "import time; time.sleep(60)\nprint("),
        1,
        "MR502",
        "Reads.md:3",
        "failed: Reads.md:3: TimeoutError: timed out after 1 s",
        "failed",
        ("--timeout", "1"),
    ),
    "a kernel that dies": Damage(
        rewrite("Reads.md", "print(", "import os; os._exit(7)\nprint("),
        3,
        "MR523",
        "Reads.md:3",
        "failed: Reads.md:3: kernel exited (code 7)",
        "failed",
    ),
    "a note that is no text": Damage(
        lambda root: (root / "Reads.md").write_bytes(b"\xff```python\n"),
        2,
        "MR121",
        "Reads.md:1",
        "error: Reads.md: not UTF-8",
        None,
    ),
    "an output pasted by hand": Damage(
        rewrite("Setup.md", "42\n```\n", "42\nkey\n```\n> 41\n"),
        1,
        "MR516",
        "Setup.md:7",
        "differs: Setup.md:7: the output pasted by hand differs: 41 is now 42",
        "differs",
        ("--strict",),
    ),
    "a recording nobody asks for": Damage(
        lambda root: record(root, "two"), 1, "MR543", ".mdrun/llm/", "unused: 1 recording in", None
    ),
    "a missing recording": Damage(
        lambda root: vault(root, {"Talks.md": block(TALK), ".env": "OPENAI_API_KEY=sk-nothing\n"}),
        1,
        "MR541",
        "Talks.md:3",
        "no recording of",
        "failed",
    ),
}


def record(root: Path, key: str) -> None:
    """Keep a recording that no note asks for: one of the shipped vault's."""
    shipped = sorted((Path(__file__).parents[1] / "vault" / ".mdrun" / "llm").iterdir())
    (root / ".mdrun" / "llm").mkdir(parents=True)
    shutil.copy(shipped[len(key)], root / ".mdrun" / "llm")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a vault in order."""
    root = vault(tmp_path_factory.mktemp("a vault"), NOTES)
    assert Told(root).code == 0
    return root


@dataclass(frozen=True)
class Reported:
    """What a check said in all its reports."""

    ran: Ran
    events: list[dict[str, Any]]
    cases: list[TestCase]
    results: list[dict[str, Any]]
    summary: str

    @property
    def annotations(self) -> list[str]:
        return [line for line in self.ran.out.splitlines() if line.startswith(("::error", "::warning"))]

    @property
    def findings(self) -> list[tuple[str, str]]:
        """Return the codes and places of the findings among the events."""
        events = [event for event in self.events if event["event"] == "note-finished"]
        found = [finding for event in events for finding in event["findings"]]
        found += [event for event in self.events if event["event"] == "finding"]
        return [(finding["code"], f"{finding['file']}:{finding['line']}") for finding in found]


def check(root: Path, *arguments: str) -> Reported:
    """Check a vault, and read all the reports; raise when one is not as its format says."""
    reports = [word for report in (*REPORTS, "terminal") for word in ("--report", report)]
    ran = mdrun("check", ".", *arguments, *reports, cwd=root)
    lines, xml, log, page = ((root / "r" / name).read_text() for name in NAMES)
    cases = [case for suite in suites_in(xml) for case in suite]
    return Reported(ran, events_in(lines), cases, sarif_in(log)["results"], page)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_told_in_every_report(whole: Path, tmp_path: Path, damage: Damage) -> None:
    root = tmp_path / "vault"
    shutil.copytree(whole, root)
    damage.do(root)
    told = check(root, *damage.arguments)
    assert told.ran.code == damage.code, told.ran.out + told.ran.err
    assert damage.words in told.ran.out
    assert told.events[-1]["exit_code"] == damage.code
    if not damage.rule:
        assert not told.annotations
        assert not told.findings
        assert not told.results
        return
    (code, place), *others = told.findings
    assert (code, place.startswith(damage.place), others) == (damage.rule, True, [])
    file, _, line = place.rpartition(":")
    (annotation,) = told.annotations
    assert annotation.startswith(f"::error file={file},line={line},title={damage.rule} ")
    (result,) = told.results
    where = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == (damage.rule, "error")
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == (file, int(line))
    faults = [case for case in told.cases if case.is_failure or case.is_error]
    assert len(faults) == 1
    assert damage.rule in told.summary
    notes = [event for event in told.events if event["event"] == "note-finished"]
    verdicts = [block["verdict"] for note in notes for block in note["blocks"] if block["wrong"]]
    assert verdicts == ([damage.verdict] if damage.verdict else [])


def test_a_vault_in_order_has_nothing_to_report(whole: Path) -> None:
    told = check(whole)
    assert told.ran.code == 0, told.ran.out
    assert not told.annotations
    assert not told.findings
    assert not told.results
    assert not any(case.is_failure for case in told.cases)
    assert len(told.cases) == 6
    assert told.summary.startswith("## mdrun\n\n4 notes, 6 blocks run in ")


@pytest.mark.parametrize(
    ("program", "rule", "words"),
    [
        ("echo sorry; exit 1", "MR522", "error: kernel exited (code 1) before it was ready:\n  sorry"),
        ("", "MR521", "error: no interpreter at"),
    ],
)
def test_a_kernel_that_does_not_start_is_told_in_every_report(
    whole: Path, tmp_path: Path, program: str, rule: str, words: str
) -> None:
    root = tmp_path / "vault"
    shutil.copytree(whole, root)
    python = tmp_path / "python"
    if program:
        python.write_text(f"#!/bin/sh\n{program}\n")
        python.chmod(0o755)
    told = check(root, "--python", str(python))
    assert told.ran.code == 3, told.ran.out
    assert words in told.ran.out
    assert {code for code, _ in told.findings} == {rule}
    assert told.annotations[0].startswith(f"::error file=Draws.md,line=1,title={rule} ")
    assert told.results[0]["ruleId"] == rule
    assert any(case.is_error for case in told.cases)
