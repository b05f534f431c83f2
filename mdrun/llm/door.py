"""Where notes find a language model: an address from the start of a run, and a gateway behind it once one asks."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from mdrun.llm.calls import Caller

BACKLOG = 128
HOST = "127.0.0.1"
API_VERSION = "2024-10-21"
"""Of Azure's API, where the user names none; Azure's client asks for one."""
_REAL = (
    "AZURE_OPENAI_AD_TOKEN",
    "OPENAI_ADMIN_KEY",
    "OPENAI_ORG_ID",
    "OPENAI_ORGANIZATION",
    "OPENAI_PROJECT_ID",
)
"""The user's own, which no kernel needs."""


class Door:
    """Listens on loopback; what serves those who come is loaded when the first one does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._callers: dict[str, Caller] = {}
        self._listening: socket.socket | None = None
        self._ours, self._theirs = socket.socketpair()
        self._opening = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ours.close()
        if self._listening is not None:
            self._thread.join()
            self._listening.close()
        self._theirs.close()

    @contextmanager
    def opened_for(self, caller: Caller) -> Iterator[dict[str, str]]:
        """Let a note in meanwhile, and lend out the environment of its kernel; from any thread."""
        with self._opening:
            listening = self._listening = self._listening or self._opened()
        self._callers[caller.token] = caller
        try:
            yield kernel_environment(self._environment, caller, listening.getsockname()[1])
        finally:
            del self._callers[caller.token]

    def _opened(self) -> socket.socket:
        listening = socket.create_server((HOST, 0), backlog=BACKLOG)
        self._thread = threading.Thread(target=self._wait, args=(listening,), name="gateway", daemon=True)
        self._thread.start()
        return listening

    def _wait(self, listening: socket.socket) -> None:
        """Wait for somebody to come, and serve from then on; runs in a thread of its own."""
        ready, _, _ = select.select([listening, self._theirs], [], [])
        if self._theirs in ready:
            return
        from mdrun.llm.gateway import run_gateway  # noqa: PLC0415 - a note that makes no call pays nothing

        run_gateway(listening, self._theirs, self._callers, self._environment)


def kernel_environment(environment: Mapping[str, str], caller: Caller, port: int) -> dict[str, str]:
    """Return the environment in which a note finds the gateway at `port`, and none of the user's own keys."""
    address = f"http://{HOST}:{port}"
    proxies = _closed(caller.token, port) if caller.offline else {}
    return {
        **{name: value for name, value in environment.items() if name not in _REAL},
        "AZURE_OPENAI_ENDPOINT": address,
        "AZURE_OPENAI_API_KEY": caller.token,
        "OPENAI_API_VERSION": environment.get("OPENAI_API_VERSION") or API_VERSION,
        "OPENAI_BASE_URL": f"{address}/v1",
        "OPENAI_API_BASE": f"{address}/v1",
        "OPENAI_API_KEY": caller.token,
        "LANGSMITH_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        **_reachable(environment),
        **proxies,
    }


def _closed(token: str, port: int) -> dict[str, str]:
    """Return what sends clients that heed proxies to the gateway, which lets nobody out."""
    # With a password, or some clients send no name either.
    proxy = f"http://mdrun:{token}@{HOST}:{port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    closed = {spelled: proxy for name in names for spelled in (name, name.lower())}
    return {**closed, **dict.fromkeys(("NO_PROXY", "no_proxy"), _LOOPBACK)}


_LOOPBACK = f"{HOST},localhost,::1"


def _reachable(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps a proxy of the user's out of the way to the gateway."""
    kept = environment.get("NO_PROXY") or environment.get("no_proxy")
    return dict.fromkeys(("NO_PROXY", "no_proxy"), f"{kept},{_LOOPBACK}" if kept else _LOOPBACK)
