"""One frozen `Settings`, from the sources in the contract's order.

Defaults < the user's configuration < the vault < the note's properties < environment < options.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from mdrun.errors import SettingsError
from mdrun.names import did_you_mean
from mdrun.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


Mode: TypeAlias = Literal["replay", "record", "live", "local", "auto"]
"""Who answers notes that talk to a language model (contract 6)."""


Compare: TypeAlias = Literal["text", "exact", "value", "ignore"]
"""How `check` compares an output with the one in the note (contract 5)."""

PICTURE_LIMIT = 10.0
"""Megabytes of the largest picture a note takes, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How notes are run. What is None was said by nobody."""

    run: Literal["all", "run-prefix"] = "all"
    """Which blocks run: every Python block, or only those behind `run-`."""
    timeout: float | None = None
    """Seconds a block may take."""
    on_error: Literal["continue", "stop"] = "continue"
    """What follows a failed block: the next one, or the note's end."""
    cwd: Literal["note", "vault"] = "note"
    """The kernel's working directory: the note's folder or the vault's root."""
    missing_embeds: Literal["fail", "warn"] = "fail"
    """What an embed that leads nowhere means for its note."""
    exclude: tuple[str, ...] = ()
    """Globs of notes, relative to the vault, that folders leave out."""
    volatile: tuple[re.Pattern[str], ...] = ()
    """Patterns of text that may differ from run to run."""
    compare: Compare = "text"
    """How `check` compares outputs."""
    skip: bool = False
    """Whether the note says that it is not to be run."""
    compat: bool = True
    """Whether old LangChain imports are redirected."""
    links: Literal["markdown", "wikilink"] = "markdown"
    """How a note shows its pictures."""
    picture_limit: float = PICTURE_LIMIT
    """Megabytes of the largest picture a note takes."""
    llm: Mode | None = None
    """Who answers what a note asks a language model; None for what the command takes by itself."""
    llm_max_calls: int | None = None
    """How many requests a note may make."""
    upstream: str | None = None
    """`local`, or the URL of a server to be asked in the place of the user's own; only the user sets it."""
    lint_select: tuple[str, ...] = ("MR",)
    """Codes of the rules that `lint` goes by, or their beginnings."""
    lint_ignore: tuple[str, ...] = ()
    """Those of them that it leaves out."""
    python: Path | None = None
    """The kernel's interpreter; only the user sets it (F70)."""
    kernel: str | None = None
    """A kernelspec of the user's in the place of an interpreter (F70)."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where settings come from, what may be set there, and how its names are spelled there."""

    name: str
    readers: Mapping[str, Callable[[Any], Any]]
    spelled: Callable[[str], str]
    unspelled: Callable[[str], str]


def of_vault(settings: Settings, values: Mapping[str, Any], source: str) -> Settings:
    """Return `settings` as a vault's `mdrun.toml` changes them; raise SettingsError."""
    return replace(settings, **_read(values, _Source(source, _VAULT, str, _with_underscores)))


def of_user(settings: Settings, values: Mapping[str, Any], source: str) -> Settings:
    """Return `settings` as the user's own configuration changes them; raise SettingsError."""
    return replace(settings, **_read(values, _Source(source, _VAULT | _USER, str, _with_underscores)))


def of_note(settings: Settings, properties: Mapping[str, Any], source: str) -> Settings:
    """Return `settings` as a note's `mdrun-` properties change them; raise SettingsError.

    A property without a value, as Obsidian's panel leaves them, says nothing; nor does one that
    `unknown_properties` tells of: the note may be written for a later mdrun.
    """
    values = {
        key: value
        for key, value in properties.items()
        if key.startswith(PROPERTY) and value is not None and _of_property(key) in _NOTE | _USER
    }
    return replace(settings, **_read(values, _Source(source, _NOTE, _as_property, _of_property)))


def unknown_properties(properties: Mapping[str, Any]) -> list[str]:
    """Say of each `mdrun-` property that means nothing so."""
    known = [_as_property(name) for name in _NOTE]
    return [
        f"unknown property '{key}'{did_you_mean(key, known)}"
        for key in properties
        if key.startswith(PROPERTY) and _of_property(key) not in _NOTE | _USER
    ]


def of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that `MDRUN_*` variables give; raise SettingsError.

    Numbers, flags and lists are written as in TOML. What an option of its own reads is left to it.
    """
    values = {
        name: _from_text(_of_variable(name), text)
        for name, text in environment.items()
        if name.startswith(_VARIABLE) and name not in OPTION_VARIABLES and text
    }
    known = _VAULT | _USER | dict.fromkeys(map(_of_variable, OPTION_VARIABLES), str)
    return _read(values, _Source("environment", known, _as_variable, _of_variable))


def of_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that options give, None standing for one that was not given; raise SettingsError."""
    given = {_as_option(name): value for name, value in values.items() if value is not None}
    return _read(given, _Source("command line", _VAULT | _USER, _as_option, _of_option))


