from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.errors import ModelDamaged, ModelFailed, ModelMissing
from mdrun.llm import local, serve
from mdrun.llm.local import LocalModel, has_library, is_installed
from mdrun.llm.weights import SMOLLM2, Weights
from tests.kernels import gone
from tests.weighed import TINY, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIBRARY = """
import http.server, os, signal, sys, threading, time
from types import SimpleNamespace as Made

class CommonParams:
    def __init__(self):
        self.model, self.cpuparams, self.cpuparams_batch, self.sampling = Made(), Made(), Made(), Made()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(7)
        self.send_response(200 if self.headers["Authorization"] == f"Bearer {self.server.key}" else 401)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, *_):
        pass

class Server:
    def __init__(self, parameters):
        started(parameters)
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        server.key, = parameters.api_keys
        self.listening_address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

def started(parameters):
    print("loading", parameters.model.path)
"""
"""Stands in for xllamacpp: a server that tells its process to those who have the key."""


def stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """Have `LIBRARY`, and `more` behind it, be xllamacpp, here and in children."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "xllamacpp.py").write_text(LIBRARY + more)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands_in(tmp_path, monkeypatch)
    put()


@contextmanager
def opened(weights: Weights = TINY, limit: float = 60) -> Iterator[LocalModel]:
    model = LocalModel(weights, limit=limit)
    try:
        yield model
    finally:
        model.close()


def get(model: LocalModel, path: str = "", key: str | None = None) -> str:
    """Return what the model's server says at `path`."""
    url = f"{model.url.removesuffix('/v1')}{path}"
    headers = {"Authorization": f"Bearer {model.key if key is None else key}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return str(answer.read().decode())


def chat(model: LocalModel, words: str, /, **more: Any) -> dict[str, Any]:
    """Return the model's answer."""
    body = json.dumps({"messages": [{"role": "user", "content": words}], **more}).encode()
    headers = {"Authorization": f"Bearer {model.key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{model.url}/chat/completions", body, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return dict(json.load(answer))


def said_by(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["content"])


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelMissing, match=r"`uv pip install xllamacpp` or `pip install 'mdrun\[local\]'`"):
        LocalModel(TINY).start()
    assert not is_installed(TINY)
    assert not has_library()


def test_without_weights_it_is_said_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands_in(tmp_path, monkeypatch)
    with pytest.raises(ModelMissing, match=r"Tiny is not installed: `mdrun model install`"):
        LocalModel(TINY).start()
    assert not is_installed(TINY)


@pytest.mark.usefixtures("_installed")
def test_damaged_weights_are_not_started() -> None:
    put(b"half")
    with pytest.raises(ModelDamaged, match="damaged"):
        LocalModel(TINY).start()
    assert is_installed(TINY)


@pytest.mark.usefixtures("_installed")
def test_it_answers_those_who_have_its_key() -> None:
    with opened() as model:
        model.start()
        assert get(model).isdigit()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(model, key="guessed")
    assert model.name == "Tiny"


@pytest.mark.usefixtures("_installed")
def test_its_key_is_in_no_list_of_processes() -> None:
    with opened() as model:
        model.start()
        done = subprocess.run(["ps", "-o", "args=", "-p", get(model)], capture_output=True, text=True, check=True)
    assert "mdrun.llm.serve" in done.stdout
    assert model.key not in done.stdout


@pytest.mark.usefixtures("_installed")
def test_starts_at_the_same_time_start_one_process() -> None:
    with opened() as model:
        told: list[str] = []

        def ask() -> None:
            model.start()
            told.append(get(model))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(told) == 4
    assert len(set(told)) == 1


@pytest.mark.usefixtures("_installed")
def test_a_process_that_died_is_replaced() -> None:
    with opened() as model:
        model.start()
        before = get(model)
        with pytest.raises(OSError, match=r"closed|reset"):
            get(model, "/die")
        assert gone(int(before))
        model.start()
        assert get(model) != before


@pytest.mark.usefixtures("_installed")
def test_a_closed_model_is_gone_and_starts_no_more() -> None:
    with opened() as model:
        model.start()
        pid = int(get(model))
    model.close()
    assert gone(pid)
    with pytest.raises(ModelFailed, match="Tiny was closed"):
        model.start()


def test_a_model_that_was_not_started_has_no_address() -> None:
    model = LocalModel()
    model.close()
    with pytest.raises(ModelFailed, match="SmolLM2-135M-Instruct was not started"):
        _ = model.url


@pytest.mark.parametrize(
    ("library", "words"),
    [
        (
            "raise ImportError('libgomp.so.1: not found')",
            "with code 1\n  xllamacpp cannot be loaded: libgomp.so.1: not",
        ),
        ("def started(_): raise RuntimeError('no memory')", r"code 1\n  .*tiny\.gguf cannot be loaded: no memory"),
        ("def started(_): os.kill(os.getpid(), signal.SIGILL)", "it was ended by SIGILL"),
        ("def started(_): os.kill(os.getpid(), 40)", "it was ended by signal 40"),
    ],
)
def test_a_process_that_does_not_start_has_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, words: str
) -> None:
    stands_in(tmp_path, monkeypatch, library)
    put()
    with opened() as model, pytest.raises(ModelFailed, match=f"Tiny did not start: .*{words}"):
        model.start()


