"""What is wrong with the Python of a note, embedded code included (MR2..)."""

from __future__ import annotations

from mdrun.rules.rule import Rule

RULES = (
    Rule(
        "MR201",
        "syntax-error",
        "a block is no Python",
        """\
The block would fail before any of it runs. Syntax is that of the newest Python, and IPython's:
`!ls`, `%time` and a bare `await` are no errors. Names that the block mentions count as bound below it.

A block that shows a wrong program says so: `{raises='SyntaxError'}`, or `{skip=true}`. One that holds a
session with prompts is in another language: write `pycon` behind its fence.

    if x = 1:             ->   if x == 1:
""",
    ),
    Rule(
        "MR202",
        "undefined-name",
        "a block uses a name that nothing above it binds",
        """\
The block, or the function that uses the name, would fail with a NameError. Blocks are read in the
order in which they run, embedded ones first; skipped ones bind nothing. Correct the name, move the
block below the one that binds it, or embed the note that does.

Nothing is said where code may bind names that cannot be seen: below `from x import *`, `exec`,
`globals()`, `%run`, `%load_ext` and their like. A block that is to show the error says
`{raises='NameError'}`; a single line ends in `# noqa: MR202`.

    add_messages(1, 1)    ->   add_message(1, 1)
""",
    ),
    Rule(
        "MR203",
        "moved-langchain-import",
        "an import names a place that LangChain left with 1.0",
        """\
Modules such as `langchain.memory` are in `langchain-classic` now, classes of OpenAI's in
`langchain-openai`. mdrun redirects most of these imports while it runs a note; other programs do not.
Notes that are to stay as they are can be left out by `lint_ignore = ["MR203"]` in `mdrun.toml`.

`--fix` writes the new place:

    from langchain.memory import ConversationBufferMemory
    from langchain_classic.memory import ConversationBufferMemory
""",
        level="warning",
        fixable=True,
    ),
)
