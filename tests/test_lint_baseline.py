"""Findings that a vault knows already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mdrun.commands.lint import BASELINE
from mdrun.errors import SettingsError
from mdrun.linting import baseline
from tests.linted import Linted
from tests.runs import block, vault


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault with three findings, two of them alike, and be in it."""
    monkeypatch.chdir(tmp_path)
    return vault(tmp_path, {"mdrun.toml": "", "a.md": block("x") + block("x"), "b.md": "![[a]]\n" + block("é")})


def test_an_old_vault_starts_with_what_is_wrong_with_it(home: Path) -> None:
    assert Linted(Path()).code == 1
    written = Linted(Path(), write_baseline=True)
    assert (written.code, written.findings, written.finished.known) == (0, [], 3)
    assert written.lines[0] == f"baseline: 3 findings known from now on ({home / BASELINE})"
    again = Linted(Path())
    assert (again.code, again.findings) == (0, [])
    assert again.lines[0] == "baseline: 3 findings known and not told"
    assert again.lines[1].endswith(": nothing new found")


def test_a_baseline_reads_well_in_a_diff(home: Path) -> None:
    Linted(Path(), write_baseline=True)
    assert (home / BASELINE).read_text("utf-8") == (
        "{\n"
        '  "version": 1,\n'
        '  "findings": [\n'
        '    {"note": "a.md", "code": "MR202", "message": "undefined name \'x\'", "count": 2},\n'
        '    {"note": "b.md", "code": "MR202", "message": "undefined name \'é\'", "count": 1}\n'
        "  ]\n"
        "}\n"
    )


def test_what_moves_stays_known(home: Path) -> None:
    vault(
        home, {"c.md": "![[b]]\n" + block("later\nx = = 1\n") + "![[gone]]\n" + block("later = 1"), "b.md": block("z")}
    )
    (home / "b.md").write_text(block("y") + "![[nowhere]]", "utf-8")
    told = Linted(Path("c.md")).findings
    Linted(Path("c.md"), write_baseline=True)
    for name in ("b.md", "c.md"):
        note = home / name
        note.write_text("text\n\n" + note.read_text("utf-8"), "utf-8")
    assert Linted(Path("c.md")).findings == []
    assert len(told) == Linted(Path("c.md")).finished.known > 3


def test_only_what_is_new_is_told(home: Path) -> None:
    Linted(Path(), write_baseline=True)
    (home / "a.md").write_text(block("x") * 3 + block("y"), "utf-8")
    assert Linted(Path()).findings == ["a.md:8: MR202 undefined name 'x'", "a.md:11: MR202 undefined name 'y'"]


def test_what_is_gone_is_told_and_forgotten_when_it_is_written_anew(home: Path) -> None:
    Linted(Path(), write_baseline=True)
    (home / "a.md").write_text(block("x"), "utf-8")
    linted = Linted(Path())
    assert (linted.code, linted.finished.known, linted.finished.vanished) == (0, 2, 1)
    assert linted.lines[1] == "baseline: 1 finding gone (--write-baseline forgets them)"
    Linted(Path(), write_baseline=True)
    assert Linted(Path()).finished.vanished == 0
    (home / "b.md").unlink()
    assert Linted(Path()).finished.vanished == 1
    (home / "a.md").unlink()
    assert Linted(home, write_baseline=True).finished.known == 0


def test_a_part_of_a_vault_leaves_the_rest_of_its_baseline_alone(home: Path) -> None:
    Linted(Path(), write_baseline=True)
    whole = (home / BASELINE).read_bytes()
    assert Linted(Path("b.md")).finished.vanished == 0
    Linted(Path("b.md"), write_baseline=True)
    Linted(Path(), write_baseline=True, select=["MR1"])
    assert (home / BASELINE).read_bytes() == whole


def test_another_file_may_be_the_baseline(home: Path) -> None:
    other = home / "known.json"
    assert Linted(Path(), baseline=other, write_baseline=True).finished.baseline == str(other)
    assert not (home / BASELINE).exists()
    assert Linted(Path()).code == 1
    assert Linted(Path(), baseline=other).code == 0
    other.unlink()
    with pytest.raises(SettingsError, match=r"known.json: cannot be read: No such file"):
        Linted(Path(), baseline=other)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "findings": [{"note": "a.md"}]}'])
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"x.json: no baseline of mdrun lint: write it anew with --write-baseline"):
        baseline.load(text, "x.json")


def test_a_baseline_of_another_mdrun_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"x.json: written by another mdrun \(version 2\)"):
        baseline.load('{"version": 2, "findings": []}', "x.json")


def test_a_damaged_baseline_can_be_written_anew(home: Path) -> None:
    vault(home, {BASELINE: "{"})
    with pytest.raises(SettingsError, match="write it anew"):
        Linted(Path())
    assert Linted(Path(), write_baseline=True).finished.known == 3
    assert Linted(Path()).code == 0


def test_what_is_written_is_what_is_read() -> None:
    known = {("é.md", "MR202", 'a "b"'): 2, ("a.md", "MR101", "x"): 1, ("b.md", "MR1", "gone"): 0}
    text = baseline.dump(baseline.Baseline(known))
    assert baseline.load(text, "x").entries == {key: count for key, count in known.items() if count}
    assert json.loads(baseline.dump(baseline.Baseline())) == {"version": 1, "findings": []}
