"""Query refinement: a query with one more condition, written as query text.

Links that refine a result put their condition into the text, where the user can see and remove it. The new
query is the conjunction of the old one and the condition, except after an OR with a run that has an
unclosed bracket.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from search.query.grammar import parse
from search.query.syntax import And, Field, FieldName, Or, Run, Tree, typed

__all__ = ["Narrowing"]

# The names that links write; the grammar accepts `origin:` and `via:` too.
_LABELS: Final[dict[FieldName, str]] = {"origin": "首发", "via": "转引"}
# Any of these closes a text that another of them opened.
_DOUBLE: Final = '"“”＂'
#: Cached conditions; the hits of a page repeat the same names.
_CACHED_CONDITIONS: Final = 1024


class Narrowing:
    """A query that is parsed once and refined by several conditions."""

    def __init__(self, query: str) -> None:
        parsed = parse(query)
        self._query = query
        self._conjuncts = _conjuncts(parsed.tree)
        self._before = _before(query.strip(), parsed.tree, clean=not parsed.problems)

    def by(self, name: FieldName, value: str) -> str:
        """Return the query with a condition on a field; unchanged where it has that condition already.

        >>> Narrowing("机场 OR 航班").by("via", "俄新社")
        '(机场 OR 航班) 转引:俄新社'
        """
        written, condition = _condition(name, value)
        return self._query if condition in self._conjuncts else f"{self._before} {written}".strip()


@lru_cache(maxsize=_CACHED_CONDITIONS)
def _condition(name: FieldName, value: str) -> tuple[str, Tree | None]:
    """Return a condition as query text, and its syntax tree."""
    written = _combined(value)
    (condition,) = _conjuncts(parse(f"{name}:{written}").tree) or (None,)
    return f"{_LABELS.get(name, name)}:{written}", condition


def _combined(value: str) -> str:
    """Return a value that parses to a single text: plain where possible, quoted otherwise."""
    if parse(f"via:{value}").tree == Field("via", Run(value)):
        return value
    return f"「{value}」" if set(value) & set(_DOUBLE) else f'"{value}"'


def _conjuncts(tree: Tree | None) -> tuple[Tree, ...]:
    return tree.children if isinstance(tree, And) else (tree,) if tree else ()


def _before(query: str, tree: Tree | None, *, clean: bool) -> str:
    """Return the query text to which a condition can be appended, without open brackets or quotes."""
    if tree is None:
        return ""
    text = query if clean else typed(tree)
    return f"({text})" if isinstance(tree, Or) else text
