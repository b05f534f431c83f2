"""What is wrong with what a note says to mdrun (MR4..)."""

from __future__ import annotations

from mdrun.rules.rule import Rule

RULES = (
    Rule(
        "MR401",
        "option-unknown",
        "an option of a block is unknown, or has a value it may not have",
        """\
The block runs as though the option were not there. README lists the options; those of Obsidian's
Execute Code plugin (`import`, `export`, `pre`, `post`, `ignore`) are left alone.

    ```python {time_out=3}    ->   ```python {timeout=3}
""",
        level="warning",
    ),
    Rule(
        "MR402",
        "property-unknown",
        "a note's properties cannot be read, or one for mdrun means nothing",
        """\
Properties that begin with `mdrun-` say how the note is run. An unknown one says nothing, and a note
with a value that such a property may not have does not run.

    mdrun-tiemout: 3          ->   mdrun-timeout: 3
""",
        level="warning",
    ),
)
