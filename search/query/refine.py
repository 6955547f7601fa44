"""Narrowing: a query and one more condition, written as a query again.

Links that narrow an answer put their condition into the text, where the reader sees it and can take it
away again. The new query means both: what it meant before, and the condition. (But for one case: an OR
with a run that opens a bracket and does not close it.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from search.query.grammar import parse
from search.query.syntax import And, Field, FieldName, Or, Run, Tree, typed

__all__ = ["Narrowing"]

# As the page writes them; whoever reads another language may type `origin:` and `via:`.
_TYPED: Final[dict[FieldName, str]] = {"origin": "首发", "via": "转引"}
# Any of these closes a piece that another of them opened.
_DOUBLE: Final = '"“”＂'
#: Conditions that are remembered: a page asks for those of each of its hits, and the same names come again.
_REMEMBERED: Final = 1024


class Narrowing:
    """A query that is narrowed in several ways; it is read once."""

    def __init__(self, query: str) -> None:
        parsed = parse(query)
        self._query = query
        self._conjuncts = _conjuncts(parsed.tree)
        self._before = _before(query.strip(), parsed.tree, clean=not parsed.problems)

    def by(self, name: FieldName, value: str) -> str:
        """Return a query that asks for a value of a field as well; the same query where it does already.

        >>> Narrowing("机场 OR 航班").by("via", "俄新社")
        '(机场 OR 航班) 转引:俄新社'
        """
        written, condition = _condition(name, value)
        return self._query if condition in self._conjuncts else f"{self._before} {written}".strip()


@lru_cache(maxsize=_REMEMBERED)
def _condition(name: FieldName, value: str) -> tuple[str, Tree | None]:
    """Return a condition as the page writes it, and what it means."""
    written = _combined(value)
    (condition,) = _conjuncts(parse(f"{name}:{written}").tree) or (None,)
    return f"{_TYPED.get(name, name)}:{written}", condition


def _combined(value: str) -> str:
    """Return a value as the grammar reads it in one piece: plain where it can, quoted otherwise."""
    if parse(f"via:{value}").tree == Field("via", Run(value)):
        return value
    return f"「{value}」" if set(value) & set(_DOUBLE) else f'"{value}"'


def _conjuncts(tree: Tree | None) -> tuple[Tree, ...]:
    return tree.children if isinstance(tree, And) else (tree,) if tree else ()


def _before(query: str, tree: Tree | None, *, clean: bool) -> str:
    """Return what was asked so that a condition may follow it: an open bracket or quote would swallow it."""
    if tree is None:
        return ""
    text = query if clean else typed(tree)
    return f"({text})" if isinstance(tree, Or) else text
