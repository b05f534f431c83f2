"""What a note asks a language model, the same whichever way it is asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

Json: TypeAlias = Any
"""What `json.loads` returns."""

_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)(/.+)")
_OWN_PATH = re.compile(r"/(?:openai/)?v1(/.+)|/openai(/(?!deployments/).+)|(/.+)")


@dataclass(frozen=True)
class Request:
    """A request, stripped of everything that depends on where it goes: host, key, headers, API version."""

    path: str
    """As OpenAI spells it: `/v1/chat/completions`, whatever Azure makes of it; a query behind it."""
    deployment: str = ""
    """What Azure's paths name in place of a model."""
    body: Json = None
    """None for a request that has none."""

    @cached_property
    def key(self) -> str:
        """The SHA-256 of the request in canonical JSON, as 64 hexadecimal digits."""
        return sha256(canonical(self.as_json()).encode("utf-8", "surrogatepass")).hexdigest()

    def as_json(self) -> dict[str, Json]:
        """Return the request as a recording holds it."""
        deployment = {"deployment": self.deployment} if self.deployment else {}
        return {"path": self.path, **deployment, "body": self.body}

    @property
    def spelled(self) -> str:
        """The request in JSON, to look for words in it."""
        return canonical(self.as_json())

    @property
    def name(self) -> str:
        """What is asked for: `chat/completions`."""
        return self.path.removeprefix("/v1/").partition("?")[0]

    @property
    def model(self) -> str:
        """The model or deployment asked for; empty when the request names none."""
        named = self.body.get("model") if isinstance(self.body, dict) else None
        return named if isinstance(named, str) and named else self.deployment

    @property
    def prompt(self) -> str:
        """What a person would know the request by: its last message, input or prompt."""
        body = self.body if isinstance(self.body, dict) else {}
        return _last_words(body.get("messages") or body.get("input") or body.get("prompt") or "")

    def with_strings(self, change: Callable[[str], str]) -> Request:
        """Return the request with every string of its body changed."""
        return replace(self, body=strings_changed(self.body, change))


def request_from(target: str, content: bytes) -> Request:
    """Return what is asked for with the request target and content of an HTTP request; raise ValueError."""
    path, _, query = target.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "api-version"]
    behind = f"?{urlencode(sorted(kept))}" if kept else ""
    body = json.loads(content) if content.strip() else None
    if deployed := _DEPLOYMENT.fullmatch(path):
        return Request(f"/v1{deployed[2]}{behind}", unquote(deployed[1]), body)
    own = _OWN_PATH.fullmatch(path)
    if own is None:
        message = f"{target} is no path of an API"
        raise ValueError(message)
    return Request(f"/v1{own[1] or own[2] or own[3]}{behind}", "", body)


def is_azure(target: str) -> bool:
    """Tell whether a request target is one of Azure's."""
    return target.startswith("/openai/")


def canonical(value: Json) -> str:
    """Return the one spelling of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def strings_changed(value: Json, change: Callable[[str], str]) -> Json:
    """Return a JSON value with every string in it changed; names stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [strings_changed(member, change) for member in value]
    if isinstance(value, dict):
        return {name: strings_changed(member, change) for name, member in value.items()}
    return value


def _last_words(value: Json) -> str:
    """Return the last text in messages or content parts, however deep."""
    if isinstance(value, list):
        return next(filter(None, map(_last_words, reversed(value))), "")
    if isinstance(value, dict):
        return _last_words(value.get("content") or value.get("text") or value.get("output") or "")
    return value if isinstance(value, str) else ""