@pytest.mark.parametrize("end", ["time.sleep(60)", "os.close(1); time.sleep(60)"])
def test_a_process_that_is_never_ready_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    stands_in(tmp_path, monkeypatch, f"def started(_): {end}")
    monkeypatch.setattr(local, "PATIENCE", 0.1)
    put()
    with opened(limit=0.5) as model, pytest.raises(ModelFailed, match="Tiny did not start: it took too long"):
        model.start()


def test_closing_ends_a_start_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loading = tmp_path / "loading"
    stands_in(tmp_path, monkeypatch, f"def started(_): os.mkfifo({str(loading)!r}); open({str(loading)!r}, 'w')")
    monkeypatch.setattr(local, "PATIENCE", 0.1)
    put()
    failures: list[str] = []

    def start() -> None:
        with pytest.raises(ModelFailed) as told:
            model.start()
        failures.append(str(told.value))

    with opened() as model:
        thread = threading.Thread(target=start)
        thread.start()
        while not loading.exists():
            assert thread.is_alive()
    thread.join()
    assert failures == ["Tiny did not start: it was closed"]


def test_a_process_that_ends_before_it_is_told_its_key_has_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands_in(tmp_path, monkeypatch)
    put()
    popen = subprocess.Popen

    def ended(command: list[str], **how: Any) -> Any:
        process = popen([command[0], "-c", "raise SystemExit('no room')"], **how)
        process.wait()
        return process

    monkeypatch.setattr(subprocess, "Popen", ended)
    with opened() as model, pytest.raises(ModelFailed, match="it ended with code 1\n  no room"):
        model.start()


@pytest.mark.usefixtures("_installed")
def test_it_ends_with_mdrun_however_that_went() -> None:
    script = (
        "import os, urllib.request, sys\n"
        "from mdrun.llm.local import LocalModel\n"
        "from tests.weighed import TINY\n"
        "model = LocalModel(TINY)\n"
        "model.start()\n"
        "print(model._server._popen.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


def test_the_process_says_where_it_answers_and_ends_with_its_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = ("model", "cpuparams", "cpuparams_batch", "sampling")
    made = SimpleNamespace(**{part: SimpleNamespace() for part in parts})
    library = ModuleType("xllamacpp")
    vars(library)["CommonParams"] = lambda: made
    vars(library)["Server"] = lambda _: SimpleNamespace(listening_address="http://here")
    monkeypatch.setitem(sys.modules, "xllamacpp", library)
    monkeypatch.setattr(sys, "argv", ["serve", "/w.gguf", "Tiny"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("key\n"))
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit, match="0"):
        serve.main()
    assert json.loads(capsys.readouterr().out) == {"address": "http://here"}
    assert (made.model.path, made.model_alias, made.api_keys) == ("/w.gguf", {"Tiny"}, ["key"])
    assert (made.cache_prompt, made.cpuparams.n_threads, made.sampling.temp) == (False, 1, 0.0)


@pytest.mark.model
@pytest.mark.usefixtures("model")
def test_the_model_s_name_is_in_every_answer() -> None:
    with opened(SMOLLM2) as model:
        model.start()
        answer = chat(model, "Hi", model="gpt-4o-mini", max_tokens=4)
        assert answer["model"] == model.name == "SmolLM2-135M-Instruct"
        assert said_by(answer)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(model, "/v1/models", key="guessed")


@pytest.mark.model
@pytest.mark.usefixtures("model")
def test_the_model_answers_the_same_whatever_was_asked_before_and_by_whom() -> None:
    answers = []
    for before in ("", "Name a colour.", "Say it again."):
        with opened(SMOLLM2) as model:
            model.start()
            if before:
                chat(model, before, max_tokens=8)
            answers.append(said_by(chat(model, "hi im bob", max_tokens=24)))
            answers.append(said_by(chat(model, "hi im bob", max_tokens=24)))
    assert len(set(answers)) == 1


@pytest.mark.model
@pytest.mark.usefixtures("model")
def test_the_model_can_be_closed_while_it_answers() -> None:
    failures: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(OSError, match=r"closed|reset") as told:
            chat(model, "Tell me a very long story.", max_tokens=3000)
        failures.append(told.value)

    with opened(SMOLLM2) as model:
        model.start()
        thread = threading.Thread(target=ask)
        thread.start()
        while not json.loads(get(model, "/slots"))[0]["is_processing"]:
            assert thread.is_alive()
    thread.join()
    assert len(failures) == 1


@pytest.mark.model
def test_weights_the_library_cannot_load_are_told(model: Path) -> None:
    content = model.read_bytes()[:100_000]
    model.unlink()
    cut = replace(SMOLLM2, size=len(content), sha256=sha256(content).hexdigest())
    model.write_bytes(content)
    with opened(cut) as broken, pytest.raises(ModelFailed, match="cannot be loaded: Failed to init server"):
        broken.start()
