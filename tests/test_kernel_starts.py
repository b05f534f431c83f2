"""How kernels are found and started."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import venv
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.errors import (
    BlockTimedOut,
    KernelDied,
    KernelMissing,
    KernelStartFailed,
    OutputLost,
    Stopped,
)
from mdrun.events import Error, Event, ExecuteResult, Frame, Stream
from mdrun.kernel import Kernel, find_interpreter
from mdrun.kernel.channels import Heard, Message
from mdrun.kernel.connection import Connection
from mdrun.kernel.ready import _shows_readiness, wait_until_ready
from mdrun.kernel.start import _surely
from mdrun.kernel.turn import Turn
from mdrun.stop import StopRequest
from tests.kernels import ScriptedKernel, error_of, kernel_in, outcome, run, said

if TYPE_CHECKING:
    from mdrun.kernel.client import JupyterKernel

pytestmark = pytest.mark.kernel

IPYKERNEL_BY_HAND = "from ipykernel.kernelapp import launch_new_instance as main; main()"


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_kernel_that_dies_before_it_is_ready_says_why(tmp_path: Path) -> None:
    """F4."""
    python = script(tmp_path / "python", "#!/bin/sh\necho out of order >&2\nexit 3\n")
    begin = time.monotonic()
    with (
        pytest.raises(KernelStartFailed, match=r"code 3\) before it was ready:\n  out of order"),
        kernel_in(tmp_path, python=python),
    ):
        pass
    assert time.monotonic() - begin < 5


def test_a_kernel_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    """F4."""
    python = script(tmp_path / "python", "#!/bin/sh\nsleep 600\n")
    with pytest.raises(KernelStartFailed, match="said nothing"), kernel_in(tmp_path, python=python, start_limit=0.7):
        pass


def test_a_start_is_given_up_when_a_stop_is_asked_for(tmp_path: Path) -> None:
    """F18."""
    python = script(tmp_path / "python", "#!/bin/sh\nsleep 600\n")
    stop = StopRequest()
    threading.Timer(0.3, stop.ask, [signal.SIGINT]).start()
    begin = time.monotonic()
    with pytest.raises(Stopped), kernel_in(tmp_path, stop, python=python):
        pass
    assert time.monotonic() - begin < 5


def test_cleaning_up_goes_on_when_the_second_signal_disturbs_it() -> None:
    """F19."""
    calls: list[None] = []

    def clean_up() -> None:
        calls.append(None)
        if len(calls) == 1:
            raise Stopped(signal.SIGINT)

    with pytest.raises(Stopped):
        _surely(clean_up)
    assert len(calls) == 2


def test_an_interpreter_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    python = script(tmp_path / "python", "#!/no/such/program\n")
    with pytest.raises(KernelMissing, match="cannot be run"), kernel_in(tmp_path, python=python):
        pass


def test_without_ipykernel_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare/bin/python"
    with (
        pytest.raises(KernelMissing, match=f"{python} has no ipykernel; .* {python} ipykernel"),
        kernel_in(tmp_path, python=python),
    ):
        pass


def test_modules_of_the_vault_are_not_taken_for_pythons_own(tmp_path: Path) -> None:
    """F72."""
    known = [*sys.stdlib_module_names, "ipykernel_launcher", "ipykernel", "IPython", "zmq", "launcher"]
    for name in (*known, "sitecustomize", "usercustomize", "shell", "frames"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'a').write(__name__ + ' ')\n")
    with kernel_in(tmp_path) as kernel:
        assert run(kernel, "1 + 1") == [ExecuteResult({"text/plain": "2"})]
        assert said(run(kernel, "print('x')")) == "x\n"
        assert error_of(run(kernel, "1 / 0")).ename == "ZeroDivisionError"
        list(kernel.finish())
    assert not (tmp_path / "ran").exists()


def test_configuration_in_the_vault_is_not_read(tmp_path: Path) -> None:
    """F71."""
    for name in ("ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py"):
        (tmp_path / name).write_text("open('ran', 'w')\n")
    with kernel_in(tmp_path) as kernel:
        run(kernel, "1")
    assert not (tmp_path / "ran").exists()


def test_the_folder_of_the_sockets_is_private_short_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F28."""
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with kernel_in(tmp_path) as kernel:
        source = "from ipykernel.connect import get_connection_file as f; print(f())"
        folder = Path(said(run(kernel, source)).strip()).parent
        assert folder.parent == Path("/tmp")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert list(deep.iterdir()) == []


