"""A server that answers OpenAI's and Azure's requests on loopback, well or badly, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_WAIT = 30.0
"""Seconds, so that a fault in a test ends it."""
TELLING = {
    "x-ms-region": "Planted North",
    "set-cookie": "planted=cookie",
    "openai-organization": "org-planted",
    "openai-project": "proj-planted",
    "apim-request-id": "planted-request",
}
"""Headers of every answer that tell whose it is."""


@dataclass(frozen=True, slots=True)
class Got:
    """A request that came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: Any

    @property
    def prompt(self) -> str:
        """What was asked."""
        asked = self.body["messages"][-1]["content"] if "messages" in self.body else self.body.get("input")
        return str(asked or self.body.get("prompt"))


class Upstream(ThreadingHTTPServer):
    """Behaves as `script` says, one request after the other, and well when that is at its end."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.got: list[Got] = []
        self.script: list[Behaviour] = []
        self.says: Callable[[str, int], str] = lambda prompt, _: f"{prompt}!"
        """Its words, by the prompt and how often that came before."""
        self.go_on = threading.Event()
        """What `waiting` and `silent` wait for."""
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def prompts(self) -> list[str]:
        """Return what was asked, in order."""
        return [got.prompt for got in self.got]

    def take(self, got: Got) -> tuple[int, Behaviour]:
        """Return the number of a request, from 1, and how to answer it."""
        with self._lock:
            self.got.append(got)
            return len(self.got), self.script.pop(0) if self.script else well

    def words(self, got: Got) -> str:
        """Return what to say to a request."""
        with self._lock:
            self.asked[got.prompt] += 1
            return self.says(got.prompt, self.asked[got.prompt] - 1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hangs up."""


