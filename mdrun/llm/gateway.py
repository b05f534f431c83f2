"""The gateway: answers what notes ask, from recordings, from upstream, or from the small local model."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from mdrun.errors import ModelError, RecordingDamaged, RecordingUnwritable, SettingsError
from mdrun.llm import miss
from mdrun.llm.calls import OVER_THE_LIMIT, Call, Refused
from mdrun.llm.recording import JSON, Answer, answer_from, differs_in_ids_only
from mdrun.llm.request import is_azure, request_from
from mdrun.llm.server import CallerGone, Exchange, serve
from mdrun.llm.store import Store
from mdrun.llm.stream import Stream
from mdrun.masks import MASK

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from mdrun.llm.calls import Caller, Source
    from mdrun.llm.client import Client, Reply
    from mdrun.llm.credentials import Upstream
    from mdrun.llm.request import Request
    from mdrun.llm.upstreams import Upstreams

Send: TypeAlias = "Callable[[], Awaitable[None]]"
FAILURES = 400
"""The lowest status of a failure."""
_ADDRESS = "127.0.0.1:0"
"""What stands for the gateway's address where a request holds it."""


def run_gateway(
    listening: socket.socket, ended: socket.socket, callers: Mapping[str, Caller], environment: Mapping[str, str]
) -> None:
    """Answer `callers`, by their tokens, until `ended` can be read."""
    host, port = listening.getsockname()
    asyncio.run(_run(listening, ended, Gateway(callers, environment, f"{host}:{port}")))


async def _run(listening: socket.socket, ended: socket.socket, gateway: Gateway) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(ended, over.set)
    try:
        await serve(listening, gateway.handle, over.wait())
    finally:
        loop.remove_reader(ended)
        await gateway.close()


_NOT_OURS = (
    "this request carries no token of this run: leave OPENAI_API_KEY and AZURE_OPENAI_API_KEY as mdrun sets them, "
    "and give the client no key and no other token, nor have load_dotenv() do so"
)


@dataclass(slots=True)
class Asked:
    """A request of a note on its way to an answer."""

    caller: Caller
    exchange: Exchange
    sent: Request
    """As the note sent it."""
    request: Request
    """As it is recorded."""
    slot: int = 0
    """How often the note had asked the same before."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request, and how to tell whoever asked, or the rest of it."""

    call: Call
    send: Send


