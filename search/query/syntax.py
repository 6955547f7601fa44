"""The syntax tree of a query, as the grammar returns it.

Nodes hold text: no analyzed terms, dates or index data. The offsets `start` and `end` in the query text are
not part of equality. `str(node)` is compact, for tests and logs; `typed(node)` parses to the node again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from search.errors import QueryProblem

__all__ = ["And", "Field", "FieldName", "Not", "Or", "Parsed", "Prefix", "Quoted", "Run", "Tree", "typed"]

FieldName = Literal["headline", "agency", "origin", "via", "stream", "time", "asof"]


@dataclass(frozen=True, slots=True)
class Run:
    """Plain text between blanks."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Quoted:
    """The text between two quotes."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Prefix:
    """A run with a final `*`, which `text` does not include."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.text}*"


@dataclass(frozen=True, slots=True)
class Field:
    """A child restricted to one field; the innermost field applies."""

    name: FieldName
    child: Tree
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{self.child}"


@dataclass(frozen=True, slots=True)
class Not:
    """An excluded child, which is never a Not."""

    child: Tree
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"(not {self.child})"


@dataclass(frozen=True, slots=True)
class And:
    """Two or more children, none of them an And."""

    children: tuple[Tree, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"(and {' '.join(map(str, self.children))})"


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more children, none of them an Or."""

    children: tuple[Tree, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"(or {' '.join(map(str, self.children))})"


Tree = Run | Quoted | Prefix | Field | Not | And | Or


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed query: `tree` is None for an empty one; positions are offsets into `text`."""

    text: str
    tree: Tree | None
    problems: tuple[QueryProblem, ...] = ()

    def __str__(self) -> str:
        return str(self.tree or "")


def typed(node: Tree) -> str:
    """Return a query that parses to this tree.

    >>> typed(And((Run("拜登"), Not(Or((Run("普京"), Quoted("北溪-2")))))))
    '拜登 -(普京 OR "北溪-2")'
    """
    match node:
        case Run(text):
            return text
        case Quoted(text):
            return f'"{text}"' if '"' not in text else f"「{text}」"
        case Prefix(text):
            return f"{text}*"
        case Field(name, child):
            is_text = isinstance(child, Run | Quoted | Prefix)
            return f"{name}:{typed(child)}" if is_text else f"{name}:({typed(child)})"
        case Not(child):
            return f"-({typed(child)})" if isinstance(child, And | Or) else f"-{typed(child)}"
        case And(children):
            return " ".join(f"({typed(c)})" if isinstance(c, Or) else typed(c) for c in children)
        case Or(children):
            return " OR ".join(map(typed, children))
