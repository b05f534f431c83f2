"""A block's code as a linter reads it: Python line for line, without what only IPython or others understand."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAGIC_CELLS = {"time", "timeit", "prun", "debug", "capture"}
"""Cell magics whose cell is Python that runs in the note's own namespace."""
_OTHER_CELLS = {
    *("!", "bash", "sh", "script", "sx", "system", "cmd", "perl", "ruby", "python", "python2", "python3", "pypy"),
    *("html", "HTML", "javascript", "js", "svg", "SVG", "latex", "markdown", "writefile", "file", "mermaid"),
}
"""Cell magics that bind nothing in the note's namespace, but for what `--out` and its like say."""
_RUNNING_MAGIC = re.compile(r"^([ \t]*)%(?:time|prun)[ \t]+(?!-)", re.MULTILINE)
"""Magics in front of a statement that runs as though they were not there."""
_MAGIC = re.compile(r"^[ \t]*%(?!%)(\w+)", re.MULTILINE)
_HARMLESS_MAGICS = _words(
    "alias autoawait autocall autoreload bookmark cat cd clear cls colors conda config connect_info cp debug dhist "
    "dirs env gui hist history ldir less lf lk ll ls lsmagic lx magic mamba man matplotlib memit micromamba mkdir "
    "more mv notebook page pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd "
    "pycat quickref rehashx rep rm rmdir set_env sx system tb time timeit unalias unload_ext uv who who_ls whos "
    "xmode"
)
"""Line magics that bind nothing."""
_BINDS_UNSEEN = re.compile(
    r"(?<![\w.])(?:exec|globals|locals|vars|get_ipython)\s*\(|\b(?:builtins|__builtins__|user_ns)\b|sys\s*\.\s*modules"
)
_SHELL_LINE = re.compile(r"^([ \t]*)(?:[!?].*|%\w.*|[\w.*]+\?{1,2}[ \t]*)$", re.MULTILINE)
_SHELL_VALUE = re.compile(r"^([ \t]*[\w.,\[\]'\" \t]+=[ \t]*)[!%][^\n=].*$", re.MULTILINE)
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)|In \[\d+\]: |[ \t]*\.{3,}:(?: |$)")
_OPENING_PROMPT = re.compile(r">>>(?: |$)|In \[\d+\]: ")
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")

SESSION = (
    "a session with prompts is no code: mdrun would run its outputs too; keep the code alone, "
    "or write `pycon` behind the fence"
)
EVERYTHING = "from unseen import *"
"""Says to a linter that names may be bound which it does not see."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a linter reads in the place of a block."""

    source: str
    """Python, as many lines as the block has; empty where the block is in another language."""
    unseen: bool = False
    """Whether it may bind names that cannot be seen."""
    complaint: str = ""
    """Why it is no Python, where that is known without a parser."""


@lru_cache(maxsize=4096)
def cell_of(block: str) -> Cell:
    """Return the code of a block as IPython would take it."""
    source = _unindented(block)
    first = source.lstrip()
    if first.startswith("%%"):
        return _magic_cell(source)
    if _OPENING_PROMPT.match(first):
        return _session(source)
    unseen = bool(_BINDS_UNSEEN.search(source))
    if "%" in source:
        unseen = unseen or any(map(_may_bind, _MAGIC.finditer(source)))
        source = _RUNNING_MAGIC.sub(r"\1", source)
    return Cell(source, unseen)


def _may_bind(magic: re.Match[str]) -> bool:
    loads_known = magic[1] == "load_ext" and magic.string.startswith("autoreload", magic.end() + 1)
    return magic[1] not in _HARMLESS_MAGICS and not loads_known


def _unindented(block: str) -> str:
    """Take the indent of the first line away from every line that has it, as IPython does."""
    start = len(block) - len(block.lstrip())
    indent = block[block.rfind("\n", 0, start) + 1 : start]
    return re.sub(f"^{indent}", "", block, flags=re.MULTILINE) if indent else block


def _magic_cell(source: str) -> Cell:
    blank, _, rest = source.partition("%%")
    head, end, body = rest.partition("\n")
    name, _, arguments = head.partition(" ")
    if name in _MAGIC_CELLS:
        captured = next((word for word in arguments.split() if word.isidentifier()), "")
        binding = f"{captured} = None" if name == "capture" and captured else ""
        inner = cell_of(body) if body.strip() else Cell(body)
        lines = inner.source or "\n" * body.count("\n")
        return Cell(f"{blank}{binding}{end}{lines}", inner.unseen, inner.complaint)
    return Cell("", name not in _OTHER_CELLS or "--" in arguments)


def _session(source: str) -> Cell:
    lines = source.split("\n")
    if any(line.strip() and not _PROMPT.match(line) for line in lines):
        return Cell("", complaint=SESSION)
    return Cell("\n".join(_PROMPT.sub("", line, count=1) for line in lines))


def pure(source: str) -> str:
    """Return code without what only IPython understands, line for line, so that Python's own parser takes it."""
    return _SHELL_VALUE.sub(r"\1None", _SHELL_LINE.sub(r"\1pass", source))


def parsed(source: str) -> ast.Module | None:
    """Return the tree of code, None where Python's own parser cannot read it, or only at great depth."""
    try:
        return ast.parse(pure(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def mentions(block: str) -> str:
    """Return code that binds every name a block mentions: what it would bind, if it ran, is among them."""
    names = [name for name in dict.fromkeys(_NAME.findall(block)) if name.isidentifier() and not iskeyword(name)]
    return "\n".join(f"{name} = None" for name in names if name != "__debug__")
