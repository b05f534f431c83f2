"""The small local model, answering in a process of its own once it is asked to."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, cast

from mdrun.errors import ModelFailed, ModelMissing
from mdrun.llm.weights import SMOLLM2, Weights, find, verify

if TYPE_CHECKING:
    from pathlib import Path

START_LIMIT = 60.0
"""Seconds the model may take until it is ready."""
PATIENCE = 2.0
"""Seconds its process may take to end by itself."""
SETTLING = 0.5
"""Seconds between a process's last word and its end."""
LAST_LINES = 8
LIBRARY_HINT = (
    "xllamacpp, which runs the model, is not installed: `uv pip install xllamacpp` or `pip install 'mdrun[local]'` "
    "(there are wheels for Linux with glibc and for macOS 13 and later)"
)


def has_library() -> bool:
    """Return whether what runs the model is installed; nothing is loaded for it."""
    return find_spec("xllamacpp") is not None


def is_installed(weights: Weights = SMOLLM2) -> bool:
    """Return whether the model could be started, as far as can be seen at once."""
    return has_library() and find(weights) is not None


class LocalModel:
    """A model that answers on loopback between `start` and `close`, OpenAI's way, to those with its key.

    `start` and `close` may be called from any thread.
    """

    def __init__(self, weights: Weights = SMOLLM2, *, limit: float = START_LIMIT) -> None:
        self.name = weights.name
        self.key = secrets.token_urlsafe(32)
        self._weights = weights
        self._limit = limit
        self._starting = threading.Lock()
        self._server: _Server | None = None
        self._url: str | None = None
        self._closed = False

    @property
    def url(self) -> str:
        """Return the base of its API, `http://127.0.0.1:PORT/v1`; each start may have another port."""
        if self._url is None:
            message = f"{self.name} was not started"
            raise ModelFailed(message)
        return self._url

    def start(self) -> None:
        """Return once it answers: at once, or when another thread started it, or after loading it.

        A process that died is replaced. Raise ModelMissing, ModelDamaged or ModelFailed.
        """
        with self._starting:
            if self._server is not None and self._server.is_running():
                return
            path = self._checked()
            self._end()
            self._server = _Server(path, self.name, self.key)
            try:
                self._url = f"{self._address(self._server)}/v1"
            except BaseException:
                self._server.end()
                raise

    def close(self) -> None:
        """End the process, whatever it is doing; it is not started again."""
        # In this order: a start meanwhile sees that we closed, or we see what it started.
        self._closed = True
        self._end()

    def _end(self) -> None:
        if (server := self._server) is not None:
            server.end()

    def _checked(self) -> Path:
        if not has_library():
            raise ModelMissing(LIBRARY_HINT)
        path = find(self._weights)
        if path is None:
            message = f"{self.name} is not installed: `mdrun model install`"
            raise ModelMissing(message)
        verify(self._weights, path)
        return path

    def _address(self, server: _Server) -> str:
        if self._closed:
            message = f"{self.name} was closed"
            raise ModelFailed(message)
        address = server.wait_until_ready(self._limit)
        if address is None:
            message = f"{self.name} did not start: {server.last_words()}"
            raise ModelFailed(message)
        return address


class _Server:
    """The process of `mdrun.llm.serve`, in a session of its own, which no Ctrl-C in a terminal reaches.

    Its standard input is a lifeline: a pipe that reads as ended once this process is gone,
    however it went.
    """

    def __init__(self, model: Path, name: str, key: str) -> None:
        self._ending = threading.Lock()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._ready, ready = socket.socketpair()
        with ready:
            self._popen = subprocess.Popen(  # noqa: S603 - running this is what it is for
                # -P: the working folder may have a `json.py`, which is not ours (F72).
                [sys.executable, "-P", "-m", "mdrun.llm.serve", str(model), name],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=ready.fileno(),
                stderr=self._log,
                start_new_session=True,
            )
        with suppress(BrokenPipeError):
            self._lifeline.write(f"{key}\n".encode())

    @property
    def _lifeline(self) -> IO[bytes]:
        return cast("IO[bytes]", self._popen.stdin)

    def is_running(self) -> bool:
        """Return whether the process is still there."""
        return self._popen.poll() is None

    def wait_until_ready(self, limit: float) -> str | None:
        """Return its address, or None when it ended or took longer than `limit` seconds."""
        # Another thread may have closed the socket by now.
        with suppress(OSError):
            self._ready.settimeout(limit)
            with self._ready.makefile("rb") as said:
                for line in said:
                    if line.startswith(b'{"address"'):
                        return str(json.loads(line)["address"])
        return None

    def last_words(self) -> str:
        """Return how it ended, if it did, and the last lines it said."""
        with self._ending:
            if self._log.closed:
                return "it was closed"
            try:
                how = _how_it_ended(self._popen.wait(SETTLING))
            except subprocess.TimeoutExpired:
                how = "it took too long"
            self._log.seek(0)
            lines = [line for line in self._log.read().decode("utf-8", "replace").split("\n") if line.strip()]
            return "\n  ".join([how, *lines[-LAST_LINES:]])

    def end(self) -> None:
        """End the process and give the descriptors back, once."""
        with self._ending:
            if self._log.closed:
                return
            self._lifeline.close()
            try:
                self._popen.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
            self._ready.close()
            self._log.close()


def _how_it_ended(returncode: int) -> str:
    if returncode >= 0:
        return f"it ended with code {returncode}"
    named = -returncode in set(signal.Signals)
    return f"it was ended by {signal.Signals(-returncode).name if named else f'signal {-returncode}'}"
