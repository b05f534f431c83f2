"""What a run finds: blocks that fail, outputs that are not true any more, what stood in the way (MR5..)."""

from __future__ import annotations

from mdrun.rules.rule import Rule

RULES = (
    Rule(
        "MR501",
        "block-failed",
        "a block ends with an exception, or without the one it announces",
        """\
The finding stands on the line of the note that failed, or of the note it embeds. Mend the code. Where
the failure is what the block is to show, say so: `{raises='NameError'}` wants just that exception,
`{may_fail=true}` allows any.
""",
    ),
    Rule(
        "MR502",
        "block-timed-out",
        "a block runs longer than it may",
        """\
In `check` a block may take 600 s, unless `--timeout`, the property `mdrun-timeout` or the block's own
option `timeout` says otherwise.
""",
    ),
    Rule(
        "MR503",
        "output-too-large",
        "a block says more than is kept",
        "A block that says more than 256 MB is interrupted. Print less, or write to a file.\n",
    ),
    Rule(
        "MR504",
        "block-not-run",
        "a block is not run, for what became of one before it",
        """\
A kernel that dies or has to be killed takes the rest of its note along, and `-x` and the property
`mdrun-on-error: stop` end a note at its first failure. Mend the block that the message names.
""",
    ),
    Rule(
        "MR505",
        "note-changed",
        "a note changes, or goes away, while its blocks run",
        "What the changed blocks said has no place any more and is not written. Run the note again.\n",
    ),
    Rule(
        "MR511",
        "output-differs",
        "a block says something else than what stands beneath it",
        """\
Either the note is out of date, and `mdrun run` writes what its blocks say now; or something changed
that should not have. What differs by itself from run to run is named by `volatile` in `mdrun.toml`,
or left out of it by `{compare='ignore'}`.
""",
    ),
    Rule(
        "MR512",
        "output-missing",
        "a block has an output, and none stands beneath it",
        "The note keeps outputs of other blocks. `mdrun run` writes this one, `{hide=true}` does without.\n",
    ),
    Rule(
        "MR513",
        "output-superfluous",
        "an output stands beneath a block that has none any more",
        "`mdrun run` takes it away.\n",
    ),
    Rule(
        "MR514",
        "picture-missing",
        "an output shows a picture whose file is not there",
        "Bring the file back, or have `mdrun run` draw it anew. Pictures belong into the repository of their vault.\n",
    ),
    Rule(
        "MR515",
        "picture-altered",
        "the file of a picture that mdrun drew was changed by hand",
        "Bring the file back, or have `mdrun run --adopt` draw it anew.\n",
    ),
    Rule(
        "MR516",
        "pasted-output-differs",
        "an output pasted by hand says something else than its block",
        """\
It is compared as a Python value; `...` stands for anything. With `check --strict` this is an error.
`mdrun run --adopt` puts the block's own output in its place.
""",
        level="warning",
    ),
    Rule(
        "MR521",
        "kernel-missing",
        "there is no such interpreter or kernelspec, or it has no ipykernel",
        "Nothing was run. `mdrun run --help` tells of `--python` and `--kernel`.\n",
    ),
    Rule(
        "MR522",
        "kernel-not-started",
        "the kernel ends, or says nothing, before it is ready",
        "Nothing of the note was run. The message holds the kernel's last words.\n",
    ),
    Rule(
        "MR523",
        "kernel-died",
        "the kernel ends in a block, or some of what it said is lost",
        "A crash of a library, or too little memory. The rest of the note is not run.\n",
    ),
    Rule(
        "MR531",
        "note-unwritable",
        "a note, or the folder of its pictures, takes nothing new",
        "Nothing is written. Mend the permissions, or make room on the disk.\n",
    ),
    Rule(
        "MR532",
        "note-busy",
        "another run holds the note",
        "A run waits 10 s for another one to leave a note. Run it again when that is done.\n",
    ),
    Rule(
        "MR539",
        "note-not-done",
        "mdrun cannot do its work on a note",
        "The message says why.\n",
    ),
    Rule(
        "MR541",
        "answer-not-recorded",
        "a note asks a language model what nobody recorded",
        """\
`check` asks nobody: it plays back what is recorded in the vault's `.mdrun/llm`. Run the note once with
`--llm record` and commit that folder. The report says what differs from the nearest recording.
""",
    ),
    Rule(
        "MR542",
        "too-many-requests",
        "a note asks a language model more often than it may",
        "The limit is `--llm-max-calls`, or `llm_max_calls` in `mdrun.toml`.\n",
    ),
    Rule(
        "MR543",
        "recording-unused",
        "a recording is kept that no note asks for any more",
        "`mdrun run --llm record` on the whole vault removes it.\n",
    ),
    Rule(
        "MR544",
        "recording-damaged",
        "a recording is none, or was changed by hand",
        "Bring the file back, or take it away and record its request anew.\n",
    ),
    Rule(
        "MR545",
        "recording-unwritable",
        "an answer of a language model cannot be recorded",
        "The vault's `.mdrun/llm` takes no files. Mend its permissions, or make room on the disk.\n",
    ),
)
