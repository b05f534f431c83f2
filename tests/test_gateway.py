"""What notes ask through a real gateway, with real clients, against recordings and a server that may misbehave."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, AzureOpenAI, OpenAI

from mdrun.errors import ModelMissing
from mdrun.llm.calls import Caller
from mdrun.llm.door import Door, kernel_environment
from mdrun.llm.server import Exchange, serve
from mdrun.llm.store import Store
from mdrun.llm.tidy import tidied
from tests.runs import vault
from tests.upstream import (
    LONGEST_WAIT,
    TELLING,
    Behaviour,
    Upstream,
    cut,
    dripping,
    echoing_the_key,
    endless,
    refusing,
    saying,
    serving,
    silent,
    waiting,
    well,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from mdrun.settings import Mode

KEY = "sk-planted-key-of-the-user"
STREAM: Any = {"stream": True}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(("OPENAI_", "AZURE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as server:
        yield server


def user(upstream: Upstream) -> dict[str, str]:
    """Return the environment of a user with a key for `upstream`."""
    return {"OPENAI_BASE_URL": upstream.url, "OPENAI_API_KEY": KEY}


class Note:
    """A note that was let in, and its clients."""

    def __init__(self, caller: Caller, environment: Mapping[str, str], stack: ExitStack) -> None:
        self.caller = caller
        self.environment = environment
        self.url = environment["OPENAI_BASE_URL"]
        self._stack = stack

    def openai(self, **how: Any) -> OpenAI:
        # Certificates take long to load, and there is none.
        how = {"api_key": self.caller.token, "max_retries": 0, "http_client": httpx2.Client(verify=False), **how}
        return self._stack.enter_context(OpenAI(base_url=self.url, **how))

    def several(self) -> AsyncOpenAI:
        how: Any = {"api_key": self.caller.token, "max_retries": 0, "http_client": httpx2.AsyncClient(verify=False)}
        return AsyncOpenAI(base_url=self.url, **how)

    def azure(self) -> AzureOpenAI:
        address, version = self.environment["AZURE_OPENAI_ENDPOINT"], self.environment["OPENAI_API_VERSION"]
        how: Any = {"azure_endpoint": address, "api_version": version, "max_retries": 0}
        how["http_client"] = httpx2.Client(verify=False)
        return self._stack.enter_context(AzureOpenAI(api_key=self.environment["AZURE_OPENAI_API_KEY"], **how))

    def says(self, words: str, **more: Any) -> str:
        """Return the answer to a chat of one message."""
        return chat(self.openai(), words, **more)

    def raw(self, method: str, target: str, content: bytes = b"", **headers: str) -> tuple[int, str]:
        """Return status and content of an answer to any HTTP request."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=LONGEST_WAIT)
        self._stack.callback(connection.close)
        sent = {"Authorization": f"Bearer {self.caller.token}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        connection.request(method, target, content, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def messages(words: str) -> Any:
    return [{"role": "user", "content": words}]


def chat(client: OpenAI, words: str, **more: Any) -> str:
    answer = client.chat.completions.create(model="m", messages=messages(words), **more)
    return str(answer.choices[0].message.content)


def streamed(client: OpenAI, words: str, **more: Any) -> Iterator[str]:
    """Yield the pieces of an answer, as they come."""
    with client.chat.completions.create(model="m", messages=messages(words), stream=True, **more) as chunks:
        for chunk in chunks:
            yield str(chunk.choices[0].delta.content)


@contextmanager
def let_in(root: Path, mode: Mode, *, door: Door | None = None, home: Any = None, **how: Any) -> Iterator[Note]:
    """Let a note in, through a door of its own where none is given; `home` is the user's environment."""
    with ExitStack() as stack:
        door = door or stack.enter_context(Door(home or {}))
        caller = Caller(how.pop("name", "a.md"), root, mode, **how)
        yield Note(caller, stack.enter_context(door.opened_for(caller)), stack)


def texts(root: Path) -> dict[str, str]:
    """Return what the files among the recordings hold."""
    return {name: (root / ".mdrun" / "llm" / name).read_text() for name in Store(root).names()}


def sources(note: Note) -> list[tuple[str, str]]:
    """Return where a note's answers came from, once its door is closed."""
    return [(call.source, call.model) for call in note.caller.calls]


# Ways to ask


def test_what_was_recorded_is_replayed_to_every_client(tmp_path: Path, upstream: Upstream) -> None:
    async def several(note: Note) -> list[str]:
        async with note.several() as client:
            asked = [client.chat.completions.create(model="m", messages=messages(f"{n}")) for n in range(3)]
            return [str(answer.choices[0].message.content) for answer in await asyncio.gather(*asked)]

    def ask(note: Note) -> list[Any]:
        client, azure = note.openai(), note.azure()
        body = {"model": "m", "messages": messages("by hand")}
        headers = {"Authorization": f"Bearer {note.caller.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{note.url}/chat/completions", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            by_hand = json.load(answer)
        with client.responses.stream(model="m", input="stream") as events:
            kinds = {event.type for event in events}
        return [
            chat(client, "hi"),
            list(streamed(client, "hey")),
            asyncio.run(several(note)),
            client.responses.create(model="m", input="respond").output_text,
            kinds,
            client.embeddings.create(model="m", input="word").data[0].embedding,
            client.completions.create(model="m", prompt="once").choices[0].text,
            [model.id for model in client.models.list()],
            azure.chat.completions.create(model="any name", messages=messages("az")).choices[0].message.content,
            by_hand["choices"][0]["message"]["content"],
            httpx2.get(f"{note.url}/models", headers=headers, trust_env=False, verify=False).json()["data"][0]["id"],
        ]

    home = {**user(upstream), "AZURE_OPENAI_ENDPOINT": f"http://127.0.0.1:{upstream.port}", "AZURE_OPENAI_API_KEY": KEY}
    with let_in(tmp_path, "record", home=home) as note:
        first = ask(note)
    with let_in(tmp_path, "replay") as again:
        assert ask(again) == first
    assert first[:4] == ["hi!", ["h", "e", "y", "!"], ["0!", "1!", "2!"], "respond!"]
    assert {"response.created", "response.output_text.delta", "response.completed"} <= first[4]
    assert first[5:] == [[0.5, 4.0], "once!", ["test-model"], "az!", "by hand!", "test-model"]
    assert {source for source, _ in sources(again)} == {"recorded"}
    assert sources(again)[0] == ("recorded", "test-model")


def test_the_users_key_goes_upstream_and_the_notes_token_does_not(tmp_path: Path, upstream: Upstream) -> None:
    home = {**user(upstream), "OPENAI_ORG_ID": "org-planted", "OPENAI_PROJECT_ID": "proj-planted"}
    home |= {"AZURE_OPENAI_ENDPOINT": f"http://127.0.0.1:{upstream.port}/", "AZURE_OPENAI_API_KEY": "azure-planted"}
    with let_in(tmp_path, "live", home=home) as note:
        note.says("hi")
        note.azure().chat.completions.create(model="d", messages=messages("hi"))
    ours, azures = upstream.got
    assert ours.headers["authorization"] == f"Bearer {KEY}"
    assert (ours.headers["openai-organization"], ours.headers["openai-project"]) == ("org-planted", "proj-planted")
    assert azures.headers["api-key"] == "azure-planted"
    assert azures.path == "/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert note.caller.token not in str(upstream.got)


def test_a_server_that_speaks_openai_gets_azures_requests_with_a_model(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", upstream=upstream.url) as note:
        note.azure().chat.completions.create(model="d", messages=messages("hi"))
        body: dict[str, Any] = {"model": None, "messages": messages("hi")}
        path = "/openai/deployments/e/chat/completions?api-version=1"
        note.raw("POST", path, json.dumps(body).encode(), api_key=note.caller.token)
    assert [got.path for got in upstream.got] == ["/v1/chat/completions"] * 2
    assert [got.body["model"] for got in upstream.got] == ["d", "e"]
    assert all("authorization" not in got.headers for got in upstream.got)


def test_an_azure_endpoint_may_end_in_openai(tmp_path: Path, upstream: Upstream) -> None:
    base = f"http://127.0.0.1:{upstream.port}/openai"
    home = {"AZURE_OPENAI_ENDPOINT": base, "AZURE_OPENAI_AD_TOKEN": "ticket-planted"}
    with let_in(tmp_path, "live", home=home) as note:
        note.azure().chat.completions.create(model="d", messages=messages("hi"))
        note.raw("POST", "/openai/v1/responses", b'{"input": "hi"}')
    assert [got.path.partition("?")[0] for got in upstream.got] == [
        "/openai/deployments/d/chat/completions",
        "/openai/v1/responses",
    ]
    assert upstream.got[0].headers["authorization"] == "Bearer ticket-planted"


def test_tools_and_structured_output_are_passed_through(tmp_path: Path, upstream: Upstream) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    tool: Any = {"type": "function", "function": {"name": "count", "parameters": {"type": "object"}}}
    for mode in ("record", "replay"):
        with let_in(tmp_path, mode, home=user(upstream)) as note:
            client = note.openai()
            answer = client.chat.completions.create(model="m", messages=messages("hi"), tools=[tool])
            assert chat(client, "hi", response_format=schema) == "hi!"
        calls: Any = answer.choices[0].message.tool_calls
        assert (calls[0].function.name, calls[0].function.arguments) == ("count", '{"n": 1}')
    assert upstream.got[0].body["tools"] == [tool]
    assert upstream.got[1].body["response_format"] == schema


@pytest.mark.parametrize("mode", ["record", "live"])
def test_pieces_of_an_answer_are_passed_on_as_they_come(tmp_path: Path, upstream: Upstream, mode: Mode) -> None:
    upstream.script = [waiting]
    with let_in(tmp_path, mode, home=user(upstream)) as note:
        pieces = streamed(note.openai(timeout=LONGEST_WAIT / 2), "hey")
        assert next(pieces) == "h"
        upstream.go_on.set()
        assert list(pieces) == ["e", "y", "!"]
    assert len(texts(tmp_path)) == (mode == "record")


def test_a_stream_is_recorded_before_its_client_sees_the_end(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        list(streamed(note.openai(), "hey"))
        assert len(texts(tmp_path)) == 1


# An upstream that misbehaves


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (refusing(401), openai.AuthenticationError),
        (refusing(429), openai.RateLimitError),
        (refusing(500), openai.InternalServerError),
        (silent, openai.APITimeoutError),
        (saying(b"<html>"), json.JSONDecodeError),
    ],
)
def test_a_failure_of_upstream_reaches_the_note_and_no_recording(
    tmp_path: Path, upstream: Upstream, behaviour: Behaviour, error: type[Exception]
) -> None:
    upstream.script = [behaviour]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        with pytest.raises(error):
            note.openai(timeout=1 if behaviour is silent else None).responses.create(model="m", input="hi")
        assert texts(tmp_path) == {}
        assert note.says("and on") == "and on!"


def test_a_request_that_upstream_finds_wrong_is_recorded_as_such(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [refusing(400, "no such role")]
    for mode in ("record", "replay"):
        with (
            let_in(tmp_path, mode, home=user(upstream)) as note,
            pytest.raises(openai.BadRequestError, match="no such role"),
        ):
            note.says("hi")
    assert len(upstream.got) == 1


@pytest.mark.parametrize("behaviour", [cut, silent])
def test_an_answer_that_breaks_off_breaks_the_notes_connection(
    tmp_path: Path, upstream: Upstream, behaviour: Behaviour
) -> None:
    upstream.script = [behaviour]
    upstream.go_on.set()
    with let_in(tmp_path, "auto", home=user(upstream)) as note:
        with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError, httpx2.ReadError)):
            list(streamed(note.openai(), "hey"))
        assert texts(tmp_path) == {}
    assert sources(note) == [("failed", "broken off")]
    (trouble,) = note.caller.troubles
    assert trouble == "OPENAI_BASE_URL: the answer broke off (RemoteProtocolError)"


def test_a_stream_without_its_end_is_passed_on_and_not_recorded(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [endless]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert list(streamed(note.openai(), "hey")) == ["h", "e", "y", "!"]
        assert texts(tmp_path) == {}


def test_the_mark_of_the_end_may_come_in_pieces(tmp_path: Path, upstream: Upstream) -> None:
    def torn(handler: Any, _: Any, __: int) -> None:
        handler.begin("text/event-stream")
        for piece in (b'data: {"a": 1}\n\nda', b"ta: [DO", b"NE]\n", b"\n"):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.05)

    upstream.script = [torn]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        answer = note.raw("POST", "/v1/chat/completions", json.dumps({"messages": messages("hi")}).encode())
    assert answer == (200, 'data: {"a": 1}\n\ndata: [DONE]\n\n')
    assert len(texts(tmp_path)) == 1


def test_a_very_long_answer_is_recorded_whole(tmp_path: Path, upstream: Upstream) -> None:
    upstream.says = lambda *_: "0123456789" * 1_000_000
    for mode in ("record", "replay"):
        with let_in(tmp_path, mode, home=user(upstream)) as note:
            assert len(note.says("hi")) == 10_000_000


def test_what_the_client_tries_again_is_recorded_once(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [refusing(429, retry_after="0"), refusing(500, retry_after_ms="1")]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert chat(note.openai(max_retries=2), "hi") == "hi!"
    assert sources(note) == [("failed", "429"), ("failed", "500"), ("new", "test-model")]
    (recording,) = Store(tmp_path).all()
    assert len(recording.answers) == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1/v1", "no connection (ConnectError)"),
        ("http://[::1/v1", "its URL or key cannot be used (InvalidURL)"),
        ("gopher://a/v1", "its URL or key cannot be used (UnsupportedProtocol)"),
    ],
)
def test_an_upstream_that_is_not_there_is_named_without_its_address(tmp_path: Path, address: str, why: str) -> None:
    home = {"OPENAI_API_BASE": address, "OPENAI_API_KEY": KEY}
    with let_in(tmp_path, "live", home=home) as note, pytest.raises(openai.APIConnectionError):
        note.says("hi")
    assert list(note.caller.troubles) == [f"OPENAI_API_BASE: {why}"]