@contextmanager
def serving() -> Iterator[Upstream]:
    """Lend out a server."""
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        got = Got(self.command, self.path, headers, json.loads(content) if content else {})
        self.close_connection = True
        number, behave = self.server.take(got)
        behave(self, got, number)

    do_GET = do_POST  # noqa: N815 - as the standard library calls it

    def reply(self, content: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> None:
        """Send a whole answer."""
        self.begin(kind, status, content_length=str(len(content)), **headers)
        self.wfile.write(content)

    def begin(self, kind: str, status: int = 200, **headers: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {**TELLING, "content-type": kind, "connection": "close", **own}.items():
            self.send_header(name, value)
        self.end_headers()

    def piece(self, *events: str) -> None:
        """Send events of a stream, as a piece of a chunked answer."""
        content = "".join(f"{event}\n\n" for event in events).encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content) if content else b"0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


Behaviour: TypeAlias = "Callable[[_Handler, Got, int], None]"


def well(handler: _Handler, got: Got, number: int) -> None:
    """Answer as one should."""
    if got.body.get("stream"):
        _streamed(handler, _events(handler, got, number))
    else:
        handler.reply(json.dumps(_answer(handler, got, number)).encode())


def refusing(status: int, message: str = "no", **headers: str) -> Behaviour:
    """Answer with a failure."""
    content = json.dumps({"error": {"message": message, "type": "t", "param": None, "code": None}}).encode()
    return lambda handler, _, __: handler.reply(content, status=status, **headers)


def saying(content: bytes, kind: str = "application/json") -> Behaviour:
    """Answer with some bytes and status 200."""
    return lambda handler, _, __: handler.reply(content, kind)


def echoing_the_key(handler: _Handler, got: Got, number: int) -> None:
    """Answer with the headers that came in."""
    value = {**_answer(handler, got, number), "echo": [*got.headers.values()]}
    handler.reply(json.dumps(value).encode())


def silent(handler: _Handler, _: Got, __: int) -> None:
    """Say nothing for long, and then hang up."""
    handler.server.go_on.wait(LONGEST_WAIT)


def waiting(handler: _Handler, got: Got, number: int) -> None:
    """Wait after the first event of a stream until somebody says `go_on`."""
    events = _events(handler, got, number)
    _streamed(handler, events[:1], events[1:])


def dripping(handler: _Handler, got: Got, number: int) -> None:
    """Send event by event, the second and those behind it once somebody said `go_on`."""
    first, *rest = _events(handler, got, number)
    handler.begin("text/event-stream", transfer_encoding="chunked")
    for event in (first, *rest[:-1] * 3, rest[-1]):
        handler.piece(event)
        handler.server.go_on.wait(LONGEST_WAIT)
        time.sleep(0.02)
    handler.piece()


def cut(handler: _Handler, got: Got, number: int) -> None:
    """Hang up in the middle of a stream."""
    handler.begin("text/event-stream", transfer_encoding="chunked")
    handler.piece(*_events(handler, got, number)[:2])


def endless(handler: _Handler, got: Got, number: int) -> None:
    """End a stream without the word that it is done."""
    _streamed(handler, _events(handler, got, number)[:-1])


def _streamed(handler: _Handler, events: list[str], rest: list[str] | None = None) -> None:
    handler.begin("text/event-stream", transfer_encoding="chunked")
    handler.piece(*events)
    if rest:
        handler.server.go_on.wait(LONGEST_WAIT)
        handler.piece(*rest)
    handler.piece()


def _answer(handler: _Handler, got: Got, number: int) -> dict[str, Any]:
    """Return the answer to a request, with the number of the request in its id and date."""
    made = {"id": f"id-{number}", "created": number, "model": "test-model"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    match got.path.partition("?")[0].rpartition("/")[2]:
        case "models":
            return {"object": "list", "data": [{"id": "test-model", "object": "model", "created": 1, "owned_by": "t"}]}
        case "embeddings":
            vectors = [{"object": "embedding", "index": 0, "embedding": [0.5, float(len(got.prompt))]}]
            return {"object": "list", "data": vectors, "model": "test-model", "usage": usage}
        case "responses":
            said = {"type": "output_text", "text": handler.server.words(got), "annotations": []}
            message = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": [said]}
            more = {"created_at": number, "object": "response", "output": [message], "usage": usage}
            return {"id": f"resp_{number}", "model": "test-model", "status": "completed", **more}
        case "completions" if "prompt" in got.body:
            choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "text": handler.server.words(got)}
            return {**made, "object": "text_completion", "choices": [choice], "usage": usage}
    message = {"role": "assistant", "content": handler.server.words(got)}
    if "tools" in got.body:
        function = {"name": got.body["tools"][0]["function"]["name"], "arguments": '{"n": 1}'}
        message["tool_calls"] = [{"id": f"call_{number}", "type": "function", "function": function}]
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {**made, "object": "chat.completion", "choices": [choice], "usage": usage}


def _events(handler: _Handler, got: Got, number: int) -> list[str]:
    """Return the answer to a request as a stream: at least two events, and the last one."""
    if got.path.endswith("/responses"):
        whole = _answer(handler, got, number)
        text = whole["output"][0]["content"][0]["text"]
        message = whole["output"][0]
        place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
        part = {**message["content"][0], "text": ""}
        kinds: dict[str, Any] = {
            "response.created": {"response": {**whole, "status": "in_progress", "output": []}},
            "response.output_item.added": {"output_index": 0, "item": {**message, "content": []}},
            "response.content_part.added": {**place, "part": part},
            "response.output_text.delta": {**place, "delta": text, "logprobs": []},
            "response.completed": {"response": whole},
        }
        made = [{"type": kind, "sequence_number": at, **more} for at, (kind, more) in enumerate(kinds.items())]
        return [f"event: {event['type']}\ndata: {json.dumps(event)}" for event in made]
    made = [
        {
            "id": f"id-{number}",
            "created": number,
            "model": "test-model",
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": letter}, "finish_reason": None}],
        }
        for letter in handler.server.words(got)
    ]
    return [*(f"data: {json.dumps(event)}" for event in made), "data: [DONE]"]
