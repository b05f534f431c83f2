"""The guest's modules, called in this process."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import linecache
import os
import pkgutil
import subprocess
import sys
import types
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.events import Stream
from mdrun.kernel.channels import Message
from mdrun.kernel.guest import app, cautions, cells, compat, frames, launcher, packing, shell, spill, streams, voices
from mdrun.kernel.guest.notices import Notices
from mdrun.kernel.lastwords import LastWords
from mdrun.kernel.ready import NO_IPYKERNEL

if TYPE_CHECKING:
    from collections.abc import Iterator


def raised(source: str, filename: str = "<cell 1>", **names: Any) -> BaseException:
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        exec(compile(source, filename, "exec"), names)
    except BaseException as error:  # noqa: BLE001 - any error is wanted
        return error
    raise AssertionError(source)


def described(source: str, sight: frames.Sight | None = None, **names: Any) -> dict[str, Any]:
    error = raised(source, **names)
    return frames.describe(error, error.__traceback__, sight or frames.Sight(["/vault"]))


def test_a_frame_in_a_cell_has_its_number_line_and_source() -> None:
    content = described("def f():\n    1 / 0\nf()\n")
    assert content["frames"] == [
        {"line": 3, "name": "<module>", "source": "f()", "cell": 1, "path": ""},
        {"line": 2, "name": "f", "source": "1 / 0", "cell": 1, "path": ""},
    ]
    assert content["traceback"] == [
        "Traceback (most recent call last):",
        '  File "<cell 1>", line 3, in <module>',
        "    f()",
        '  File "<cell 1>", line 2, in f',
        "    1 / 0",
        "ZeroDivisionError: division by zero",
    ]


def test_a_failure_that_was_caught_on_the_way_is_still_placed_in_the_block() -> None:
    told: list[dict[str, Any]] = []

    def show(value: Any) -> None:
        try:
            len(value)
        except TypeError as error:
            told.append(frames.describe(error, error.__traceback__, frames.Sight([])))

    exec(compile("def f():\n    show(1)\nf()", "<cell 1>", "exec"), {"show": show})
    assert [(frame["name"], frame["line"]) for frame in told[0]["frames"]] == [("<module>", 3), ("f", 2)]


def test_only_what_the_user_wrote_is_a_frame(tmp_path: Path) -> None:
    sight = frames.Sight([str(tmp_path)])
    own = str(tmp_path / "own.py")
    assert sight.frame(own, 1, "f") == {"line": 1, "name": "f", "source": "", "cell": None, "path": own}
    for other in (str(tmp_path / "lib/site-packages/x.py"), json.__file__, "<string>", "/elsewhere/x.py"):
        assert sight.frame(other, 1, "f") is None
        assert not sight.is_users(other)
    assert sight.is_users(own)
    assert sight.is_users("<cell 4>")


def test_a_name_without_a_folder_is_the_users_where_there_is_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sight = frames.Sight([str(tmp_path)])
    (tmp_path / "own.py").touch()
    assert sight.is_users("own.py")
    assert not sight.is_users("pandas/_libs/tslibs/timestamps.pyx")


def test_an_environment_within_the_vault_is_not_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    sight = frames.Sight([str(tmp_path)])
    assert not sight.is_users(str(tmp_path / "env/tool.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path.parent))
    assert frames.Sight([str(tmp_path)]).is_users(str(tmp_path / "env/tool.py"))


def test_the_body_of_a_timed_cell_stands_one_line_further_down() -> None:
    sight = frames.Sight([])
    assert sight.frame("<timed exec>", 1, "<module>") is None
    sight.current = 7
    frame = sight.frame("<timed exec>", 1, "<module>")
    assert frame is not None
    assert (frame["cell"], frame["line"]) == (7, 2)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SyntaxError("bad", ("<cell 2>", 3, 1, "x")), 3),
        (SyntaxError("bad", ("<string>", 2, 1, "x")), 2),
        (SyntaxError("bad", (None, 2, 1, "x")), 2),
        (SyntaxError("bad", ("/lib/x.py", 2, 1, "x")), None),
        (SyntaxError("bad"), None),
    ],
)
def test_a_syntax_error_is_placed_where_the_source_is_the_users(error: SyntaxError, line: int | None) -> None:
    sight = frames.Sight([])
    sight.current = 2
    told = frames.describe(error, None, sight)["frames"]
    assert [frame["line"] for frame in told] == ([] if line is None else [line])


def test_a_syntax_error_of_a_string_the_block_compiles_has_the_blocks_frame() -> None:
    sight = frames.Sight([])
    sight.current = 1
    content = described("eval('1 +')", sight)
    assert [frame["source"] for frame in content["frames"]] == ["eval('1 +')"]


def test_a_syntax_error_has_one_name_in_all_pythons() -> None:
    error = type("_IncompleteInputError", (SyntaxError,), {})("incomplete input")
    assert frames.describe(error, None, frames.Sight([]))["ename"] == "SyntaxError"


def test_a_cause_and_a_context_are_told_and_a_suppressed_one_is_not() -> None:
    assert described("try: 1 / 0\nexcept ZeroDivisionError as e: raise ValueError from e")["cause"]["ename"] == (
        "ZeroDivisionError"
    )
    context = described("try: 1 / 0\nexcept ZeroDivisionError: {}['a']")
    assert context["cause"]["ename"] == "ZeroDivisionError"
    assert context["traceback"][-1] == "KeyError: 'a'"
    assert "" in context["traceback"]
    assert described("try: 1 / 0\nexcept ZeroDivisionError: raise ValueError from None")["cause"] is None


def test_causes_that_go_round_or_on_for_ever_end() -> None:
    round_trip = described("a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a")
    assert round_trip["cause"]["cause"] is None
    chain = "e = None\nfor n in range(50):\n    new = ValueError(n)\n    new.__cause__, e = e, new\nraise e"
    content: Any = described(chain)
    depth = 0
    while content := content["cause"]:
        depth += 1
    assert depth == frames.KEPT_CAUSES - 1


def test_a_message_that_cannot_be_made_is_no_second_failure() -> None:
    source = "class Bad(Exception):\n    def __str__(self): raise TypeError\nraise Bad"
    assert described(source)["evalue"] == "<its message cannot be made: TypeError>"


def test_members_of_groups_are_indented_and_bounded() -> None:
    content = described("raise ExceptionGroup('g', [ExceptionGroup('h', [KeyError('k')]), ValueError()])")
    assert content["notes"] == ["ExceptionGroup: h (1 sub-exception)", "  KeyError: 'k'", "ValueError"]
    many = described("raise ExceptionGroup('g', [ValueError(n) for n in range(999)])")
    assert len(many["notes"]) == frames.KEPT_MEMBERS


def test_a_gap_is_told_in_the_plain_text_too() -> None:
    content = described("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(50)")
    assert content["frames"][frames.KEPT_FRAMES] is None
    assert "  ..." in content["traceback"]


class Compiler:
    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"otherwise-{number}-{len(raw_code)}-{len(transformed_code)}"

    def cache(self, transformed: str, number: int = 0, raw_code: str | None = None) -> str:
        return self.get_code_name(raw_code or "", transformed, number)


def test_code_is_named_after_its_cell_and_kept_as_written() -> None:
    compiler = Compiler()
    request: list[tuple[int | None, str]] = [(5, "!ls\n")]
    cells.name_cells(compiler, lambda: request[0])
    assert compiler.cache("run('ls')", 1, "!ls\n") == "<cell 5>"
    assert linecache.getline("<cell 5>", 1) == "!ls\n"
    assert compiler.cache("inner", 1, "inner") == "<code 1 within cell 5>"
    assert compiler.cache("inner", 1) == "<code 2 within cell 5>"
    request[0] = (None, "")
    assert compiler.cache("x", 3, "x") == "otherwise-3-1-1"


def test_a_cells_name_gives_its_number_back() -> None:
    assert [cells.cell_number(name) for name in ("<cell 12>", "<cell>", "x.py")] == [12, None, None]


@pytest.fixture
def tamed() -> Iterator[list[tuple[str, str]]]:
    reported: list[tuple[str, str]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        cautions.tame_warnings(lambda kind, text: reported.append((kind, text)))
        yield reported


def test_deprecations_of_every_kind_are_reported(tamed: list[tuple[str, str]], capsys: Any) -> None:
    class OldWarning(PendingDeprecationWarning):
        pass

    warnings.warn("old", OldWarning, stacklevel=1)
    warnings.warn("older", DeprecationWarning, stacklevel=1)
    assert tamed == [("deprecation", "OldWarning: old"), ("deprecation", "DeprecationWarning: older")]
    assert capsys.readouterr().err == ""


def test_other_warnings_are_written_without_their_place(tamed: list[tuple[str, str]], capsys: Any) -> None:
    warnings.warn("careful", stacklevel=1)
    warnings.warn("To exit: use 'exit'", stacklevel=1)
    file = io.StringIO()
    warnings.showwarning("there", UserWarning, "x.py", 1, file)
    assert (capsys.readouterr().err, file.getvalue()) == ("UserWarning: careful\n", "UserWarning: there\n")
    assert tamed == []


def test_a_notice_is_told_once_a_block() -> None:
    sent: list[Any] = []
    notices = Notices(sent.append)
    for _ in range(3):
        notices.add("kind", "text")
    notices.tell()
    notices.tell()
    notices.add("kind", "text")
    notices.tell()
    assert sent == [{"application/vnd.mdrun.notice+json": {"kind": "kind", "text": "text"}}] * 2


FINDS_ITS_OWN = """
def __getattr__(name):
    if name == "Chat":
        return "own"
    raise AttributeError(name)