def test_an_upstream_may_be_too_slow(tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdrun.llm.client.SILENCE", 0.2)
    upstream.script = [silent]
    with let_in(tmp_path, "live", home=user(upstream)) as note, pytest.raises(openai.APIConnectionError):
        note.says("hi")
    assert list(note.caller.troubles) == ["OPENAI_BASE_URL: it did not answer in time (ReadTimeout)"]


def test_a_note_that_hangs_up_is_not_waited_for(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [waiting, waiting]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        pieces = streamed(note.openai(), "hey")
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
        left = streamed(note.openai(), "heya")
        next(left)
    assert sources(note) == [("failed", "given up by the note")] * 2
    assert texts(tmp_path) == {}


# Who may ask


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"api-key": "wr\xf6ng"}])
def test_without_the_notes_token_nothing_is_asked(tmp_path: Path, upstream: Upstream, headers: dict[str, str]) -> None:
    with let_in(tmp_path, "live", home=user(upstream)) as note:
        request = urllib.request.Request(f"{note.url}/models", headers=headers)
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(request)
        assert "leave OPENAI_API_KEY and AZURE_OPENAI_API_KEY as mdrun sets them" in refused.value.read().decode()
        refused.value.close()
    assert (upstream.got, note.caller.begun) == ([], 0)


