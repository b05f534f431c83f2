from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mdrun.errors import SettingsError
from mdrun.roots import vault_settings
from mdrun.settings import (
    Settings,
    of_command_line,
    of_environment,
    of_note,
    of_options,
    of_user,
    of_vault,
)
from tests.runs import vault


def test_each_source_is_above_the_one_before() -> None:
    settings = Settings()
    assert settings.timeout is None
    settings = of_user(settings, {"timeout": 1, "on_error": "stop"}, "config.toml")
    assert (settings.timeout, settings.on_error) == (1, "stop")
    settings = of_vault(settings, {"timeout": 2}, "mdrun.toml")
    assert (settings.timeout, settings.on_error) == (2, "stop")
    settings = of_note(settings, {"mdrun-timeout": 3}, "a.md")
    assert settings.timeout == 3
    given = {**of_environment({"MDRUN_TIMEOUT": "4", "MDRUN_CWD": "vault"}), **of_options({"timeout": None})}
    assert (of_command_line(settings, given).timeout, of_command_line(settings, given).cwd) == (4, "vault")
    given |= of_options({"timeout": 5.0})
    assert of_command_line(settings, given).timeout == 5


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"mdrun-skip": True}, {"skip": True}),
        ({"mdrun-run": "run-prefix"}, {"run": "run-prefix"}),
        ({"mdrun-timeout": 0.5}, {"timeout": 0.5}),
        ({"mdrun-on-error": "stop"}, {"on_error": "stop"}),
        ({"mdrun-cwd": "vault"}, {"cwd": "vault"}),
        ({"mdrun-compare": "exact"}, {"compare": "exact"}),
        ({"mdrun-llm": "replay"}, {"llm": "replay"}),
        ({"mdrun-timeout": None}, {}),
        ({"timeout": "of another tool", "tags": ["a"]}, {}),
    ],
)
def test_a_note_says_how_it_is_run(properties: dict[str, Any], expected: dict[str, Any]) -> None:
    assert of_note(Settings(), properties, "a.md") == Settings(**expected)


def test_a_vault_says_how_its_notes_are_run() -> None:
    values = {"missing-embeds": "warn", "exclude": ["drafts/*"], "volatile": [r"id \d+"], "compat": False}
    settings = of_vault(Settings(), values, "mdrun.toml")
    assert settings.missing_embeds == "warn"
    assert settings.exclude == ("drafts/*",)
    assert settings.volatile == (re.compile(r"id \d+"),)
    assert settings.compat is False


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("MDRUN_TIMEOUT", "1.5", "timeout", 1.5),
        ("MDRUN_RUN", "run-prefix", "run", "run-prefix"),
        ("MDRUN_ON_ERROR", "stop", "on_error", "stop"),
        ("MDRUN_CWD", "vault", "cwd", "vault"),
        ("MDRUN_MISSING_EMBEDS", "warn", "missing_embeds", "warn"),
        ("MDRUN_COMPAT", "false", "compat", False),
        ("MDRUN_EXCLUDE", "['a/*']", "exclude", ("a/*",)),
        ("MDRUN_LLM", "local", "llm", "local"),
        ("MDRUN_LLM_MAX_CALLS", "12", "llm_max_calls", 12),
        ("MDRUN_UPSTREAM", "http://localhost:11434/v1", "upstream", "http://localhost:11434/v1"),
        ("MDRUN_KERNEL", "3", "kernel", "3"),
        ("MDRUN_PYTHON", "/usr/bin/python3", "python", Path("/usr/bin/python3")),
    ],
)
def test_a_variable_gives_a_setting(variable: str, text: str, name: str, value: object) -> None:
    assert of_environment({variable: text, "PATH": "/bin"}) == {name: value}


def test_variables_of_other_options_and_empty_ones_are_left_alone() -> None:
    assert of_environment({"MDRUN_VAULT": "x", "MDRUN_QUIET": "1", "MDRUN_ADOPT": "0", "MDRUN_TIMEOUT": ""}) == {}


@pytest.mark.parametrize(("name", "value"), [("upstream", "example.com"), ("llm_max_calls", -1), ("llm", "always")])
def test_an_option_that_means_nothing_is_told(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"command line: --{name.replace('_', '-')} = {value!r}: must be "):
        of_options({name: value})


def test_no_vault_names_a_server() -> None:
    with pytest.raises(
        SettingsError, match=r"mdrun.toml: 'upstream' names a server, .* use --upstream, MDRUN_UPSTREAM"
    ):
        of_vault(Settings(), {"upstream": "https://example.com/v1"}, "mdrun.toml")


