"""Where reports go, and what becomes of them when something goes wrong."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.errors import ReportFailed, SettingsError, Stopped
from mdrun.report import LintFinished, NoteFinished, NoteReport, RunFinished
from mdrun.report.targets import KINDS, open_reports, read_targets
from tests.machines import events_in, sarif_in, suites_in
from tests.runs import COMMAND, block, mdrun, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mdrun.report import Tidings

END = RunFinished((NoteReport(Path("a.md"), "a.md"),))
NOTHING: Mapping[str, str] = {}


class Shown:
    """A terminal, and what else is printed."""

    def __init__(self) -> None:
        self.told: list[Tidings] = []
        self.lines: list[str] = []

    @contextmanager
    def terminal(self) -> Iterator[Callable[[Tidings], None]]:
        yield self.told.append

    def tell(
        self,
        *tidings: Tidings,
        reports: tuple[str, ...],
        environment: Mapping[str, str] = NOTHING,
        meanwhile: Callable[[Tidings], None] = lambda _: None,
    ) -> None:
        with open_reports(reports, self.terminal(), self.lines.append, environment) as say:
            for each in tidings:
                say(each)
                meanwhile(each)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    monkeypatch.chdir(tmp_path)
    return Shown()


@pytest.mark.parametrize(
    ("reports", "told", "printed"),
    [
        ((), 1, False),
        (("terminal",), 1, False),
        (("junit=a.xml",), 1, False),
        (("terminal", "github"), 1, True),
        (("github",), 1, True),
        (("junit",), 0, True),
        (("sarif", "json=a.json"), 0, True),
        (("summary",), 0, True),
    ],
)
def test_the_terminal_is_told_unless_another_report_has_standard_output(
    shown: Shown, reports: tuple[str, ...], told: int, *, printed: bool
) -> None:
    shown.tell(END, reports=reports)
    assert (len(shown.told), bool(shown.lines)) == (told, printed)


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        (("jsn",), "no such report: 'jsn' (did you mean 'json'?)"),
        (("quux=a",), f"no such report: 'quux': there are {', '.join(KINDS)}"),
        (("json=",), "json= names no file"),
        (("json", "github"), "json stands alone on standard output: json=FILE leaves it to others"),
        (("terminal", "sarif"), "sarif stands alone"),
        (("json=a", "junit=x/../a"), "x/../a is to hold 2 reports: give each a file of its own"),
    ],
)
def test_what_cannot_be_asked_for_is_told_at_once(reports: tuple[str, ...], words: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_targets(reports)
    assert words in str(told.value)


def test_a_report_asked_for_twice_is_made_once(shown: Shown) -> None:
    shown.tell(END, reports=("github", "github"))
    assert sum(line.startswith("::stop-commands::") for line in shown.lines) == 1


def test_reports_go_to_files_whose_folders_are_made(shown: Shown, tmp_path: Path) -> None:
    names = (
        "json=o/1/a.json",
        "junit=o/2/a.xml",
        "sarif=o/a.sarif",
        "summary=o/a.md",
        "terminal=o/a.txt",
        "github=o/gh",
    )
    shown.tell(END, reports=names)
    assert [event["event"] for event in events_in((tmp_path / "o/1/a.json").read_text())] == ["start", "finished"]
    assert [suite.name for suite in suites_in((tmp_path / "o/2/a.xml").read_text())] == ["a.md"]
    assert sarif_in((tmp_path / "o/a.sarif").read_text())["results"] == []
    assert (tmp_path / "o/a.md").read_text().startswith("## mdrun\n")
    assert (tmp_path / "o/a.txt").read_text() == "1 note, 0 blocks run in 0.0 s: in order\n"
    assert (tmp_path / "o/gh").read_text().startswith("::stop-commands::")


def test_json_is_there_as_it_happens_and_pages_at_the_end_alone(shown: Shown, tmp_path: Path) -> None:
    old = tmp_path / "a.xml"
    old.write_text("of an earlier run")
    with open_reports(("json=a.json", "junit=a.xml"), shown.terminal(), shown.lines.append, {}) as say:
        say(NoteFinished(END.reports[0]))
        assert len(events_in((tmp_path / "a.json").read_text())) == 2
        assert not old.exists()
        say(END)
    assert old.exists()


def test_a_file_behind_a_link_is_written_through_it(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "real.xml").touch()
    (tmp_path / "link.xml").symlink_to("real.xml")
    shown.tell(END, reports=("junit=link.xml",))
    assert (tmp_path / "link.xml").is_symlink()
    assert "testsuites" in (tmp_path / "real.xml").read_text()


def test_devices_stay_devices_and_pipes_are_written_into(shown: Shown, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        shown.tell(END, reports=(f"junit={pipe}", "sarif=/dev/null", "summary=/dev/null", "json=/dev/null"))
        assert "testsuites" in reader.communicate(timeout=30)[0]
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("report", ["junit=folder", "json=folder", "json=note.md/a", "json=/dev/full"])
def test_a_file_that_takes_no_report_is_told_before_anything_runs(shown: Shown, tmp_path: Path, report: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "note.md").touch()
    with pytest.raises(ReportFailed, match="the report cannot be written"):
        shown.tell(END, reports=(report,))
    assert shown.told == []


def test_a_report_that_cannot_be_finished_loses_no_other(shown: Shown, tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match="/dev/full: the report cannot be written: No space left on device"):
        shown.tell(END, reports=("junit=/dev/full", "sarif=a.sarif"))
    assert shown.told == [END]
    assert sarif_in((tmp_path / "a.sarif").read_text())


def test_a_folder_that_goes_away_is_a_report_that_failed(shown: Shown, tmp_path: Path) -> None:
    def away(tidings: Tidings) -> None:
        if isinstance(tidings, NoteFinished):
            (tmp_path / "o").rmdir()
            (tmp_path / "o").touch()

    with pytest.raises(ReportFailed, match=r"a\.xml: cannot be written"):
        shown.tell(NoteFinished(END.reports[0]), END, reports=("junit=o/a.xml",), meanwhile=away)


def test_a_reporter_that_breaks_stops_no_run_and_is_told_at_the_end(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(told: Any, limit: int = 0) -> str:
        raise RuntimeError(limit or told)

    monkeypatch.setattr("mdrun.report.targets.summary", broken)
    with pytest.raises(ReportFailed, match="the report summary failed: RuntimeError: "):
        shown.tell(END, END, reports=("summary=a.md",))
    assert shown.told == [END, END]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SettingsError("odd"), 2, "odd"),
        (Stopped(signal.SIGINT), 130, "interrupted"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError(), 2, "RuntimeError"),
    ],
)
def test_every_report_has_an_end_however_a_run_ends(
    shown: Shown, tmp_path: Path, error: BaseException, code: int, words: str
) -> None:
    reports = ("json=a.json", "junit=a.xml")

    def end(_: object) -> None:
        raise error

    with pytest.raises(type(error)):
        shown.tell(NoteFinished(END.reports[0]), reports=reports, meanwhile=end)
    last = events_in((tmp_path / "a.json").read_text())[-1]
    assert (last["exit_code"], last["error"], last["notes"]) == (code, words, 1)
    assert [suite.name for suite in suites_in((tmp_path / "a.xml").read_text())] == ["a.md", "mdrun"]
    assert len(shown.told) == 1


def test_an_end_that_was_told_is_told_once(shown: Shown, tmp_path: Path) -> None:
    def end(_: object) -> None:
        message = "odd"
        raise SettingsError(message)

    with pytest.raises(SettingsError):
        shown.tell(LintFinished(()), reports=("json=a.json",), meanwhile=end)
    assert [event["event"] for event in events_in((tmp_path / "a.json").read_text())] == ["start", "looked"]


def test_a_job_s_summary_is_added_to_what_its_step_has(shown: Shown, tmp_path: Path) -> None:
    step = tmp_path / "step.md"
    shown.tell(END, reports=("junit=a.xml",), environment={"GITHUB_STEP_SUMMARY": str(step)})
    assert not step.exists()
    for _ in range(2):
        shown.tell(END, reports=("github",), environment={"GITHUB_STEP_SUMMARY": str(step)})
    assert step.read_text().count("## mdrun\n") == 2
    step.write_bytes(b"x" * 1_048_576)
    shown.tell(END, reports=("github",), environment={"GITHUB_STEP_SUMMARY": str(step)})
    assert step.stat().st_size == 1_048_576


# The command line


def test_a_program_reads_events_from_standard_output_alone(tmp_path: Path) -> None:
    folder = vault(tmp_path, {"a.md": block("1", "python {skip=true}")})
    ran = mdrun("check", "a.md", "--report", "json", cwd=folder)
    assert [event["event"] for event in events_in(ran.out)] == ["start", "note-started", "note-finished", "finished"]
    assert (ran.code, ran.err) == (0, "")


def test_the_note_of_standard_input_has_standard_output_for_itself(tmp_path: Path) -> None:
    note = block("1", "python {skip=true}")
    ran = mdrun("run", "-", "--report", "json", cwd=tmp_path, input=note)
    assert ran.out == note
    assert events_in(ran.err)[-1]["event"] == "finished"


def test_a_vault_s_bad_settings_are_in_the_reports(tmp_path: Path) -> None:
    folder = vault(tmp_path, {"a.md": block("1"), "mdrun.toml": "odd = 1\n"})
    ran = mdrun("check", ".", "--report", "junit=a.xml", cwd=folder)
    assert (ran.code, "unknown setting 'odd'" in ran.err) == (2, True)
    (suite,) = suites_in((folder / "a.xml").read_text())
    assert suite.errors == 1


def test_a_name_that_is_no_text_breaks_no_report(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    with open(os.path.join(folder, b"caf\xe9\x1b.md"), "wb") as file:
        file.write(b"```python\n")
    kinds = ("json=a.json", "junit=a.xml", "sarif=a.sarif", "summary=s.md", "github")
    ran = mdrun("check", ".", *(word for kind in kinds for word in ("--report", kind)), cwd=tmp_path)
    assert ran.code == 1, ran.err
    assert [suite.failures for suite in suites_in((tmp_path / "a.xml").read_text())] == [1]
    assert sarif_in((tmp_path / "a.sarif").read_text())["results"][0]["ruleId"] == "MR111"
    assert "caf\\udce9" in (tmp_path / "s.md").read_text()


@pytest.mark.kernel
def test_an_interrupted_run_has_whole_reports(tmp_path: Path) -> None:
    slow = "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(60)"
    folder = vault(tmp_path, {"a.md": block("1") + block(slow), "b.md": block("2")})
    command = [*COMMAND, "check", ".", "--report", "json=a.json", "--report", "junit=a.xml"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while not (folder / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    last = events_in((folder / "a.json").read_text())[-1]
    assert (last["exit_code"], last["pending"]) == (130, ["b.md"])
    first, second = suites_in((folder / "a.xml").read_text())
    assert (next(iter(first)).is_passed, [case.is_skipped for case in second]) == (True, [True])