def test_a_note_has_no_other_way_out(tmp_path: Path) -> None:
    with let_in(tmp_path, "replay") as note, ExitStack() as stack:
        proxy = note.environment["HTTPS_PROXY"]
        client = stack.enter_context(httpx2.Client(proxy=proxy, verify=False))
        assert client.get("http://plain.example/a").status_code == 403
        with pytest.raises(httpx2.ProxyError, match="403"):
            client.get("https://secret.example/")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            opener.open("http://other.example/")
        assert "other.example is out of reach: --llm replay" in refused.value.read().decode()
        refused.value.close()
    assert list(note.caller.hosts) == ["plain.example", "secret.example:443", "other.example"]


def test_a_way_out_that_no_note_asked_for_is_closed_as_well(tmp_path: Path) -> None:
    with let_in(tmp_path, "replay") as note:
        status, words = note.raw("GET", "http://far.example/", Authorization="Bearer other")
        assert (status, "far.example is out of reach: this run" in words) == (403, True)
        assert note.raw("GET", "http://far.example/", Authorization="", Proxy_Authorization="Basic =")[0] == 403
    assert list(note.caller.hosts) == []


@pytest.mark.parametrize(
    ("method", "target", "content", "status", "words"),
    [
        ("DELETE", "/v1/files/1", b"", 405, "DELETE is none of the requests mdrun knows"),
        ("POST", "/v1/chat/completions", b"--form", 415, "only requests in JSON can be answered"),
        ("POST", "/v1/chat/completions", b"[" * 100_000, 415, "only requests in JSON can be answered"),
        ("GET", "/", b"", 415, "/ is no path of an API"),
        ("GET", "/v1/models", b"", 424, "no recording of models"),
    ],
)
def test_a_request_mdrun_cannot_take_says_why(
    tmp_path: Path, method: str, target: str, content: bytes, status: int, words: str
) -> None:
    with let_in(tmp_path, "replay") as note:
        found, text = note.raw(method, target, content)
    assert (found, words in json.loads(text)["error"]["message"]) == (status, True)
    assert [source for source, _ in sources(note)] == ["refused"]


