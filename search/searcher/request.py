"""Search options, and their resolution into the request of an engine.

Options are read once, at the edge: from command line options, a query string or Python keywords. They are
resolved once per answer: zone, current time, `asof`, `from_` and `to` become moments and filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache, cached_property, partial
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from search.analysis import Analyzer
from search.corrections.links import LinkFile, LinkView
from search.engines import Request, Snapshot
from search.errors import QueryError, QueryProblem, RequestTooLarge, UsageError
from search.language.message import Message
from search.query.grammar import parse, parse_strict
from search.query.logical import Everything, Filters, LogicalQuery, Node
from search.query.resolve import Context, match_of, resolve
from search.results import Sort
from search.settings.aliases import Names
from search.times import ranges
from search.times.format import format_time

__all__ = [
    "MAX_LIMIT",
    "MAX_PAGE",
    "MAX_QUERY",
    "PAGE_OPTIONS",
    "Moment",
    "RequestResolver",
    "SearchOptions",
    "read_options",
]

#: Maximum length of a query, in characters; the parser uses the first 1,000.
MAX_QUERY: Final = 10_000
#: Maximum number of hits on a page.
MAX_LIMIT: Final = 1_000
#: Maximum page number.
MAX_PAGE: Final = 1_000_000
#: Options that select a page or its contents; only `search` takes them.
PAGE_OPTIONS: Final = ("limit", "page", "explain")
_TICK: Final = timedelta(microseconds=1)

#: A time as typed, or a datetime; one without a zone is in the zone of the home.
Moment = str | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """Search options other than the query text; raises UsageError for values out of range.

    limit, page: hits per page, and the page, from 1.
    sort: the order of the hits; an empty query by relevance is sorted by time, newest first.
    agency, stream: entries of any of these agencies, and of any of these streams.
    from_, to: entries from the start of one time to the end of another.
    asof: only entries published by then; they alone are counted and weighted.
    exact: the query as typed, without aliases and other spellings.
    strict: raise QueryError for a query with mistakes.
    fold: list near-duplicates among the first 100 entries as one hit, the earliest of them.
    explain: add the parts of each score.
    partial: partial matches follow the full ones.
    corrected: only entries that a later one corrects or denies.
    """

    limit: int = 10
    page: int = 1
    sort: Sort = "relevance"
    agency: Sequence[str] = ()
    stream: Sequence[str] = ()
    from_: Moment = None
    to: Moment = None
    asof: Moment = None
    exact: bool = False
    strict: bool = False
    fold: bool = False
    explain: bool = False
    partial: bool = True
    corrected: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise UsageError("limit 须在 1 到 {max} 之间", max=MAX_LIMIT)
        if not 1 <= self.page <= MAX_PAGE:
            raise UsageError("page 须在 1 到 {max} 之间", max=MAX_PAGE)
        if self.sort not in get_args(Sort):
            raise UsageError("sort 只能是 {choices} 之一", choices=get_args(Sort))


def read_options(
    method: str,
    options: SearchOptions | None,
    keywords: Mapping[str, Any],
    *,
    excluded: Sequence[str] = PAGE_OPTIONS,
) -> SearchOptions:
    """Return options with some replaced by the keywords of a method call.

    Raises UsageError for a keyword that the method does not take.
    """
    names = [field.name for field in fields(SearchOptions) if field.name not in excluded]
    if unknown := sorted(keywords.keys() - names):
        raise UsageError(
            "{method}() 没有选项 {name}；可用的选项有 {names}",
            method=method,
            name=unknown[0],
            names=tuple(names),
        )
    return replace(options or SearchOptions(), **keywords)


class RequestResolver:
    """Resolves queries and options against one snapshot, at one point of time."""

    def __init__(
        self, snapshot: Snapshot, analyzer: Analyzer, names: Names, links: LinkFile, zone: ZoneInfo
    ) -> None:
        self.snapshot, self.analyzer = snapshot, analyzer
        self.now = datetime.now(zone)
        self.names, self._link_file, self._zone = names, links, zone
        self._newest = cache(snapshot.newest_time)

    @cached_property
    def links(self) -> LinkView:
        """The correction links of the snapshot; raises DamagedLinks."""
        return self._link_file.view(self.snapshot)

    def resolve_request(self, query: str, options: SearchOptions) -> Request:
        """Return the request for a page of results.

        Everything is resolved as of the earlier of the option `asof` and 截至 in the query. Raises
        QueryError (only with `strict`), TimeError and RequestTooLarge.
        """
        if len(query) > MAX_QUERY:
            raise RequestTooLarge(
                "查询有 {length} 个字符，最多 {max} 个；请只保留要找的部分", length=len(query), max=MAX_QUERY
            )
        filters = self._filters(options, self.moment(options.asof))
        logical = self.resolve(query, filters, exact=options.exact, strict=options.strict)
        if logical.asof and (filters.asof is None or logical.asof < filters.asof):
            # A date without a year is completed from the newest entry of that time.
            filters = self._filters(options, logical.asof)
            logical = self.resolve(query, filters, exact=options.exact, strict=options.strict)
        if not options.partial:
            logical = replace(logical, fallback=None)
        if options.corrected:
            filters = replace(filters, ids=self.links.corrected(filters.asof))
        logical = _with_period(logical, filters, self._zone)
        by_time = options.sort == "relevance" and isinstance(logical.match, Everything)
        return _explainable(
            Request(
                logical,
                filters,
                sort="newest" if by_time else options.sort,
                offset=(options.page - 1) * options.limit,
                limit=options.limit,
                explain=options.explain,
            )
        )

    def resolve(
        self, query: str, filters: Filters, *, exact: bool = False, strict: bool = False
    ) -> LogicalQuery:
        """Return the logical query under some filters; raises QueryError only with `strict`."""
        parsed = parse_strict(query) if strict else parse(query)
        logical = resolve(parsed, self._context(filters, exact))
        for problem in logical.problems if strict else ():
            raise QueryError(problem.message, problem.position)
        return logical

    def node_factory(self, filters: Filters, *, exact: bool = False) -> Callable[[str], Node]:
        """Return a function from a query to the node of its full matches."""
        context = self._context(filters, exact)
        return lambda query: match_of(parse(query), context)

    def moment(self, asof: Moment) -> datetime | None:
        """Return the last moment of a time as typed; raises TimeError."""
        if not isinstance(asof, str):
            return self._aware(asof)
        if not asof.strip():
            return None
        return ranges.end_of(asof, zone=self._zone, now=self.now, latest=self._newest(None))

    def _context(self, filters: Filters, exact: bool) -> Context:
        period = ranges.TimeRange(filters.start, filters.end)
        if filters.asof:
            period &= ranges.TimeRange(None, filters.asof + _TICK)
        newest = self._newest(filters.asof)
        visible = Filters(asof=filters.asof)
        count = partial(self.snapshot.count, filters=visible)
        return Context(self.analyzer, self._zone, self.now, newest, exact, self.names, period, count)

    def _filters(self, options: SearchOptions, asof: datetime | None) -> Filters:
        start, end = self._range(options.from_, asof).start, self._range(options.to, asof).end
        return Filters(tuple(options.agency), tuple(options.stream), start, end, asof)

    def _range(self, time: Moment, asof: datetime | None) -> ranges.TimeRange:
        if not isinstance(time, str):
            return ranges.TimeRange(self._aware(time), self._aware(time))
        if not time.strip():
            return ranges.TimeRange()
        return ranges.parse_range(time, zone=self._zone, now=self.now, latest=self._newest(asof))

    def _aware(self, time: datetime | None) -> datetime | None:
        return time if time is None or time.tzinfo else time.replace(tzinfo=self._zone)


def _with_period(logical: LogicalQuery, filters: Filters, zone: ZoneInfo) -> LogicalQuery:
    """Return the query, with a problem if the end of the period of the filters is before its begin."""
    if filters.start is None or filters.end is None or filters.start < filters.end:
        return logical
    message = Message(
        "结束时间 {end} 早于开始时间 {start}，没有这样的条目；请对调这两个时间",
        start=format_time(filters.start, zone),
        end=format_time(filters.end, zone),
    )
    return replace(logical, problems=(*logical.problems, QueryProblem(0, message)))


def _explainable(request: Request) -> Request:
    """Return the request, with a problem where it has too many terms to explain every hit of the page."""
    if not request.explain or request.explained >= request.limit:
        return request
    message = Message("查询很长，只解释这一页的前 {count} 条；请缩短查询", count=request.explained)
    problems = (*request.query.problems, QueryProblem(0, message))
    return replace(request, query=replace(request.query, problems=problems))
