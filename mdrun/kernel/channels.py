"""The sockets to one kernel, and the one place where mdrun waits for it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import zmq
from jupyter_client.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mdrun.kernel.connection import Connection
    from mdrun.kernel.process import KernelProcess
    from mdrun.stop import StopRequest

SOCKET_TYPES = {
    "shell": zmq.DEALER,
    "iopub": zmq.SUB,
    "stdin": zmq.DEALER,
    "control": zmq.DEALER,
}
RECONNECT_MS = 5
"""The kernel binds while we connect already; the default of 100 ms would be waited in full."""
AT_ONCE = 200
"""Messages taken from one socket before the others, and the clock, have their turn."""

Content: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True)
class Message:
    """A message, on which channel it came, and how many bytes it was."""

    channel: str
    type: str
    parent: str
    """The id of the request it answers or was said under; empty when there is none."""
    body: Content
    """The whole message, as `events` reads it."""
    size: int

    @property
    def content(self) -> Content:
        """Return what the message says."""
        content: Content = self.body["content"]
        return content


@dataclass(frozen=True, slots=True)
class Heard:
    """What one wait ended with: any of messages, the process's end, a request to stop."""

    messages: tuple[Message, ...]
    process_ended: bool
    stop_asked: bool


class Channels:
    """Talks to one kernel; waits for all its channels, its process and a stop together (F7)."""

    def __init__(self, connection: Connection, process: KernelProcess, stop: StopRequest) -> None:
        self._context = zmq.Context()
        self._session = Session(key=connection.key.encode(), username="mdrun")
        self._process, self._stop = process, stop
        self._poller = zmq.Poller()
        self._sockets = {name: self._connect(name, connection) for name in SOCKET_TYPES}
        for watched in (process, stop):
            self._poller.register(watched.fileno(), zmq.POLLIN)

    def send(self, channel: str, kind: str, content: Content, metadata: Content | None = None) -> str:
        """Send a message and return its id."""
        message = self._session.send(self._sockets[channel], kind, dict(content), metadata=dict(metadata or {}))
        identifier: str = message["header"]["msg_id"]  # type: ignore[index]
        return identifier

    def wait(self, until: float = math.inf) -> Heard:
        """Return as soon as anything happens, or at the time `until` of the monotonic clock."""
        ready = dict(self._poller.poll(_milliseconds(until)))
        messages = tuple(
            message for name, socket in self._sockets.items() if socket in ready for message in self._arrived(name)
        )
        return Heard(
            messages,
            process_ended=self._process.fileno() in ready,
            stop_asked=self._stop.fileno() in ready and self._stop.signum is not None,
        )

    def ignore_stop(self) -> None:
        """No longer wake up for the request to stop: it has been heard."""
        self._poller.unregister(self._stop.fileno())

    def drain(self, quiet: float) -> Iterator[Message]:
        """Yield what iopub still holds, until nothing came for `quiet` seconds."""
        while self._sockets["iopub"].poll(int(quiet * 1000)):
            yield from self._arrived("iopub")

    def close(self) -> None:
        """Close all sockets; nothing is waited for."""
        self._context.destroy(linger=0)

    def _connect(self, name: str, connection: Connection) -> zmq.Socket[bytes]:
        socket = self._context.socket(SOCKET_TYPES[name])
        # Unbounded here and in the kernel: nothing is dropped, the client counts instead (F16).
        socket.rcvhwm = socket.sndhwm = 0
        socket.linger = 0
        socket.reconnect_ivl = RECONNECT_MS
        if name == "iopub":
            socket.subscribe(b"")
        else:
            socket.identity = self._session.bsession
        socket.connect(connection.url(name))
        self._poller.register(socket, zmq.POLLIN)
        return socket

    def _arrived(self, name: str) -> Iterator[Message]:
        socket = self._sockets[name]
        for _ in range(AT_ONCE):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            yield self._message(name, frames)

    def _message(self, channel: str, frames: list[bytes]) -> Message:
        _, parts = self._session.feed_identities(frames)
        body = self._session.deserialize(parts)
        parent = body["parent_header"].get("msg_id", "")
        size = sum(len(frame) for frame in frames)
        return Message(channel, body["msg_type"], parent, body, size)


def _milliseconds(until: float) -> int | None:
    if until == math.inf:
        return None
    return max(0, math.ceil((until - time.monotonic()) * 1000))
