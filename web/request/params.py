"""Read what a request asks for, once, for the page and the API alike.

The whole state of a search is in its URL. Reading never raises: what cannot be used is told as a Fault and
left out, so that the page can search with the rest while the API refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from search.errors import RequestTooLarge, TimeError, UsageError
from search.results import Sort
from search.searcher.searcher import MAX_QUERY
from search.times import ranges
from web.parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_VALUES, ON_PAGES, PARAMETERS, Parameter

__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "MAX_VALUES",
    "STATE",
    "Fault",
    "Params",
    "Reading",
    "read",
    "written",
]

#: The page of an entry shows so many entries of its stream before it and after it, and at most so many.
CONTEXT, MAX_CONTEXT = ON_PAGES[1].default, ON_PAGES[1].most

_SWITCH = {"1": True, "true": True, "yes": True, "on": True}
_SWITCH |= {"0": False, "false": False, "no": False, "off": False}
#: Characters that no page and no log should carry; a tab or a line break is a blank as well.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """A parameter that cannot be used: its name, what was given, and why; `position` counts into `value`."""

    param: str
    value: str
    message: str
    position: int | None = None

    def as_error(self) -> UsageError:
        """Return the error that refuses the request."""
        message = f"参数 {self.param}：{self.message}"
        return UsageError(message) if self.position is None else TimeError(message, self.position)


@dataclass(frozen=True, slots=True)
class Params:
    """One search as a URL says it. Times are as typed, and known to be understood; "" is no limit.

    `fold` is None where nothing is said: then the page folds near-copies, and the API does not.
    `hit` and `context` belong to the page of an entry, not to the search: which hit it was, 0 for none, and
    how many entries of its stream are shown around it.
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
        """The stretch of time where it was typed as one, "" where it has two ends or none."""
        return self.from_ if self.from_ == self.to else ""

    @property
    def filtered(self) -> bool:
        """Whether anything beside the query narrows the answer."""
        return any((self.agency, self.stream, self.from_, self.to, self.asof, self.corrected))

    def state(self) -> dict[str, Any]:
        """Return what a URL must say, in a fixed order, without what is as it would be anyway."""
        said = (written(field, getattr(self, field)) for field in STATE)
        return {name: value for name, value in said if value}


#: How each field of the state stands in a URL, under which name; what comes out empty is not said.
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


#: The fields that make up a search.
STATE: Final = tuple(_WRITTEN)


def written(field: str, value: Any) -> tuple[str, Any]:
    """Return how a value of a field stands in a URL, under which name; empty where it is not said."""
    if field not in _WRITTEN:
        raise TypeError(f"no state of a search: {field}")
    name, form = _WRITTEN[field]
    return name, form(value) if form else value


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request asks for, and what of it could not be used."""

    params: Params
    faults: tuple[Fault, ...] = ()

    def checked(self) -> Params:
        """Return the parameters; raises UsageError for the first fault."""
        for fault in self.faults:
            raise fault.as_error()
        return self.params

    def fault(self, name: str) -> Fault | None:
        """Return the fault of one parameter, None when it is fine."""
        return next((fault for fault in self.faults if fault.param == name), None)


def read(args: MultiDict[str, str], *, zone: ZoneInfo, now: datetime) -> Reading:
    """Read the parameters of a request; raises RequestTooLarge for what is beyond all bounds."""
    reader = _Reader(args, zone, now)
    found = {one.field: reader.take(one) for one in PARAMETERS}
    # A stretch typed as one is where `from` begins and where `to` ends.
    span = found.pop("time")
    found["from_"], found["to"] = found["from_"] or span, found["to"] or span
    # An old link may say these to any address; where they cannot be used they say nothing.
    for one in ON_PAGES:
        found[one.field] = reader.whole(one.name, one.most) or one.default
    return Reading(Params(**found), tuple(reader.faults))


class _Reader:
    """Take parameters one by one and collect the faults."""

    def __init__(self, args: MultiDict[str, str], zone: ZoneInfo, now: datetime) -> None:
        self.args, self.zone, self.now = args, zone, now
        self.faults: list[Fault] = []

    def take(self, one: Parameter) -> Any:
        """Read one parameter, as it is written; its default where it is absent or cannot be used."""
        match one.kind:
            case "query":
                return self.query()
            case "names":
                return self.values(one.name)
            case "range":
                return self.time(one.name, ranges.parse_range)
            case "moment":
                return self.time(one.name, ranges.end_of)
            case "choice":
                return self.choice(one.name, one.choices, one.default)
            case "number":
                return self.number(one.name, one.default, one.most)
            case "switch":
                return self.switch(one.name, one.default)

    def query(self) -> str:
        """Read `q`, with unseen characters as blanks so that positions hold."""
        text = self.args.get("q", "")
        if len(text) > MAX_QUERY:
            raise RequestTooLarge(f"查询有 {len(text)} 个字符，最多 {MAX_QUERY} 个；请缩短后再试")
        return _UNSEEN.sub(" ", text)

    def one(self, name: str) -> str:
        """Read a parameter that has one value; "" when it is absent."""
        return _UNSEEN.sub(" ", self.args.get(name, "")).strip()

    def refuse(self, name: str, value: str, message: str, position: int | None = None) -> None:
        """Note that a parameter cannot be used."""
        self.faults.append(Fault(name, value[:200], message, position))

    def values(self, name: str) -> tuple[str, ...]:
        """Read a parameter that may be given many times; each value once, in order."""
        given = [_UNSEEN.sub(" ", value).strip() for value in self.args.getlist(name)]
        wanted = tuple(dict.fromkeys(filter(None, given)))
        if len(wanted) > MAX_VALUES:
            self.refuse(name, "", f"一次最多选 {MAX_VALUES} 个，给了 {len(wanted)} 个")
            return ()
        return wanted

    def time(self, name: str, parse: Callable[..., object]) -> str:
        """Read a time as typed, if it can be understood."""
        text = self.one(name)
        try:
            if text:
                parse(text, zone=self.zone, now=self.now)
        except TimeError as error:
            self.refuse(name, text, str(error), error.position)
            return ""
        return text

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        """Read one of a few words."""
        text = self.one(name)
        if text and text not in allowed:
            self.refuse(name, text, f"须为 {'、'.join(allowed)} 之一")
            return default
        return text or default

    def number(self, name: str, default: int, most: int) -> int:
        """Read a whole number from 1 to `most`."""
        value = self.whole(name, most)
        if value is None and (text := self.one(name)):
            self.refuse(name, text, f"须为 1 到 {most} 的整数")
        return value or default

    def whole(self, name: str, most: int) -> int | None:
        """Read a whole number from 1 to `most`, None for anything else."""
        text = self.one(name)
        value = int(text) if text.isdecimal() and len(text) <= len(str(most)) else 0
        return value if 1 <= value <= most else None

    def switch(self, name: str, default: bool | None) -> bool | None:
        """Read a yes or no."""
        text = self.one(name).lower()
        if text and text not in _SWITCH:
            self.refuse(name, text, "须为 1 或 0")
        return _SWITCH.get(text, default)
