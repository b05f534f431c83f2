"""Texts that are diagrams: Mermaid as it is, Graphviz's DOT as Mermaid, which Obsidian and GitHub draw."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

from mdrun.text import without_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 20_000
"""Characters of DOT that are read: a larger graph is nothing to look at in a note."""

_DOT = re.compile(r"\s*(?:strict\s+)?(?:di)?graph\b[^{\n]*\{", re.IGNORECASE)
_ACTIVE = re.compile(
    r"""(?:^|;)\s*(?:click|href|links?|callback)\b  # statements of Mermaid's
    | \binternal-link\b                             # a class of Obsidian's
    | :// | javascript: | ["'(]\s*// | url\( | \b(?:href|img)["']?\s*[:=]
    | %%\{ | \A\s*---                               # settings, style sheets among them
    | \\[/ux]                                       # escapes of YAML's
    | <(?!/?(?:b|br|em|i|p|small|strong|sub|sup|u)\s*/?>)[A-Za-z!/]""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""What makes a diagram a way to somewhere, or has it load something."""

_LOOK = r"""(?:
    [a-z]\w*(?:Bkg|Border|Color) | background | curve | darkMode | displayMode | fontSize | handDrawnSeed | htmlLabels
    | layout | look | nodeSpacing | padding | rankSpacing | theme | useMaxWidth | wrap
)"""
_GROUP = "(?:class|er|flowchart|gantt|gitGraph|journey|mindmap|pie|sequence|state|themeVariables|timeline)"
_VALUE = r"""(?:"[\w\#%\ .,-]*" | '[\w\#%\ .,-]*' | [\w.-]+)"""
_PAIR = rf"""(?:["']{_LOOK}["']\s*:\s*{_VALUE})"""
_PAIRS = rf"\{{\s*{_PAIR}(?:\s*,\s*{_PAIR})*\s*\}}"
_PART = rf"""(?:{_PAIR} | ["']{_GROUP}["']\s*:\s*{_PAIRS})"""
_HARMLESS = re.compile(
    rf"""\A\s*---[ \t]*\n
        (?P<matter>(?:[ \t]*+(?:
            title:[ \t]++(?:"[^"\\\r\n]*+" | '[^'\r\n]*+' | \w[^\r\n]*+)
            | (?:config|{_GROUP}): | {_LOOK}:[ \t]++{_VALUE}
        )?[ \t]*+\n)*+)
        ---[ \t]*\n
    | ^[ \t]*%%\{{\s*(?:wrap | init(?:ialize)?\s*:\s*\{{\s*{_PART}(?:\s*,\s*{_PART})*\s*\}})\s*\}}%%[ \t]*$""",
    re.MULTILINE | re.VERBOSE,
)
"""Settings that only change how a diagram looks, and its title."""

_DIRECTIONS = frozenset({"TB", "BT", "LR", "RL"})
_SHAPES = {
    **dict.fromkeys(("box", "rect", "rectangle", "square", "record", "plaintext", "none"), '["{}"]'),
    **dict.fromkeys(("circle", "doublecircle", "point"), '(("{}"))'),
    "diamond": '{{"{}"}}',
    "hexagon": '{{{{"{}"}}}}',
    "cylinder": '[("{}")]',
}
_ELLIPSE = '(["{}"])'
"""What DOT draws where nobody asks for another shape, as near as Mermaid has it."""
_DEFAULTS = frozenset({"node", "edge", "graph"})
"""Names under which DOT keeps what holds for all."""


def is_still(diagram: str) -> bool:
    """Tell whether a diagram in Mermaid only draws: links in it would be the note's."""
    settled = _HARMLESS.sub(lambda found: found["matter"] or "", diagram)
    return not _ACTIVE.search(settled)


def is_dot(text: str) -> bool:
    """Tell whether a text begins as a graph in DOT does."""
    return _DOT.match(text) is not None


def mermaid_of(dot: str) -> str | None:
    """Return a graph in DOT as a flowchart in Mermaid: nodes, edges, clusters, labels; None where that is not all."""
    if len(dot) > LARGEST:
        return None
    try:
        graphs = _parsed(dot)
        return "\n".join(_Chart().lines(graphs[0])) if graphs else None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        # The parser is a library's; a text it stumbles over is shown as it is.
        return None


def _parsed(dot: str) -> Any:
    """Return the graphs of a text; pydot tells of errors on standard output, and warns of its own parser's age."""
    with redirect_stdout(StringIO()), catch_warnings(action="ignore"):
        import pydot  # noqa: PLC0415 - few notes draw graphs

        return pydot.graph_from_dot_data(dot)


@dataclass(slots=True)
class _Chart:
    """A flowchart being written; nodes are numbered, as Mermaid has words of its own among names."""

    _nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What a graph says of each node, wherever it does."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _clusters: int = 0

    def lines(self, graph: Any) -> Iterator[str]:
        self._read(graph, {})
        direction = _bare(graph.get_attributes().get("rankdir", ""))
        yield f"flowchart {direction if direction in _DIRECTIONS else 'TB'}"
        arrow = "-->" if graph.get_type() == "digraph" else "---"
        yield from self._within(graph, arrow, "  ", is_cluster=False)

    def _read(self, graph: Any, shared: dict[str, str]) -> None:
        """Remember what is said of nodes; what holds for all of them holds for those that come after it."""
        parts = [*graph.get_nodes(), *graph.get_edges(), *graph.get_subgraphs()]
        for part in sorted(parts, key=lambda part: int(part.get_sequence())):
            if hasattr(part, "get_subgraphs"):
                self._read(part, dict(shared))
            elif hasattr(part, "get_source"):
                for end in (*_ends(part.get_source()), *_ends(part.get_destination())):
                    self._nodes.setdefault(_bare(end), dict(shared))
            elif part.get_name() == "node":
                shared |= part.get_attributes()
            elif _is_node(part):
                self._nodes.setdefault(_bare(part.get_name()), dict(shared)).update(part.get_attributes())

    def _within(self, graph: Any, arrow: str, indent: str, *, is_cluster: bool) -> Iterator[str]:
        for node in filter(_is_node, graph.get_nodes()):
            # What stands in a box is one of it; elsewhere once is enough.
            if is_cluster or _bare(node.get_name()) not in self._numbers:
                yield f"{indent}{self._node(node.get_name())}"
        for subgraph in graph.get_subgraphs():
            if _is_cluster(subgraph):
                yield from self._cluster(subgraph, arrow, indent)
            else:
                yield from self._within(subgraph, arrow, indent, is_cluster=is_cluster)
        for edge in graph.get_edges():
            yield from self._edges(edge, arrow, indent)

    def _cluster(self, graph: Any, arrow: str, indent: str) -> Iterator[str]:
        self._clusters += 1
        title = _label(graph.get_attributes().get("label", ""), "")
        yield f'{indent}subgraph g{self._clusters} ["{title or " "}"]'
        yield from self._within(graph, arrow, f"{indent}  ", is_cluster=True)
        yield f"{indent}end"

    def _edges(self, edge: Any, arrow: str, indent: str) -> Iterator[str]:
        attributes = edge.get_attributes()
        style = _bare(attributes.get("style", ""))
        line = {"dashed": "-.->", "dotted": "-.->", "bold": "==>"}.get(style, arrow) if arrow == "-->" else arrow
        label = _label(attributes.get("label", ""), "")
        for source in _ends(edge.get_source()):
            for target in _ends(edge.get_destination()):
                told = f'|"{label}"|' if label else ""
                yield f"{indent}{self._node(source)} {line}{told} {self._node(target)}"

    def _node(self, name: str) -> str:
        """Return a node's id, with its label where it was not told of before."""
        is_new = _bare(name) not in self._numbers
        number = f"n{self._numbers.setdefault(_bare(name), len(self._numbers) + 1)}"
        if not is_new:
            return number
        told = self._nodes[_bare(name)]
        shape = _SHAPES.get(_bare(told.get("shape", "")), _ELLIPSE)
        return f"{number}{shape.format(_label(told.get('label', name), name))}"


def _is_node(node: Any) -> bool:
    return node.get_name() not in _DEFAULTS and bool(node.get_name().strip())


def _is_cluster(graph: Any) -> bool:
    """Tell whether Graphviz would draw a border around a subgraph."""
    named = _bare(graph.get_name()).lower().startswith("cluster")
    return named or _bare(graph.get_attributes().get("cluster", "")).lower() in {"true", "yes"}


def _ends(end: Any) -> list[str]:
    """Return the nodes at an end of an edge, without their ports."""
    if isinstance(end, str):
        return _NAME.findall(end)[:1]
    if end["edges"] or end["subgraphs"] or not end["nodes"]:
        message = "an edge from or to more than nodes"
        raise ValueError(message)
    return list(end["nodes"])


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _label(text: str, name: str) -> str:
    """Return a label as Mermaid takes it in quotes."""
    words = without_tags(text[1:-1], " ") if text.startswith("<") else _bare(text)
    words = words.replace(r"\N", _bare(name)).replace('\\"', '"').replace("\n", " ")
    lines = re.split(r"\\[nlr]", words)
    return "<br>".join(line.translate(_UNSAFE).strip() for line in lines)


_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[^:]+', re.DOTALL)
_UNSAFE = str.maketrans({'"': "#quot;", "#": "#35;", "`": "#96;", "<": "#lt;", ">": "#gt;"})
"""Characters that end a quoted label in Mermaid, or begin something in it."""
