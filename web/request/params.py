"""Request parameters: their table, and the state of a search that is read from a query string.

Page and API read the same table. The whole state of a search is in its URL. An unusable value becomes a
Fault and is left out: the page searches with the rest, the API refuses the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from search.errors import RequestTooLarge, TimeError, UsageError
from search.language.message import Message
from search.results import Sort
from search.searcher.request import MAX_PAGE, MAX_QUERY, SearchOptions
from search.times import ranges

__all__ = [
    "DEFAULT_LIMIT",
    "ENTRY_PARAMETERS",
    "MAX_CONTEXT",
    "MAX_LIMIT",
    "MAX_VALUES",
    "PARAMETERS",
    "STATE",
    "Fault",
    "Kind",
    "Parameter",
    "Params",
    "ReadParams",
    "read_query_string",
    "written",
]

#: Maximum and default number of hits on a page.
MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 10
#: Maximum number of values of a repeated parameter.
MAX_VALUES: Final = 100

#: Syntax of a value: a query, repeated names, a day or time, the end of one, a choice, an integer from 1, or
#: a boolean.
Kind = Literal["query", "names", "range", "moment", "choice", "number", "switch"]

_TIME_EXAMPLES: Final = ["2022-01-05", "2022-01-05T23:39+08:00", "1月5日13时"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query string; `default` is None if it depends on the endpoint."""

    name: str
    kind: Kind
    about: str
    default: Any = ""
    choices: tuple[str, ...] = ()
    most: int = 0

    @property
    def field(self) -> str:
        """Name of the field in `Params`."""
        return "from_" if self.name == "from" else self.name

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        schema = self._bounds()
        if self.default in ("", (), None):
            return schema
        default = "01"[self.default] if isinstance(self.default, bool) else self.default
        return schema | {"default": default}

    def _bounds(self) -> dict[str, Any]:
        match self.kind:
            case "query":
                return {"type": "string", "maxLength": self.most}
            case "names":
                return {"type": "array", "items": {"type": "string"}, "maxItems": self.most}
            case "choice":
                return {"type": "string", "enum": list(self.choices)}
            case "number":
                return {"type": "integer", "minimum": 1, "maximum": self.most}
            case "switch":
                return {"type": "string", "enum": ["1", "0"]}
            case _:
                return {"type": "string", "examples": _TIME_EXAMPLES}


PARAMETERS: Final = (
    Parameter("q", "query", "The query; empty finds everything, newest first.", most=MAX_QUERY),
    Parameter("agency", "names", "Only entries that credit any of these agencies.", (), most=MAX_VALUES),
    Parameter("stream", "names", "Only entries of any of these streams.", (), most=MAX_VALUES),
    Parameter("from", "range", "Nothing earlier than this day or time."),
    Parameter("to", "range", "Nothing later than this day or time, which itself still counts."),
    Parameter("time", "range", "A stretch of time: what `from` and `to` say where they say nothing."),
    Parameter("asof", "moment", "As of this moment: nothing later counts, in hits, counts or weights."),
    Parameter("sort", "choice", "The order of the hits.", "relevance", choices=get_args(Sort)),
    Parameter("page", "number", "Which page, from 1.", 1, most=MAX_PAGE),
    Parameter("limit", "number", "How many hits on a page.", DEFAULT_LIMIT, most=MAX_LIMIT),
    Parameter("exact", "switch", "As typed: no aliases, other ways to write numbers, or spellings.", False),
    Parameter("strict", "switch", "Refuse a query that is not understood in full.", False),
    Parameter("fold", "switch", "Show near-copies as one hit.", None),
    Parameter("explain", "switch", "Say where the score of each hit comes from.", False),
    Parameter("corrected", "switch", "Only entries that a later one corrects or denies.", False),
    Parameter("partial", "switch", "Let entries that match in part follow those that match in full.", True),
)

#: Further parameters of entry pages: the rank of the entry in the search, and the number of neighbours.
ENTRY_PARAMETERS: Final = (
    Parameter("hit", "number", "As which hit of the search the entry was reached.", 0, most=MAX_PAGE),
    Parameter("context", "number", "How many entries of the stream are shown on either side.", 3, most=20),
)

#: Default and maximum number of neighbours on either side of an entry.
CONTEXT, MAX_CONTEXT = ENTRY_PARAMETERS[1].default, ENTRY_PARAMETERS[1].most

