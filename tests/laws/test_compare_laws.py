"""What holds for every value that Python shows."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from mdrun.compare import differences
from mdrun.compare.reading import read
from mdrun.compare.trees import written

if TYPE_CHECKING:
    import random

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.binary(max_size=4)
)
KEYS = st.text(max_size=5) | st.integers(0, 9)


def nested(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(members, max_size=4)
    return lists | lists.map(tuple) | st.dictionaries(KEYS, members, max_size=4)


VALUES = st.recursive(LEAVES | st.sets(st.integers(), min_size=1, max_size=4), nested, max_leaves=12)


@given(VALUES)
def test_a_value_is_the_same_as_itself(value: object) -> None:
    assert differences(repr(value), repr(value)) == ()


@given(VALUES)
def test_what_is_read_is_written_as_another_repr_of_the_same(value: object) -> None:
    tree = read(repr(value))
    assert tree is not None
    assert read(written(tree)) == tree


@given(VALUES, st.randoms(use_true_random=False))
def test_a_value_that_is_wrapped_between_its_members_is_the_same(value: object, chance: random.Random) -> None:
    def wrap(value: object) -> str:
        blank = chance.choice(["", " ", "\n", "\n  "])
        match value:
            case list():
                return f"[{blank}{f',{blank}'.join(map(wrap, value))}{blank}]"
            case dict():
                return f"{{{f',{blank}'.join(f'{key!r}:{blank}{wrap(member)}' for key, member in value.items())}}}"
            case _:
                return repr(value)

    assert differences(wrap(value), repr(value), wrapped=True) == ()


@given(st.recursive(st.just(0), nested, max_leaves=12), st.randoms(use_true_random=False))
def test_a_leaf_that_changed_is_named_by_the_way_to_it(value: Any, chance: random.Random) -> None:
    """The path is Python's own: evaluating it leads there."""
    ways = list(leaves(value, ""))
    if not ways:
        return
    way = chance.choice(ways)
    changed = replaced(copy.deepcopy(value), way)
    (found,) = differences(repr(value), repr(changed))
    assert (found.path, found.old, found.new) == (way, "0", "1")
    assert eval(f"value{found.path}", {"value": changed}) == 1


@given(VALUES, VALUES)
def test_three_dots_are_the_same_as_anything(value: object, other: object) -> None:
    assert differences("...", repr(value)) == ()
    assert differences(f"[{value!r}, ...]", repr([value, other])) == ()
    assert differences(f"f(a={value!r}, ...)", f"f(a={value!r}, b={other!r})") == ()
    assert differences(f"{{'a': ..., 'b': {value!r}}}", repr({"b": value, "a": other})) == ()


@given(VALUES, VALUES)
def test_what_differs_does_so_both_ways(value: object, other: object) -> None:
    there = differences(repr(value), repr(other))
    back = differences(repr(other), repr(value))
    assert sorted((each.path, each.old, each.new) for each in there) == sorted(
        (each.path, each.new, each.old) for each in back
    )


@given(st.text(alphabet="[](){}<>.,:'\"\\ \nax1-_", max_size=40), st.text(max_size=20))
def test_any_text_is_the_same_as_itself_and_never_an_error(text: str, other: str) -> None:
    assert differences(text, text) == ()
    assert isinstance(differences(text, other), tuple)


def leaves(value: object, way: str) -> list[str]:
    """Return the ways to every 0 that is neither in a set nor a key."""
    match value:
        case dict():
            return [found for key, member in value.items() for found in leaves(member, f"{way}[{key!r}]")]
        case list() | tuple():
            return [found for index, member in enumerate(value) for found in leaves(member, f"{way}[{index}]")]
        case _:
            return [way]


def replaced(value: Any, way: str) -> Any:
    """Return `value` with a 1 at the end of `way`."""

    def changed(value: Any, here: str) -> Any:
        if here == way:
            return 1
        match value:
            case dict():
                return {key: changed(member, f"{here}[{key!r}]") for key, member in value.items()}
            case list() | tuple():
                return type(value)(changed(member, f"{here}[{index}]") for index, member in enumerate(value))
            case _:
                return value

    return changed(value, "")
