"""Named values to drafts: the fields of JSON objects and of the rows of tables, and their types.

Both use the same names. A value that cannot be used costs itself, not its entry, and is reported.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from search.entry import Attribution
from search.language.message import Message
from search.readers.base import EntryBuilder, EntryDraft, Item
from search.readers.columns import Columns
from search.readers.reports.time_lines import read_source
from search.times.stamps import excerpt

__all__ = ["RecordReader", "holds_text"]

#: Texts that stand for no value, in small letters.
_EMPTY = frozenset(
    ("", "null", "none", "nil", "n/a", "#n/a", "<na>", "\\n", "nan", "undefined", "-", "--", "—", "——")
)
_MAX_EMPTY = max(map(len, _EMPTY))
#: Unused names that one file reports, and the values that are looked at in a nested one.
_MAX_UNUSED = 50
#: Names whose fields a preview shows.
_MAX_USED = 200
_MAX_NESTED = 100
#: Keys under which an object holds its own text: {"name": "…"}, {"rendered": "…"}.
_INNER = (
    "name",
    "title",
    "rendered",
    "text",
    "value",
    "content",
    "nickname",
    "label",
    "$date",
    "$oid",
    "#text",
    "_",
)
#: Fields whose values are names or identifiers: a number would be a code of another table.
_NAMES_ONLY = frozenset(("agencies", "stream", "credit", "captions"))
#: The sign between several texts of one field.
_JOINED: Mapping[str, str] = {"headline": " ", "body": "\n"}
_NUMBER = re.compile(r"-?[0-9]{1,30}")
#: Names of an export of Xunwen that are no fields of an entry.
_EXPORTED = frozenset(("score", "partial", "copies", "highlights"))
_CLOCK = re.compile(
    r"(?:[上下中]午|凌晨|清晨|早上|晚上|[AaPp]\.?[Mm]\.?)?\s{0,3}[0-9]{1,2}\s{0,3}[:：时時点點][^-/年月日]*+"
)
_CLOCK_SIGN = re.compile("[:：时時点點]")
_DIGIT = re.compile("[0-9]")
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(?::00(?:\.0+)?)?\Z")
#: Longest part of a time that is written in two columns, in characters.
_MAX_TIME_PART = 30

#: How a cell with a list of texts begins, as programs write it: ['渡轮停航']; and its greatest length.
_LIST = re.compile(r"\[\s{0,9}['\"\]]")
_MAX_LIST = 10_000
#: Behind a time in the same value: 2024-05-02 09:10 来源：某报.
_SOURCE_BEHIND = re.compile(r"(?:来源|來源|稿源|信源|出处|出處)\s?[:：]", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)

#: The names under which each field has a value, and the values; the preferred one first.
_Named = dict[str, list[tuple[str, object]]]


class RecordReader:
    """Makes drafts of the rows or objects of one file, and collects the names that no field uses.

    With `cells`, values have no types: numbers are texts, too.
    """

    def __init__(self, builder: EntryBuilder, *, cells: bool = False) -> None:
        self._builder, self._cells = builder, cells
        self._unused: dict[str, None] = {}
        self._columns: Columns | None = None

    def read(self, columns: Columns, values: Sequence[object], line: int, stream: str = "") -> Iterator[Item]:
        """Yield the problems of these values, then their entry; `stream` is its default stream."""
        if columns is not self._columns:
            self._columns = columns
            self._note_used(columns)
        own = self._builder.source.facts.own_export
        if self._cells and not own:
            values = [_list_in(value) if isinstance(value, str) else value for value in values]
        named = self._named(columns, values)
        time, source = _without_source(self._time(named, line))
        draft = EntryDraft(
            line,
            self._id(named, line),
            time,
            self._text(named, "headline", line),
            self._text(named, "body", line),
            self._captions(named, line),
            self._agencies(named, line) or source,
            self._text(named, "credit", line),
            self._text(named, "stream", line) or stream,
            self._text(named, "url", line),
            self._attributions(named, line),
            plain=own,
        )
        return self._builder.build(draft)

    def finish(self) -> Iterator[Item]:
        """Yield the last problems of the file, and the names that were not used."""
        if self._unused:
            names = self._builder.source.facts.unused = tuple(self._unused)
            self._builder.note(
                0,
                "没有用到的列或字段：{names}；其中如有标题、正文、时间或来源，"
                "请改名为 headline、body、time、source",
                names=names if len(names) <= _MAX_UNUSED else (*names[:_MAX_UNUSED], "…"),
            )
        yield from self._builder.problems()

    # -- which values count --------------------------------------------------------------------------------

    def _named(self, columns: Columns, values: Sequence[object]) -> _Named:
        named: _Named = {}
        empty = self._is_empty
        for field, positions in columns.fields.items():
            pairs = [(columns.names[i], values[i]) for i in positions if not empty(values[i])]
            if len(pairs) > 1:
                pairs.sort(key=lambda pair: not _is_usable(field, pair[1]))
                if field != "time":  # two columns may be one time
                    self._note_others(pairs)
            if pairs:
                named[field] = pairs
        if "body" in named and "url" not in named and _is_address(named["body"][0][1]):
            named["url"] = named.pop("body")[:1]  # description: https://…
        for i in columns.unknown:
            if not empty(values[i]):
                self._note_unused(columns.names[i])
        return named

    def _is_empty(self, value: object) -> bool:
        if isinstance(value, str):
            if len(value) > _MAX_EMPTY:
                return False
            return not value or (
                value.strip().lower() in _EMPTY and not self._builder.source.facts.own_export
            )
        return value is None or value == [] or value == {} or (isinstance(value, float) and value != value)

    def _note_others(self, pairs: Sequence[tuple[str, object]]) -> None:
        for name, value in pairs[1:]:
            if value != pairs[0][1]:
                self._note_unused(name)

    def _note_used(self, columns: Columns) -> None:
        known = self._builder.source.facts.columns
        for field, positions in columns.fields.items():
            for i in positions if len(known) < _MAX_USED else ():
                known.setdefault(excerpt(columns.names[i].strip()), field)

    def _note_unused(self, name: str) -> None:
        if len(self._unused) > _MAX_UNUSED or name in self._unused:
            return
        if self._builder.source.facts.own_export and (name in _EXPORTED or name.startswith("xunwen_export")):
            return
        self._unused[excerpt(name.strip()) or "?"] = None

    # -- their types ---------------------------------------------------------------------------------------

    def _text(self, named: _Named, field: str, line: int) -> str:
        if field not in named:
            return ""
        name, value = named[field][0]
        if isinstance(value, str):
            return value
        return _JOINED.get(field, "、").join(self._texts(name, field, value, line))

    def _texts(self, name: str, field: str, value: object, line: int) -> list[str]:
        """Return the texts of a value that may be a number, an object with a name, or a list of these."""
        if isinstance(value, list):
            return [text for part in value for text in self._plain_text(name, field, part, line)]
        return self._plain_text(name, field, value, line)

    def _plain_text(self, name: str, field: str, value: object, line: int) -> list[str]:
        if isinstance(value, dict):
            value = self._inner(name, value)
        if isinstance(value, str):
            return [value]
        if _is_usable(field, value) and isinstance(value, int | float):
            if field == "body":
                self._builder.note(line, "字段 {name} 是数字，按文字收录", name=name)
            return [_digits(value)]
        if not self._is_empty(value):
            self._wrong(name, value, line)
        return []

    def _inner(self, name: str, value: dict[str, object]) -> object:
        """Return the text of an object that stands for a value; its other values are not used."""
        if not holds_text(value):
            return value
        key = next(key for key in _INNER if isinstance(value.get(key), str | int | float))
        for other, part in list(value.items())[:_MAX_NESTED]:
            if other != key and not self._is_empty(part):
                self._note_unused(f"{name}.{other}")
        return value[key]

    def _wrong(self, name: str, value: object, line: int) -> None:
        self._builder.note(
            line, "字段 {name} 应为文字，而不是{kind}，已略去", name=excerpt(name), kind=_kind(value)
        )

    def _id(self, named: _Named, line: int) -> str:
        """Return the id; a number counts within its file, whose stem precedes it."""
        given = self._text(named, "id", line).strip()
        typed = given and (self._cells or not isinstance(named["id"][0][1], str))
        if typed and _NUMBER.fullmatch(given) and not self._builder.source.facts.own_export:
            return f"{self._builder.source.stem}/{given}"
        return given

    def _time(self, named: _Named, line: int) -> str | float | None:
        """Return the time as written; a day and a time of day in two columns become one."""
        pairs = named.get("time")
        if not pairs:
            return None
        _, value = pairs[0]
        partner = _partner(pairs)
        self._note_others([pair for pair in pairs if pair is not partner])
        if partner is not None:
            return _date_and_clock(value, partner[1])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        return self._text(named, "time", line)

    def _captions(self, named: _Named, line: int) -> tuple[str, ...]:
        if "captions" not in named:
            return ()
        name, value = named["captions"][0]
        return (
            tuple(value.split("\n"))
            if isinstance(value, str)
            else tuple(self._texts(name, "captions", value, line))
        )

    def _agencies(self, named: _Named, line: int) -> tuple[str, ...] | str:
        if "agencies" not in named:
            return ()
        name, value = named["agencies"][0]
        return value if isinstance(value, str) else tuple(self._texts(name, "agencies", value, line))

    def _attributions(self, named: _Named, line: int) -> tuple[Attribution, ...]:
        """Return the roles of the agencies, as an export of Xunwen writes them."""
        if "attributions" not in named:
            return ()
        name, value = named["attributions"][0]
        parts = value if isinstance(value, list) else [value]
        roles = [_attribution(part) for part in parts]
        if None in roles:
            self._builder.note(
                line,
                '字段 {name} 的每一项应为 {{"agency": "…", "role": "origin" 或 "via"}}，其余已略去',
                name=excerpt(name),
            )
        return tuple(role for role in roles if role is not None)


def holds_text(value: object) -> bool:
    """Whether a value can be text: no object without a text of its own, such as {"saved": 51}."""
    return not isinstance(value, dict) or any(isinstance(value.get(key), str | int | float) for key in _INNER)


def _is_usable(field: str, value: object) -> bool:
    """Return whether a field takes a value of this type."""
    if isinstance(value, bool) or (field == "body" and _is_address(value)):
        return False
    return not (isinstance(value, int | float) and field in _NAMES_ONLY)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) is not None


def _list_in(cell: str) -> object:
    """Return the texts that a cell lists, without those that are blank; any other cell as it is.

    >>> _list_in("['渡轮停航\\\\n', ' ']"), _list_in("[]"), _list_in("[图]")
    (['渡轮停航'], [], '[图]')
    """
    if not _LIST.match(cell) or not cell.endswith("]") or len(cell) > _MAX_LIST:
        return cell
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes in the texts
            parts = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return cell
    if not all(isinstance(part, str) for part in parts):
        return cell
    return [part.strip() for part in parts if part.strip()]


def _without_source(time: str | float | None) -> tuple[str | float | None, tuple[str, ...]]:
    """Return a time without the source that follows it in one value, and the agencies of the source."""
    match = _SOURCE_BEHIND.search(time) if isinstance(time, str) else None
    if match is None or not isinstance(time, str):
        return time, ()
    source = read_source(time[match.start() :])
    if source is None and time[match.end() :].strip():
        return time, ()
    return time[: match.start()].rstrip(), source.agencies if source else ()


def _partner(pairs: Sequence[tuple[str, object]]) -> tuple[str, object] | None:
    """Return the other part of the first time: a day for a time of day, and the reverse."""
    first = pairs[0][1]
    for pair in pairs[1:]:
        if (_is_clock(first) and _is_day(pair[1])) or (_is_day(first) and _is_clock(pair[1])):
            return pair
    return None


def _date_and_clock(first: object, second: object) -> str:
    """Return a day and a time of day as one time.

    >>> _date_and_clock("10:30", "2022-01-05"), _date_and_clock("2022-01-05 00:00:00", "10:30")
    ('2022-01-05 10:30', '2022-01-05 10:30')
    """
    day, clock = (second, first) if _is_clock(first) else (first, second)
    return f"{_MIDNIGHT.sub('', str(day).strip())} {str(clock).strip()}"


def _is_clock(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TIME_PART and bool(_CLOCK.fullmatch(value.strip()))


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _MAX_TIME_PART:
        return False
    day = _MIDNIGHT.sub("", value.strip())
    return bool(_DIGIT.search(day)) and not _CLOCK_SIGN.search(day)


def _attribution(value: object) -> Attribution | None:
    match value:
        case {"agency": str(agency), "role": "origin" | "via" as role}:
            return Attribution(agency, role)
    return None


def _digits(value: float) -> str:
    """Return a number as it would be typed."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _kind(value: object) -> Message:
    """Return the Chinese name of the type of a JSON value."""
    match value:
        case bool():
            return Message("真假值")
        case int() | float():
            return Message("一个数")
        case list():
            return Message("列表")
        case dict():
            return Message("对象")
    return Message("别的值")
