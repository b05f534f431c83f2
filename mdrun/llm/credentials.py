"""Where a user's requests go, and with which key: from the environment, or the vault's `.env`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dotenv import dotenv_values

from mdrun.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OPENAI = "https://api.openai.com/v1"
_SHORTEST_KEY = 8
"""Characters; servers that want no key are given words, which stand in many a text."""
_NOT_TELLING = ("api.openai.com", "127.0.0.1")
"""Hosts that say nothing about whose they are."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server that answers requests."""

    name: str
    """What to call it in messages: a variable of the user's, never its value."""
    base: str
    """A URL without `/` at its end."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    speaks_azure: bool = False
    """Whether it takes Azure's paths as they are; else they are made OpenAI's."""
    api_version: str = ""
    """What takes the place of mdrun's own choice; no note's."""
    local: bool = False
    """Whether it is the small model on this machine."""

    @property
    def keys(self) -> frozenset[str]:
        """What it is asked with, where that is long enough to be a secret."""
        keys = (value.removeprefix("Bearer ") for value in self.headers.values())
        return frozenset(key for key in keys if len(key) >= _SHORTEST_KEY)

    @property
    def telling(self) -> frozenset[str]:
        """What must not stand in a recording: keys, and the host where it is the user's own."""
        host = urlsplit(self.base).hostname or ""
        own = set() if self.local or "." not in host or host in _NOT_TELLING else {host}
        return self.keys | own


def sources(environment: Mapping[str, str], root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the environment says, and what the vault's `.env` does; empty values count as none.

    Raise SettingsError.
    """
    try:
        # As they are written: a vault must not make an address of other variables of the user's.
        own = dotenv_values(root / ".env", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        message = f"the vault's .env cannot be read ({type(error).__name__})"
        raise SettingsError(message) from error
    given, written = ({name: value for name, value in each.items() if value} for each in (environment, own))
    return given, written


def upstream_for(given: Sequence[Mapping[str, str]], *, azure: bool) -> Upstream | None:
    """Return where the user's requests of one family go, or None when a variable for it is missing.

    Key and address are of one source: no vault sends the key of the environment elsewhere.
    """
    return next(filter(None, map(_azure if azure else _openai, given)), None)


def named_upstream(url: str, given: Sequence[Mapping[str, str]]) -> Upstream:
    """Return the server at a URL that the user gave, which is asked OpenAI's way with the user's OpenAI key."""
    key = next((values["OPENAI_API_KEY"] for values in given if "OPENAI_API_KEY" in values), None)
    return Upstream("--upstream", url.rstrip("/"), _bearer(key))


def missing(*, azure: bool) -> str:
    """Say which variables would make requests of one family go upstream."""
    return "AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY" if azure else "OPENAI_API_KEY"


def _azure(values: Mapping[str, str]) -> Upstream | None:
    base, key, ticket = (
        values.get(name) for name in ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN")
    )
    if not base or not (key or ticket):
        return None
    headers = {"api-key": key} if key else _bearer(ticket)
    version = values.get("OPENAI_API_VERSION", "")
    return Upstream("AZURE_OPENAI_ENDPOINT", base.rstrip("/"), headers, speaks_azure=True, api_version=version)


def _openai(values: Mapping[str, str]) -> Upstream | None:
    key = values.get("OPENAI_API_KEY")
    if not key:
        return None
    variable = next((name for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE") if name in values), "")
    base = values[variable] if variable else OPENAI
    headers = _bearer(key)
    if organization := values.get("OPENAI_ORG_ID") or values.get("OPENAI_ORGANIZATION"):
        headers["OpenAI-Organization"] = organization
    if project := values.get("OPENAI_PROJECT_ID"):
        headers["OpenAI-Project"] = project
    return Upstream(variable or "api.openai.com", base.rstrip("/"), headers)


def _bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}
