"""Narrowing: a query and one more condition, written as a query again.

Links that narrow an answer put their condition into the text, where the reader sees it and can take it
away again. The new query means both: what it meant before, and the condition. (But for one case: an OR
with a run that opens a bracket and does not close it.)
"""

from __future__ import annotations

from typing import Final

from search.query.grammar import parse
from search.query.syntax import And, Field, FieldName, Or, Run, Tree, typed

__all__ = ["narrowed"]

# As the page writes them; whoever reads another language may type `origin:` and `via:`.
_TYPED: Final[dict[FieldName, str]] = {"origin": "首发", "via": "转引"}
# Any of these closes a piece that another of them opened.
_DOUBLE: Final = '"“”＂'


def narrowed(query: str, name: FieldName, value: str) -> str:
    """Return a query that asks for a value of a field as well; the same query where it does already.

    >>> narrowed("机场 OR 航班", "via", "俄新社")
    '(机场 OR 航班) 转引:俄新社'
    """
    parsed, written = parse(query), _written(value)
    (condition,) = _conjuncts(parse(f"{name}:{written}").tree) or (None,)
    if condition in _conjuncts(parsed.tree):
        return query
    before = _before(query.strip(), parsed.tree, clean=not parsed.problems)
    return f"{before} {_TYPED.get(name, name)}:{written}".strip()


def _written(value: str) -> str:
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
