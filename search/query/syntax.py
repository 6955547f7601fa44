"""The tree of a query as it was typed: what the grammar makes, and what resolving reads.

The tree knows only text: no analyzer, no dates, no index. Two trees are equal when they mean the same
words in the same places of the tree; where they stood in the query (`start`, `end`) stays out of it.
`str(node)` is compact, for tests and logs; `typed(node)` is a query that parses to the node again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from search.errors import QueryProblem

__all__ = ["And", "Field", "FieldName", "Not", "Or", "Parsed", "Prefix", "Quoted", "Run", "Tree", "typed"]

FieldName = Literal["headline", "agency", "origin", "via", "stream", "time", "asof"]


@dataclass(frozen=True, slots=True)
class Run:
    """A plain stretch between blanks."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stood between quotes, without them."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Prefix:
    """A run that ended in `*`, without it."""

    text: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.text}*"


@dataclass(frozen=True, slots=True)
class Field:
    """A child that is looked for in one field only; the innermost field counts."""

    name: FieldName
    child: Tree
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{self.child}"


@dataclass(frozen=True, slots=True)
class Not:
    """A child to exclude; the child is never a Not itself."""

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
    """A query as understood: `tree` is None when nothing was asked; positions count into `text`."""

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
            leaf = isinstance(child, Run | Quoted | Prefix)
            return f"{name}:{typed(child)}" if leaf else f"{name}:({typed(child)})"
        case Not(child):
            return f"-({typed(child)})" if isinstance(child, And | Or) else f"-{typed(child)}"
        case And(children):
            return " ".join(f"({typed(c)})" if isinstance(c, Or) else typed(c) for c in children)
        case Or(children):
            return " OR ".join(map(typed, children))