"""


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Have three packages that stand to each other as LangChain's do, and tell what is reported."""
    files = {
        "oldchain/__init__.py": "",
        "oldchain/models/__init__.py": "here = 1",
        "oldchain/own/__init__.py": FINDS_ITS_OWN,
        "newchain/__init__.py": "",
        "newchain/memory/__init__.py": "class Memory: pass",
        "newchain/memory/buffer.py": "class Buffer: pass",
        "provider.py": "class Chat: pass",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(compat, "OLD", "oldchain")
    monkeypatch.setattr(compat, "NEW", "newchain")
    chat = {"Chat": "provider"}
    monkeypatch.setattr(compat, "PROVIDERS", {"oldchain.models": chat, "oldchain.own": chat, "oldchain.gone": chat})
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    reported: list[str] = []
    compat.install(lambda _kind, text: reported.append(text), lambda name: name.startswith("<cell"))
    before = set(sys.modules)
    yield reported
    for name in set(sys.modules) - before:
        del sys.modules[name]


def in_cell(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "<cell 1>", "exec"), names)
    return names


def test_a_moved_module_is_the_very_same_one(moved: list[str]) -> None:
    names = in_cell(
        "import oldchain.memory.buffer as old\nimport newchain.memory.buffer as new\n"
        "from oldchain.memory import Memory as Old\nfrom newchain.memory import Memory as New"
    )
    assert names["old"] is names["new"]
    assert names["Old"] is names["New"]
    assert names["old"].__spec__.name == "newchain.memory.buffer"
    assert importlib.reload(names["old"]) is names["new"]
    assert moved == ["oldchain.memory.buffer -> newchain.memory.buffer"]


