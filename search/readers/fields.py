"""Named values to drafts: what the fields of JSON lines and of tables mean, and which values they take.

The same names work in both; a value of the wrong kind is told by the name of its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from search.clock import parse_instant
from search.entry import Attribution
from search.errors import TimeError
from search.readers.base import Desk, Draft, Item

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

_BETWEEN_NAMES = re.compile("[、；;，,]")


class _WrongValue(ValueError):
    """A field holds what it cannot; the message names it."""


def take(values: Mapping[str, object], line: int, desk: Desk) -> Iterator[Item]:
    """Yield the entry that these values make, or the problem that they have."""
    try:
        draft = Draft(
            line,
            id=_id(values),
            time=_time(values, desk),
            headline=_text(values, "headline"),
            body=_text(values, "body"),
            captions=_several(values, "captions", re.compile("\n")),
            agencies=_several(values, "agencies", _BETWEEN_NAMES),
            credit=_text(values, "credit"),
            stream=_text(values, "stream"),
            url=_text(values, "url"),
            attributions=_attributions(values),
        )
    except (_WrongValue, TimeError) as error:
        yield from desk.problems()
        yield desk.source.problem(line, f"{error}（此条已略过）")
        return
    yield from desk.admit(draft)


def _value(values: Mapping[str, object], field: str) -> tuple[str, object]:
    """Return the name that a field goes by here, and its value; an absent one is the empty text."""
    for name in FIELDS[field]:
        value = values.get(name)
        if value is not None and value != "" and value != []:
            return name, value
    return field, ""


def _text(values: Mapping[str, object], field: str) -> str:
    name, value = _value(values, field)
    if not isinstance(value, str):
        raise _WrongValue(f"字段 {name} 应为文字，而不是{_kind(value)}")
    return value


def _id(values: Mapping[str, object]) -> str:
    """Return the id; data sets often have a whole number there."""
    name, value = _value(values, "id")
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**100:
            return str(value)
        raise _WrongValue(f"字段 {name} 的数字过大")
    return _text(values, "id")


def _time(values: Mapping[str, object], desk: Desk) -> datetime | None:
    written = _text(values, "time").strip()
    return parse_instant(written, zone=desk.source.zone) if written else None


def _several(values: Mapping[str, object], field: str, between: re.Pattern[str]) -> tuple[str, ...]:
    """Return a list of texts; one text stands for the list of its parts."""
    name, value = _value(values, field)
    if isinstance(value, str):
        return tuple(between.split(value))
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        raise _WrongValue(f"字段 {name} 应为文字或文字的列表")
    return tuple(value)


def _attributions(values: Mapping[str, object]) -> tuple[Attribution, ...]:
    """Read the roles that an export of Xunwen writes beside the agencies."""
    name, value = _value(values, "attributions")
    if value == "":
        return ()
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
