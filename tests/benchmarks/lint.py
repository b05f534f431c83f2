"""What looking at a vault costs: `mdrun lint` of 1,000 notes, against markdown-it-py's block parse of the same text."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from markdown_it import MarkdownIt

from mdrun.region import Provenance, Stamp, says

NOTES = 1_000
SIZE = 4_000
"""Characters of a note, about."""
EMBEDDING = 4
"""One note in so many embeds the shared setup."""
LIMIT = 3
"""Times the block parse that `mdrun lint` may take."""
WORDS = """
memory chain prompt model token answer question retriever vector store window summary history agent tool message output
parser runnable pipeline of the a to with and for that is in it as when each by from which
"""
SETUP = "import math\nimport os\n\nname = os.environ.get('USER', 'somebody')\nscale = 3\n"
CODE = (
    "values = [math.sqrt(number) for number in range({n})]\ntotal = sum(values)\nround(total, 2)\n",
    "def area_{n}(width, height):\n    # no unit: pixels\n    return width * height\n\n\narea_{n}({n}, 4)\n",
    "rows = {{'name': 'note {n}', 'size': {n}}}\nfor key, value in rows.items():\n    print(f'{{key}}: {{value!r}}')\n",
    "import json\n\ntext = json.dumps({{'total': total, 'n': {n}}}, indent=2)\nprint(text)\n",
)
PROPERTIES = """\
---
title: Note {number}
date: 2026-11-{day:02}
tags:
  - python
  - notes
aliases: [N{number}, note-{number}]
done: false
---
"""


def write_vault(folder: Path) -> None:
    """Write a vault of `NOTES` notes as people keep them, outputs beneath their blocks, and a shared setup."""
    chance = random.Random(1)
    (folder / "mdrun.toml").write_text("", "utf-8")
    (folder / "Setup.md").write_text(f"# Setup\n\n## Imports\n\n```python\n{SETUP}```\n", "utf-8")
    for number in range(NOTES):
        place = folder / f"Area {number % 10}" / f"Note {number}.md"
        place.parent.mkdir(exist_ok=True)
        place.write_text(note(number, chance), "utf-8")


def note(number: int, chance: random.Random) -> str:
    """Return the text of one note: properties, then sections until it is long enough."""
    embeds = number % EMBEDDING == 0
    provenance = Provenance()
    opening = "![[Setup#Imports]]\n" if embeds else _block(SETUP, provenance, "")
    if embeds:
        provenance.after(SETUP, {})
    properties = PROPERTIES.format(number=number, day=number % 28 + 1)
    parts = [properties, f"# Note {number}\n\n{opening}\n"]
    section = 0
    while sum(map(len, parts)) < SIZE:
        parts.append(_section(number, section, provenance, chance))
        section += 1
    return "".join(parts)


def _section(number: int, section: int, provenance: Provenance, chance: random.Random) -> str:
    code = CODE[section % len(CODE)].format(n=number + section)
    said = "" if section % len(CODE) == 1 else "12.5\nanother line of what it printed"
    link, page = f"[[Note {number // 2}|another note]]", f"[a page](https://example.org/{number})"
    parts = (
        f"## {_prose(chance, 4)}\n",
        f"{_prose(chance, 60)} {link} and\n{_prose(chance, 12)} {page}. {_prose(chance, 20)}\n",
        "".join(f"- {_prose(chance, 9)}\n" for _ in range(4)),
        _block(code, provenance, said),
        f"{_prose(chance, 40)} `{_prose(chance, 1)}` {_prose(chance, 10)}\n",
        _other(number, section, chance),
    )
    return "\n".join((*parts, ""))


def _other(number: int, section: int, chance: random.Random) -> str:
    """Return a callout or a list of tasks, in one note of four a table."""
    if section == 0 and number % 4 == 1:
        return f"| name | value |\n|---|---|\n| {_prose(chance, 1)} | 1 |\n| {_prose(chance, 1)} | 2 |\n"
    if section % 2:
        return f"> [!tip] Keep in mind\n> {_prose(chance, 25)}\n"
    return "".join(f"- [ ] {_prose(chance, 8)}\n" for _ in range(4))


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS.split(), k=words)).capitalize()


def _block(source: str, provenance: Provenance, said: str) -> str:
    """Return a block with its output beneath it, as fresh as a run would leave it."""
    made = provenance.after(source, {})[:6]
    if not said:
        return f"```python\n{source}```\n"
    body = ["```text", *said.split("\n"), "```"]
    stamp = Stamp(made, says(body), separated=False)
    region = "".join(f"> {line}\n" for line in ["[!output]", *body, str(stamp)])
    return f"```python\n{source}```\n{region}"


def block_parse(texts: list[str]) -> float:
    """Return the processor time of markdown-it-py's block rules on the texts."""
    markdown = MarkdownIt("commonmark")
    started = time.process_time()
    for text in texts:
        markdown.block.parse(text, markdown, {}, [])
    return time.process_time() - started


def lint(folder: Path) -> float:
    """Return the processor time of `mdrun lint`, and of all it starts."""
    before = os.times()
    command = (sys.executable, "-m", "mdrun", "lint", str(folder))
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=kept)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(rounds: int) -> None:
    """Print the ratio: the median of all rounds, and the extremes."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        write_vault(folder)
        texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))]
        lint(folder), block_parse(texts)
        ratios = sorted(lint(folder) / block_parse(texts) for _ in range(rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    kept = f"at most {LIMIT}"
    print(
        f"mdrun lint / block parse, {len(texts):,} notes ({kept}): cpu {median(ratios):.2f} ({spread}, {rounds} rounds)"
    )
