"""Entries within JSON values: an object itself, or the objects of the lists that it wraps.

Data sets and programs wrap entries in many ways: JSON Feed, {"data": {"list": […]}}, {"hits": {"hits":
[{"_source": …}]}}. No way is listed here; an object is an entry by its keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from search.readers.columns import columns_of

__all__ = ["entries_of"]

#: Levels of objects that are looked into.
_MAX_DEPTH = 5
#: Elements of a list that are looked at to see whether it holds entries.
_MAX_PROBED = 20
#: Keys of lists of entries in an object that has a title itself.
_LISTS = frozenset(
    ("articles", "data", "docs", "entries", "feed", "hits", "item", "items", "list", "news", "posts",
     "records", "result", "results", "rows", "stories")
)  # fmt: skip


def entries_of(value: object, stream: str = "", depth: int = 0) -> Iterator[tuple[object, str]]:
    """Yield the entries of a value, each with its default stream, the title of what wraps it.

    A value without entries is yielded as it is.

    >>> list(entries_of({"title": "快讯", "items": [{"title": "甲"}, {"title": "乙"}]}))
    [({'title': '甲'}, '快讯'), ({'title': '乙'}, '快讯')]
    """
    lists, objects = _wrapped(value, depth) if isinstance(value, dict) else ([], [])
    if not lists and not objects:
        yield value, stream
        return
    title = value.get("title") if isinstance(value, dict) else ""
    stream = title if isinstance(title, str) and title else stream
    for element in chain.from_iterable(lists) if lists else objects:
        yield from entries_of(element, stream, depth + 1)


def _wrapped(value: dict[str, object], depth: int) -> tuple[list[list[object]], list[object]]:
    """Return the lists with entries in an object that is none itself, and its objects that are entries."""
    columns = columns_of(list(value))
    if depth > _MAX_DEPTH or {"time", "body"} <= columns.fields.keys():
        return [], []
    lists: list[list[object]] = []
    objects: list[object] = []
    for key, part in value.items():
        if columns.has_text and key.lower() not in _LISTS:
            continue
        if isinstance(part, list) and _has_entries(part, depth):
            lists.append(part)
        elif isinstance(part, dict) and _holds(part, depth + 1, wrapper=columns.has_text):
            objects.append(part)
    return lists, objects


def _has_entries(part: list[object], depth: int) -> bool:
    return any(isinstance(element, dict) and _holds(element, depth + 1) for element in part[:_MAX_PROBED])


def _holds(value: dict[str, object], depth: int, *, wrapper: bool = False) -> bool:
    """Return whether an object wraps entries or, unless it must be a `wrapper`, is one."""
    return (not wrapper and columns_of(list(value)).has_text) or any(_wrapped(value, depth))
