"""Notes that talk to a language model, with real kernels."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs import COMMAND, block, held_back, mdrun, vault
from tests.upstream import Upstream, refusing, serving, waiting, well

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.runs import Ran

pytestmark = pytest.mark.kernel

KEY = "sk-planted-key-of-the-user"
OPENAI = """
from openai import OpenAI

client = OpenAI()
def ask(words):
    messages = [{"role": "user", "content": words}]
    return client.chat.completions.create(model="m", messages=messages).choices[0].message.content
""".strip()
BY_HAND = """
import json, os, urllib.request

def ask(words):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": words}]}).encode()
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    request = urllib.request.Request(f"{os.environ['OPENAI_BASE_URL']}/chat/completions", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]
""".strip()
"""The same with no library, which a kernel loads at once."""


def note(*sources: str, by: str = BY_HAND) -> str:
    return "\n".join(block(source) for source in (by, *sources))


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(("OPENAI_", "AZURE_", "CI")):
            monkeypatch.delenv(name)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as server:
        yield server


def record(home: Path, upstream: Upstream, *paths: str, env: Mapping[str, str] | None = None) -> Ran:
    """Have what notes ask be recorded."""
    return mdrun("run", "--llm", "record", "--upstream", upstream.url, *paths, cwd=home, env=env)


def recordings(home: Path) -> dict[str, str]:
    """Return the files among the recordings, and what they hold."""
    return {file.name: file.read_text() for file in (home / ".mdrun" / "llm").iterdir()}


def test_a_recorded_note_is_checked_offline_until_its_words_change(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi')", "ask('hi'), ask('goodbye')", by=OPENAI)})
    recorded = record(home, upstream, "a.md", env={"OPENAI_API_KEY": KEY})
    assert (recorded.code, recorded.err) == (0, "")
    assert "llm: 3 calls (3 new recordings, test-model), 6 tokens" in recorded.out
    assert {got.headers["authorization"] for got in upstream.got} == {f"Bearer {KEY}"}
    assert KEY not in "".join(recordings(home).values())
    checked = mdrun("check", "a.md", cwd=home)
    assert checked.code == 0
    assert "outputs fresh" in checked.out
    assert "llm: 3 calls (3 recorded, test-model)" in checked.out
    text = (home / "a.md").read_text()
    (home / "a.md").write_text(text.replace("ask('goodbye')", "ask('goodnight')"))
    changed = mdrun("run", "--llm", "replay", "a.md", cwd=home)
    assert changed.code == 1
    assert "no recording of chat/completions by m, 'goodnight'" in changed.out
    assert "1 refused, no recording" in changed.out
    written = (home / "a.md").read_text()
    for words in ("no recording of chat", "- 'goodbye'", "+ 'goodnight'", "mdrun run --llm record a.md"):
        assert words in written
    assert len(upstream.got) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--llm", "record"], "check writes nothing: --llm record goes with `mdrun run`"),
        (["run", "--llm", "replay", "--upstream", "local"], "--upstream goes with --llm record, live or auto"),
        (["run", "--llm", "never"], "must be"),
        (["run", "--upstream", "somewhere"], "must be 'local' or a URL"),
    ],
)
def test_options_that_say_nothing_together_end_with_2(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = mdrun(*arguments, "a.md", cwd=vault(tmp_path, {"a.md": note()}))
    assert (done.code, words in done.err) == (2, True)


def test_a_note_that_says_record_is_replayed_by_check(tmp_path: Path) -> None:
    own = "---\nmdrun-llm: record\n---\n" + note("ask('hi')")
    done = mdrun("check", "a.md", cwd=vault(tmp_path, {"mdrun.toml": "", "a.md": own}))
    assert (done.code, "llm: 1 call (1 refused, no recording)" in done.out) == (1, True)


def test_recordings_no_note_asks_for_are_told_and_can_be_removed(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi'), ask('ho')")})
    assert record(home, upstream, ".").code == 0
    assert (len(recordings(home)), upstream.prompts) == (2, ["hi", "ho"])
    (home / "a.md").write_text(note("ask('hi')"))
    assert "unused" not in mdrun("check", "a.md", cwd=home).out
    whole = mdrun("check", ".", cwd=home)
    assert whole.code == 1
    assert "unused: 1 recording in " in whole.out
    assert "mdrun run --llm record . removes them" in whole.out
    run = mdrun("run", ".", cwd=home, env={"CI": "true"})
    assert (run.code, "unused: 1 recording in " in run.out) == (0, True)
    assert "unused" not in mdrun("run", "--llm", "live", "--upstream", upstream.url, ".", cwd=home).out
    (home / ".mdrun" / "llm" / "README.md").write_text("foreign")
    removed = record(home, upstream, ".")
    assert (removed.code, "removed: 1 recording in " in removed.out) == (0, True)
    assert len(recordings(home)) == 2
    assert "damaged: 1 recording in .mdrun/llm (README.md)" in mdrun("check", ".", cwd=home).out


def test_a_note_that_fails_leaves_open_what_is_asked_for(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi')")})
    record(home, upstream, ".")
    (home / "a.md").write_text(note("1 / 0", "ask('hi')"))
    assert "unused" not in mdrun("check", ".", cwd=home).out
    removed = record(home, upstream, ".")
    assert (removed.code, "removed" in removed.out, len(recordings(home))) == (1, False, 1)
    (home / "a.md").write_text(f"---\nmdrun-skip: true\n---\n{note()}")
    assert "unused" not in mdrun("check", ".", cwd=home).out


def test_a_damaged_recording_is_named(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi')", by=OPENAI)})
    record(home, upstream, "a.md")
    (name,) = recordings(home)
    (home / ".mdrun" / "llm" / name).write_text("<<<<<<< ours\n")
    done = mdrun("check", "a.md", cwd=home)
    assert done.code == 1
    assert f"{name} is damaged: line 1 is no JSON" in done.out


@pytest.mark.parametrize(
    ("ask", "host"),
    [
        ("httpx2.get('https://far.example/')", "far.example:443"),
        ("urllib.request.urlopen('https://far.example/')", "far.example:443"),
        ("requests.get('http://far.example/').raise_for_status()", "far.example"),
    ],
)
def test_a_replayed_note_cannot_get_out_and_the_host_is_named(tmp_path: Path, ask: str, host: str) -> None:
    module = ask.partition("(")[0].rpartition(".")[0]
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": block(f"import {module}\n{ask}")})
    done = mdrun("check", "a.md", cwd=home)
    assert "403" in done.out
    assert f"network: {host} asked for, but out of reach with --llm replay" in done.out


def test_answers_that_cannot_be_recorded_end_with_2(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi')")})
    folder = home / ".mdrun" / "llm"
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    how: Any = {"cwd": home, "behind": held_back()}
    done = mdrun("run", "--llm", "record", "--upstream", upstream.url, "a.md", **how)
    folder.chmod(0o755)
    assert done.code == 2
    assert "Permission denied; this answer is not recorded" in done.out
    assert "'hi!'" in (home / "a.md").read_text()


def test_an_interrupted_run_keeps_whole_recordings_only(tmp_path: Path, upstream: Upstream) -> None:
    stream = "print(*client.responses.create(model='m', input='ho', stream=True))"
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": note("ask('hi')", f"print('half'); {stream}", by=OPENAI)})
    upstream.script = [well, waiting]
    command = [*COMMAND, "run", "--llm", "record", "--upstream", upstream.url, "."]
    how: Any = {"cwd": home, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **how) as running:
        while len(upstream.got) < 2:
            assert running.poll() is None
            upstream.go_on.wait(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (130, "")
    (text,) = recordings(home).values()
    assert json.loads(text)["request"]["body"]["messages"][0]["content"] == "hi"
    assert "removed" not in out


def test_runs_at_once_leave_the_same_files_as_one_after_the_other(tmp_path: Path, upstream: Upstream) -> None:
    notes = {f"{name}.md": note(f"[ask('same'), ask('same'), ask('only {name}')]") for name in "abcd"}
    together, apart = (vault(tmp_path / name, {"mdrun.toml": "", **notes}) for name in ("together", "apart"))
    command = [*COMMAND, "run", "--upstream", upstream.url]
    running = [subprocess.Popen([*command, name], cwd=together, stdout=subprocess.DEVNULL) for name in notes]
    assert [process.wait(60) for process in running] == [0] * 4
    assert mdrun("run", "--upstream", upstream.url, ".", cwd=apart).code == 0
    assert [(together / name).read_text() for name in notes] == [(apart / name).read_text() for name in notes]
    assert _without_ids(together) == _without_ids(apart)


def _without_ids(home: Path) -> dict[str, Any]:
    found = {name: json.loads(text) for name, text in recordings(home).items()}
    for recording in found.values():
        for answer in recording["answers"]:
            answer["recorded"] = answer["body"]["id"] = answer["body"]["created"] = None
    return found


def test_a_printed_environment_shows_neither_token_nor_key(tmp_path: Path) -> None:
    names = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_ADMIN_KEY")
    sources = ("import os\nprint(dict(os.environ))", "print(os.environ['OPENAI_API_KEY'], os.environ['HTTP_PROXY'])")
    home = vault(tmp_path, {"mdrun.toml": "", "a.md": block(sources[0]) + "\n" + block(sources[1])})
    done = mdrun("run", "--llm", "replay", "a.md", cwd=home, env=dict.fromkeys(names, KEY))
    text = (home / "a.md").read_text()
    assert done.code == 0
    assert "'OPENAI_API_KEY': '***'" in text
    assert "*** http://mdrun:***@127.0.0.1:" in text
    assert KEY not in text + done.out
    assert not re.search("mdrun-[0-9a-f]{32}", text)


def test_a_note_that_makes_no_call_says_nothing_of_models(tmp_path: Path) -> None:
    done = mdrun("run", "-v", ".", cwd=vault(tmp_path, {"mdrun.toml": "", "a.md": block("1 + 1")}))
    assert (done.code, "llm" in done.out, (tmp_path / ".mdrun").exists()) == (0, False, False)


def test_a_key_of_the_vaults_env_file_is_masked_where_upstream_repeats_it(tmp_path: Path, upstream: Upstream) -> None:
    written = f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={upstream.url}\n"
    home = vault(tmp_path, {".env": written, "mdrun.toml": "", "a.md": note("ask('hi')", by=OPENAI)})
    upstream.script = [refusing(401, f"Incorrect API key: {KEY}")]
    ran = mdrun("run", "a.md", cwd=home)
    assert "Incorrect API key: ***" in (home / "a.md").read_text()
    assert KEY not in ran.out + (home / "a.md").read_text()
    assert "llm: 1 call (1 failed, 401)" in ran.out


def test_a_check_tells_all_of_a_miss_and_a_command_that_can_be_run(tmp_path: Path, upstream: Upstream) -> None:
    home = vault(tmp_path, {"my notes/mdrun.toml": "", "my notes/a.md": note("ask('hi')", by=OPENAI)})
    assert record(home, upstream, "my notes/a.md").code == 0
    (home / "my notes" / "a.md").write_text(note("ask('ho')", by=OPENAI))
    missed = mdrun("check", "my notes/a.md", cwd=home)
    assert missed.code == 1
    assert "  llm: no recording of chat/completions by m, 'ho'\n" in missed.out
    assert "      - 'hi'\n      + 'ho'\n    record it: mdrun run --llm record 'my notes/a.md'\n" in missed.out


def test_a_limit_that_is_reached_fails_a_note_that_goes_on_without(tmp_path: Path, upstream: Upstream) -> None:
    source = "ask('hi')\ntry:\n    ask('ho')\nexcept OSError:\n    print('well')"
    home = vault(tmp_path, {"a.md": note(source)})
    ran = record(home, upstream, "--llm-max-calls", "1", "a.md")
    assert (ran.code, upstream.prompts) == (1, ["hi"])
    assert "failed: a.md:1: --llm-max-calls 1 was reached, and a block went on without" in ran.out


def test_what_a_whole_vault_asks_is_known_only_where_no_note_is_left_out(tmp_path: Path, upstream: Upstream) -> None:
    notes = {"mdrun.toml": "exclude = ['old.md']", "a.md": note("ask('hi')"), "old.md": note("ask('ho')")}
    home = vault(tmp_path, {**notes, "live.md": f"---\nmdrun-llm: live\n---\n{note('ask(0)')}"})
    assert (record(home, upstream, "a.md").code, record(home, upstream, "old.md").code) == (0, 0)
    whole = mdrun("check", ".", cwd=home, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": upstream.url})
    assert (whole.code, "unused" in whole.out) == (0, False)
    (home / "mdrun.toml").write_text("")
    (home / "old.md").unlink()
    whole = mdrun("check", ".", cwd=home, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": upstream.url})
    assert (whole.code, "1 recording unused" in whole.out) == (1, True)
