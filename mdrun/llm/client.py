"""Requests on their way upstream, and what comes back; httpx2 lives here.

It is the client of OpenAI's own SDK: it takes the same proxies, certificates and time limits.
"""

from __future__ import annotations

import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from mdrun import __version__
from mdrun.llm.door import API_VERSION
from mdrun.llm.recording import EVENTS
from mdrun.llm.request import is_azure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from mdrun.llm.credentials import Upstream
    from mdrun.llm.request import Request

CONNECTING = 10.0
SILENCE = 600.0
"""Seconds, as in OpenAI's SDK; a note that wants less says so to its own client."""
LONGEST_ANSWER = 256
"""Tokens the small model may say; it tends not to stop."""

_PASSED_ON = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
"""Headers a client acts on; all others may tell of a tenant, and stay here."""
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict")


class UpstreamFailed(Exception):
    """Nothing came back, or not all of it; the message names no address."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is coming in."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    """Its content, as it comes; raises UpstreamFailed when it breaks off."""

    @property
    def content_type(self) -> str:
        """What it says it is."""
        return self.headers.get("content-type", "")

    @property
    def is_stream(self) -> bool:
        """Whether it is to be passed on as it comes."""
        return self.content_type.startswith(EVENTS)


class Client:
    """Asks upstreams; one for a run, used in one event loop."""

    def __init__(self) -> None:
        self._clients: dict[bool, httpx2.AsyncClient] = {}

    async def close(self) -> None:
        """Give all connections back."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, *, local: bool) -> httpx2.AsyncClient:
        """Return what asks: the local model, past any proxy and without certificates, or others."""
        if local not in self._clients:
            timeout = httpx2.Timeout(SILENCE, connect=CONNECTING)
            limits = httpx2.Limits(max_connections=None)
            self._clients[local] = httpx2.AsyncClient(
                timeout=timeout, limits=limits, trust_env=not local, verify=not local
            )
        return self._clients[local]

    @asynccontextmanager
    async def ask(self, upstream: Upstream, method: str, target: str, request: Request) -> AsyncIterator[Reply]:
        """Send a request, and lend out what comes back; raise UpstreamFailed."""
        client = self._client(local=upstream.local)
        headers = {**upstream.headers, "User-Agent": f"mdrun/{__version__}"}
        content = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(_body(upstream, request), ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            sent = client.build_request(method, _address(upstream, target, request), headers=headers, content=content)
            reply = await client.send(sent, stream=True)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError, OverflowError, ExceptionGroup) as error:
            raise UpstreamFailed(_why(upstream, error)) from error
        try:
            passed_on = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
            async with aclosing(_chunks(reply, upstream)) as chunks:
                yield Reply(reply.status_code, passed_on, chunks)
        finally:
            await reply.aclose()


async def _chunks(reply: httpx2.Response, upstream: Upstream) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in reply.aiter_bytes():
            yield chunk
    except httpx2.HTTPError as error:
        raise UpstreamFailed(_why(upstream, error)) from error


def _address(upstream: Upstream, target: str, request: Request) -> str:
    if upstream.speaks_azure and is_azure(target):
        target = target.replace(f"api-version={API_VERSION}", f"api-version={upstream.api_version or API_VERSION}")
        return f"{upstream.base}{_without_prefix(upstream, target)}"
    return f"{upstream.base}{request.path.removeprefix('/v1')}"


def _without_prefix(upstream: Upstream, target: str) -> str:
    """Return an Azure target; an endpoint may end in `/openai` already."""
    return target.removeprefix("/openai") if upstream.base.endswith("/openai") else target


def _body(upstream: Upstream, request: Request) -> object:
    """Return the body as `upstream` wants it: with a model where Azure's path named it."""
    body = request.body
    if upstream.speaks_azure or not isinstance(body, dict):
        return body
    if request.deployment and not body.get("model"):
        body = {**body, "model": request.deployment}
    if upstream.local:
        body = {
            **body,
            **{name: min(body[name], LONGEST_ANSWER) for name in _LIMITS if isinstance(body.get(name), int)},
        }
    return body


def _why(upstream: Upstream, error: Exception) -> str:
    match error:
        case httpx2.TimeoutException():
            reason = "it did not answer in time"
        case httpx2.ConnectError() | httpx2.ProxyError():
            reason = "no connection"
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol() | UnicodeError() | OverflowError() | ExceptionGroup():
            reason = "its URL or key cannot be used"
        case _:
            reason = "the answer broke off"
    return f"{upstream.name}: {reason} ({type(error).__name__})"
