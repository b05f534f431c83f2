"""HTTP on loopback; tornado lives here, which is there already for the Jupyter client.

A replayed answer needs no more than this: no client, and nothing that tornado would load for one.
"""

from __future__ import annotations

import asyncio
import http
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.iostream import StreamClosedError

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Mapping

    from tornado.http1connection import HTTP1Connection
    from tornado.httputil import HTTPServerRequest

LARGEST_REQUEST = 256_000_000
"""Bytes."""


class CallerGone(Exception):
    """Whoever asked does not listen any more."""


class Exchange:
    """One HTTP request, and the response to it."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self._connection = cast("HTTP1Connection", request.connection)
        self.method = request.method or ""
        self.target = request.uri or ""
        self.headers: Mapping[str, str] = request.headers
        self.content = request.body
        self.outlives_caller = False
        """Whether what answers it goes on when whoever asked has gone."""

    async def answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Send a whole response; raise CallerGone."""
        await self.begin(status, {**headers, "Content-Length": str(len(content))})
        await self.send(content)
        self.end()

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of a response; raise CallerGone."""
        start = ResponseStartLine("HTTP/1.1", status, _PHRASES.get(status, "Unknown"))
        await self._sent(self._connection.write_headers(start, HTTPHeaders(headers)))

    async def send(self, chunk: bytes) -> None:
        """Send a piece of a response's content; raise CallerGone."""
        if chunk:
            await self._sent(self._connection.write(chunk))

    def end(self) -> None:
        """End a response that is whole."""
        self._connection.finish()

    async def abort(self) -> None:
        """Break the connection, so that nobody takes what was sent for a whole response."""
        self._connection.stream.close()

    def when_gone(self, call: Callable[[], None]) -> None:
        """Have `call` called when the caller closes the connection before the response has ended."""
        self._connection.set_close_callback(call)

    async def _sent(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except StreamClosedError as error:
            raise CallerGone from error


_PHRASES = {status.value: status.phrase for status in http.HTTPStatus}


async def serve(
    listening: socket.socket, handle: Callable[[Exchange], Awaitable[None]], until: Awaitable[object]
) -> None:
    """Have `handle` answer what comes in at a socket, until something has come about.

    Who is being answered then, or went away, is not answered any more: its `handle` is cancelled.
    """
    pending: set[asyncio.Task[None]] = set()

    def accept(request: HTTPServerRequest) -> None:
        exchange = Exchange(request)
        task = asyncio.ensure_future(_handled(handle, exchange))
        pending.add(task)
        task.add_done_callback(pending.discard)
        exchange.when_gone(lambda: _cancel(task, exchange))

    server = HTTPServer(accept, max_buffer_size=LARGEST_REQUEST)
    listening.setblocking(False)  # noqa: FBT003 - a socket takes it like that
    server.add_sockets([listening])
    await until
    server.stop()
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    await server.close_all_connections()


def _cancel(task: asyncio.Task[None], exchange: Exchange) -> None:
    if not exchange.outlives_caller:
        task.cancel()


async def _handled(handle: Callable[[Exchange], Awaitable[None]], exchange: Exchange) -> None:
    with suppress(CallerGone):
        await handle(exchange)
