"""YAML 1.2's core schema (R72), read within limits (F69)."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import yaml

NODE_LIMIT = 65_536
"""Values that aliases may stand for."""
DEPTH_LIMIT = 50
"""Brackets within brackets; PyYAML's work grows with the square of their number."""


class Unreadable(Exception):
    """Why a text is no YAML that is read here, in one line."""


_TAME = re.compile(r"[^\t\ufeff!|>?]{1,4000}")
"""Text of which libyaml makes what PyYAML's own parser makes of it, in an eighth of the time.

About tabs, marks of order, tags, the heads of block scalars and `?` the two disagree.
"""


def load(source: str) -> Any:
    """Return the value that `source` holds, None for nothing; raise Unreadable."""
    if _TAME.fullmatch(source) and source.count("[") + source.count("{") < DEPTH_LIMIT:
        with suppress(yaml.YAMLError, RecursionError, ValueError):
            return _load(_QuickLoader(source))
    try:
        return _load(_Loader(source))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable(_reason(error)) from error


def _load(loader: _Loader | _QuickLoader) -> Any:
    node = loader.get_single_node()
    if node is None:
        return None
    if _is_bomb(node):
        message = f"aliases that stand for more than {NODE_LIMIT:,} values"
        raise yaml.YAMLError(message)
    return loader.construct_document(node)


def _is_bomb(root: yaml.Node) -> bool:
    """Tell whether aliases, followed, make too much of a text, or make it endless (F69)."""
    pending: list[Any] = [root]
    for _ in range(NODE_LIMIT):
        if not pending:
            return False
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif isinstance(node, yaml.MappingNode):
            pending += (part for pair in node.value for part in pair)
    return True


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema (R72): its types and no others, no merge keys, no octal `010`."""

    def fetch_flow_collection_start(self, kind: type[yaml.Token]) -> None:
        """Read an opening bracket; raise YAMLError where there are too many."""
        if self.flow_level >= DEPTH_LIMIT:
            message = "nested too deeply"
            raise yaml.YAMLError(message)
        super().fetch_flow_collection_start(kind)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a mapping as it is written."""


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    text = loader.construct_scalar(node)
    for base, prefix in ((8, "0o"), (16, "0x")):
        if text.startswith(prefix):
            return int(text, base)
    if text.lower().lstrip("+-") in {".inf", ".nan"}:
        return float(text.replace(".", ""))
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def _truth(loader: _Loader, node: yaml.ScalarNode) -> bool:
    return loader.construct_scalar(node).lower() == "true"


def _nothing(loader: _Loader, node: yaml.ScalarNode) -> None:
    loader.construct_scalar(node)


_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF", _truth),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""], _nothing),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789", _number),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789", _number),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+.", _number),
)
_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_constructors = {
    f"tag:yaml.org,2002:{kind}": yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{kind}"]
    for kind in ("str", "seq", "map")
} | {None: yaml.SafeLoader.yaml_constructors[None]}
for _kind, _pattern, _first, _construct in _SCALARS:
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))
    _Loader.add_constructor(_tag, _construct)


class _QuickLoader(getattr(yaml, "CSafeLoader", _Loader)):  # type: ignore[misc]
    """The same schema, read by libyaml where PyYAML was built with it."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers
    yaml_constructors = _Loader.yaml_constructors

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a mapping as it is written."""


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        return f"{error.problem}{line}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).partition("\n")[0]
