"""Entries within JSON values: an object itself, or the objects of the lists that it wraps.

Data sets and programs wrap entries in many ways: JSON Feed, {"data": {"list": […]}}, {"hits": {"hits":
[{"_source": …}]}}. No way is listed here; an object is an entry by its keys. Keys that are a date, such as
{"2024-05-02": […]} or {"2024": {"5/2": […]}}, date the entries below them, and so does the date of what
wraps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from search.readers.columns import columns_of
from search.readers.fields import holds_text

__all__ = ["DatedEntry", "entries_of"]

#: Levels of objects that are looked into.
_MAX_DEPTH = 5
#: Elements of a list that are looked at to see whether it holds entries.
_MAX_PROBED = 20
#: Keys of lists of entries in an object that has a title itself.
_LISTS = frozenset(
    ("articles", "data", "docs", "entries", "feed", "hits", "item", "items", "list", "news", "posts",
     "records", "result", "results", "rows", "stories")
)  # fmt: skip


#: A date in the keys that lead to an entry, from the outermost: its year, month and day.
_DATE_IN_KEYS = re.compile(
    r"(?<![^/])(?P<year>(?:19|20)[0-9]{2})(?:[-/.年]\s?/?|(?=[0-9]{4}(?![^/])))"
    r"(?P<month>0?[1-9]|1[0-2])(?:[-/.月]/?|(?=[0-9]{2}(?![^/])))"
    r"(?P<day>0?[1-9]|[12][0-9]|3[01])[日号號]?(?![^/])"
)
#: Longest keys that are looked at for a date, in characters.
_MAX_KEYS = 200
#: Longest date of what wraps entries, in characters.
_MAX_DATE = 30


class DatedEntry(dict[str, object]):
    """An entry without a time of its own, and the date of the keys above it, as 2024-05-02."""

    def __init__(self, entry: dict[str, object], date: str) -> None:
        super().__init__(entry)
        self.date = date


def entries_of(
    value: object, stream: str = "", depth: int = 0, keys: str = ""
) -> Iterator[tuple[object, str]]:
    """Yield the entries of a value, each with its default stream, the title of what wraps it.

    A value without entries is yielded as it is. `keys` are those above the value and the dates of what wraps
    it, joined by slashes.

    >>> list(entries_of({"title": "快讯", "items": [{"title": "甲"}, {"title": "乙"}]}))
    [({'title': '甲'}, '快讯'), ({'title': '乙'}, '快讯')]
    """
    parts = _wrapped(value, depth) if isinstance(value, dict) else []
    if not parts:
        yield _dated(value, keys), stream
        return
    if isinstance(value, dict):
        keys = f"{keys}/{_own_date(value)}".removesuffix("/")
    title = value.get("title") if isinstance(value, dict) else ""
    stream = title if isinstance(title, str) and title else stream
    for key, part in parts:
        below = f"{keys}/{key}"[:_MAX_KEYS]
        for element in part if isinstance(part, list) else [part]:
            yield from entries_of(element, stream, depth + 1, below)


def _own_date(value: dict[str, object]) -> str:
    """Return the date of what wraps entries: {"date": "2024-05-02", "news": […]}; empty without one."""
    dates = (part for part in _values(value, ("time",)) if isinstance(part, str) and len(part) < _MAX_DATE)
    return next((date.strip() for date in dates if _DATE_IN_KEYS.fullmatch(date.strip())), "")


def _dated(value: object, keys: str) -> object:
    """Return an entry without a time with the date of the keys above it, if they have one."""
    if not keys or not isinstance(value, dict) or "time" in columns_of(list(value)).fields:
        return value
    match = _DATE_IN_KEYS.search(keys)
    if match is None:
        return value
    return DatedEntry(value, f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}")


def _wrapped(value: dict[str, object], depth: int) -> list[tuple[str, object]]:
    """Return the lists with entries in an object that is none itself, or its objects that are entries."""
    if depth > _MAX_DEPTH or not any(isinstance(part, list | dict) for part in value.values()):
        return []
    if "time" in columns_of(list(value)).fields and _has_text(value, "body"):
        return []
    has_text = _has_text(value)
    lists: list[tuple[str, object]] = []
    objects: list[tuple[str, object]] = []
    for key, part in value.items():
        if has_text and key.lower() not in _LISTS:
            continue
        if isinstance(part, list) and _has_entries(part, depth):
            lists.append((key, part))
        elif isinstance(part, dict) and _holds(part, depth + 1, wrapper=has_text):
            objects.append((key, part))
    return lists or objects


def _has_entries(part: list[object], depth: int) -> bool:
    return any(isinstance(element, dict) and _holds(element, depth + 1) for element in part[:_MAX_PROBED])


def _holds(value: dict[str, object], depth: int, *, wrapper: bool = False) -> bool:
    """Return whether an object wraps entries or, unless it must be a `wrapper`, is one."""
    return (not wrapper and _has_text(value)) or bool(_wrapped(value, depth))


def _has_text(value: dict[str, object], *fields: str) -> bool:
    """Return whether an object has a headline or a body, or one of `fields`; counts under a name are none."""
    return any(holds_text(part) for part in _values(value, fields or ("headline", "body")))


def _values(value: dict[str, object], fields: Iterable[str]) -> Iterator[object]:
    """Yield the values of an object for these fields."""
    positions = columns_of(list(value)).fields
    places = [place for field in fields for place in positions.get(field, ())]
    values = list(value.values()) if places else []
    yield from (values[place] for place in places)
