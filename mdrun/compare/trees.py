"""What Python values look like as trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never


@dataclass(frozen=True, slots=True)
class Anything:
    """`...`, which stands for whatever is there."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, `nan` and `inf` among them."""

    value: complex

    @property
    def exact(self) -> bool:
        """Tell whether it is no float."""
        return isinstance(self.value, int)


@dataclass(frozen=True, slots=True)
class String:
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is compared as it is written: a name, bytes, `<Color.RED: 1>`."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, a tuple or a set; `...` among its members is any number of them."""

    kind: Literal["list", "tuple", "set"]
    members: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dictionary."""

    items: tuple[tuple[Tree, Tree], ...]
    rest: bool
    """Whether it has more items, whatever they are."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a class shows of its instance: `HumanMessage(content='Hi')`."""

    name: str
    arguments: tuple[Tree, ...]
    """`...` among them is any number of arguments, of those with a name, too."""
    keywords: tuple[tuple[str, Tree], ...]

    @property
    def rest(self) -> bool:
        """Tell whether it has more arguments, whatever they are."""
        return Anything() in self.arguments


Tree: TypeAlias = Anything | Number | String | Opaque | Items | Pairs | Call

_BRACKETS = {"list": "[{}]", "tuple": "({})", "set": "{{{}}}"}


def written(tree: Tree) -> str:
    """Return a tree as Python shows it."""
    match tree:
        case Anything():
            return "..."
        case Number(value) | String(value):
            return repr(value)
        case Opaque(text):
            return text
        case Items(kind, members):
            alone = "," if kind == "tuple" and len(members) == 1 else ""
            return _BRACKETS[kind].format(", ".join(map(written, members)) + alone)
        case Pairs(items, rest):
            shown = [f"{written(key)}: {written(value)}" for key, value in items]
            return f"{{{', '.join([*shown, *(['...'] if rest else [])])}}}"
        case Call(name, arguments, keywords):
            last = arguments[-1:] if arguments[-1:] == (Anything(),) else ()
            shown = [written(value) for value in arguments[: len(arguments) - len(last)]]
            shown += [f"{key}={written(value)}" for key, value in keywords]
            return f"{name}({', '.join([*shown, *map(written, last)])})"
        case _:
            assert_never(tree)