class Gateway:
    """Answers the requests of a run; all of it happens in one thread."""

    def __init__(self, callers: Mapping[str, Caller], environment: Mapping[str, str], address: str) -> None:
        self._callers = callers
        self._address = address
        self._environment = environment
        self._stores: dict[Path, Store] = {}
        self._turns: defaultdict[tuple[Path, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._new: set[tuple[Path, str, int]] = set()
        """Answers that were recorded in this run, and are not asked for anew."""
        self._ids: dict[str, str] = {}
        """Ids that upstream gave, and those recorded in their place."""
        self._own_ids: dict[str, str] = {}
        """The other way round: what notes were told, and what upstream knows it by."""
        self._client: Client | None = None
        self._upstreams: Upstreams | None = None

    async def close(self) -> None:
        """End what was started for answers."""
        if self._upstreams is not None:
            self._upstreams.close()
        if self._client is not None:
            await self._client.close()

    async def handle(self, exchange: Exchange) -> None:
        """Answer one HTTP request."""
        caller = self._caller(exchange)
        if exchange.method == "CONNECT" or not exchange.target.startswith("/"):
            await _keep_in(exchange, caller)
        elif caller is None:
            await _say(exchange, 401, _NOT_OURS)
        else:
            await self._call(exchange, caller)

    def _caller(self, exchange: Exchange) -> Caller | None:
        """Return the note whose token a request carries."""
        return self._callers.get(_token(exchange.headers))

    async def _call(self, exchange: Exchange, caller: Caller) -> None:
        started = time.monotonic()
        caller.begun += 1
        try:
            answered = await self._answered(exchange, caller)
        except (Refused, RecordingDamaged, SettingsError, ModelError) as error:
            refused = error if isinstance(error, Refused) else Refused(str(error), "no answer")
            caller.troubles[str(refused).replace(miss.command(caller.note), miss.command(caller.named))] = None
            say = partial(_say, exchange, refused.status, str(refused))
            answered = Answered(Call("refused", refused.what), say)
        except (CallerGone, asyncio.CancelledError):
            if caller.records:
                caller.troubles["the note hung up before an answer had ended; it is not recorded"] = None
            caller.calls.append(Call("failed", "given up by the note", seconds=time.monotonic() - started))
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours must leave no note waiting
            answered = Answered(Call("failed", "broken off"), partial(_break_off, exchange, caller, error))
        # Counted before it is sent: with the answer the note may end, and be reported.
        caller.calls.append(replace(answered.call, seconds=time.monotonic() - started))
        try:
            await answered.send()
        except CallerGone:
            pass
        except Exception as error:  # noqa: BLE001 - as above
            await _break_off(exchange, caller, error)

    async def _answered(self, exchange: Exchange, caller: Caller) -> Answered:
        if caller.max_calls is not None and caller.begun > caller.max_calls:
            message = f"--llm-max-calls {caller.max_calls} is reached: the note may ask no more"
            raise Refused(message, OVER_THE_LIMIT, 403)
        if exchange.method not in {"GET", "POST"}:
            message = f"{exchange.method} is none of the requests mdrun knows"
            raise Refused(message, "not understood", 405)
        try:
            sent = request_from(exchange.target, exchange.content)
            asked = Asked(caller, exchange, sent, sent.with_strings(lambda text: self._recordable(text, caller)))
            key = asked.request.key
        except (ValueError, RecursionError) as error:
            message = f"only requests in JSON can be answered: {error}"
            raise Refused(message, "not understood", 415) from error
        if not caller.uses_recordings:
            return await self._forwarded(asked, await self._upstream_of(asked))
        # One after the other, so that each of several equal requests finds what the one before left.
        async with self._turns[caller.root, key]:
            asked.slot = caller.asked[key]
            return await self._from_recording_or_upstream(asked)

    async def _from_recording_or_upstream(self, asked: Asked) -> Answered:
        caller, request = asked.caller, asked.request
        recording = self._store(caller).find(request.key)
        answers = recording.answers if recording else ()
        anew = caller.mode == "record" and (caller.root, request.key, asked.slot) not in self._new
        if asked.slot < len(answers) and not anew:
            return _played(asked, answers[asked.slot])
        if caller.mode == "replay":
            raise Refused(self._miss(asked, len(answers)), "no recording")
        return await self._forwarded(asked, await self._upstream_of(asked))

    def _miss(self, asked: Asked, answers: int) -> str:
        unknown = miss.unknown(asked.request, answers, self._store(asked.caller).all())
        return f"{unknown}\nrecord it: {miss.command(asked.caller.note)}"

    async def _upstream_of(self, asked: Asked) -> Upstream:
        """Return who answers a request that no recording does; raise Refused, SettingsError or ModelError."""
        from mdrun.llm.upstreams import NOBODY, Upstreams  # noqa: PLC0415 - replaying needs none

        self._upstreams = self._upstreams or Upstreams(self._environment)
        azure = is_azure(asked.exchange.target)
        upstream = await self._upstreams.one_for(asked.caller, asked.request, azure=azure)
        if upstream is None:
            message = f"{self._miss(asked, asked.slot)}\n{NOBODY[azure]}"
            raise Refused(message, "nobody to ask")
        return upstream

    async def _forwarded(self, asked: Asked, upstream: Upstream) -> Answered:
        """Have `upstream` answer, pass on what it says, and record it where that is wanted."""
        from mdrun.llm.client import Client, UpstreamFailed  # noqa: PLC0415

        exchange = asked.exchange
        asked.caller.keys |= upstream.keys
        self._client = self._client or Client()
        try:
            sent = asked.sent.with_strings(lambda text: self._own_ids.get(text, text))
            async with self._client.ask(upstream, exchange.method, exchange.target, sent) as reply:
                return await self._passed_on(asked, upstream, reply)
        except UpstreamFailed as error:
            # As it would be without us: the caller's own client finds its connection broken.
            asked.caller.troubles[str(error)] = None
            return Answered(Call("failed", "broken off"), exchange.abort)

    async def _passed_on(self, asked: Asked, upstream: Upstream, reply: Reply) -> Answered:
        exchange, caller = asked.exchange, asked.caller
        chunks = reply.chunks
        if upstream.local:
            from mdrun.llm.tidy import tidied  # noqa: PLC0415

            chunks = tidied(chunks, asked.request.key, asked.slot, is_stream=reply.is_stream)
        wanted = self._records(caller, upstream)
        exchange.outlives_caller = reply.is_stream and wanted
        stream = Stream(exchange)
        content = await stream.passed_on(reply, chunks) if reply.is_stream else await _whole(chunks)
        answer = answer_from(reply.status, reply.content_type, content)
        recorded, source = None, _unrecorded(upstream)
        if answer is not None and wanted:
            recorded, source = await self._recorded(asked, upstream, answer)
        elif wanted and reply.status < FAILURES:
            caller.troubles["an answer was not whole; it is not recorded"] = None
        send: Send = partial(exchange.answer, reply.status, reply.headers, content)
        if reply.is_stream:
            send = stream.end
        elif recorded is not None:
            send = _sending(exchange, recorded, reply.headers)
        if recorded is not None:
            caller.asked[asked.request.key] += 1
        elif reply.status >= FAILURES:
            return Answered(Call("failed", str(reply.status)), send)
        return Answered(_call(source, answer) if answer else Call(source), send)

    def _records(self, caller: Caller, upstream: Upstream) -> bool:
        """Tell whether an answer is kept: the local model's only where it was asked for by name."""
        named = not upstream.local or caller.upstream == "local"
        return caller.records and named

    async def _recorded(self, asked: Asked, upstream: Upstream, answer: Answer) -> tuple[Answer | None, Source]:
        """Keep an answer, and return it as it is kept; None when it cannot be. Say whether it is new."""
        unrecorded = None, _unrecorded(upstream)
        caller, request, store = asked.caller, asked.request, self._store(asked.caller)
        if any(secret in request.spelled or secret in answer.spelled for secret in upstream.telling):
            caller.troubles["an answer is not recorded: it, or what was asked, holds a key or the server's name"] = None
            return unrecorded
        old = store.answer(request.key, asked.slot)
        if old is not None and old.status < FAILURES <= answer.status:
            caller.troubles[f"upstream answers {answer.status} now; what was recorded stays"] = None
            return unrecorded
        if old is not None and (ids := differs_in_ids_only(old, answer)) is not None:
            self._ids.update(ids)
            self._own_ids.update({old_id: new_id for new_id, old_id in ids.items()})
            self._new.add((caller.root, request.key, asked.slot))
            return old, "same"
        today = datetime.now(UTC).date().isoformat()
        new = replace(answer, recorded=today)
        try:
            kept = await asyncio.to_thread(store.put, request, asked.slot, new, anew=caller.mode == "record")
        except RecordingUnwritable as error:
            caller.unwritten[str(error)] = None
            return unrecorded
        self._new.add((caller.root, request.key, asked.slot))
        return kept, "new" if kept is new else "recorded"

    def _store(self, caller: Caller) -> Store:
        return self._stores.setdefault(caller.root, Store(caller.root))

    def _recordable(self, text: str, caller: Caller) -> str:
        """Return a string of a request as a recording may hold it, the same in every run."""
        return self._ids.get(text, text).replace(caller.token, MASK).replace(self._address, _ADDRESS)


def _played(asked: Asked, answer: Answer) -> Answered:
    asked.caller.asked[asked.request.key] += 1
    return Answered(_call("recorded", answer), _sending(asked.exchange, answer))


def _call(source: Source, answer: Answer) -> Call:
    """Return what became of a request that got an answer; a failure has no model, but a status."""
    return Call(source, str(answer.status) if answer.status >= FAILURES else answer.model, answer.tokens)


async def _break_off(exchange: Exchange, caller: Caller, error: Exception) -> None:
    # Its message may hold anything, keys too.
    caller.troubles[f"the gateway failed ({type(error).__name__})"] = None
    await exchange.abort()


def _sending(exchange: Exchange, answer: Answer, headers: Mapping[str, str] = MappingProxyType({})) -> Send:
    return partial(exchange.answer, answer.status, {**headers, "content-type": answer.content_type}, answer.content)


def _unrecorded(upstream: Upstream) -> Source:
    return "local" if upstream.local else "live"


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _say(exchange: Exchange, status: int, message: str) -> None:
    """Answer with words of mdrun's own, as OpenAI's clients expect a failure."""
    error = {"message": message, "type": "mdrun", "param": None, "code": None}
    content = json.dumps({"error": error}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    with suppress(CallerGone):
        await exchange.answer(status, {"content-type": JSON, "x-should-retry": "false"}, content)


async def _keep_in(exchange: Exchange, caller: Caller | None) -> None:
    """Refuse a way out to the network, and tell of it."""
    host = exchange.target.partition("://")[2].partition("/")[0] or exchange.target
    if caller is not None:
        caller.hosts[host] = None
        mode = f"--llm {caller.mode}"
    else:
        mode = "this run"
    await _say(exchange, 403, f"{host} is out of reach: {mode} keeps the note from the network")


def _token(headers: Mapping[str, str]) -> str:
    """Return what a request carries in place of a key, as OpenAI's, Azure's and proxies' clients send it."""
    bearer = headers.get("Authorization", "").removeprefix("Bearer ").strip()
    through = headers.get("Proxy-Authorization", "").removeprefix("Basic ").strip()
    with suppress(ValueError):
        through = base64.b64decode(through).decode("latin-1").partition(":")[2]
    return headers.get("api-key") or bearer or through
