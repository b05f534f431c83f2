"""Keys and tokens, by the shapes their makers gave them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdrun.text import Span


@dataclass(frozen=True, slots=True)
class Secret:
    """Something in a text that has a key's shape."""

    kind: str
    """What it is, with its article; never the key itself."""
    place: int
    """Where it starts in the text."""


_WORD = r"[A-Za-z0-9_-]"
_SHAPES = {
    "an Anthropic key": rf"sk-ant-[a-z]+\d\d-{_WORD}{{32,}}",
    "an OpenRouter key": r"sk-or-v1-[0-9a-f]{64}",
    "an OpenAI key": rf"sk-(?:proj|svcacct|admin)-{_WORD}{{40,}}|sk-[A-Za-z0-9]{{48}}\b",
    "an AWS access key": r"(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "an AWS secret key": r"aws_secret_access_key\W{1,5}[A-Za-z0-9/+]{40}\b",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    "a GitLab token": rf"gl(?:pat|ptt|dt|rt|cbt|ft|imt|oas|soat|agent)-{_WORD}{{20,}}",
    "a Slack token": r"xox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{16,}|xapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{32,}",
    "a Slack webhook": r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
    "a Google key": rf"AIza{_WORD}{{35}}",
    "a Google token": rf"ya29\.{_WORD}{{30,}}|GOCSPX-{_WORD}{{28}}",
    "a Hugging Face token": r"(?:hf|api_org)_[A-Za-z0-9]{34,}",
    "a Stripe key": r"[rs]k_live_[A-Za-z0-9]{24,}|whsec_[A-Za-z0-9+/]{32,}",
    "a PyPI token": rf"pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw){_WORD}{{50,}}",
    "an npm token": r"npm_[A-Za-z0-9]{36}\b",
    "a LangSmith key": r"lsv2_[a-z]{2}_[0-9a-f]{32}_[0-9a-f]{10}\b|ls__[0-9a-f]{32}\b",
    "an Azure key": r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}\b|AccountKey=[A-Za-z0-9+/]{86}==",
    "a Microsoft Entra secret": rf"{_WORD}{{3}}\dQ~[A-Za-z0-9_.~-]{{31,34}}",
    "a Groq key": r"gsk_[A-Za-z0-9]{52}\b",
    "an xAI key": r"xai-[A-Za-z0-9]{80}\b",
    "a Perplexity key": r"pplx-[A-Za-z0-9]{48}\b",
    "a Replicate token": r"r8_[A-Za-z0-9]{37}\b",
    "a Tavily key": r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}\b",
    "a Pinecone key": r"pcsk_[A-Za-z0-9_]{60,}",
    "a Databricks token": r"dapi[0-9a-f]{32}\b",
    "a SendGrid key": rf"SG\.{_WORD}{{22}}\.{_WORD}{{43}}",
    "a Telegram token": rf"\d{{8,10}}:AA{_WORD}{{33}}",
    "a DigitalOcean token": r"do[opr]_v1_[0-9a-f]{64}",
    "a Shopify token": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    "a Grafana token": r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b",
    "a HashiCorp Vault token": rf"hvs\.{_WORD}{{24,}}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|[\s>])*[A-Za-z0-9+/]{16,}",
}
_KINDS = tuple(_SHAPES)
_SECRET = re.compile("|".join(rf"(?<![A-Za-z0-9])({shape})" for shape in _SHAPES.values()))
_LONG = re.compile(r"[A-Za-z0-9_+/.:-]{20}")
"""Stands in every key, and in few outputs: all other shapes need not be tried there."""
_PLACEHOLDER = re.compile(
    r"example|placeholder|your[_-]?|dummy|redacted|changeme|x{4}|0{6}|1234567|abcdefg|deadbeef", re.IGNORECASE
)
_END = 20
_FEWEST = 7
"""Different characters that the end of a real key has."""


def secrets_in(text: str, span: Span) -> Iterator[Secret]:
    """Yield what has the shape of a key in a part of a text; what only stands for one, such as `sk-xxxx`, is none."""
    if not _LONG.search(text, span.start, span.end):
        return
    for found in _SECRET.finditer(text, span.start, span.end):
        if len(set(found[0][-_END:])) >= _FEWEST and not _PLACEHOLDER.search(found[0]):
            yield Secret(_KINDS[(found.lastindex or 1) - 1], found.start())
