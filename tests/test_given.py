"""Notes from standard input."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.runs import COMMAND, block, vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kernel


def piped(data: bytes, *arguments: str, cwd: Path) -> tuple[int, bytes, str]:
    done = subprocess.run([*COMMAND, *arguments], cwd=cwd, input=data, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def test_a_note_from_standard_input_goes_on_to_standard_output_with_its_outputs(tmp_path: Path) -> None:
    """Its embeds lead where they would from its place; what a file of that name holds stays."""
    root = vault(
        tmp_path / "my vault",
        {"mdrun.toml": "", "sub/Setup.md": block("x = 42"), "sub/note.md": "on the disk\n"},
    )
    text = f"\ufeff![[./Setup]]\r\n\r\n{block('x')}prose".replace("\n", "\r\n").replace("\r\r", "\r").encode()
    code, out, told = piped(text, "-", "--stdin-name", "sub/note.md", cwd=root)
    assert code == 0
    assert out.startswith(text.removesuffix(b"prose"))
    assert out.endswith(b"prose")
    assert b"> [!output]\r\n> ```text\r\n> 42\r\n> ```\r\n> <!-- " in out
    assert told.startswith("sub/note.md: 2 blocks run, 1 output written\n")
    assert (root / "sub/note.md").read_text() == "on the disk\n"
    again = piped(out, "-", "--stdin-name", "sub/note.md", cwd=root)
    assert again[:2] == (0, out)
    assert piped(out, "clean", "-", cwd=root)[:2] == (0, text)


def test_a_check_of_standard_input_says_on_standard_output_what_it_found(tmp_path: Path) -> None:
    text = block("print('hi')") + "> [!output]\n> ```text\n> ha\n> ```\n> <!-- 123456-8c2574 -->\n"
    code, out, _ = piped(text.encode(), "check", "-", cwd=tmp_path)
    assert (code, out.decode().splitlines()[0]) == (1, "stdin.md: 1 block run, 1 output edited by hand")


def test_pictures_of_a_note_from_standard_input_stand_where_it_would(tmp_path: Path) -> None:
    show = "from PIL import Image\nImage.new('RGB', (2, 2))"
    code, out, _ = piped(block(show).encode(), "-", cwd=vault(tmp_path, {"mdrun.toml": ""}))
    assert code == 0
    (picture,) = tmp_path.glob("mdrun-*.png")
    assert f"![picture](./{picture.name})" in out.decode()


@pytest.mark.parametrize(
    ("data", "arguments", "code", "message"),
    [
        (b"caf\xe9\n", ("-",), 2, "mdrun: standard input: not UTF-8: byte 0xe9 at offset 3"),
        (b"caf\xe9\n", ("clean", "-"), 2, "mdrun: standard input: not UTF-8: byte 0xe9 at offset 3"),
        (b"![[Nowhere]]\n\n```python\nx\n```\n", ("-",), 1, "failed: stdin.md:1: embed [[Nowhere]] leads nowhere"),
        (b"```python\nx\n```\n", ("-", "--stdin-name", "no/x.md"), 2, "mdrun: no: no such folder"),
        (b"```python\nx\n```\n", ("-", "--kernel", "no-such"), 3, "no-such"),
        (b"", ("-",), 0, "no block to run"),
    ],
)
def test_a_note_that_cannot_be_run_goes_on_as_it_came(
    tmp_path: Path, data: bytes, arguments: tuple[str, ...], code: int, message: str
) -> None:
    ended, out, told = piped(data, *arguments, cwd=tmp_path)
    assert (ended, out) == (code, data)
    assert message in told


def test_standard_input_stands_alone(tmp_path: Path) -> None:
    vault(tmp_path, {"a.md": "x"})
    code, out, told = piped(b"x", "-", "a.md", cwd=tmp_path)
    assert (code, out) == (2, b"")
    assert "`-` stands for the only note there is: name no other beside it" in told