def test_what_no_note_asked_for_is_not_reported(moved: list[str]) -> None:
    importlib.import_module("oldchain.memory")
    assert moved == []


@pytest.mark.parametrize("name", ["oldchain.nothing", "oldchain.memory.nothing", "oldchain.nothing.below"])
@pytest.mark.usefixtures("moved")
def test_a_missing_module_is_missing_as_ever(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{name.removesuffix('.below')}'"):
        importlib.import_module(name)


@pytest.mark.usefixtures("moved")
def test_a_completed_module_that_is_not_there_is_missing_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("oldchain.gone")


def test_a_class_that_left_a_module_is_found_where_it_went(moved: list[str]) -> None:
    names = in_cell("from oldchain.models import Chat, here\nimport provider")
    assert names["Chat"] is names["provider"].Chat
    assert set(moved) == {"oldchain.models.Chat -> provider.Chat"}
    with pytest.raises(ImportError, match="cannot import name 'Nope'"):
        in_cell("from oldchain.models import Nope")
    assert importlib.reload(sys.modules["oldchain.models"]).Chat is names["Chat"]
    assert inspect.getsource(sys.modules["oldchain.models"]) == "here = 1\n"
    assert pkgutil.get_data("oldchain.models", "__init__.py") == b"here = 1"


def test_a_module_that_finds_its_classes_itself_is_left_to_it(moved: list[str]) -> None:
    assert in_cell("from oldchain.own import Chat")["Chat"] == "own"
    assert moved == []
    with pytest.raises(AttributeError):
        _ = sys.modules["oldchain.own"].Nope


def test_messages_are_ascii_whatever_is_in_them() -> None:
    text = packing.pack({"a": "\udcff é", "b": float("nan")})
    assert text == rb'{"a": "\udcff \u00e9", "b": NaN}'
    assert json.loads(text) == {"a": "\udcff é", "b": pytest.approx(float("nan"), nan_ok=True)}


def test_what_json_cannot_hold_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_client.session.json_packer", lambda _message: b"library's")
    assert packing.pack({"a": object()}) == b"library's"


def test_a_mark_that_is_cut_in_two_is_recognised() -> None:
    mark = b"\0abc\0"
    ends = [b"", b"x", b"x\0", b"x\0ab", b"\0abc", b"x\0abx"]
    assert [streams._beginning(mark, end) for end in ends] == [0, 0, 1, 3, 4, 0]


def test_a_pipe_that_cannot_grow_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    streams._widen(99_999)
    monkeypatch.setattr(streams, "fcntl", None)
    streams._widen(99_999)


def test_the_last_words_of_a_stream_can_be_read_from_outside(tmp_path: Path) -> None:
    """F1, F2, F3."""
    kept = spill.Spill(str(tmp_path / "stdout.spill"))
    last_words = LastWords(tmp_path)
    last_words.hear(Message("iopub", "status", "", {"content": {}}, 1))
    kept.add("one\n")
    assert list(last_words.missing()) == [Stream("stdout", "one\n")]
    last_words.hear(Message("iopub", "stream", "", {"content": {"name": "stdout", "text": "one\n"}}, 1))
    assert list(last_words.missing()) == []
    kept.add("\udcff é")
    assert list(last_words.missing()) == [Stream("stdout", "\udcff é")]


@pytest.mark.parametrize("length", [997, 5000, spill.SIZE // 2, spill.SIZE, 2 * spill.SIZE + 5])
def test_words_beyond_what_is_kept_are_cut_at_a_character(tmp_path: Path, length: int) -> None:
    kept = spill.Spill(str(tmp_path / "stderr.spill"))
    text = ""
    while len(text) < 2 * spill.SIZE:
        part = ("é" * length)[: 2 * spill.SIZE]
        kept.add(part)
        text += part
    (rest,) = LastWords(tmp_path).missing()
    assert rest == Stream("stderr", text[-spill.SIZE // 2 :])
    kept.add("x")
    (rest,) = LastWords(tmp_path).missing()
    assert rest == Stream("stderr", text[-spill.SIZE // 2 + 1 :] + "x")


class Hook:
    """Stands in for a display hook with its session."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.session = types.SimpleNamespace(
            send=lambda _socket, kind, content, *_, **__: self.sent.append((kind, content))
        )
        self.pub_socket = self.parent_header = None


def guest_of(parent: Any = None) -> tuple[shell.Guest, Hook]:
    hook = Hook()
    made = types.SimpleNamespace(displayhook=hook, parent_header=parent, user_ns={"__warningregistry__": {}})
    return shell.Guest(made, {"roots": []}), hook


def test_a_request_without_a_number_has_none() -> None:
    assert guest_of()[0].request() == (None, "")
    parent = {"metadata": {"mdrun": {"cell": 4}}, "content": {"code": "x"}}
    assert guest_of(parent)[0].request() == (4, "x")


def test_each_block_has_its_warnings_anew() -> None:
    guest, _ = guest_of()
    guest.begin()
    assert guest.shell.user_ns == {}


@pytest.mark.parametrize(
    ("backend", "numbers", "told"),
    [
        ("agg", [1, 2], ["2 figures are open and not shown by the backend agg; display(figure) shows them"]),
        ("agg", [1], ["1 figure is open and not shown by the backend agg; display(figure) shows it"]),
        ("agg", [], []),
        ("inline", [1], ["1 figure is open and not shown; plt.show() shows it"]),
    ],
)
def test_figures_nobody_sees_are_told(
    backend: str, numbers: list[int], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """F41."""
    managers = [types.SimpleNamespace(canvas=types.SimpleNamespace(figure=Hook())) for _ in numbers]
    open_figures = types.SimpleNamespace(Gcf=types.SimpleNamespace(get_all_fig_managers=lambda: managers))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", types.SimpleNamespace(get_backend=lambda: backend))
    monkeypatch.setitem(sys.modules, "matplotlib._pylab_helpers", open_figures)
    guest, hook = guest_of()
    guest.end()
    guest.end()
    assert [content["data"][key]["text"] for _, content in hook.sent for key in content["data"]] == told


def test_a_thread_that_exits_says_nothing_and_one_without_a_name_is_a_thread(capsys: Any) -> None:
    guest, _ = guest_of()
    for error in (SystemExit(), ValueError("v")):
        guest.show_thread_error(
            types.SimpleNamespace(exc_type=type(error), exc_value=error, exc_traceback=None, thread=None)
        )
    assert capsys.readouterr().err == "Exception in a thread:\nValueError: v\n"


def test_without_a_c_library_there_is_nothing_to_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: object) -> None:
        raise OSError

    monkeypatch.setattr("ctypes.CDLL", fail)
    assert voices._c_flush()(None) == 0


def test_folders_of_the_vault_are_not_searched_at_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """F72."""
    monkeypatch.setattr(launcher, "CWD", str(tmp_path))
    entries = ["", ".", "lib", str(tmp_path), launcher.HERE, os.path.dirname(json.__file__)]
    assert [launcher._is_trusted(entry) for entry in entries] == [False] * 5 + [True]


def test_a_variable_of_the_user_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDRUN_TEST", "ours")
    launcher._give_back("MDRUN_TEST", "theirs")
    assert os.environ["MDRUN_TEST"] == "theirs"
    launcher._give_back("MDRUN_TEST", None)
    assert "MDRUN_TEST" not in os.environ


@pytest.mark.parametrize(
    ("pip", "command"),
    [(object(), "/a/my\\ python -m pip install ipykernel"), (None, "uv pip install --python /a/my\\ python ipykernel")],
)
def test_a_missing_ipykernel_ends_with_the_command_that_installs_it(
    pip: object, command: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(sys, "executable", "/a/my python")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: pip)
    with pytest.raises(SystemExit) as ended:
        launcher._explain_missing()
    assert ended.value.code == launcher.NO_IPYKERNEL == NO_IPYKERNEL
    assert capsys.readouterr().err == command.replace("/a/my\\ python", "'/a/my python'") + "\n"


@pytest.mark.parametrize(("missing", "raised"), [("ipykernel", SystemExit), ("ipykernel.debugger", ImportError)])
def test_only_a_missing_ipykernel_is_called_one(
    missing: str, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(raised):
        launcher._application({})
    assert "debugpy" not in sys.modules


def test_what_open_files_keep_back_is_written(tmp_path: Path) -> None:
    with (tmp_path / "open.txt").open("w") as file:
        file.write("kept")
        app._save_files()
        assert (tmp_path / "open.txt").read_text() == "kept"


OLD_PYTHON = """
import sys
names = "cautions cells compat drawings failures figures frames keys notices pictures spill titles voices"
for name in names.split():
    __import__("guest." + name)
"""


@pytest.mark.parametrize("version", ["3.9", "3.10"])
def test_the_guest_loads_in_older_interpreters(version: str) -> None:
    pyenv = Path(os.environ.get("PYENV_ROOT", "nowhere"), "versions")
    found = [pyenv, *(Path(each) for each in os.get_exec_path())]
    pythons = [
        each
        for folder in found
        for each in (*sorted(folder.glob(f"{version}*/bin/python")), folder / f"python{version}")
    ]
    python = next((each for each in pythons if each.is_file()), None)
    if python is None or b"shims" in os.fsencode(python):
        pytest.skip(f"no Python {version} here")
    folder = Path(launcher.HERE).parent
    done = subprocess.run([python, "-c", OLD_PYTHON], env={"PYTHONPATH": str(folder)}, capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("cells", "left"),
    [([1, 1], [1]), ([1, 2], [1, 2]), ([1], [1]), ([], [])],
)
def test_the_line_of_a_cell_magic_gives_way_to_what_it_runs(cells: list[int], left: list[int]) -> None:
    found = [{"name": "<module>", "source": "%%time", "cell": cell} for cell in cells]
    assert [frame["cell"] for frame in frames._without_magic(found)] == left
