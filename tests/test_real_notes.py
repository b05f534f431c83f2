"""Whole notes through real kernels: what stands in them afterwards, byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mdrun.parsing import parse
from mdrun.text import LINE_ENDING
from tests.runs import as_written, block, mdrun, vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kernel

SETUP = """\
---
title: _. Basic Codes
---
# Importing `client()`
----
## set your .env file first
```
ENDPOINT=https://example.invalid/
```
## when version <= 1
```python\x20
\tmodel = connect(old=True)
```
## when version >= 2
```python
model = "model"
```

# Importing `other()`
```python
raise RuntimeError("this section is not embedded")
```"""

NOTE = """\
---
title: _. Memory
---
![[Basic Codes#Importing `client()`]]
# Using memory
```python
history = ["Hi"]

history.append("Hello")\x20\x20\x20

{"history": history, "by": model}
```
>  `{'history': ['Hi', 'Hello'], 'by': 'model'}`

- keeps the last two
```python
window = []



def add(value):
\twindow.append(value)



add(0)
adds(1)
```
>  {'window': [1,\x20
>  2]}

```python
summary(history)
```
> `{'history': 'They say hello.'}`


```run-python
1+1
```"""


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """Return a note in a folder with spaces, beside the one it embeds."""
    return vault(tmp_path / "my vault", {"Basic Codes.md": SETUP, "Memory.md": NOTE}) / "Memory.md"


def test_a_note_with_outputs_pasted_by_hand_runs_to_its_last_block(memory: Path) -> None:
    """F54, R120-R123."""
    told = mdrun("Memory.md", cwd=memory.parent)
    text = memory.read_text()
    assert told.code == 1
    assert "> {'history': ['Hi', 'Hello'], 'by': 'model'}\n" in text
    assert "> line 11 of this block:\n>   adds(1)\n> NameError: name 'adds' is not defined\n" in text
    assert text.endswith("```run-python\n1+1\n```\n> [!output]\n> ```text\n> 2\n> ```\n" + text.rpartition("\n")[2])
    for line in (line for line in NOTE.split("\n") if line.startswith(">")):
        assert f"\n{line}\n" in text
    failed = text.split("\n").index("adds(1)") + 1
    assert f"failed: Memory.md:{failed}: NameError: name 'adds' is not defined\n" in told.out
    assert "failed: Basic Codes.md:12: " in told.out
    assert "(through Memory.md:4)" in told.out
    assert "3 outputs pasted by hand, 1 of which says the same" in told.out

    before = as_written(memory)
    assert mdrun("Memory.md", cwd=memory.parent).code == 1
    assert (memory.read_text(), as_written(memory)) == (text, before)
    assert mdrun("clean", "Memory.md", cwd=memory.parent).code == 0
    assert memory.read_bytes() == NOTE.encode()
    assert (memory.parent / "Basic Codes.md").read_bytes() == SETUP.encode()


def test_a_note_whose_setup_is_missing_is_told_in_a_line_before_any_kernel(memory: Path) -> None:
    (memory.parent / "Basic Codes.md").unlink()
    told = mdrun("Memory.md", "--python", "/nowhere/python", cwd=memory.parent)
    assert told.code == 1
    assert "Memory.md:4: embed [[Basic Codes#Importing `client()`]] leads nowhere: no such note" in told.out
    assert memory.read_bytes() == NOTE.encode()


PASTED = """\
```python
from langchain.memory import ConversationBufferMemory

memory = ConversationBufferMemory(return_messages=True)
memory.save_context({"input": "Hi"}, {"output": "Hello"})
memory.load_memory_variables({})
```
>  `{'history': [HumanMessage(content='Hi'), AIMessage(content='Hello')]}`

```python
memory.load_memory_variables({})
```
>  {'history': [HumanMessage(content='Hi'),\x20
>  AIMessage(content='Hallo')]}
"""


def test_messages_pasted_by_hand_are_compared_by_what_they_say(tmp_path: Path) -> None:
    """LangChain has since added arguments to their reprs, all of them empty."""
    root = vault(tmp_path, {"Memory.md": PASTED})
    words = (
        "differs: Memory.md:13: the output pasted by hand differs at ['history'][1].content: 'Hallo' is now 'Hello'\n"
    )
    told = mdrun("check", "Memory.md", cwd=root)
    assert told.code == 0
    assert f"  kept: 2 outputs pasted by hand, 1 of which says the same\n  {words}" in told.out
    strict = mdrun("check", "-q", "--strict", "Memory.md", cwd=root)
    assert (strict.code, strict.out) == (1, words)


HOSTILE = {
    "F14 what is huge": "for n in range(20_000):\n    print(n, 'x' * 800)",
    "F15 a line that is": "print('y' * 5_000_000, end='')",
    "F17 a deep traceback": "def deep(n):\n    return deep(n + 1)\n\ndeep(0)",
    "F34 a progress bar": "for n in range(101):\n    print(f'\\r{n:3} %', end='', flush=True)",
    "F35 control bytes": "print('\\x1b[1;31mred\\x1b[0m \\x07\\x00\\x08\\x0b|\\x9b1m')",
    "F36 clear_output": (
        "from IPython.display import clear_output\n"
        "for n in range(3):\n    clear_output(wait=True)\n    print('step', n)\nclear_output(wait=True)"
    ),
    "F37 a display": "from IPython.display import display\nhandle = display('first', display_id=True)",
    "F37 its update": "handle.update('last')",
    "F38 surrogates": "print('\\udcff')\n'\\udcff'",
    "F39 NaN in a bundle": "display({'application/json': float('nan'), 'text/plain': 'NaN'}, raw=True)",
    "F40 a picture that is none": "display({'image/png': '%%%', 'text/plain': 'the picture'}, raw=True)",
    "F42 a warning": "import warnings\nwarnings.warn('mind the gap')",
    "F44 fences": "print('```\\n~~~~\\n`````python\\n1/0\\n`````\\n> [!output]')",
    "F45 stamps": "print('> <!-- 3f9a1c-77b0e2 -->\\n<!-- 3f9a1c-77b0e2+ -->\\n```\\n<!-- 3f9a1c-77b0e2 -->')",
    "F46 code": "print('\\n```python\\nraise SystemExit\\n```\\n')",
    "F47 markup": "print('%%\\n<!--\\n</details>\\n---\\n![[Basic Codes]]\\n[[x]] #tag ^id\\n# Heading\\n^block')",
    "F49 other line ends": "print('a\\u2028b\\x85c\\x0cd\\u2029e')",
    "F50 bidi overrides": "print('\\u202egnp.exe\\u202c')",
}


def test_hostile_outputs_stay_in_their_regions(tmp_path: Path) -> None:
    """F14, F15, F17, F34-F40, F42, F44-F47, F49, F50, in a callout in a list."""
    blocks = "\n".join(f"{title}\n\n{block(code)}" for title, code in HOSTILE.items())
    lines = "".join(f"  > {line}\n" if line else "  >\n" for line in blocks.split("\n"))
    note = vault(tmp_path, {"hostile.md": f"- > [!note]\n{lines}\n- the end"}) / "hostile.md"
    before = parse(note.read_text())

    assert mdrun("-q", "hostile.md", cwd=tmp_path).code == 1
    text = note.read_bytes().decode()
    after = parse(text)
    assert [b.source for b in after.blocks()] == [b.source for b in before.blocks()]
    assert [type(e) for e in after.elements] == [type(e) for e in before.elements]
    assert len(text) < 100_000
    assert all(len(line) < 2_100 for line in LINE_ENDING.split(text))
    for shown in (
        "MB left out ...",
        "100 %",
        "red|",
        "step 2",
        "'last'",
        "\\udcff",
        "NaN",
        "the picture",
        "UserWarning: mind the gap",
        "frames left out",
        "\\u202egnp.exe\\u202c",
    ):
        assert shown in text
    assert "'first'" not in text.replace("display('first'", "")
    assert not set(map(chr, range(32))) & set(text) - {"\n"}

    assert mdrun("-q", "hostile.md", cwd=tmp_path).code == 1
    assert note.read_bytes().decode() == text
    mdrun("clean", "hostile.md", cwd=tmp_path)
    assert note.read_text() == before.text


def test_a_plan_for_machines_says_the_same_before_and_after(memory: Path) -> None:
    def planned() -> list[tuple[str, str]]:
        notes = json.loads(mdrun("plan", "--json", "Memory.md", cwd=memory.parent).out)["notes"]
        return [(step["note"], step["source"]) for note in notes for step in note["steps"]]

    before = planned()
    mdrun("-q", "Memory.md", cwd=memory.parent)
    assert planned() == before