def test_six_kernels_at_once_find_ports_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F27."""
    monkeypatch.setattr("mdrun.kernel.start._transport", lambda: Connection.over_tcp)
    results: list[list[Event]] = []

    def compute() -> None:
        with kernel_in(tmp_path) as kernel:
            results.append(run(kernel, "2 + 2"))

    threads = [threading.Thread(target=compute) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[ExecuteResult({"text/plain": "4"})]] * 6


def test_the_interpreter_is_the_named_one_else_the_active_one_else_ours(tmp_path: Path) -> None:
    for name in ("named", "venv", "conda"):
        (tmp_path / name / "bin").mkdir(parents=True)
        script(tmp_path / name / "bin/python", "#!/bin/sh\n")
    named, active, conda = (tmp_path / name / "bin/python" for name in ("named", "venv", "conda"))
    both = {"VIRTUAL_ENV": str(tmp_path / "venv"), "CONDA_PREFIX": str(tmp_path / "conda")}
    assert find_interpreter(named, both) == named
    assert find_interpreter(tmp_path / "named", both) == named
    assert find_interpreter(Path("python"), {"PATH": str(named.parent)}) == named
    assert find_interpreter(None, both) == active
    assert find_interpreter(None, {"CONDA_PREFIX": both["CONDA_PREFIX"]}) == conda
    assert find_interpreter(None, {}) == Path(sys.executable)


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KernelMissing, match="no interpreter at nowhere"):
        find_interpreter(Path("nowhere"), {"PATH": str(tmp_path)})
    with pytest.raises(KernelMissing, match=r"which \$VIRTUAL_ENV names"):
        find_interpreter(None, {"VIRTUAL_ENV": str(tmp_path)})


def add_spec(folder: Path, name: str, argv: list[str], **more: Any) -> None:
    spec = folder / "kernels" / name
    spec.mkdir(parents=True)
    content = {"argv": argv, "display_name": name, "language": "python", **more}
    (spec / "kernel.json").write_text(json.dumps(content))


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "jupyter"
    by_hand = [sys.executable, "-c", IPYKERNEL_BY_HAND, "-f", "{connection_file}"]
    plain = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    add_spec(folder, "plain", plain, env={"WHO": "${NAME} here"})
    add_spec(folder, "by-hand", by_hand, interrupt_mode="message")
    add_spec(folder, "other", by_hand, language="other")
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return folder


@pytest.mark.usefixtures("specs")
def test_a_kernelspec_of_plain_ipykernel_gets_all_of_ours(tmp_path: Path) -> None:
    source = "import os; print(os.environ['WHO'], 'debugpy' in __import__('sys').modules); 1 / 0"
    with kernel_in(tmp_path, kernel_name="plain", variables={"NAME": "spec"}) as kernel:
        events = run(kernel, source, cell=5)
        assert said(events) == "spec here False\n"
        assert isinstance(frame := error_of(events).frames[0], Frame)
        assert frame.cell == 5


@pytest.mark.usefixtures("specs")
def test_another_python_kernel_gets_the_start_up_code(tmp_path: Path) -> None:
    source = "import os, sys; print(sys.path[0] == os.getcwd(), os.environ.get('PYTHONSAFEPATH')); 1 / 0"
    with kernel_in(tmp_path, kernel_name="by-hand") as kernel:
        events = run(kernel, source, cell=2)
        assert said(events) == "True None\n"
        assert isinstance(frame := error_of(events).frames[0], Frame)
        assert frame.cell == 2
        _, error = outcome(kernel, "import time; time.sleep(60)", timeout=0.3)
        assert isinstance(error, BlockTimedOut)
        assert not error.killed
        list(kernel.finish())


@pytest.mark.usefixtures("specs")
def test_a_safe_path_of_the_users_own_stays(tmp_path: Path) -> None:
    for name in ("plain", "by-hand"):
        with kernel_in(tmp_path, kernel_name=name, variables={"PYTHONSAFEPATH": "yes", "NAME": ""}) as kernel:
            assert said(run(kernel, "import os; print(bool(os.environ['PYTHONSAFEPATH']))")) == "True\n"
            list(kernel.finish())


@pytest.mark.usefixtures("specs")
def test_a_kernel_of_another_language_works_without(tmp_path: Path) -> None:
    with kernel_in(tmp_path, kernel_name="other") as kernel:
        error = error_of(run(kernel, "1 / 0"))
        assert error.frames == ()
        assert "ZeroDivisionError" in "".join(error.traceback)


@pytest.mark.usefixtures("specs")
def test_an_unknown_kernelspec_names_the_known_ones_nearest_first(tmp_path: Path) -> None:
    with (
        pytest.raises(KernelMissing, match="no kernelspec 'plane'; there are: plain"),
        kernel_in(tmp_path, kernel_name="plane"),
    ):
        pass


def test_without_any_kernelspec_just_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_client.kernelspec.KernelSpecManager.find_kernel_specs", lambda _self: {})
    with pytest.raises(KernelMissing, match="no kernelspec 'x', nor any other"), kernel_in(tmp_path, kernel_name="x"):
        pass


def test_a_connection_file_that_is_just_being_written_is_read_again(tmp_path: Path) -> None:
    """F27."""
    connection = Connection.over_tcp(tmp_path)
    assert connection.bound() is None
    connection.file.write_text("{")
    assert connection.bound() is None
    connection.write()
    assert connection.bound() is None


@pytest.mark.parametrize(
    ("kind", "state", "parent", "ready"),
    [
        ("iopub_welcome", "", "", True),
        ("status", "idle", "asked", True),
        ("status", "idle", "other", False),
        ("status", "busy", "asked", False),
        ("stream", "", "asked", False),
    ],
)
def test_a_kernel_is_ready_when_it_welcomes_or_its_idle_arrives(
    kind: str,
    state: str,
    parent: str,
    ready: bool,  # noqa: FBT001
) -> None:
    """F4, F7."""
    message = Message("iopub", kind, parent, {"content": {"execution_state": state}}, 1)
    assert _shows_readiness(message, {"asked"}) is ready


def test_an_older_kernel_is_asked_until_its_answer_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """F4, F7."""
    monkeypatch.setattr("mdrun.kernel.ready.ASK_AGAIN", 60)
    answers = [("status", ""), ("kernel_info_reply", "asked"), ("status", "asked")]
    idle = {"content": {"execution_state": "idle"}}
    waits = iter(Heard((Message("iopub", *each, idle, 1),), False, False) for each in answers)  # noqa: FBT003
    asked: list[str] = []

    def send(*_message: object) -> str:
        asked.append("asked")
        return "asked"

    channels: Any = SimpleNamespace(wait=lambda _until: next(waits), send=send)
    process: Any = SimpleNamespace(returncode=None)
    with closing(StopRequest()) as stop:
        wait_until_ready(channels, process, stop, until=time.monotonic() + 60, ours=False)
    assert (asked, list(waits)) == (["asked"], [])


def test_many_messages_are_taken_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdrun.kernel.channels.AT_ONCE", 2)
    with kernel_in(tmp_path) as kernel:
        assert len(run(kernel, "for n in range(9): display(n)")) == 9


def test_what_a_dead_kernel_had_sent_is_heard(kernel: JupyterKernel) -> None:
    """F1."""
    run(kernel, "import threading; threading.Timer(0.1, print, ['sent']).start()")
    heard = [message.content["text"] for message in kernel._channels.drain(0.5) if message.type == "stream"]
    assert "".join(heard) == "sent\n"


@pytest.mark.parametrize("content", [{"status": "aborted"}, {"status": "error", "ename": "E", "evalue": "v"}])
def test_a_reply_that_is_no_success_is_not_taken_for_one(content: dict[str, Any]) -> None:
    """F76."""
    turn = Turn("id", reply=Message("shell", "execute_reply", "id", {"content": content}, 1))
    if content["status"] == "aborted":
        with pytest.raises(OutputLost):
            list(turn.last_words())
    else:
        assert list(turn.last_words()) == [Error("E", "v")]


def test_a_kernelspec_in_the_vault_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F70."""
    add_spec(tmp_path, "bad", ["sh", "-c", "touch ran"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", ".")
    with pytest.raises(KernelMissing), kernel_in(tmp_path, kernel_name="bad"):
        pass
    assert not (tmp_path / "ran").exists()


def test_importing_the_room_loads_no_kernel_library() -> None:
    program = "import sys, mdrun.kernel; print({'zmq', 'jupyter_client', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_scripted_kernel_says_its_script() -> None:
    scripted = ScriptedKernel(
        {"print(1)": [Stream("stdout", "1\n"), KernelDied(1)]}, farewell=[Stream("stdout", "bye\n")]
    )
    kernel: Kernel = scripted
    events, error = outcome(kernel, "print(1)", timeout=5)
    assert (events, isinstance(error, KernelDied)) == ([Stream("stdout", "1\n")], True)
    assert run(kernel, "x") == []
    assert list(kernel.finish()) == [Stream("stdout", "bye\n")]
    assert (scripted.executed, scripted.finished) == ([(1, "print(1)"), (1, "x")], True)
