"""The recordings of a vault."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from mdrun.errors import RecordingDamaged, RecordingUnwritable
from mdrun.llm.recording import JSON, Answer, Recording, text_of
from mdrun.llm.request import Request
from mdrun.llm.store import Store
from tests.runs import held_back

if TYPE_CHECKING:
    from collections.abc import Iterator

HI, HO = (Request("/v1/responses", "", {"input": words}) for words in ("hi", "ho"))
HERE = Path(__file__).parent.parent


def answer(body: object) -> Answer:
    return Answer(200, JSON, body, "m", "2026-11-22")


def stored(root: Path, request: Request = HI, *bodies: object) -> Path:
    """Store answers, and return their file."""
    for slot, body in enumerate(bodies or ("a",)):
        Store(root).put(request, slot, answer(body))
    return root / ".mdrun" / "llm" / f"{request.key}.json"


def found(root: Path, request: Request = HI) -> list[object]:
    """Return the stored answers to a request."""
    recording = Store(root).find(request.key)
    return [each.body for each in recording.answers] if recording else []


def in_process(source: str, *behind: str, folder: Path) -> str:
    """Return what a program says that has `Store`, `HI` and `answer`."""
    names = "from pathlib import Path\nfrom mdrun.llm.store import Store\nfrom tests.test_llm_store import HI, answer\n"
    command = [*behind, sys.executable, "-c", names + textwrap.dedent(source), str(folder)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@contextmanager
def locked(folder: Path, mode: int) -> Iterator[None]:
    folder.chmod(mode)
    try:
        yield
    finally:
        folder.chmod(0o755)


def test_a_recording_is_a_file_named_by_its_request(tmp_path: Path) -> None:
    file = stored(tmp_path)
    assert file.read_text() == text_of(Recording(HI, (answer("a"),)))
    assert Store(tmp_path).names() == [file.name]
    assert list(Store(tmp_path).all()) == [Recording(HI, (answer("a"),))]


def test_where_nothing_was_recorded_nothing_is_found_or_made(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.find(HI.key) is None
    assert [store.names(), [*store.all()], store.unused({}), store.keep({})] == [[]] * 4
    assert list(tmp_path.iterdir()) == []


def test_answers_are_kept_in_order_and_replaced_one_by_one(tmp_path: Path) -> None:
    stored(tmp_path, HI, "a", "b", "c")
    Store(tmp_path).put(HI, 1, answer("B"))
    assert found(tmp_path) == ["a", "B", "c"]


def test_what_another_process_recorded_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    stored(tmp_path)
    first = store.find(HI.key)
    assert store.find(HI.key) is first
    assert in_process("import sys; Store(Path(sys.argv[1])).put(HI, 1, answer('bc'))", folder=tmp_path) == ""
    again = store.find(HI.key)
    assert again is not None
    assert [each.body for each in again.answers] == ["a", "bc"]
    store.put(HI, 2, answer("d"))
    assert found(tmp_path) == ["a", "bc", "d"]


def test_processes_that_record_at_once_leave_an_answer_for_each_time(tmp_path: Path) -> None:
    source = "import sys\nfor slot in range(9): Store(Path(sys.argv[1])).put(HI, slot, answer([slot, {who}]))"
    with ThreadPoolExecutor() as pool:
        said = pool.map(lambda who: in_process(source.format(who=who), folder=tmp_path), range(3))
        assert list(said) == [""] * 3
    assert [slot for slot, _ in cast("list[list[int]]", found(tmp_path))] == [*range(9)]
    assert [file.name for file in (tmp_path / ".mdrun" / "llm").iterdir()] == [f"{HI.key}.json"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = stored(tmp_path)
    before = file.read_text()
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordingUnwritable, match="No space left on device"):
        Store(tmp_path).put(HI, 0, answer("b"))
    assert file.read_text() == before
    assert Store(tmp_path).names() == [file.name]
    assert len(list(file.parent.iterdir())) == 1


@pytest.mark.parametrize("name", [".mdrun", ".mdrun/llm"])
def test_a_file_in_the_folders_place_is_in_the_way(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("in the way")
    with pytest.raises(RecordingUnwritable, match="cannot be written"):
        Store(tmp_path).put(HI, 0, answer("a"))
    assert Store(tmp_path).find(HI.key) is None


def test_a_damaged_file_is_found_out_and_left_alone(tmp_path: Path) -> None:
    file = stored(tmp_path)
    stored(tmp_path, HO)
    file.write_bytes(b"\xff")
    with pytest.raises(RecordingDamaged, match=rf"{file.name} is damaged: .*not UTF-8"):
        Store(tmp_path).find(HI.key)
    with pytest.raises(RecordingDamaged):
        Store(tmp_path).put(HI, 0, answer("b"))
    assert [recording.request for recording in Store(tmp_path).all()] == [HO]
    assert Store(tmp_path).damaged() == [file.name]
    assert Store(tmp_path).unused({HI.key: 9, HO.key: 9}) == []
    assert Store(tmp_path).keep({HI.key: 9, HO.key: 9}) == []
    assert file.read_bytes() == b"\xff"


def test_what_nobody_asks_for_is_unused_and_can_be_removed(tmp_path: Path) -> None:
    often, once = stored(tmp_path, HI, "a", "b", "c"), stored(tmp_path, HO)
    store = Store(tmp_path)
    assert store.unused({HI.key: 3, HO.key: 1}) == store.keep({HI.key: 3, HO.key: 2}) == []
    assert store.unused({HI.key: 2}) == sorted([often.name, once.name])
    assert store.keep({HI.key: 2}) == sorted([often.name, once.name])
    assert (found(tmp_path), found(tmp_path, HO), once.exists()) == (["a", "b"], [], False)


def test_foreign_files_are_found_out_and_stay(tmp_path: Path) -> None:
    file = stored(tmp_path)
    foreign = [file.with_name(name) for name in ("README.md", "b.json", f"{HI.key} (copy).json", ".DS_Store")]
    for each in foreign:
        each.write_text(file.read_text())
    store = Store(tmp_path)
    assert store.damaged() == sorted(each.name for each in foreign[:3])
    assert store.keep({}) == [file.name]
    assert all(each.exists() for each in foreign)


def test_a_folder_that_takes_no_files_says_so(tmp_path: Path) -> None:
    file = stored(tmp_path)
    source = """
        import sys
        from mdrun.errors import RecordingUnwritable
        store = Store(Path(sys.argv[1]))
        for attempt in (lambda: store.put(HI, 0, answer("b")), lambda: store.keep({})):
            try:
                attempt()
            except RecordingUnwritable as error:
                print(error)
    """
    with locked(file.parent, 0o555):
        said = in_process(source, *held_back(), folder=tmp_path)
    assert said.count("Permission denied") == 2
    assert found(tmp_path) == ["a"]


def test_recordings_that_cannot_be_shortened_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    stored(tmp_path, HI, "a", "b")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordingUnwritable, match="No space left on device"):
        Store(tmp_path).keep({HI.key: 1})
    assert found(tmp_path) == ["a", "b"]


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    file = stored(tmp_path)
    source = """
        import sys
        from mdrun.errors import RecordingDamaged
        try:
            Store(Path(sys.argv[1])).find(HI.key)
        except RecordingDamaged as error:
            print(error)
    """
    with locked(file.parent, 0o000):
        assert "Permission denied; restore it" in in_process(source, *held_back(), folder=tmp_path)


def test_a_foreign_file_may_have_a_very_long_name(tmp_path: Path) -> None:
    file = stored(tmp_path)
    file.with_name("a" * 255).write_text("")
    assert Store(tmp_path).damaged() == ["a" * 255]


def test_an_answer_that_another_run_has_kept_meanwhile_stays_unless_asked_anew(tmp_path: Path) -> None:
    stored(tmp_path, HI, "theirs")
    store, ours = Store(tmp_path), answer("ours")
    assert store.put(HI, 0, ours, anew=False) == answer("theirs")
    assert store.put(HI, 1, ours, anew=False) is ours
    assert store.put(HI, 0, ours) is ours
    assert found(tmp_path) == ["ours", "ours"]


def test_half_a_character_can_be_recorded(tmp_path: Path) -> None:
    torn = Request("/v1/responses", "", {"input": "a \ud83d"})
    Store(tmp_path).put(torn, 0, answer("b \udca9"))
    again = Store(tmp_path).find(torn.key)
    assert again is not None
    assert (again.request, again.answers) == (torn, (answer("b \udca9"),))
