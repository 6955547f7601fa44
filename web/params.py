"""Read what a request asks for, once, for the page and the API alike.

The whole state of a search is in its URL. Reading never raises: what cannot be used is told as a Fault and
left out, so that the page can search with the rest while the API refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from search import clock
from search.errors import RequestTooLarge, TimeError, UsageError
from search.results import Sort
from search.searcher import MAX_PAGE, MAX_QUERY

__all__ = ["MAX_LIMIT", "MAX_VALUES", "Fault", "Params", "Reading", "read"]

MAX_LIMIT = 100
#: How many agencies, and how many streams, one request may choose.
MAX_VALUES = 100
DEFAULT_LIMIT = 10

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

    @property
    def filtered(self) -> bool:
        """Whether anything beside the query narrows the answer."""
        return any((self.agency, self.stream, self.from_, self.to, self.asof, self.corrected))

    def state(self, **changes: Any) -> dict[str, Any]:
        """Return what a URL must say, in a fixed order, without what is as it would be anyway.

        `changes` are fields that differ; everything else is kept.
        """
        if unknown := changes.keys() - _WRITTEN.keys():
            raise TypeError(f"no state of a search: {', '.join(unknown)}")
        said = {}
        for field, (name, written) in _WRITTEN.items():
            value = changes[field] if field in changes else getattr(self, field)
            if value := written(value) if written else value:
                said[name] = value
        return said


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
    "corrected": ("corrected", lambda corrected: "1" if corrected else ""),
    "fold": ("fold", {None: "", True: "1", False: "0"}.__getitem__),
}


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
    reader = _Reader(args)
    found: dict[str, Any] = {"q": reader.query()}
    for name in ("agency", "stream"):
        found[name] = reader.values(name)
    for name, parse in (("from", clock.parse_range), ("to", clock.parse_range), ("asof", clock.last_moment)):
        found["from_" if name == "from" else name] = reader.time(name, parse, zone=zone, now=now)
    found["sort"] = reader.choice("sort", get_args(Sort), "relevance")
    found["page"] = reader.number("page", 1, MAX_PAGE)
    found["limit"] = reader.number("limit", DEFAULT_LIMIT, MAX_LIMIT)
    found["exact"] = reader.switch("exact")
    found["corrected"] = reader.switch("corrected")
    found["strict"] = reader.switch("strict")
    found["fold"] = reader.switch("fold") if reader.one("fold") else None
    found["explain"] = reader.switch("explain")
    return Reading(Params(**found), tuple(reader.faults))


class _Reader:
    """Take parameters one by one and collect the faults."""

    def __init__(self, args: MultiDict[str, str]) -> None:
        self.args = args
        self.faults: list[Fault] = []

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

    def time(self, name: str, parse: Callable[..., object], *, zone: ZoneInfo, now: datetime) -> str:
        """Read a time as typed, if it can be understood."""
        text = self.one(name)
        try:
            if text:
                parse(text, zone=zone, now=now)
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
        text = self.one(name)
        value = int(text) if text.isdecimal() and len(text) <= len(str(most)) else 0
        if text and not 1 <= value <= most:
            self.refuse(name, text, f"须为 1 到 {most} 的整数")
            return default
        return value or default

    def switch(self, name: str) -> bool:
        """Read a yes or no."""
        text = self.one(name).lower()
        if text and text not in _SWITCH:
            self.refuse(name, text, "须为 1 或 0")
        return _SWITCH.get(text, False)
