from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

import click
import pytest

from mdrun import __main__, __version__, cli
from mdrun.region import says
from tests.runs import COMMAND, block, held_back, mdrun, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Kernels

SETUP = "# Keys\n" + block("key = 1")
NOTE = "![[Setup#Keys]]\n\n" + block("\nkey\n") + "\n" + block("never", "python {skip}")


def here(*arguments: str) -> int:
    """Run a command line in this process, and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["mdrun", *arguments])
        with pytest.raises(SystemExit) as ended:
            __main__.main()
    return int(ended.value.code or 0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault with a note that embeds another, as the working folder."""
    monkeypatch.chdir(vault(tmp_path, {"mdrun.toml": "", "a.md": NOTE, "Setup.md": SETUP}))
    return tmp_path


def test_a_path_alone_is_a_note_to_run(home: Path, kernels: Kernels, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("a.md") == here("run", "a.md") == here("-x", "a.md") == here("--timeout", "5", "a.md") == 0
    assert [kernel.timeouts[0] for kernel in kernels.started] == [None, None, None, 5]
    out = capsys.readouterr().out
    assert out.count("a.md: 2 blocks run") == 4
    assert str(home) not in out


def test_options_become_settings(home: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDRUN_CWD", "vault")
    monkeypatch.setenv("MDRUN_TIMEOUT", "7")
    assert here("check", "--no-compat", "--kernel", "mine", "--vault", ".", "a.md") == 0
    assert here("--timeout", "8", "--python", "/py", "a.md") in {0, 3}
    first, second = kernels.launches
    assert (first.compat, first.kernel_name, first.cwd) == (False, "mine", home)
    assert str(second.python) == "/py"
    assert [kernel.timeouts[0] for kernel in kernels.started] == [7, 8]


@pytest.mark.usefixtures("home")
def test_flags_have_variables_as_well(
    kernels: Kernels, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MDRUN_QUIET", "1")
    monkeypatch.setenv("MDRUN_NO_COMPAT", "1")
    assert here("a.md") == 0
    assert capsys.readouterr().out == ""
    assert kernels.launches[0].compat is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense", "a.md"], "No such option"),
        (["run"], "Missing argument"),
        (["gone.md"], "Path 'gone.md' does not exist"),
        (["--timeout", "0", "a.md"], "mdrun: command line: --timeout = 0.0: must be a number of seconds above 0"),
        (["--timeout", "soon", "a.md"], "'soon' is not a valid float"),
        (["--vault", "elsewhere", "a.md"], "mdrun: a.md: not in the vault elsewhere"),
        (["mdrun.toml"], "mdrun: mdrun.toml: not a note: its name does not end in .md"),
        (["plan", "mdrun.toml"], "not a note"),
        (["clean", "mdrun.toml"], "not a note"),
    ],
)
def test_what_makes_no_sense_ends_with_2(
    home: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "elsewhere").mkdir()
    assert here(*arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_a_misspelt_variable_ends_with_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MDRUN_TIMOUT", "5")
    assert here("a.md") == here("plan", "a.md") == here("clean", "a.md") == 2
    assert "did you mean 'MDRUN_TIMEOUT'?" in capsys.readouterr().err


def test_help_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("--help") == 0
    out = capsys.readouterr().out
    assert "\n  Exit codes:\n    0    all done, all fresh\n    1    " in out
    assert "..." not in out.partition("Commands:")[2]
    assert here("-h") == 0


def test_without_arguments_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert here() == 2
    assert "Usage: mdrun" in "".join(capsys.readouterr())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mdrun", "--version"])
    __main__.main()
    assert here("--version", "--help") == 0
    assert capsys.readouterr().out == f"mdrun {__version__}\n" * 2


@pytest.mark.usefixtures("home")
def test_a_plan_is_a_tree_of_embeds(capsys: pytest.CaptureFixture[str]) -> None:
    vault_text = f"{NOTE}\n![[Setup]]\n{block('last')}"
    with open("a.md", "w", encoding="utf-8") as note:
        note.write(vault_text)
    assert here("plan", ".") == 0
    assert capsys.readouterr().out == (
        "Setup.md\n"
        "  Setup.md:2  key = 1\n"
        "a.md\n"
        "  a.md:1 [[Setup#Keys]]\n"
        "    Setup.md:2  key = 1\n"
        "  a.md:3  key\n"
        "  a.md:9 (skip)  never\n"
        "  a.md:14  last\n"
        "  repeat: a.md:13: embed [[Setup]] was already read above\n"
    )


@pytest.mark.usefixtures("home")
def test_a_plan_shows_each_embed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault(
        tmp_path,
        {
            "top.md": "![[mid]]\n\n![[low#Two]]\n",
            "mid.md": "![[low#One]]\n\n" + block("m") + "\n![[Setup]]\n",
            "low.md": "# One\n" + block("1") + "# Two\n" + block("2"),
        },
    )
    assert here("plan", "top.md") == 0
    assert capsys.readouterr().out == (
        "top.md\n"
        "  top.md:1 [[mid]]\n"
        "    mid.md:1 [[low#One]]\n"
        "      low.md:2  1\n"
        "    mid.md:3  m\n"
        "    mid.md:7 [[Setup]]\n"
        "      Setup.md:2  key = 1\n"
        "  top.md:3 [[low#Two]]\n"
        "    low.md:6  2\n"
    )


@pytest.mark.usefixtures("home")
def test_a_plan_says_what_stands_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault(
        tmp_path,
        {
            "a.md": "![[Setup#Kyes]]\n" + block(""),
            "bad.md": b"\xff",
            "skip.md": f"---\nmdrun-skip: true\n---\n{block('1')}",
        },
    )
    assert here("plan", "a.md", "bad.md", "skip.md") == 2
    out = capsys.readouterr().out
    assert out == (
        "a.md\n"
        "  a.md:2\n"
        "  unresolved: a.md:1: embed [[Setup#Kyes]] leads nowhere: no such heading (did you mean 'Keys'?)\n"
        f"  vault: {tmp_path} (it holds mdrun.toml)\n"
        "bad.md: error: bad.md: not UTF-8: byte 0xff at offset 0; convert the file to UTF-8\n"
        "skip.md (not run: it says mdrun-skip)\n"
        "  skip.md:4  1\n"
    )
    assert here("plan", "a.md") == 1


@pytest.mark.usefixtures("home")
def test_a_plan_for_machines_has_the_contract_s_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault(tmp_path, {"sub/\u00fc\U0001f600.md": "![[a]]\n\n![[gone]]\n", "bad.md": b"\xff"})
    assert here("plan", "--json", "sub/\u00fc\U0001f600.md", "bad.md") == 2
    out = capsys.readouterr().out
    name = "sub/\u00fc\U0001f600.md"
    via = [{"note": name, "line": 1, "embed": "[[a]]"}]
    first, second = json.loads(out)["notes"]
    assert out.isascii()
    assert first == {
        "note": name,
        "steps": [
            {
                "note": "Setup.md",
                "line": 2,
                "language": "python",
                "source": "key = 1\n",
                "via": [*via, {"note": "a.md", "line": 1, "embed": "[[Setup#Keys]]"}],
            },
            {"note": "a.md", "line": 3, "language": "python", "source": "\nkey\n\n", "via": via},
            {"note": "a.md", "line": 9, "language": "python", "source": "never\n", "via": via},
        ],
        "problems": [
            {
                "kind": "unresolved",
                "note": name,
                "line": 3,
                "embed": "[[gone]]",
                "message": "embed [[gone]] leads nowhere: no such note",
            }
        ],
    }
    assert (second["note"], second["steps"], second["problems"][0]["kind"]) == ("bad.md", [], "error")


def test_outputs_are_taken_out_again(home: Path, kernels: Kernels, capsys: pytest.CaptureFixture[str]) -> None:
    from mdrun.events import Stream  # noqa: PLC0415

    kernels.script = {"\nkey\n\n": [Stream("stdout", "1")], "key = 1\n": [Stream("stdout", "2")]}
    assert here(".", "-q") == 0
    edited = (home / "Setup.md").read_text().replace("> 2", "> 3")
    vault(home, {"Setup.md": edited, "bad.md": b"\xff", "skip.md": f"---\nmdrun-skip: true\n---\n{block('1')}"})
    assert here("clean", ".") == 2
    assert capsys.readouterr().out == (
        "left out: skip.md (mdrun-skip)\n"
        "Setup.md: no output to take out\n"
        "  kept: Setup.md:5: this output was edited by hand\n"
        "a.md: 1 output taken out\n"
        "bad.md: error: bad.md: not UTF-8: byte 0xff at offset 0; convert the file to UTF-8\n"
    )
    assert (home / "a.md").read_text() == NOTE
    assert (home / "Setup.md").read_text() == edited


@pytest.fixture
def _dark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder be out of reach."""
    scan = os.scandir

    def refuse(folder: str) -> object:
        if folder.endswith("dark/"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)


@pytest.mark.usefixtures("_dark", "kernels")
@pytest.mark.parametrize("command", ["run", "check", "plan", "clean"])
def test_a_folder_that_cannot_be_read_ends_with_2(home: Path, command: str) -> None:
    (home / "dark").mkdir()
    assert here(command, ".") == 2


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("trouble", [KeyboardInterrupt, click.Abort])
def test_ctrl_c_anywhere_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """F18."""

    def interrupted(*_: object) -> None:
        raise trouble

    monkeypatch.setattr("mdrun.commands.plan.jobs_for", interrupted)
    assert here("plan", "a.md") == 130
    assert capsys.readouterr().err.strip() == "mdrun: interrupted"


@pytest.mark.usefixtures("home")
def test_ctrl_c_at_the_very_start_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """F18."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "enter", interrupted)
    assert here("plan", "a.md") == 130


@pytest.mark.usefixtures("home")
def test_outside_of_the_main_thread_it_works_as_well(kernels: Kernels) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(here("a.md", "-q")))
    thread.start()
    thread.join()
    assert codes == [0]
    assert len(kernels.started) == 1


def test_a_reader_who_leaves_early_is_no_trouble(tmp_path: Path) -> None:
    vault(tmp_path, {f"{number:03}.md": block("x", "python {skip}") for number in range(40)})
    for command in ("run", "plan", "clean"):
        with subprocess.Popen(
            [*COMMAND, command, "."], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(30) == 0


def test_odd_names_are_names_like_any_other(tmp_path: Path) -> None:
    """F62."""
    names: list[str | bytes] = [
        "-n $(touch pwned) ;x.md",
        "\U0001f600 'quoted\" \\ name.md",
        unicodedata.normalize("NFD", "\u00fc\uac00.md"),
        "line\nbreak \x1b[31m.md",
        b"caf\xe9.md",
    ]
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in names:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as note:
            note.write(block("x", "python {skip}").encode())
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    told = mdrun("--", *map(os.fsdecode, names), cwd=folder, env=ascii_only)
    assert (told.code, told.err) == (0, "")
    assert "\x1b" not in told.out
    assert len(json.loads(mdrun("plan", "--json", "a folder", cwd=tmp_path, env=ascii_only).out)["notes"]) == 5
    assert not (folder / "pwned").exists()


def test_modules_in_the_working_folder_are_not_mdrun_s(tmp_path: Path) -> None:
    """F72."""
    names = ("click", "yaml", "rich", "json", "platformdirs", "fcntl")
    home = vault(tmp_path, {f"{name}.py": "raise SystemExit('from the vault')" for name in names})
    vault(home, {"a.md": block("x", "python {skip}")})
    told = mdrun("a.md", cwd=home)
    assert (told.code, told.err) == (0, "")
    assert mdrun("a.md", cwd=home, env={"PYTHONSAFEPATH": "1"}).code == 0


def test_without_a_home_and_a_cache_it_works_as_well(tmp_path: Path) -> None:
    home = vault(tmp_path, {"a.md": block("x", "python {skip}")})
    bare = {key: value for key, value in os.environ.items() if key != "HOME" and not key.startswith("XDG_")}
    done = subprocess.run([*COMMAND, "a.md"], cwd=home, env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert mdrun("a.md", cwd=home, env={"XDG_CACHE_HOME": "/dev/null"}).code == 0
    assert sorted(os.listdir(home)) == ["a.md"]


def test_a_note_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    """F60."""
    home = vault(tmp_path, {"a.md": block("open('ran', 'w')")})
    (home / "a.md").chmod(0o444)
    told = mdrun("a.md", cwd=home, behind=held_back())
    assert told.code == 2
    assert "error: a.md: the note is read-only; nothing was run" in told.out
    assert not (home / "ran").exists()


def test_sigint_while_notes_are_looked_for_ends_with_130(tmp_path: Path) -> None:
    """F18."""
    os.mkfifo(tmp_path / "mdrun.toml")
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW_LISTING, "plan", "."], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "listing\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().strip() == "mdrun: interrupted"
        assert process.wait(30) == 130


_SLOW_LISTING = """
import sys, time
from mdrun import __main__, files
def slow(*_):
    print("listing", file=sys.stderr, flush=True)
    time.sleep(30)
files.list_vault = slow
__main__.main()
"""


def seen(*arguments: str, cwd: Path, **variables: str) -> bytes:
    """Return all that a terminal shows of a command."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", **variables}
    with subprocess.Popen([*COMMAND, *arguments], cwd=cwd, stdout=theirs, env=environment):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # how a terminal says that nobody is at its other end any more
            while piece := os.read(ours, 4096):
                shown += piece
    os.close(ours)
    return shown


def test_on_a_terminal_a_live_line_is_shown(tmp_path: Path) -> None:
    vault(tmp_path, {"a.md": block("x", "python {skip}")})
    shown = seen("a.md", cwd=tmp_path)
    assert b"1 note, 0 blocks run" in shown
    assert b"\x1b[?25l" in shown


COLOUR = re.compile(rb"\x1b\[(?:3[0-7]|9[0-7])m")


@pytest.mark.kernel
def test_a_diff_has_colours_on_a_terminal_unless_the_user_wants_none(tmp_path: Path) -> None:
    region = "> [!output]\n> ```text\n> 5 and 6\n> ```\n> <!-- 000000-{} -->\n"
    stamp = says(["```text", "5 and 6", "```"])
    vault(tmp_path, {"a.md": block("print('5 and 7')") + region.format(stamp)})
    shown = seen("check", "--diff", "a.md", cwd=tmp_path)
    assert b"5 and" in shown
    assert COLOUR.search(shown)
    assert not COLOUR.search(seen("check", "--diff", "a.md", cwd=tmp_path, NO_COLOR="1"))
    piped = mdrun("check", "--diff", "a.md", cwd=tmp_path)
    assert (piped.code, "\x1b" in piped.out) == (1, False)
    assert "    - 5 and 6\n    + 5 and 7\n" in piped.out
