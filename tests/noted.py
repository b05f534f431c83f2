"""What a note is made of, in the words of the fixtures: one line for each element."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from mdrun.note import BlockId, CodeBlock, Element, Embed, Heading, Note
from mdrun.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator


def noted(note: Note) -> str:
    """Return a line for each element of a note, then for what is wrong with it."""
    return "".join(f"{line}\n" for line in _lines(note)) or "\n"


def _lines(note: Note) -> Iterator[str]:
    lines = Lines.of(note.text)
    for element in note.elements:
        yield _line(element, lines)
    if note.unclosed_comment:
        yield f"comment {note.unclosed_comment} never closes"
    if note.complaint:
        yield f"complaint {note.complaint}"


def _line(element: Element, lines: Lines) -> str:
    match element:
        case Heading(line=line, level=level, text=text):
            return f"heading {line} level {level} {_quoted(text)}"
        case Embed(line=line, target=target):
            return f"embed {line} {target}"
        case BlockId(line=line, name=name, names=names):
            return f"id {line} ^{name} names {lines.at(names.start) + 1}-{lines.at(names.end) + 1}"
        case CodeBlock():
            return f"block {element.line} {element.info.language or '-'} {_quoted(element.source)}{_anchored(element)}"
        case _:
            assert_never(element)


def _anchored(block: CodeBlock) -> str:
    if block.anchor is None:
        return " unclosed"
    return f" prefix {_quoted(block.anchor.prefix)}" if block.anchor.prefix else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