_SWITCH = {"1": True, "true": True, "yes": True, "on": True}
_SWITCH |= {"0": False, "false": False, "no": False, "off": False}
#: Characters that become blanks: controls, surrogates and noncharacters.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """An unusable parameter: its name, value and fault; `position` is an offset into the value."""

    param: str
    value: str
    message: Message
    position: int | None = None

    def as_error(self) -> UsageError:
        """Return the fault as an error."""
        message = Message("参数 {name}：{reason}", name=self.param, reason=self.message)
        return UsageError(message) if self.position is None else TimeError(message, self.position)


@dataclass(frozen=True, slots=True)
class Params:
    """The state of a search in a URL. Times are as typed and valid; "" is no limit.

    `fold` None is the default of the endpoint: pages fold near-duplicates, the API does not. `hit` and
    `context` are of entry pages: the rank of the entry in the search, 0 for none, and the number of
    neighbours on either side.
    """

    q: str = ""
    agency: tuple[str, ...] = ()
    stream: tuple[str, ...] = ()
    from_: str = ""
    to: str = ""
    asof: str = ""
    sort: Sort = "relevance"
    page: int = 1
    exact: bool = False
    corrected: bool = False
    limit: int = DEFAULT_LIMIT
    strict: bool = False
    fold: bool | None = None
    explain: bool = False
    partial: bool = True
    hit: int = 0
    context: int = CONTEXT

    @property
    def time(self) -> str:
        """The period if `from` and `to` are the same text, else ""."""
        return self.from_ if self.from_ == self.to else ""

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any((self.agency, self.stream, self.from_, self.to, self.asof, self.corrected))

    @property
    def filter_count(self) -> int:
        """Number of filters that are set; a period counts once."""
        rest = (self.from_ or self.to, self.asof, self.corrected)
        return len(self.agency) + len(self.stream) + sum(map(bool, rest))

    def state(self) -> dict[str, Any]:
        """Return the parameters of the URL, in a fixed order, without defaults."""
        parameters = (written(field, getattr(self, field)) for field in STATE)
        return {name: value for name, value in parameters if value}

    def options(self, *, fold: bool) -> SearchOptions:
        """Return the search options; `fold` is the default of the endpoint."""
        return SearchOptions(
            limit=self.limit,
            page=self.page,
            sort=self.sort,
            agency=self.agency,
            stream=self.stream,
            from_=self.from_,
            to=self.to,
            asof=self.asof,
            exact=self.exact,
            strict=self.strict,
            fold=fold if self.fold is None else self.fold,
            explain=self.explain,
            partial=self.partial,
            corrected=self.corrected,
        )


#: Parameter name and text of each field of the state; parameters with empty texts are omitted.
_WRITTEN: Final[dict[str, tuple[str, Callable[[Any], Any] | None]]] = {
    "q": ("q", None),
    "agency": ("agency", list),
    "stream": ("stream", list),
    "from_": ("from", None),
    "to": ("to", None),
    "asof": ("asof", None),
    "sort": ("sort", lambda sort: "" if sort == "relevance" else sort),
    "page": ("page", lambda page: page if page > 1 else ""),
    "exact": ("exact", lambda exact: "1" if exact else ""),
    "partial": ("partial", lambda partial: "" if partial else "0"),
    "corrected": ("corrected", lambda corrected: "1" if corrected else ""),
    "fold": ("fold", {None: "", True: "1", False: "0"}.__getitem__),
}


#: Fields of the state of a search.
STATE: Final = tuple(_WRITTEN)


def written(field: str, value: Any) -> tuple[str, Any]:
    """Return parameter name and value of a field in a URL; the value is empty for a default."""
    if field not in _WRITTEN:
        raise TypeError(f"no state of a search: {field}")
    name, form = _WRITTEN[field]
    return name, form(value) if form else value


@dataclass(frozen=True, slots=True)
class ReadParams:
    """The state of a search, and the parameters that could not be used."""

    params: Params
    faults: tuple[Fault, ...] = ()

    def checked(self) -> Params:
        """Return the state; raises UsageError for the first fault."""
        for fault in self.faults:
            raise fault.as_error()
        return self.params

    def fault(self, name: str) -> Fault | None:
        """Return the fault of one parameter, None if it has none."""
        return next((fault for fault in self.faults if fault.param == name), None)


