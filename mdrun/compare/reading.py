"""A text to the Python value it shows.

Not by Python's own parser: a repr need not be Python, and what a note holds may be made to break it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mdrun.compare.trees import Anything, Call, Items, Number, Opaque, Pairs, String

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.compare.trees import Tree

LONGEST = 50_000
"""Characters; a longer text is compared as text."""
DEEPEST = 100
"""Brackets in brackets; a deeper text is compared as text."""

_TOKEN = re.compile(
    r"""(?P<string>[bu]?(?:'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+"))|(?P<quote>['"])|(?P<dots>\.{3})|(?P<word>[\w.]+)"""
    r"""|(?P<opening>[(\[{])|(?P<closing>[)\]}])|(?P<comma>,)|(?P<colon>:)|(?P<blank>\s+)|(?P<other>->|.)""",
    re.DOTALL,
)
_REAL = r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf"
_NUMBER = re.compile(rf"(?P<whole>-?(?:0|[1-9][0-9]*))|-?(?:{_REAL})(?:(?:[+-](?:{_REAL}))?(?P<imaginary>j))?")
_ESCAPE = re.compile(r"""\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U(?:0010|000[0-9a-fA-F])[0-9a-fA-F]{4}|[\\'"abfnrtv])""")
_ESCAPED = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


@lru_cache(maxsize=16)  # A quote is compared with one part after the other.
def read(text: str) -> Tree | None:
    """Return the value that `text` is the repr of, None where it is none.

    `<...>` may stand for any object, and `...` for anything. What else is no Python, as a date in a
    list, is compared as it is written; but a text that is nothing else is no value.
    """
    if len(text) > LONGEST:
        return None
    try:
        tokens = _tokens(text)
        return _Reading(text, tokens, _partners(text, tokens)).whole()
    except _NoValueError:
        return None


class _NoValueError(Exception):
    """The text is not the repr of anything."""


class _Token(NamedTuple):
    kind: str
    """A group of `_TOKEN`, or `object`: what stands in angle brackets."""
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    """Return what a text is made of, without blanks; no `<...>` goes on in the next line."""
    tokens: list[_Token] = []
    angles: list[int] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "quote":
            # A string that never ends; to go on would be to look for its end again and again.
            raise _NoValueError
        if kind == "blank":
            if "\n" in found[0]:
                angles.clear()
        elif found[0] == ">" and angles:
            place = angles.pop()
            tokens[place:] = [_Token("object", tokens[place].start, found.end())]
        else:
            if found[0] == "<":
                angles.append(len(tokens))
            tokens.append(_Token(kind, found.start(), found.end()))
    return tokens


def _partners(text: str, tokens: Sequence[_Token]) -> dict[int, int]:
    """Return where the counterpart of each bracket is; they are nested, and not too deep."""
    partners: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind == "opening":
            opened.append(place)
        elif token.kind == "closing":
            if not opened or text[tokens[opened[-1]].start] + text[token.start] not in {"()", "[]", "{}"}:
                raise _NoValueError
            partners[place] = opened.pop()
            partners[partners[place]] = place
        if len(opened) > DEEPEST:
            raise _NoValueError
    if opened:
        raise _NoValueError
    return partners


@dataclass(frozen=True, slots=True)
class _Reading:
    """A repr on its way to a tree; whatever is read is what stands from one token to another."""

    text: str
    tokens: Sequence[_Token]
    partners: dict[int, int]

    def whole(self) -> Tree | None:
        spans = list(self._spans(0, len(self.tokens)))
        values = [self._value(*span) for span in spans]
        known = tuple(value for value in values if value is not None)
        if not known or len(known) < len(values):
            return None
        return known[0] if spans == [(0, len(self.tokens))] else Items("tuple", known)

    def _value(self, start: int, end: int) -> Tree | None:
        """Return the value that stands there, None where there is something else."""
        if self.partners.get(start) == end - 1:
            return self._in_brackets(start, end - 1)
        opening = self.partners.get(end - 1, start)
        if opening > start and self._is_called(start, opening):
            return self._call(start, opening, end - 1)
        if all(token.kind == "string" for token in self.tokens[start:end]):
            return _string([self._shown(place) for place in range(start, end)])
        if self.tokens[start].kind == "dots" and end == start + 1:
            return Anything()
        shown = self._shown(start, end)
        number = _number(shown)
        if number is not None:
            return Number(number)
        return Opaque(shown) if self._is_name(start, end) else None

    def _member(self, start: int, end: int) -> Tree:
        value = self._value(start, end)
        return Opaque(self._shown(start, end)) if value is None else value

    def _spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where members are that commas part, of which one may stand behind the last."""
        first = place = start
        while place < end:
            if self.tokens[place].kind == "comma":
                if place == first:
                    raise _NoValueError
                yield first, place
                first = place + 1
            place = self.partners.get(place, place) + 1
        if first < end:
            yield first, end

    def _in_brackets(self, opening: int, closing: int) -> Tree | None:
        spans = list(self._spans(opening + 1, closing))
        match self._shown(opening):
            case "{":
                return self._in_braces(spans)
            case "(" if spans == [(opening + 1, closing)]:
                return self._value(opening + 1, closing)
            case bracket:
                members = [self._member(*span) for span in spans]
                return Items("list" if bracket == "[" else "tuple", tuple(members))

    def _in_braces(self, spans: Sequence[tuple[int, int]]) -> Tree | None:
        """Return a dictionary or a set; three dots alone are any dictionary, and any set."""
        items: list[tuple[Tree, Tree]] = []
        others: list[Tree] = []
        for first, last in spans:
            colon = self._colon(first, last)
            if first < colon < last - 1:
                items.append((self._member(first, colon), self._member(colon + 1, last)))
            else:
                others.append(self._member(first, last))
        if others in ([], [Anything()]):
            return Pairs(tuple(items), rest=bool(others))
        return None if items else Items("set", tuple(others))

    def _colon(self, start: int, end: int) -> int:
        """Return where the first colon is that stands in no further brackets; `end` where there is none."""
        place = start
        while place < end and self.tokens[place].kind != "colon":
            place = self.partners.get(place, place) + 1
        return place

    def _call(self, start: int, opening: int, closing: int) -> Call:
        arguments: list[Tree] = []
        keywords: dict[str, Tree] = {}
        for first, last in self._spans(opening + 1, closing):
            word = self._shown(first)
            if first + 2 < last and word.isidentifier() and self._shown(first + 1) == "=":
                if word in keywords:
                    raise _NoValueError
                keywords[word] = self._member(first + 2, last)
            else:
                arguments.append(self._member(first, last))
        return Call(self._shown(start, opening), tuple(arguments), tuple(keywords.items()))

    def _is_called(self, start: int, opening: int) -> bool:
        """Tell whether a name stands right before a bracket."""
        adjoin = self.tokens[opening - 1].end == self.tokens[opening].start
        begins = re.match(r"[^\W\d]|<", self._shown(start))
        return bool(adjoin and begins and self._shown(opening) == "(" and self._is_name(start, opening))

    def _is_name(self, start: int, end: int) -> bool:
        """Tell whether all that is there is a name, without blanks: `f.<locals>.Point`, `Box[int]`, `<Foo>`."""
        place = start
        while place < end:
            token = self.tokens[place]
            if place > start and token.start > self.tokens[place - 1].end:
                return False
            if token.kind not in {"word", "object"} and (place == start or self._shown(place) != "["):
                return False
            place = self.partners.get(place, place) + 1
        return True

    def _shown(self, start: int, end: int | None = None) -> str:
        """Return what is written there, in one line; that of one token without an `end`."""
        last = self.tokens[start if end is None else end - 1]
        lines = self.text[self.tokens[start].start : last.end].split("\n")
        return lines[0] if len(lines) == 1 else " ".join(line.strip() for line in lines)


def _string(literals: Sequence[str]) -> Tree | None:
    """Return the text that string literals say together, or the bytes."""
    said = "".join(_ESCAPE.sub(_unescaped, literal.lstrip("bu")[1:-1]) for literal in literals)
    in_bytes = {literal.startswith("b") for literal in literals}
    if len(in_bytes) > 1:
        return None
    return Opaque(repr(said.encode("latin-1", "backslashreplace"))) if in_bytes == {True} else String(said)


def _unescaped(found: re.Match[str]) -> str:
    escaped = found[0][1:]
    return chr(int(escaped[1:], 16)) if len(escaped) > 1 else _ESCAPED.get(escaped, escaped)


def _number(shown: str) -> complex | None:
    found = _NUMBER.fullmatch(shown)
    if not found:
        return None
    if found["imaginary"]:
        return complex(shown)
    try:
        return int(shown) if found["whole"] else float(shown)
    except ValueError:
        # Python converts no more digits than a few thousand.
        return None