def test_a_note_makes_no_more_calls_than_it_may(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "auto", home=user(upstream), max_calls=2) as note:
        assert [note.says("1"), note.says("2")] == ["1!", "2!"]
        with pytest.raises(openai.PermissionDeniedError, match="--llm-max-calls 2 is reached"):
            note.says("3")
    assert upstream.prompts == ["1", "2"]


def test_credentials_of_the_environment_come_before_those_of_the_vault(tmp_path: Path, upstream: Upstream) -> None:
    vault(tmp_path, {".env": f"OPENAI_BASE_URL={upstream.url}\nOPENAI_API_KEY=sk-of-the-vault\n"})
    for home in ({}, user(upstream)):
        with let_in(tmp_path, "live", home=home) as note:
            note.says("hi")
    assert [got.headers["authorization"] for got in upstream.got] == ["Bearer sk-of-the-vault", f"Bearer {KEY}"]
    assert note.caller.keys == {KEY}


def test_no_vault_sends_the_users_key_elsewhere(tmp_path: Path, upstream: Upstream) -> None:
    vault(tmp_path, {".env": f"OPENAI_BASE_URL={upstream.url}/${{HOME}}\nOPENAI_API_KEY=sk-of-the-vault\n"})
    home = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "HOME": "planted"}
    for environment, error in ((home, openai.APIConnectionError), ({"HOME": "planted"}, openai.APIStatusError)):
        upstream.script = [refusing(404)]
        with let_in(tmp_path, "live", home=environment) as note, pytest.raises(error):
            note.says("hi")
    assert [(got.headers["authorization"], "planted" in got.path) for got in upstream.got] == [
        ("Bearer sk-of-the-vault", False)
    ]


# What recordings are kept, and stay


