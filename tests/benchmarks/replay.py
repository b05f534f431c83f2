"""What a replayed answer costs: requests to the gateway and to a bare server, from the same client in turn."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx2

from mdrun.llm.calls import Caller
from mdrun.llm.door import Door
from mdrun.llm.recording import JSON, Answer, Recording, text_of
from mdrun.llm.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

CALLS = 200
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "word " * 100}]}
ANSWER = Answer(200, JSON, {"choices": [{"message": {"content": "word " * 100}}]}, "gpt-4o-mini", "2026-01-01")


class Bare(BaseHTTPRequestHandler):
    """Answers everything with the same bytes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Read a request, answer it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(ANSWER.content)))
        self.end_headers()
        self.wfile.write(ANSWER.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def bare(pipe: Connection) -> None:
    """Serve the bare answer until the pipe ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send((f"http://127.0.0.1:{server.server_port}/v1", "nobody"))
    pipe.recv()


def gateway(pipe: Connection) -> None:
    """Replay a recording until the pipe ends, as often as it is asked for."""
    with tempfile.TemporaryDirectory() as folder, Door(os.environ) as door:
        request = Request("/v1/chat/completions", "", BODY)
        recordings = Path(folder, ".mdrun", "llm")
        recordings.mkdir(parents=True)
        (recordings / f"{request.key}.json").write_text(text_of(Recording(request, (ANSWER,) * 100_000)), "utf-8")
        caller = Caller("note.md", Path(folder), "replay")
        with door.opened_for(caller) as environment:
            pipe.send((environment["OPENAI_BASE_URL"], caller.token))
            pipe.recv()


@contextmanager
def served(by: str) -> Iterator[tuple[str, str]]:
    """Lend out the address of a server in a process of its own, and the key it wants."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target={"bare": bare, "gateway": gateway}[by], args=(theirs,))
    process.start()
    yield ours.recv()
    ours.send(None)
    process.join()


def seconds(client: httpx2.Client, address: str, key: str) -> float:
    """Return how long `CALLS` round trips take."""
    started = time.perf_counter()
    for _ in range(CALLS):
        reply = client.post(f"{address}/chat/completions", json=BODY, headers={"Authorization": f"Bearer {key}"})
        assert json.loads(reply.content) == ANSWER.body
    return time.perf_counter() - started


def main(rounds: int) -> None:
    """Print how many times as long a replayed call takes as a bare round trip (at most 2)."""
    with served("bare") as one, served("gateway") as other, httpx2.Client(trust_env=False) as client:
        seconds(client, *one), seconds(client, *other)
        ratios = []
        for _ in range(rounds):
            quick = seconds(client, *one)
            ratios.append(seconds(client, *other) / quick)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"a replayed call (at most 2) / a bare round trip: wall {median(ratios):.2f} ({spread}, {rounds} rounds)")
