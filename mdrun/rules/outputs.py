"""What is wrong with the outputs a note keeps (MR3..)."""

from __future__ import annotations

from mdrun.rules.rule import Rule

RULES = (
    Rule(
        "MR301",
        "output-stale",
        "an output was made by other code than the note has now",
        """\
The stamp beneath an output holds a hash of the code that made it: of its block and of all that run
before it, embedded ones too. It is not that of the code now, so the output may be untrue. Comments
and blank lines do not count. `mdrun run` makes the output anew; `mdrun check` says whether it differs.
""",
        level="warning",
    ),
    Rule(
        "MR302",
        "output-edited",
        "a person wrote in an output of mdrun's",
        """\
The output does not say what its stamp says. mdrun leaves such an output alone and writes nothing for
its block, so it grows old unseen. `mdrun run --adopt` puts a new one in its place; delete the lines
from `> [!output]` to the stamp to have it written anew.
""",
        level="warning",
    ),
    Rule(
        "MR303",
        "secret-in-output",
        "an output shows what has the shape of a key",
        """\
Whoever reads the note, or its history, can use the key. Withdraw it where it was given out, then take
it out of the note: have the block print less, or give the key to the block by an environment variable
with KEY, TOKEN, SECRET or PASSWORD in its name, which mdrun masks in outputs.

    print(os.environ)     ->   print(sorted(os.environ))
""",
    ),
)
