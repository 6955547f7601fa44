"""Named values to drafts: the fields of JSON lines and of tables, and their types.

Both formats use the same names. The problem of a value of the wrong type names its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from search.entry import Attribution
from search.language.message import InvalidValue, Message, reason_of
from search.readers.base import EntryBuilder, EntryDraft, Item

__all__ = ["FIELDS", "take"]

#: The names of each field of an entry; the first one with a value counts.
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


class _WrongValue(InvalidValue):
    """A value has the wrong type; the message names the field."""


def take(values: Mapping[str, object], line: int, builder: EntryBuilder) -> Iterator[Item]:
    """Yield the entry of these values, or their problem."""
    fields = _named(values)
    try:
        draft = EntryDraft(
            line,
            _id(fields),
            _time(fields),
            _text(fields, "headline"),
            _text(fields, "body"),
            _captions(fields),
            _several(fields, "agencies"),
            _text(fields, "credit"),
            _text(fields, "stream"),
            _text(fields, "url"),
            _attributions(fields),
        )
    except _WrongValue as error:
        yield from builder.problems()
        yield builder.source.problem(line, "{reason}（此条已略过）", reason=reason_of(error))
        return
    yield from builder.build(draft)


#: The name under which each field has a value, and the value.
_Fields = dict[str, tuple[str, object]]


def _named(values: Mapping[str, object]) -> _Fields:
    """Return the fields with a value; of several names of one field, the first of FIELDS counts."""
    fields: _Fields = {}
    for name, value in values.items():
        field = _FIELD_OF.get(name)
        if field is None or value is None or value == "" or value == []:
            continue
        if field not in fields or name == FIELDS[field][0]:
            fields[field] = (name, value)
    return fields


def _text(fields: _Fields, field: str) -> str:
    if field not in fields:
        return ""
    name, value = fields[field]
    if not isinstance(value, str):
        raise _WrongValue("字段 {name} 应为文字，而不是{kind}", name=name, kind=_kind(value))
    return value


def _id(fields: _Fields) -> str:
    """Return the id; data sets often have an integer."""
    name, value = fields.get("id", ("id", ""))
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**100:
            return str(value)
        raise _WrongValue("字段 {name} 的数字过大", name=name)
    return _text(fields, "id")


def _time(fields: _Fields) -> str | float:
    """Return the time as written; a number counts from 1970."""
    _, value = fields.get("time", ("time", ""))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _text(fields, "time")


def _captions(fields: _Fields) -> tuple[str, ...]:
    captions = _several(fields, "captions")
    return tuple(captions.split("\n")) if isinstance(captions, str) else captions


def _several(fields: _Fields, field: str) -> tuple[str, ...] | str:
    """Return a text, or a list of texts."""
    if field not in fields:
        return ()
    name, value = fields[field]
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        raise _WrongValue("字段 {name} 应为文字或文字的列表", name=name)
    return tuple(value)


def _attributions(fields: _Fields) -> tuple[Attribution, ...]:
    """Return the roles of the agencies, as an export of Xunwen writes them."""
    if "attributions" not in fields:
        return ()
    name, value = fields["attributions"]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _WrongValue("字段 {name} 应为列表", name=name)
    return tuple(_attribution(name, item) for item in value)


def _attribution(name: str, value: object) -> Attribution:
    match value:
        case {"agency": str(agency), "role": "origin" | "via" as role}:
            return Attribution(agency, role)
    raise _WrongValue('字段 {name} 的每一项应为 {{"agency": "…", "role": "origin" 或 "via"}}', name=name)


def _kind(value: object) -> Message:
    """Return the Chinese name of the type of a JSON value."""
    match value:
        case bool():
            return Message("真假值")
        case int() | float():
            return Message("数字")
        case list():
            return Message("列表")
        case dict():
            return Message("对象")
    return Message("别的值")
