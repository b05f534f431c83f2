"""What is wrong with a note as it is written: its embeds, fences and comments (MR1..)."""

from __future__ import annotations

from mdrun.rules.rule import Rule

RULES = (
    Rule(
        "MR101",
        "embed-leads-nowhere",
        "an embed names a note, heading or block that is not there",
        """\
The shared code behind the embed cannot run, so mdrun runs nothing of the note. Write the name as
it is now, or bring back what it named. With `missing_embeds = "warn"` in `mdrun.toml` such notes
run all the same.

`--fix` writes the new name of a heading where just one is near the old one.
""",
        fixable=True,
    ),
)