def test_a_user_names_programs() -> None:
    settings = of_user(Settings(), {"python": "/opt/py", "kernel": "mine"}, "config.toml")
    assert (settings.python, settings.kernel) == (Path("/opt/py"), "mine")


@pytest.mark.parametrize("name", ["python", "kernel"])
def test_no_vault_and_no_note_names_a_program(name: str) -> None:
    """F70, F71."""
    with pytest.raises(SettingsError, match=f"mdrun.toml: '{name}' names a program.* use --{name}, MDRUN_"):
        of_vault(Settings(), {name: "x"}, "mdrun.toml")
    with pytest.raises(SettingsError, match=f"a.md: 'mdrun-{name}' names a program"):
        of_note(Settings(), {f"mdrun-{name}": "x"}, "a.md")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: of_vault(Settings(), {"timout": 1}, "x"), "x: unknown setting 'timout' (did you mean 'timeout'?)"),
        (lambda: of_vault(Settings(), {"skip": True}, "x"), "x: unknown setting 'skip'"),
        (
            lambda: of_environment({"MDRUN_TIMOUT": "1"}),
            "environment: unknown setting 'MDRUN_TIMOUT' (did you mean 'MDRUN_TIMEOUT'?)",
        ),
        (lambda: of_environment({"MDRUN_VERBOS": "1"}), "(did you mean 'MDRUN_VERBOSE'?)"),
        (lambda: of_environment({"MDRUN_TIMEOUT": "soon"}), "MDRUN_TIMEOUT = 'soon': must be a number of seconds"),
        (lambda: of_options({"timeout": float("nan")}), "command line: --timeout = nan: must be a number"),
        (lambda: of_note(Settings(), {"mdrun-timeout": True}, "x"), "mdrun-timeout = True: must be a number"),
        (lambda: of_note(Settings(), {"mdrun-timeout": 10**400}, "x"), "too large"),
        (lambda: of_note(Settings(), {"mdrun-skip": "yes"}, "x"), "mdrun-skip = 'yes': must be true or false"),
        (lambda: of_note(Settings(), {"mdrun-run": "some"}, "x"), "must be 'all' or 'run-prefix'"),
        (lambda: of_vault(Settings(), {"exclude": "a"}, "x"), "exclude = 'a': must be a list of strings"),
        (lambda: of_vault(Settings(), {"volatile": ["("]}, "x"), "volatile = ['(']: "),
        (lambda: of_user(Settings(), {"kernel": ""}, "x"), "kernel = '': must be a name"),
        (lambda: of_user(Settings(), {"python": 3}, "x"), "python = 3: must be a name"),
    ],
)
def test_what_means_nothing_is_refused(read: Any, message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)) as refused:
        read()
    assert refused.value.exit_code == 2


def test_a_vault_s_own_file_is_above_pyproject_and_the_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = vault(tmp_path / "config", {"mdrun/config.toml": "timeout = 1\nkernel = 'mine'\ncwd = 'vault'"})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    root = vault(tmp_path / "v", {"pyproject.toml": "[tool.mdrun]\ntimeout = 2"})
    assert vault_settings(root, Settings()) == Settings(timeout=2, kernel="mine", cwd="vault")
    vault(root, {"mdrun.toml": "\ufefftimeout = 3"})
    assert vault_settings(root, Settings()) == Settings(timeout=3, kernel="mine", cwd="vault")


@pytest.mark.parametrize("text", ["", "tool = 1", "[tool]\nmdrun = 1", "[tool.other]\nx = 1"])
def test_a_pyproject_that_says_nothing_of_mdrun_changes_nothing(tmp_path: Path, text: str) -> None:
    assert vault_settings(vault(tmp_path, {"pyproject.toml": text}), Settings()) == Settings()


def test_a_broken_file_of_settings_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mdrun\.toml: cannot be read: "):
        vault_settings(vault(tmp_path, {"mdrun.toml": "timeout ="}), Settings())


def test_without_a_home_no_vault_stands_in_for_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F70."""
    monkeypatch.setattr("mdrun.roots.user_config_path", lambda _: Path("~/.config/mdrun"))
    monkeypatch.chdir(vault(tmp_path, {"~/.config/mdrun/config.toml": "kernel = 'theirs'"}))
    assert vault_settings(tmp_path, Settings()).kernel is None