def test_an_answer_that_was_not_whole_takes_nobodys_place(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [endless]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert "".join(streamed(note.openai(), "hi")) == "hi!"
        assert "".join(streamed(note.openai(), "hi")) == "hi!"
    assert list(note.caller.troubles) == ["an answer was not whole; it is not recorded"]
    assert list(note.caller.asked.values()) == [1]


def test_a_stream_the_note_has_left_is_recorded_to_its_end(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [dripping]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        pieces = streamed(note.openai(), "a long answer")
        first = next(pieces)
        pieces.close()  # type: ignore[attr-defined]
        note.openai().close()
        upstream.go_on.set()
        note.caller.wait(LONGEST_WAIT)
    assert sources(note) == [("new", "test-model")]
    with let_in(tmp_path, "replay") as note:
        assert next(streamed(note.openai(), "a long answer")) == first


def test_nobody_waits_for_a_stream_for_ever(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [waiting]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        pieces = streamed(note.openai(), "a long answer")
        next(pieces)
        note.caller.wait(0.05)
        assert note.caller.calls == []


def test_a_refusal_takes_no_answers_place(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.says("hi")
    kept = texts(tmp_path)
    upstream.script = [refusing(400)]
    with let_in(tmp_path, "record", home=user(upstream)) as note, pytest.raises(openai.BadRequestError):
        note.says("hi")
    assert texts(tmp_path) == kept
    assert list(note.caller.troubles) == ["upstream answers 400 now; what was recorded stays"]


def test_a_refusal_is_recorded_as_one(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [refusing(400)]
    for mode in ("record", "replay"):
        with let_in(tmp_path, mode, home=user(upstream)) as note, pytest.raises(openai.BadRequestError):
            note.says("hi")
    assert sources(note) == [("recorded", "400")]


def test_the_gateways_own_address_in_a_request_is_the_same_in_every_run(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.says(f"I ask {note.url}")
    with let_in(tmp_path, "replay") as note:
        assert note.says(f"I ask {note.url}").startswith("I ask http://127.0.0.1:")
    assert "I ask http://127.0.0.1:0/v1" in "".join(texts(tmp_path).values())


def test_a_model_that_is_a_path_is_recorded_by_its_name(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [saying(b'{"model": "/home/planted/m.gguf", "choices": []}')]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.raw("POST", "/v1/responses", b"{}")
    assert sources(note) == [("new", "m.gguf")]
    assert "planted" not in "".join(texts(tmp_path).values())


def test_what_cannot_be_sent_leaves_no_note_waiting(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unable(*_: Any) -> None:
        raise ValueError(KEY)

    monkeypatch.setattr(Exchange, "answer", unable)
    with let_in(tmp_path, "live", home=user(upstream)) as note, pytest.raises(openai.APIConnectionError):
        note.says("hi")
    assert list(note.caller.troubles) == ["the gateway failed (ValueError)"]


def test_kernels_see_the_gateway_and_none_of_the_users_keys(tmp_path: Path) -> None:
    names = ["OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_BASE_URL"]
    names += ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT", "HTTPS_PROXY", "https_proxy"]
    home = {**dict.fromkeys(names, "planted"), "HOME": "/h", "NO_PROXY": "corp", "OPENAI_API_VERSION": "v"}
    caller = Caller("a.md", tmp_path, "replay")
    found = kernel_environment(home, caller, 7)
    assert "planted" not in found.values()
    assert (found["HOME"], found["OPENAI_API_VERSION"]) == ("/h", "v")
    assert (found["OPENAI_API_KEY"], found["OPENAI_BASE_URL"]) == (caller.token, "http://127.0.0.1:7/v1")
    assert found["https_proxy"] == f"http://mdrun:{caller.token}@127.0.0.1:7"
    assert found["NO_PROXY"] == "127.0.0.1,localhost,::1"
    online = kernel_environment(home, Caller("a.md", tmp_path, "live"), 7)
    assert (online["HTTPS_PROXY"], online["no_proxy"]) == ("planted", "corp,127.0.0.1,localhost,::1")


# What is recorded


def test_equal_requests_of_a_note_get_the_answers_in_order(tmp_path: Path, upstream: Upstream) -> None:
    upstream.says = lambda words, times: f"{words} {times}"
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert [note.says("hi") for _ in range(3)] == ["hi 0", "hi 1", "hi 2"]
    with let_in(tmp_path, "replay", name="My note.md") as again:
        assert [again.says("hi") for _ in range(3)] == ["hi 0", "hi 1", "hi 2"]
        with pytest.raises(openai.APIStatusError, match="was recorded 3 times, and is asked once more") as miss:
            again.says("hi")
    assert miss.value.status_code == 424
    assert "mdrun run --llm record 'My note.md'" in miss.value.message
    assert sources(again)[-1] == ("refused", "no recording")
    assert again.caller.asked.total() == 3


def test_auto_takes_the_recording_then_upstream_and_then_says_what_to_do(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with let_in(tmp_path, "auto", home=user(upstream)) as note:
        assert [note.says("hi"), note.says("ho")] == ["hi!", "ho!"]
    with let_in(tmp_path, "auto", home=user(upstream)) as again:
        assert again.says("ho") == "ho!"
    assert (sources(note), sources(again)) == ([("new", "test-model")] * 2, [("recorded", "test-model")])
    monkeypatch.setattr("mdrun.llm.upstreams.is_installed", lambda: False)
    with let_in(tmp_path, "auto") as poor, pytest.raises(openai.APIStatusError) as refused:
        poor.says("new")
    for words in ("mdrun run --llm record a.md", "OPENAI_API_KEY, in the environment or", "mdrun model install"):
        assert words in refused.value.message


@pytest.mark.parametrize("mode", ["record", "live"])
def test_without_credentials_nobody_is_asked(tmp_path: Path, mode: Mode) -> None:
    with let_in(tmp_path, mode) as note:
        with pytest.raises(openai.APIStatusError, match="set OPENAI_API_KEY, in the environment or"):
            note.says("hi")
        with pytest.raises(openai.APIStatusError, match="set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY"):
            note.azure().chat.completions.create(model="d", messages=messages("hi"))
    assert sources(note) == [("refused", "no credentials")] * 2


def test_live_asks_anew_and_records_nothing(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [well, refusing(400)]
    with let_in(tmp_path, "live", home=user(upstream)) as note:
        note.says("hi")
        with pytest.raises(openai.BadRequestError):
            note.says("hi")
    assert sources(note) == [("live", "test-model"), ("failed", "400")]
    assert texts(tmp_path) == {}


def test_record_asks_anew_and_keeps_what_differs_in_ids_only(tmp_path: Path, upstream: Upstream) -> None:
    def record() -> dict[str, str]:
        with let_in(tmp_path, "record", home=user(upstream)) as note:
            list(streamed(note.openai(), note.says("hi")))
        ways.append([source for source, _ in sources(note)])
        return texts(tmp_path)

    ways: list[list[str]] = []
    first = record()
    assert record() == first
    upstream.says = lambda words, _: f"{words}?"
    assert record() != first
    assert ways == [["new", "new"], ["same", "same"], ["new", "new"]]


def test_an_id_of_an_answer_in_the_next_request_is_the_recorded_one(tmp_path: Path, upstream: Upstream) -> None:
    def record() -> dict[str, str]:
        with let_in(tmp_path, "record", home=user(upstream)) as note:
            client = note.openai()
            first = client.responses.create(model="m", input="hi")
            client.responses.create(model="m", input="on", previous_response_id=first.id)
        return texts(tmp_path)

    assert record() == record()
    assert len(texts(tmp_path)) == 2


def test_a_streams_new_id_is_passed_on_and_stands_for_the_recorded_one(tmp_path: Path, upstream: Upstream) -> None:
    def record() -> None:
        with let_in(tmp_path, "record", home=user(upstream)) as note:
            with note.openai().responses.stream(model="m", input="hi") as events:
                answer = events.get_final_response()
            note.openai().responses.create(model="m", input="on", previous_response_id=answer.id)

    record()
    record()
    assert len(texts(tmp_path)) == 2
    assert [got.body.get("previous_response_id") for got in upstream.got] == [None, "resp_1", None, "resp_3"]


def test_a_run_records_once_what_two_notes_ask(tmp_path: Path, upstream: Upstream) -> None:
    with Door(user(upstream)) as door:
        for name in ("a.md", "b.md"):
            with let_in(tmp_path, "record", door=door, name=name) as note:
                assert [note.says("same"), note.says(name)] == ["same!", f"{name}!"]
    assert upstream.prompts == ["same", "a.md", "b.md"]
    assert sources(note) == [("recorded", "test-model"), ("new", "test-model")]


def test_a_token_in_a_request_is_recorded_as_a_mask(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.says(f"what is {note.caller.token}?")
    (recording,) = Store(tmp_path).all()
    assert recording.request.prompt == "what is ***?"


def test_a_damaged_recording_is_named_in_every_mode(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.says("hi")
    (name,) = texts(tmp_path)
    (tmp_path / ".mdrun" / "llm" / name).write_text("<<<<<<< HEAD\n")
    for mode in ("replay", "auto", "record"):
        with (
            let_in(tmp_path, mode, home=user(upstream)) as again,
            pytest.raises(openai.APIStatusError, match=rf"{name} is damaged: line 1 is no JSON"),
        ):
            again.says("hi")
        assert sources(again) == [("refused", "no answer")]
    assert len(upstream.got) == 1


def test_an_answer_that_cannot_be_recorded_is_given_all_the_same(tmp_path: Path, upstream: Upstream) -> None:
    (tmp_path / ".mdrun").write_text("a file")
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert note.says("hi") == "hi!"
    (why,) = note.caller.unwritten
    assert "cannot be written" in why


def test_a_run_that_writes_nothing_records_nothing(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "auto", home=user(upstream), writes=False) as note:
        assert note.says("hi") == "hi!"
    assert texts(tmp_path) == {}
    assert sources(note) == [("live", "test-model")]


# Secrets


def test_recordings_hold_nothing_of_whose_they_are(tmp_path: Path, upstream: Upstream) -> None:
    home = {
        "OPENAI_BASE_URL": f"http://127.1:{upstream.port}/v1",
        "OPENAI_API_KEY": KEY,
        "OPENAI_ORGANIZATION": TELLING["openai-organization"],
        "OPENAI_PROJECT_ID": TELLING["openai-project"],
    }
    with let_in(tmp_path, "record", home=home) as note:
        client = note.openai()
        answer = client.chat.completions.with_raw_response.create(model="m", messages=messages("hi"))
        chat(client, "hi", extra_body={"user": "me"}), list(streamed(client, "hey"))
    stored = "".join(texts(tmp_path).values())
    assert len(texts(tmp_path)) == 3
    for planted in (KEY, "127.", str(upstream.port), note.caller.token, *TELLING.values(), *TELLING):
        assert planted not in stored
        assert planted not in str(answer.headers)


@pytest.mark.parametrize("words", ["hi", f"my key is {KEY}"])
def test_an_exchange_with_the_key_in_it_is_not_recorded(tmp_path: Path, upstream: Upstream, words: str) -> None:
    upstream.script = [echoing_the_key if words == "hi" else well]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        note.says(words)
    assert texts(tmp_path) == {}
    assert "holds a key or the server's name" in "".join(note.caller.troubles)


def test_an_exchange_that_names_the_users_host_is_not_recorded(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", upstream=f"http://127.1:{upstream.port}/v1") as note:
        note.says("you are at 127.1")
    assert texts(tmp_path) == {}


# Many at once


def test_many_requests_at_once_leave_the_same_files_as_one_note_at_a_time(tmp_path: Path, upstream: Upstream) -> None:
    async def ask(note: Note) -> list[str]:
        async with note.several() as client:
            same = [client.chat.completions.create(model="m", messages=messages("same"))]
            prompts = [f"{note.caller.note} {n}" for n in range(32)]
            own = [client.chat.completions.create(model="m", messages=messages(prompt)) for prompt in prompts]
            answers = await asyncio.gather(*same, *own)
        assert [answer.choices[0].message.content for answer in answers] == ["same!", *(f"{own}!" for own in prompts)]
        return prompts

    def without_ids(folder: Path) -> dict[str, Any]:
        found = {name: json.loads(text) for name, text in texts(folder).items()}
        for recording in found.values():
            for answer in recording["answers"]:
                answer["body"]["id"] = answer["body"]["created"] = answer["recorded"] = None
        return found

    together, apart = tmp_path / "together", tmp_path / "apart"
    names = ["a.md", "b.md", "c.md", "d.md"]
    with Door(user(upstream)) as door, ExitStack() as stack:
        notes = [stack.enter_context(let_in(together, "auto", door=door, name=name)) for name in names]
        with ThreadPoolExecutor(len(notes)) as pool:
            list(pool.map(asyncio.run, map(ask, notes)))
    assert len(upstream.got) == 4 * 32 + 1
    for name in names:
        with let_in(apart, "auto", home=user(upstream), name=name) as note:
            asyncio.run(ask(note))
    assert without_ids(together) == without_ids(apart)


def test_equal_requests_at_once_get_one_answer_each(tmp_path: Path, upstream: Upstream) -> None:
    upstream.says = lambda words, times: f"{words} {times}"

    async def ask(note: Note) -> list[str]:
        async with note.several() as client:
            asked = [client.chat.completions.create(model="m", messages=messages("hi")) for _ in range(8)]
            return sorted(str(each.choices[0].message.content) for each in await asyncio.gather(*asked))

    for mode in ("record", "replay"):
        with let_in(tmp_path, mode, home=user(upstream)) as note:
            assert asyncio.run(ask(note)) == [f"hi {n}" for n in range(8)]
    (recording,) = Store(tmp_path).all()
    assert [answer.body["choices"][0]["message"]["content"] for answer in recording.answers] == [
        f"hi {n}" for n in range(8)
    ]


# The local model


class LocalStandIn:
    """Answers like the small local model, with ids and times that differ."""

    def __init__(self, upstream: Upstream) -> None:
        self.name, self.key, self.url = "tiny", "local-key", upstream.url
        self.closed = False

    def start(self) -> None:
        """Be there already."""

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("mode", "named", "stored"), [("local", None, 0), ("record", "local", 2), ("auto", None, 0)])
def test_the_local_model_is_recorded_only_where_it_was_asked_for_by_name(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, mode: Mode, named: str | None, stored: int
) -> None:
    model = LocalStandIn(upstream)
    monkeypatch.setattr("mdrun.llm.upstreams.LocalModel", lambda: model)
    monkeypatch.setattr("mdrun.llm.upstreams.is_installed", lambda: True)
    with let_in(tmp_path, mode, upstream=named) as note:
        assert note.says("hi", max_tokens=9_000, temperature=0) == "hi!"
        assert list(streamed(note.openai(), "hey", max_completion_tokens=5)) == ["h", "e", "y", "!"]
    assert [got.body.get("max_tokens") for got in upstream.got] == [256, None]
    assert upstream.got[1].body["max_completion_tokens"] == 5
    assert {got.headers["authorization"] for got in upstream.got} == {"Bearer local-key"}
    assert len(texts(tmp_path)) == stored
    assert {source for source, _ in sources(note)} == {"new" if stored else "local"}
    assert model.closed


def test_the_local_model_makes_no_embeddings(tmp_path: Path) -> None:
    with let_in(tmp_path, "local") as note, pytest.raises(openai.APIStatusError, match="makes no embeddings: record"):
        note.openai().embeddings.create(model="m", input="hi")
    assert sources(note) == [("refused", "no embeddings")]


def tidy(*chunks: bytes, slot: int = 0, stream: bool = False) -> list[str]:
    """Return the pieces of an answer of the local model, tidied."""

    async def come() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def run() -> list[str]:
        return [piece.decode() async for piece in tidied(come(), "key", slot, is_stream=stream)]

    return asyncio.run(run())


def test_the_local_models_ids_come_from_the_request() -> None:
    def answer(letter: str) -> bytes:
        own = f"chatcmpl-{letter * 32}"
        call = {"call_id": "call_" + letter * 32, "id": 7, "text": "c" * 32}
        return json.dumps({"id": own, "again": [{"item_id": own}, call], "timings": letter}).encode()

    assert tidy(answer("a")) == tidy(answer("b")) != tidy(answer("a"), slot=1)
    found = json.loads(tidy(answer("a")[:9], answer("a")[9:])[0])
    assert found["again"][0] == {"item_id": found["id"]}
    assert found["again"][1]["call_id"].startswith("call_")
    assert (found["again"][1]["text"], found["again"][1]["id"]) == ("c" * 32, 7)
    assert "timings" not in found


def test_the_local_models_stream_comes_event_by_event() -> None:
    chunks = b'data: {"a": 1}\n\nda', b"ta: [DONE]\n\n", b": late"
    assert tidy(*chunks, stream=True) == ['data: {"a": 1}\n\n', "data: [DONE]\n\n", ": late"]
    assert tidy(stream=True) == []
    assert tidy(b"<html>\n") == ["<html>"]
    assert tidy(b"[1]") == ["[1]"]


def test_a_local_model_that_is_not_installed_is_a_failure_the_note_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: object) -> None:
        message = "not here: mdrun model install"
        raise ModelMissing(message)

    monkeypatch.setattr("mdrun.llm.local.LocalModel.start", missing)
    with let_in(tmp_path, "local") as note, pytest.raises(openai.APIStatusError, match="not here: mdrun model install"):
        note.says("hi")


# Who hangs up


def test_an_end_does_not_wait_for_those_who_are_being_answered(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [silent]
    with ExitStack() as left_open:
        with let_in(tmp_path, "live", home=user(upstream)) as note:
            connection = left_open.enter_context(socket.create_connection(("127.0.0.1", urlsplit(note.url).port or 0)))
            head = f"GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {note.caller.token}\r\n\r\n"
            connection.sendall(head.encode())
            while not upstream.got:
                time.sleep(0.01)
        assert connection.recv(100) == b""
    assert sources(note) == [("failed", "given up by the note")]


def test_who_has_gone_is_not_answered() -> None:
    outcomes: list[str] = []

    async def handle(exchange: Exchange) -> None:
        await exchange.abort()
        try:
            await exchange.answer(200, {}, b"late")
        finally:
            outcomes.append("over")
            over.set()

    async def run() -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            socket.create_connection(listening.getsockname()) as us,
        ):
            us.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await serve(listening, handle, over.wait())
            assert us.recv(100) == b""

    over = asyncio.Event()
    asyncio.run(run())
    assert outcomes == ["over"]


# What is paid for


def test_a_door_nobody_comes_through_loads_nothing(tmp_path: Path) -> None:
    source = """
        import sys
        from pathlib import Path
        from mdrun.llm.calls import Caller
        from mdrun.llm.door import Door
        with Door({}) as door, door.opened_for(Caller("a.md", Path(), "replay")):
            pass
        with Door({}):
            pass
        print({"tornado.httpserver", "httpx2", "dotenv", "mdrun.llm.gateway", "asyncio"} & {*sys.modules})
    """
    assert in_process(tmp_path, source) == "set()\n"


def test_a_replayed_call_loads_no_client(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert note.openai().models.list().data[0].id == "test-model"
    source = """
        import sys, urllib.request
        from pathlib import Path
        from mdrun.llm.calls import Caller
        from mdrun.llm.door import Door
        caller = Caller("a.md", Path(), "replay")
        with Door({}) as door, door.opened_for(caller) as found:
            headers = {"Authorization": f"Bearer {caller.token}"}
            request = urllib.request.Request(found["OPENAI_BASE_URL"] + "/models", headers=headers)
            print(urllib.request.urlopen(request).status)
        print({"tornado.httpclient", "httpx2", "dotenv", "mdrun.llm.local"} & {*sys.modules})
    """
    assert in_process(tmp_path, source) == "200\nset()\n"


def in_process(folder: Path, source: str) -> str:
    """Return what a program says that a process of its own runs."""
    command = [sys.executable, "-c", textwrap.dedent(source)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


# Faults


def test_json_too_deep_to_be_compared_is_refused(tmp_path: Path) -> None:
    with let_in(tmp_path, "replay") as note:
        status, message = note.raw("POST", "/v1/responses", b"[" * 900 + b"]" * 900)
    assert (status, "only requests in JSON" in message) == (415, True)


def test_an_answer_too_deep_to_be_read_is_passed_on_and_not_recorded(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [saying(b"[" * 100_000)]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        assert note.raw("POST", "/v1/responses", b"{}") == (200, "[" * 100_000)
    assert texts(tmp_path) == {}


def test_a_fault_of_the_gateways_own_breaks_the_connection_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, str] = {}
    monkeypatch.setattr(Store, "find", lambda *_: known[KEY])
    with let_in(tmp_path, "replay") as note, pytest.raises(http.client.RemoteDisconnected):
        note.raw("POST", "/v1/responses", b"{}")
    assert sources(note) == [("failed", "broken off")]
    assert list(note.caller.troubles) == ["the gateway failed (KeyError)"]


@pytest.mark.parametrize(("base", "key"), [("http://127.0.0.1:123456/v1", KEY), ("http://127.0.0.1:1/v1", "schlüssel")])
def test_an_address_or_key_that_cannot_be_used_is_told(tmp_path: Path, base: str, key: str) -> None:
    home = {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": key}
    with let_in(tmp_path, "live", home=home) as note, pytest.raises(openai.APIConnectionError):
        note.says("hi")
    assert "OPENAI_BASE_URL: its URL or key cannot be used" in next(iter(note.caller.troubles))


def test_an_empty_variable_leaves_the_word_to_the_env_file(tmp_path: Path, upstream: Upstream) -> None:
    vault(tmp_path, {".env": f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={upstream.url}\n"})
    with let_in(tmp_path, "live", home={"OPENAI_API_KEY": ""}) as note:
        assert note.says("hi") == "hi!"


def test_keys_in_an_env_file_that_is_not_utf_8_are_not_told(tmp_path: Path) -> None:
    vault(tmp_path, {".env": f"OPENAI_API_KEY={KEY}\nNAME=\xff\n".encode("latin-1")})
    with let_in(tmp_path, "live") as note, pytest.raises(openai.APIError):
        note.says("hi")
    assert KEY not in "".join(note.caller.troubles)


def test_a_key_too_short_to_be_one_keeps_nothing_from_being_recorded(tmp_path: Path, upstream: Upstream) -> None:
    with let_in(tmp_path, "record", home={**user(upstream), "OPENAI_API_KEY": "none"}) as note:
        note.says("none of these")
    assert len(texts(tmp_path)) == 1


def test_a_recorded_id_is_the_new_one_to_upstream(tmp_path: Path, upstream: Upstream) -> None:
    for _ in range(2):
        with let_in(tmp_path, "record", home=user(upstream)) as note:
            client = note.openai()
            first = client.responses.create(model="m", input="hi")
            client.responses.create(model="m", input="on", previous_response_id=first.id)
    assert [got.body.get("previous_response_id") for got in upstream.got] == [None, "resp_1", None, "resp_3"]


def test_what_a_note_asked_is_known_once_it_is_out(tmp_path: Path, upstream: Upstream) -> None:
    known = []
    with Door(user(upstream)) as door:
        for _ in range(50):
            caller = Caller("a.md", tmp_path, "live")
            with door.opened_for(caller) as environment:
                headers = {"Authorization": f"Bearer {caller.token}"}
                request = urllib.request.Request(f"{environment['OPENAI_BASE_URL']}/models", headers=headers)
                with urllib.request.urlopen(request) as answer:
                    answer.read()
            known.append(len(caller.calls))
    assert known == [1] * 50


def test_a_recording_that_is_damaged_meanwhile_breaks_a_stream_off(tmp_path: Path, upstream: Upstream) -> None:
    upstream.script = [well, waiting]
    with let_in(tmp_path, "record", home=user(upstream)) as note:
        list(streamed(note.openai(), "hey"))
    with let_in(tmp_path, "record", home=user(upstream)) as again:
        pieces = streamed(again.openai(), "hey")
        next(pieces)
        (name,) = texts(tmp_path)
        (tmp_path / ".mdrun" / "llm" / name).write_text("cut")
        upstream.go_on.set()
        with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError, httpx2.ReadError)):
            list(pieces)
    assert texts(tmp_path) == {name: "cut"}
