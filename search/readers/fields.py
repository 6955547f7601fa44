"""Named values to drafts: what the fields of JSON lines and of tables mean, and which values they take.

The same names work in both; a value of the wrong kind is told by the name of its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from search.entry import Attribution
from search.errors import TimeError
from search.readers.base import EntryBuilder, EntryDraft, Item
from search.times.ranges import parse_instant

__all__ = ["FIELDS", "take"]

#: Each field of an entry and the names it goes by; the first one that is not empty counts.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "time": ("time",),
    "headline": ("headline", "title"),
    "body": ("body", "text"),
    "captions": ("captions",),
    "agencies": ("agencies", "source"),
    "attributions": ("attributions",),
    "credit": ("credit",),
    "stream": ("stream",),
    "url": ("url",),
}

_FIELD_OF = {name: field for field, names in FIELDS.items() for name in names}
_BETWEEN_NAMES = re.compile("[、；;，,]")
_BETWEEN_CAPTIONS = re.compile("\n")


class _WrongValue(ValueError):
    """A field holds what it cannot; the message names it."""


def take(values: Mapping[str, object], line: int, desk: EntryBuilder) -> Iterator[Item]:
    """Yield the entry that these values make, or the problem that they have."""
    found = _found(values)
    try:
        draft = EntryDraft(
            line,
            _id(found),
            _time(found, desk),
            _text(found, "headline"),
            _text(found, "body"),
            _several(found, "captions", _BETWEEN_CAPTIONS),
            _several(found, "agencies", _BETWEEN_NAMES),
            _text(found, "credit"),
            _text(found, "stream"),
            _text(found, "url"),
            _attributions(found),
        )
    except (_WrongValue, TimeError) as error:
        yield from desk.problems()
        yield desk.source.problem(line, f"{error}（此条已略过）")
        return
    yield from desk.build(draft)


#: What was found of each field: the name that it goes by, and its value, which is not empty.
_Found = dict[str, tuple[str, object]]


def _found(values: Mapping[str, object]) -> _Found:
    """Return the fields that say something; of several names for one, the first of FIELDS counts."""
    found: _Found = {}
    for name, value in values.items():
        field = _FIELD_OF.get(name)
        if field is None or value is None or value == "" or value == []:
            continue
        if field not in found or name == FIELDS[field][0]:
            found[field] = (name, value)
    return found


def _text(found: _Found, field: str) -> str:
    if field not in found:
        return ""
    name, value = found[field]
    if not isinstance(value, str):
        raise _WrongValue(f"字段 {name} 应为文字，而不是{_kind(value)}")
    return value


def _id(found: _Found) -> str:
    """Return the id; data sets often have a whole number there."""
    name, value = found.get("id", ("id", ""))
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**100:
            return str(value)
        raise _WrongValue(f"字段 {name} 的数字过大")
    return _text(found, "id")


def _time(found: _Found, desk: EntryBuilder) -> datetime | None:
    written = _text(found, "time").strip()
    return parse_instant(written, zone=desk.source.zone) if written else None


def _several(found: _Found, field: str, between: re.Pattern[str]) -> tuple[str, ...]:
    """Return a list of texts; one text stands for the list of its parts."""
    if field not in found:
        return ()
    name, value = found[field]
    if isinstance(value, str):
        return tuple(between.split(value))
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        raise _WrongValue(f"字段 {name} 应为文字或文字的列表")
    return tuple(value)


def _attributions(found: _Found) -> tuple[Attribution, ...]:
    """Read the roles that an export of Xunwen writes beside the agencies."""
    if "attributions" not in found:
        return ()
    name, value = found["attributions"]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _WrongValue(f"字段 {name} 应为列表")
    return tuple(_attribution(name, one) for one in value)


def _attribution(name: str, value: object) -> Attribution:
    match value:
        case {"agency": str(agency), "role": "origin" | "via" as role}:
            return Attribution(agency, role)
    raise _WrongValue(f'字段 {name} 的每一项应为 {{"agency": "…", "role": "origin" 或 "via"}}')


def _kind(value: object) -> str:
    """Name the kind of a JSON value as its writer would."""
    match value:
        case bool():
            return "真假值"
        case int() | float():
            return "数字"
        case list():
            return "列表"
        case dict():
            return "对象"
    return "别的值"