def of_command_line(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return `settings` as `of_environment` and `of_options` change them."""
    return replace(settings, **values)


def _read(values: Mapping[str, Any], source: _Source) -> dict[str, Any]:
    """Return what `values` mean, by the names of `Settings`; those that other rooms read are left out."""
    read: dict[str, Any] = {}
    for key, value in values.items():
        name = source.unspelled(key)
        if name not in source.readers:
            raise SettingsError(f"{source.name}: {_unknown(name, key, source)}")
        try:
            read[name] = source.readers[name](value)
        except (TypeError, ValueError, OverflowError, re.error) as error:
            message = f"{source.name}: {key} = {value!r}: {error}"
            raise SettingsError(message) from error
    known = {field.name for field in fields(Settings)}
    return {name: value for name, value in read.items() if name in known}


def _unknown(name: str, key: str, source: _Source) -> str:
    if name in _USER:
        ways = f"{_as_option(name)}, {_as_variable(name)} or your own configuration"
        what = "a server" if name == "upstream" else "a program"
        return f"'{key}' names {what}, which no note and no vault can: use {ways}"
    known = [source.spelled(reader) for reader in source.readers]
    return f"unknown setting '{key}'{did_you_mean(key, known)}"


PROPERTY = "mdrun-"
"""What the names of properties that are for mdrun begin with."""
_VARIABLE = "MDRUN_"
OPTION_VARIABLES = tuple(
    f"MDRUN_{name}"
    for name in (
        "VAULT",
        "ADOPT",
        "NO_COMPAT",
        "VERBOSE",
        "QUIET",
        "DRY_RUN",
        "DIFF",
        "STRICT",
        "SINCE",
        "REPORT",
        "JOBS",
    )
)
"""Variables of options that are no settings; the front door reads them."""


def _with_underscores(key: str) -> str:
    return key.replace("-", "_")


def _as_property(name: str) -> str:
    return PROPERTY + name.replace("_", "-")


def _of_property(key: str) -> str:
    return _with_underscores(key.removeprefix(PROPERTY))


def _as_variable(name: str) -> str:
    return _VARIABLE + name.upper()


def _of_variable(key: str) -> str:
    return key.removeprefix(_VARIABLE).lower()


def _as_option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _of_option(key: str) -> str:
    return _with_underscores(key.removeprefix("--"))


def _from_text(name: str, text: str) -> Any:
    """Return what a variable holds: a TOML value where the setting is no word."""
    if name not in _NO_WORDS:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            message = f"must be {' or '.join(repr(word) for word in words)}"
            raise ValueError(message)
        return str(value)

    return read


def _number_of(unit: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            message = f"must be a number of {unit} above 0"
            raise ValueError(message)
        return float(value)

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        message = "must be true or false"
        raise TypeError(message)
    return value


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        message = "must be a list of strings"
        raise TypeError(message)
    return tuple(value)


def read_codes(value: Any) -> tuple[str, ...]:
    """Return codes of rules or their beginnings, from a list or a text with commas; raise ValueError or TypeError."""
    words = [word for word in value.split(",") if word.strip()] if isinstance(value, str) else value
    codes = tuple(word.strip().upper() for word in _strings(words))
    for code in codes:
        if not any(known.startswith(code) for known in RULES):
            message = f"no rule has a code that begins with '{code}'{did_you_mean(code, RULES)}"
            raise ValueError(message)
    return codes


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = "must be a whole number, 0 or above"
        raise ValueError(message)
    return value


def _server(value: Any) -> str:
    if not isinstance(value, str) or not (value == "local" or _URL.match(value)):
        message = "must be 'local' or a URL such as https://llm.example.com/v1"
        raise ValueError(message)
    return value


_URL = re.compile(r"https?://[^/\s]")


def _program(value: Any) -> str:
    if not isinstance(value, str) or not value:
        message = "must be a name"
        raise TypeError(message)
    return value


def _interpreter(value: Any) -> Path:
    return Path(_program(value))


def _patterns(value: Any) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _strings(value))


_COMPARE = _one_of(*get_args(Compare))
_LLM = _one_of("replay", "record", "live", "local", "auto")

_NOTE: dict[str, Callable[[Any], Any]] = {
    "skip": _flag,
    "run": _one_of("all", "run-prefix"),
    "timeout": _number_of("seconds"),
    "on_error": _one_of("continue", "stop"),
    "compare": _COMPARE,
    "llm": _LLM,
    "cwd": _one_of("note", "vault"),
}
_VAULT: dict[str, Callable[[Any], Any]] = {
    **{name: reader for name, reader in _NOTE.items() if name != "skip"},
    "exclude": _strings,
    "volatile": _patterns,
    "missing_embeds": _one_of("fail", "warn"),
    "compat": _flag,
    "llm_max_calls": _count,
    "links": _one_of("markdown", "wikilink"),
    "picture_limit": _number_of("megabytes"),
    "lint_select": read_codes,
    "lint_ignore": read_codes,
}
_USER: dict[str, Callable[[Any], Any]] = {"python": _interpreter, "kernel": _program, "upstream": _server}

_NO_WORDS = ("timeout", "exclude", "volatile", "compat", "llm_max_calls", "picture_limit", "lint_select", "lint_ignore")
