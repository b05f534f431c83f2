"""What holds for every value that Python shows."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from mdrun import volatile
from mdrun.compare import body_differences, differences, quote_differences
from mdrun.compare.reading import read
from mdrun.compare.trees import written
from mdrun.mime import Body
from mdrun.parsing import parse
from mdrun.settings import Compare
from mdrun.weave import Woven, weave

if TYPE_CHECKING:
    import random

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=8)
    | st.text(alphabet="a b\\n'\"<>()`", max_size=12)
    | st.binary(max_size=4)
)
KEYS = st.text(max_size=5) | st.integers(0, 9)


ARGUMENTS = st.sampled_from(["content", "id", "x"])


def nested(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return containers, and two kinds of objects that are shown as calls."""
    lists = st.lists(members, max_size=4)
    objects = st.dictionaries(ARGUMENTS, members, max_size=3).map(lambda given: SimpleNamespace(**given))
    errors = lists.map(lambda given: ValueError(*given))
    return lists | lists.map(tuple) | st.dictionaries(KEYS, members, max_size=4) | objects | errors


VALUES = st.recursive(LEAVES | st.sets(st.integers(), min_size=1, max_size=4), nested, max_leaves=12)


@given(VALUES)
def test_a_value_is_the_same_as_itself(value: object) -> None:
    assert differences(f" {value!r}", repr(value)) == ()


@given(VALUES)
def test_what_is_read_is_written_as_another_repr_of_the_same(value: object) -> None:
    tree = read(repr(value))
    assert tree is not None
    assert differences(written(tree), repr(value)) == ()


@given(VALUES, st.randoms(use_true_random=False))
def test_a_quote_may_be_wrapped_wherever_there_is_a_blank(value: object, chance: random.Random) -> None:
    blanks = [" ", "\n", "\n  ", " \n"]
    quote = re.sub(" ", lambda _: chance.choice(blanks), repr(value))
    assert quote_differences(quote, ("```text", "printed", "```", "", "```text", repr(value), "```")) == ()


@given(VALUES, st.randoms(use_true_random=False))
def test_a_value_may_be_wrapped_between_its_members(value: object, chance: random.Random) -> None:
    def wrap(value: object) -> str:
        blank = chance.choice(["", " ", "\n", "\n  "])
        match value:
            case list():
                return f"[{blank}{f',{blank}'.join(map(wrap, value))}{blank}]"
            case dict():
                return f"{{{f',{blank}'.join(f'{key!r}:{blank}{wrap(member)}' for key, member in value.items())}}}"
            case _:
                return repr(value)

    assert differences(wrap(value), repr(value)) == ()


@given(st.recursive(st.just(0), nested, max_leaves=12), st.randoms(use_true_random=False))
def test_a_leaf_that_changed_is_named_by_the_way_to_it(value: Any, chance: random.Random) -> None:
    """The path is Python's own: evaluating it leads there."""
    ways = list(leaves(value, ""))
    if not ways:
        return
    way = chance.choice(ways)
    changed = replaced(value, way)
    (found,) = differences(repr(value), repr(changed))
    assert (found.path, found.old, found.new) == (way, "0", "1")
    assert eval(f"value{found.path}", {"value": changed}) == 1


@given(VALUES, st.randoms(use_true_random=False))
def test_three_dots_may_stand_anywhere(value: object, chance: random.Random) -> None:
    """In the place of any value, and of any members that follow each other."""
    assert differences(dotted(value, chance), repr(value)) == ()
    assert quote_differences(dotted(value, chance), ("```text", repr(value), "```")) == ()


@given(st.lists(st.integers(0, 9), max_size=5), st.lists(st.integers(0, 9), max_size=5))
def test_plain_values_are_the_same_when_python_says_so(old: list[int], new: list[int]) -> None:
    """A list, a tuple, a set, a dictionary, arguments: none says that two are the same which are not."""
    for kind in (list, tuple, set, dict.fromkeys):
        assert (differences(repr(kind(old)), repr(kind(new))) == ()) == (kind(old) == kind(new))
    assert (differences(repr(ValueError(*old)), repr(ValueError(*new))) == ()) == (old == new)


