"""Who answers what no recording does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mdrun.llm import credentials
from mdrun.llm.calls import Refused
from mdrun.llm.credentials import Upstream
from mdrun.llm.local import LocalModel, is_installed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdrun.llm.calls import Caller
    from mdrun.llm.request import Request

_WHERE = "in the environment or in the vault's .env"
NOBODY = {
    azure: f"with {credentials.missing(azure=azure)}, {_WHERE};\n"
    "or have the small local model answer: mdrun model install"
    for azure in (False, True)
}
"""What would help where there is nobody to ask, by whether the request is one of Azure's."""


class Upstreams:
    """Knows the user's servers, and the local model, which it starts when it is first wanted."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._local = LocalModel()

    def close(self) -> None:
        """End the local model."""
        self._local.close()

    async def one_for(self, caller: Caller, request: Request, *, azure: bool) -> Upstream | None:
        """Return who answers a request of a note; None where `auto` finds nobody.

        Raise Refused, SettingsError or ModelError.
        """
        if caller.mode == "local" or caller.upstream == "local":
            return await self._started(request)
        given = credentials.sources(self._environment, caller.root)
        if caller.upstream:
            return credentials.named_upstream(caller.upstream, given)
        if upstream := credentials.upstream_for(given, azure=azure):
            return upstream
        if caller.mode == "auto":
            return await self._started(request) if is_installed() else None
        message = f"nobody to ask: set {credentials.missing(azure=azure)}, {_WHERE}; or take --upstream local"
        raise Refused(message, "no credentials")

    async def _started(self, request: Request) -> Upstream:
        """Return the local model, ready to answer."""
        if request.name == "embeddings":
            message = f"{self._local.name} makes no embeddings: record them from a model that does"
            raise Refused(message, "no embeddings")
        await asyncio.to_thread(self._local.start)
        headers = {"Authorization": f"Bearer {self._local.key}"}
        return Upstream(self._local.name, self._local.url, headers, local=True)
