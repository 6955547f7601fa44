"""Conversion of value objects (frozen dataclasses) to plain JSON values.

A dataclass becomes an object of its fields, unless it defines

- `JSON_KEYS`: the attributes to write, in order. `entry.id` is the key `id` with the value of that path; a
  dictionary maps keys to paths.
- `JSON_OPTIONAL`: the keys to omit when the value is None.

`msgspec.to_builtins` would not do: it writes UTC as `Z`, rounds offsets to minutes, and keeps tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, get_type_hints

from search.language.message import Message

__all__ = ["JsonObject", "jsonable"]

#: Decimal places of a float.
_DECIMALS: Final = 6
_Writer = Callable[[Any], Any]


class JsonObject:
    """A dataclass with `as_dict()`."""

    __slots__ = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the object as plain JSON values."""
        return dict[str, Any](jsonable(self))


def jsonable(value: Any) -> Any:
    """Return a value as plain JSON values: times in ISO 8601, floats with at most six decimals.

    >>> jsonable({"score": 1 / 3, "names": ("俄新社",)})
    {'score': 0.333333, 'names': ['俄新社']}
    """
    return _WRITERS[type(value)](value)


class _Writers(dict[type, _Writer]):
    """Writers by type; that of a dataclass is made at first use."""

    def __missing__(self, kind: type) -> _Writer:
        writer = self[kind] = datetime.isoformat if issubclass(kind, datetime) else _object_writer(kind)
        return writer


def _object_writer(kind: type) -> _Writer:
    """Return a function of one dictionary display, compiled from the annotations of a dataclass."""
    paths: Any = getattr(kind, "JSON_KEYS", None) or [field.name for field in fields(kind)]
    if not isinstance(paths, dict):
        paths = {path.rpartition(".")[2]: path for path in paths}
    optional: Collection[str] = getattr(kind, "JSON_OPTIONAL", ())
    items = (_item(key, path, _type_of(path, kind), key in optional) for key, path in paths.items())
    writer: _Writer = eval(f"lambda v: {{{', '.join(items)}}}", {"write": _WRITERS})
    return writer


def _item(key: str, path: str, hint: Any, optional: bool) -> str:
    """Return the source of one item of the dictionary display."""
    if optional:
        return f"**({{{_item(key, path, hint, False)}}} if v.{path} is not None else {{}})"
    if hint in _PLAIN:
        return f"{key!r}: v.{path}"
    if hint is float:
        return f"{key!r}: round(v.{path}, {_DECIMALS})"
    return f"{key!r}: x if (x := v.{path}) is None else write[type(x)](x)"


def _type_of(path: str, kind: Any) -> Any:
    """Return the annotation of a path from a dataclass, None for that of a property."""
    for name in path.split("."):
        kind = get_type_hints(kind).get(name)
    return kind


def _list(items: Iterable[Any]) -> list[Any]:
    return [_WRITERS[type(item)](item) for item in items]


def _dict(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _WRITERS[type(item)](item) for key, item in values.items()}


#: Types of attributes that need no conversion; a Message is a string, and an edge may translate it.
_PLAIN: Final = (str, Message, int, bool, str | None, int | None)
_WRITERS: Final = _Writers({tuple: _list, list: _list, dict: _dict})
_WRITERS[float] = lambda value: round(value, _DECIMALS)
for _plain in (str, Message, int, bool, type(None)):
    _WRITERS[_plain] = lambda value: value