@given(VALUES, VALUES)
def test_bodies_of_one_part_differ_as_their_texts_do(value: object, other: object) -> None:
    one, another = (("```text", repr(each), "```") for each in (value, other))
    assert body_differences(one, another) == differences(repr(value), repr(other))


@given(VALUES, VALUES)
def test_what_differs_does_so_both_ways(value: object, other: object) -> None:
    there = differences(repr(value), repr(other))
    back = differences(repr(other), repr(value))
    assert sorted((each.path, each.old, each.new) for each in there) == sorted(
        (each.path, each.new, each.old) for each in back
    )


@given(st.text(alphabet="[](){}<>.,:'\"\\ \nax1-_", max_size=40), st.text(max_size=20))
def test_any_text_is_the_same_as_itself_and_never_an_error(text: str, other: str) -> None:
    assert differences(f"{text} ", text) == ()
    assert isinstance(differences(text, other), tuple)


@given(VALUES.map(repr), st.sampled_from(["{}", "{} ", "({})", "[{}]"]), st.sampled_from(get_args(Compare)))
def test_a_region_that_says_the_same_keeps_its_body(old: str, form: str, compare: Compare) -> None:
    """What a check calls fresh, a run leaves as it is, but for its stamp."""
    new = form.format(old)
    one, other = (Body("output", None, ("```text", text, "```"), folded=False) for text in (old, new))
    before = woven("```python\n1\n```\n", Woven(one, "aaaaaa"))
    same = {"exact": old == new, "text": volatile.same(old, new), "value": not differences(old, new), "ignore": True}
    expected = before.replace("aaaaaa", "bbbbbb")
    assert (woven(before, Woven(other, "bbbbbb", compare)) == expected) == same[compare]


def woven(text: str, output: Woven) -> str:
    note = parse(text)
    return weave(note, {block.span: output for block in note.blocks()}).text


def leaves(value: object, way: str) -> list[str]:
    """Return the ways to every 0 that is neither in a set nor a key."""
    return [found for step, member in members(value) for found in leaves(member, way + step)] or (
        [way] if value == 0 else []
    )


def members(value: object) -> list[tuple[str, Any]]:
    """Return what a value holds, and how Python gets there from it."""
    match value:
        case dict():
            return [(f"[{key!r}]", member) for key, member in value.items()]
        case list() | tuple():
            return [(f"[{index}]", member) for index, member in enumerate(value)]
        case SimpleNamespace():
            return [(f".{name}", member) for name, member in vars(value).items()]
        case ValueError():
            return [(f".args{step}", member) for step, member in members(value.args)]
        case _:
            return []


def replaced(value: Any, way: str, here: str = "") -> Any:
    """Return `value` with a 1 at the end of `way`."""
    if here == way:
        return 1
    held = [replaced(member, way, here + step) for step, member in members(value)]
    match value:
        case dict():
            return dict(zip(value, held, strict=True))
        case list() | tuple():
            return type(value)(held)
        case SimpleNamespace():
            return SimpleNamespace(**dict(zip(vars(value), held, strict=True)))
        case ValueError():
            return ValueError(*held)
        case _:
            return value


def dotted(value: object, chance: random.Random) -> str:
    """Return how Python shows a value, with three dots here and there."""
    if chance.random() < 0.2:
        return "..."
    shown = [dotted(member, chance) for _, member in members(value)]
    form = "{}"
    match value:
        case dict():
            form, shown = "{{{}}}", [f"{key!r}: {text}" for key, text in zip(value, shown, strict=True)]
        case list():
            form = "[{}]"
        case tuple():
            form = "({},)" if shown else "({})"
        case SimpleNamespace():
            form, shown = "namespace({})", [f"{name}={text}" for name, text in zip(vars(value), shown, strict=True)]
        case ValueError():
            form = "ValueError({})"
        case _:
            return repr(value)
    if chance.random() < 0.3:
        start = chance.randint(0, len(shown))
        shown[start : chance.randint(start, len(shown))] = ["..."]
    return form.format(", ".join(shown))
