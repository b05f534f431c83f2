"""Info strings: the language of a fence, and the options in braces behind it."""

from __future__ import annotations

import pytest

from mdrun.note import InfoString, OptionValue
from mdrun.parsing.info import parse_info


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("python", "python"),
        (" \tpython ", "python"),
        ("Python3 extra words", "Python3"),
        ("python{1,3}", "python"),
        ('python title="a"', "python"),
        ("run-python {skip=true}", "run-python"),
        ("python-repl", "python-repl"),
        ("c++/x_y#1", "c++/x_y#1"),
        ("pythön", "pyth"),
        ("", ""),
        ("{python}", ""),
        ("{code-cell} python", ""),
        ("=html", ""),
    ],
)
def test_r67_the_language_is_the_longest_run_of_its_characters(raw: str, language: str) -> None:
    assert parse_info(raw).language == language
    assert parse_info(raw).raw == raw


@pytest.mark.parametrize("raw", ["python {.marimo}", "python { #id .class }", "python {* file *}"])
def test_braces_of_another_tool_make_the_block_that_tool_s(raw: str) -> None:
    assert parse_info(raw) == InfoString(raw)


@pytest.mark.parametrize(
    ("language", "runs", "prefixed"),
    [
        ("py", True, False),
        ("Python", True, False),
        ("RUN-python3", True, True),
        ("run-js", False, True),
        ("run-run-py", False, True),
        ("pycon", False, False),
        ("", False, False),
    ],
)
def test_r68_python_runs_with_and_without_its_prefix(language: str, *, runs: bool, prefixed: bool) -> None:
    info = InfoString("", language)
    assert (info.runs, info.prefixed) == (runs, prefixed)


@pytest.mark.parametrize(
    ("braces", "options"),
    [
        ("{}", {}),
        ("{skip=true, timeout=120, raises='NameError'}", {"skip": True, "timeout": 120, "raises": "NameError"}),
        ("{ skip hide,may_fail }", {"skip": True, "hide": True, "may_fail": True}),
        ("{skip: false, label: \"a, 'b' }\"}", {"skip": False, "label": "a, 'b' }"}),
        (r"{label='it\'s \\ {x}'}", {"label": r"it's \ {x}"}),
        ("{'label'='x', \"hide\": true}", {"label": "x", "hide": True}),
        ("{import=['a.py', 'b.py'], skip=true}", {"import": "['a.py', 'b.py']", "skip": True}),
        ("{timeout=1.5, a=-3, b=+2., c=.5, d=1e3}", {"timeout": 1.5, "a": -3, "b": 2.0, "c": 0.5, "d": 1000.0}),
        ("{compare=exact} {hide} # words", {"compare": "exact"}),
        ("{skip=true,,  , hide", {"skip": True, "hide": True}),
    ],
)
def test_options_are_pairs_or_bare_words_in_braces(braces: str, options: dict[str, OptionValue]) -> None:
    assert parse_info(f"python {braces}").options == options
    assert parse_info(f"python{braces}").options == options


@pytest.mark.parametrize("value", ["nan", "inf", "Infinity", "1_000", "0x10", "1e999", "9" * 5000, "1.2.3", "True"])
def test_what_is_no_number_in_json_is_text(value: str) -> None:
    assert parse_info(f"python {{timeout={value}}}").options == {"timeout": value}


@pytest.mark.parametrize("braces", ["{1,3}", "{=x}", "{skip=}", "{'skip}", "{ - }", "{label='x}"])
def test_what_cannot_be_read_as_an_option_ends_them(braces: str) -> None:
    assert parse_info(f"python {braces} hide").options.keys() <= {"skip", "label"}


def test_options_may_stand_behind_other_words_of_the_line() -> None:
    assert parse_info("python numbers {skip=true}").options == {"skip": True}
    assert parse_info("python title='{a}' {skip}").options == {"skip": True}
    assert parse_info("python it's {skip}").options == {}


@pytest.mark.parametrize("piece", [" ", ",", "'a", "a=[", "a='", "a ", "{", "\\"])
def test_a_long_info_string_is_read_at_once(piece: str) -> None:
    assert parse_info(f"python {{{piece * 20_000}").language == "python"