def read_query_string(args: MultiDict[str, str], *, zone: ZoneInfo, now: datetime) -> ReadParams:
    """Read the parameters of a request; raises RequestTooLarge for a query of more than MAX_QUERY."""
    reader = _Reader(args, zone, now)
    values = {parameter.field: reader.read(parameter) for parameter in PARAMETERS}
    # `time` is the default of both `from` and `to`.
    period = values.pop("time")
    values["from_"], values["to"] = values["from_"] or period, values["to"] or period
    # Old links have these parameters on every page; unusable values are ignored.
    for parameter in ENTRY_PARAMETERS:
        values[parameter.field] = reader.integer(parameter.name, parameter.most) or parameter.default
    return ReadParams(Params(**values), tuple(reader.faults))


class _Reader:
    """Reads parameters one by one and collects faults."""

    def __init__(self, args: MultiDict[str, str], zone: ZoneInfo, now: datetime) -> None:
        self.args, self.zone, self.now = args, zone, now
        self.faults: list[Fault] = []

    def read(self, parameter: Parameter) -> Any:
        """Return the value of a parameter; its default if it is absent or unusable."""
        name = parameter.name
        match parameter.kind:
            case "query":
                return self.query()
            case "names":
                return self.values(name)
            case "range":
                return self.time(name, ranges.parse_range)
            case "moment":
                return self.time(name, ranges.end_of)
            case "choice":
                return self.choice(name, parameter.choices, parameter.default)
            case "number":
                return self.number(name, parameter.default, parameter.most)
            case "switch":
                return self.switch(name, parameter.default)

    def query(self) -> str:
        """Return `q`; invisible characters become blanks, so that positions are preserved."""
        text = self.args.get("q", "")
        if len(text) > MAX_QUERY:
            raise RequestTooLarge(
                "查询有 {length} 个字符，最多 {max} 个；请缩短后再试", length=len(text), max=MAX_QUERY
            )
        return _INVISIBLE.sub(" ", text)

    def text(self, name: str) -> str:
        """Return the text of a parameter; "" if it is absent."""
        return _INVISIBLE.sub(" ", self.args.get(name, "")).strip()

    def refuse(self, name: str, value: str, message: Message, position: int | None = None) -> None:
        """Add a fault."""
        self.faults.append(Fault(name, value[:200], message, position))

    def values(self, name: str) -> tuple[str, ...]:
        """Return the distinct values of a repeated parameter, in order."""
        given = [_INVISIBLE.sub(" ", value).strip() for value in self.args.getlist(name)]
        values = tuple(dict.fromkeys(filter(None, given)))
        if len(values) > MAX_VALUES:
            message = Message("一次最多选 {max} 个，给了 {count} 个", max=MAX_VALUES, count=len(values))
            self.refuse(name, "", message)
            return ()
        return values

    def time(self, name: str, parse: Callable[..., object]) -> str:
        """Return a time as typed; "" if it is invalid."""
        text = self.text(name)
        try:
            if text:
                parse(text, zone=self.zone, now=self.now)
        except TimeError as error:
            self.refuse(name, text, error.message, error.position)
            return ""
        return text

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        """Return one of the allowed words."""
        text = self.text(name)
        if text and text not in allowed:
            self.refuse(name, text, Message("须为 {choices} 之一", choices=tuple(allowed)))
            return default
        return text or default

    def number(self, name: str, default: int, most: int) -> int:
        """Return an integer from 1 to `most`."""
        value = self.integer(name, most)
        if value is None and (text := self.text(name)):
            self.refuse(name, text, Message("须为 1 到 {max} 的整数", max=most))
        return value or default

    def integer(self, name: str, most: int) -> int | None:
        """Return an integer from 1 to `most`; None for any other text."""
        text = self.text(name)
        value = int(text) if text.isdecimal() and len(text) <= len(str(most)) else 0
        return value if 1 <= value <= most else None

    def switch(self, name: str, default: bool | None) -> bool | None:
        """Return a boolean."""
        text = self.text(name).lower()
        if text and text not in _SWITCH:
            self.refuse(name, text, Message("须为 1 或 0"))
        return _SWITCH.get(text, default)
