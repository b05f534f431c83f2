"""What is found in the outputs a note keeps: old ones, edited ones, secrets."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import TYPE_CHECKING

import pytest

from mdrun.events import Stream
from mdrun.linting.secrets import secrets_in
from mdrun.text import Span
from tests.linted import Linted
from tests.runs import Told, block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Kernels

RANDOM = "q7Zt2mXw9LcVb4RnKd8HsJf3GyPa6TeUo5NiEr1QvBxMzWkYhSjDlFgCpAuOiE0R" * 2
"""As letters and digits of a key come, at random."""
HEX = "7f3a9c1e5b8d2046e9a7c3f1b5d8e024" * 4


@pytest.fixture
def folder(tmp_path: Path, kernels: Kernels) -> Path:
    """Return a vault of a note that was run: a setup is embedded, and two blocks have outputs."""
    text = "![[Setup]]\n\n" + block("x = 1\nx") + "\n" + block("y") + "\n" + block("z", "python {skip=true}")
    vault(tmp_path, {"mdrun.toml": "", "a.md": text, "Setup.md": block("y = z = 1")})
    kernels.script = {"x = 1\nx\n": [Stream("stdout", "1\n")], "y\n": [Stream("stdout", "1\n")]}
    assert Told(tmp_path / "a.md").code == 0
    return tmp_path


def edit(note: Path, old: str, new: str) -> None:
    text = note.read_text("utf-8")
    assert old in text
    note.write_text(text.replace(old, new, 1), "utf-8")


def test_fresh_outputs_are_no_findings(folder: Path) -> None:
    assert Linted(folder).findings == []
    assert Linted(folder).code == 0


def test_an_output_is_stale_when_its_code_changed_and_says_why(folder: Path) -> None:
    note = folder / "a.md"
    edit(note, "x = 1\nx", "x = 1  # one\nx")
    assert Linted(note).findings == []
    edit(note, "x = 1", "x = 2")
    first, second = Linted(note).findings
    assert first.startswith(f"{note}:3: MR301 the output is stale: its own code or the embedded [[Setup]] changed")
    assert second.startswith(f"{note}:13: MR301 the output is stale: the block at line 3 or the embedded [[Setup]]")


def test_an_output_is_stale_when_embedded_code_changed(folder: Path) -> None:
    edit(folder / "Setup.md", "z = 1", "z = 2")
    assert Linted(folder).codes == ["MR301", "MR301"]


def test_outputs_of_blocks_that_never_run_are_not_stale(folder: Path) -> None:
    edit(folder / "a.md", "y\n```", "y\n```\n\n> text")
    edit(folder / "a.md", "```python\ny\n", "```python {skip=true}\ny\n")
    assert Linted(folder / "a.md").findings == []


def test_of_a_note_that_cannot_run_no_output_is_called_stale(folder: Path) -> None:
    (folder / "Setup.md").unlink()
    assert Linted(folder / "a.md").codes == ["MR101", "MR202"]
    (folder / "mdrun.toml").write_text('missing_embeds = "warn"', "utf-8")
    assert Linted(folder / "a.md").codes == ["MR101", "MR301", "MR301", "MR202"]
    (folder / "Setup.md").write_bytes(b"\xff")
    linted = Linted(folder / "a.md")
    assert linted.code == 2
    assert linted.findings[0] == (
        f"{folder / 'a.md'}:1: MR121 embed [[Setup]] cannot be read: "
        "Setup.md: not UTF-8: byte 0xff at offset 0; convert the file to UTF-8"
    )


def test_an_edited_output_is_told(folder: Path) -> None:
    edit(folder / "a.md", "> 1\n", "> 2\n")
    (finding,) = Linted(folder).findings
    assert finding.startswith(f"{folder / 'a.md'}:7: MR302 this output was edited by hand: mdrun leaves it alone ")


def test_an_output_without_its_block_is_told(folder: Path) -> None:
    edit(folder / "a.md", "```python\ny\n```\n", "")
    assert Linted(folder).findings == [
        f"{folder / 'a.md'}:13: MR113 this output stands beneath no block: mdrun clean takes it away"
    ]


SECRETS = {
    "an OpenAI key": [f"sk-proj-{RANDOM[:60]}", f"sk-{RANDOM[:48]}"],
    "an Anthropic key": [f"sk-ant-api03-{RANDOM[:93]}"],
    "an OpenRouter key": [f"sk-or-v1-{HEX[:64]}"],
    "an AWS access key": ["AKIAQ7Z2MXW5LCVB4RNK"],
    "an AWS secret key": [f"aws_secret_access_key = {RANDOM[:40]}"],
    "a GitHub token": [f"ghp_{RANDOM[:36]}", f"gho_{RANDOM[:36]}", f"github_pat_{RANDOM[:22]}_{RANDOM[:59]}"],
    "a GitLab token": [f"glpat-{RANDOM[:20]}"],
    "a Slack token": ["xoxb-263594206564-2343594206574-q7Zt2mXw9LcVb4RnKd8HsJf3"],
    "a Slack webhook": ["https://hooks.slack.com/services/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"],
    "a Google key": [f"AIza{RANDOM[:35]}"],
    "a Google token": [f"ya29.{RANDOM[:60]}", f"GOCSPX-{RANDOM[:28]}"],
    "a Hugging Face token": [f"hf_{RANDOM[:34]}"],
    "a Stripe key": [f"sk_live_{RANDOM[:24]}", f"whsec_{RANDOM[:32]}"],
    "a PyPI token": [f"pypi-AgEIcHlwaS5vcmc{RANDOM[:60]}"],
    "an npm token": [f"npm_{RANDOM[:36]}"],
    "a LangSmith key": [f"lsv2_pt_{HEX[:32]}_{HEX[:10]}", f"ls__{HEX[:32]}"],
    "an Azure key": [f"{RANDOM[:52]}JQQJ99{RANDOM[:26]}", f"AccountKey={RANDOM[:86]}=="],
    "a Microsoft Entra secret": [f"q7Z8Q~{RANDOM[:34]}"],
    "a Groq key": [f"gsk_{RANDOM[:52]}"],
    "an xAI key": [f"xai-{RANDOM[:80]}"],
    "a Perplexity key": [f"pplx-{RANDOM[:48]}"],
    "a Replicate token": [f"r8_{RANDOM[:37]}"],
    "a Tavily key": [f"tvly-dev-{RANDOM[:32]}"],
    "a Pinecone key": [f"pcsk_{RANDOM[:70]}"],
    "a Databricks token": [f"dapi{HEX[:32]}"],
    "a SendGrid key": [f"SG.{RANDOM[:22]}.{RANDOM[:43]}"],
    "a Telegram token": [f"5820461937:AA{RANDOM[:33]}"],
    "a DigitalOcean token": [f"dop_v1_{HEX[:64]}"],
    "a Shopify token": [f"shpat_{HEX[:32]}"],
    "a Grafana token": [f"glsa_{RANDOM[:32]}_{HEX[:8]}"],
    "a HashiCorp Vault token": [f"hvs.{RANDOM[:24]}"],
    "a private key": [
        f"-----BEGIN RSA PRIVATE KEY-----\n> {RANDOM[:64]}",
        f"-----BEGIN PRIVATE KEY-----\\n{RANDOM[:64]}",
    ],
}


@pytest.mark.parametrize(("kind", "keys"), SECRETS.items(), ids=SECRETS)
def test_a_key_is_known_by_its_shape(kind: str, keys: list[str]) -> None:
    for key in keys:
        for text in (key, f"{{'key': '{key}'}}", f"KEY={key}\n"):
            (secret,) = secrets_in(text, Span(0, len(text)))
            assert secret.kind == kind
            assert key.endswith(text[secret.place :][: len(key)].rstrip("'}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "sk-... and ghp_..., AKIA...",
        f"sk-{'x' * 48}",
        f"sk-proj-{'ab' * 30}",
        f"ghp_{'x' * 36} ghp_{'1234567890' * 4}",
        "AKIAIOSFODNN7EXAMPLE",
        f"sk-ant-api03-your-key-here-{RANDOM[:60]}",
        f"hf_{digits}{ascii_letters}",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        f"-----BEGIN CERTIFICATE-----\n{RANDOM[:64]}",
        f"-----BEGIN PUBLIC KEY-----\n{RANDOM[:64]}",
        f"notsk-{RANDOM[:48]}",
        f"mdrun-{HEX[:16]}.png {HEX[:64]} {RANDOM[:60]}",
        "run-0195f3c2-7a41-7c33-8a0e-3b1d5f6a7c88 <object at 0x7f3a1c2b4d50>",
        "https://example.org/a/very/long/address/that/is/no/secret?at=all",
    ],
)
def test_what_only_looks_like_a_key_or_stands_for_one_is_none(text: str) -> None:
    assert list(secrets_in(text, Span(0, len(text)))) == []


def test_secrets_are_told_on_their_line_and_never_repeated(tmp_path: Path, kernels: Kernels) -> None:
    key = SECRETS["a GitHub token"][0]
    note = vault(tmp_path, {"mdrun.toml": "", "a.md": block("x = 1")}) / "a.md"
    kernels.script = {"x = 1\n": [Stream("stdout", f"one\n{key}\n")]}
    Told(note)
    linted = Linted(note)
    assert linted.findings == [
        f"{note}:7: MR303 this output shows a GitHub token: withdraw it, and take it out of the note"
    ]
    assert linted.code == 1


@pytest.mark.parametrize(
    ("above", "quote", "line"),
    [
        (block("x = 1"), "> {}\n", 4),
        (block("x = 1"), "> [!output]\n> ```text\n> 1\n> {}\n> ```\n> <!-- 3f9a1c-77b0e2 -->\n", 7),
        ("text\r\n\r\n" + block("x = 1").replace("\n", "\r\n"), "> {}\r\n", 6),
    ],
    ids=["pasted by hand", "edited", "in CRLF"],
)
def test_secrets_are_found_in_every_output(tmp_path: Path, above: str, quote: str, line: int) -> None:
    note = vault(tmp_path, {"a.md": (above + quote.format(f"sk-proj-{RANDOM[:60]}")).encode()}) / "a.md"
    found = [finding.line for finding in Linted(note, select=["MR303"]).finished.findings]
    assert found == [line]


def test_secrets_outside_of_outputs_are_not_looked_for(tmp_path: Path) -> None:
    key = f"sk-proj-{RANDOM[:60]}"
    note = vault(tmp_path, {"a.md": f"{key}\n\n{block(f'key = {key!r}')}\n> [!note]\n> {key}\n"}) / "a.md"
    assert Linted(note).findings == []


def test_a_secret_in_an_output_without_its_block_is_found(folder: Path, kernels: Kernels) -> None:
    kernels.script["y\n"] = [Stream("stdout", f"sk-proj-{RANDOM[:60]}\n")]
    Told(folder / "a.md")
    edit(folder / "a.md", "```python\ny\n```\n", "")
    assert Linted(folder).codes == ["MR113", "MR303"]
