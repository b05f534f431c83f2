"""What is wrong with a note as it is written: its embeds, fences, comments and bytes (MR1..)."""

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

`--fix` writes the new name of a heading where just one is near the old one:

    ![[Setup#Key]]        ->   ![[Setup#Keys]]
""",
        fixable=True,
    ),
    Rule(
        "MR102",
        "embed-circle",
        "embeds lead back to where they started",
        """\
The code still runs, each block once: mdrun cuts the circle where it closes. Which block comes first
then depends on the note that is run. Take one of the embeds out, or embed a section of the note that
does not lead back.

    A.md:  ![[B]]
    B.md:  ![[A]]         ->   ![[A#Constants]]
""",
        level="warning",
    ),
    Rule(
        "MR103",
        "embed-ambiguous",
        "an embed could mean several notes",
        """\
Obsidian takes the one with the shortest path, and so does mdrun. Move or add a note, and another one
may be meant. Name the folder.

    ![[Setup]]            ->   ![[Shared/Setup]]
""",
        level="warning",
    ),
    Rule(
        "MR111",
        "fence-never-closes",
        "a block that runs has no closing fence",
        """\
All that follows it, prose too, would run as Python, so mdrun runs nothing of the note. Close it with
a fence at least as long as the opening one, in the same list or quote.

    ```python
    1 + 1
    ```
""",
    ),
    Rule(
        "MR112",
        "comment-never-closes",
        "a `%%` hides all that follows",
        """\
Obsidian hides the rest of the note from readers, and nothing in it runs. Close the comment, or write
`\\%%` where two percent signs are meant.

    %% to do: units %%
""",
        level="warning",
    ),
    Rule(
        "MR113",
        "output-beneath-no-block",
        "an output of mdrun's stands where no block is above it",
        """\
Its block was deleted, or text was put between the two. Nothing renews such an output any more.
`mdrun clean` takes it away.
""",
        level="warning",
    ),
    Rule(
        "MR121",
        "note-unreadable",
        "a note is missing, is no file or is not UTF-8",
        """\
mdrun never guesses an encoding: what it wrote back would not be what you wrote. Convert the file.

    iconv -f latin1 -t utf-8 Note.md > Note.new && mv Note.new Note.md
""",
    ),
)
