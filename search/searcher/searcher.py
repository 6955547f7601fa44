"""The searcher: the one call that command line and web share.

text ── query ── LogicalQuery ── engine ── Answer ── highlight ── Results
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, TypedDict, Unpack, get_args

from search.analysis import Analyzer
from search.corrections.links import LinkFile, LinkView, check_links
from search.engines import Engine, IndexStats, Request, SearchResponse, Snapshot, open_engine
from search.entry import Entry
from search.errors import QueryError, QueryProblem, RequestTooLarge, UsageError
from search.highlight import Marker
from search.home import Home
from search.near_duplicates import FactCache
from search.output.export import Export
from search.query.grammar import parse, parse_strict
from search.query.logical import Everything, Filters, LogicalQuery, Node
from search.query.resolve import Context, match_of, resolve
from search.results import MAX_EXPLAINED_TERMS, CorrectionLinks, DuplicateOf, Facet, PartCount, Results, Sort
from search.searcher.folding import SimilarEntry, fold_listing, search_folded, similar_entries
from search.searcher.hits import as_hit, marked_entry
from search.settings.aliases import AliasFile
from search.settings.words import home_analyzer, is_settled, words_stamp
from search.suggest import DID_YOU_MEAN_BELOW, Suggester, Suggestion
from search.times import ranges

__all__ = ["MAX_LIMIT", "MAX_QUERY", "Asked", "Searcher", "Status"]

#: Longer queries are refused; beyond 1,000 characters they are cut with a problem told.
MAX_QUERY: Final = 10_000
MAX_LIMIT: Final = 1_000
MAX_PAGE: Final = 1_000_000
_TICK: Final = timedelta(microseconds=1)
#: Agencies, streams, and the two ends of a stretch of time, as they were chosen.
_Chosen = tuple[Sequence[str], Sequence[str], str | datetime | None, str | datetime | None]


class Asked(TypedDict, total=False):
    """What says which entries are found, and in which order, beside the query; as `search` takes it."""

    sort: Sort
    agency: Sequence[str]
    stream: Sequence[str]
    from_: str | datetime | None
    to: str | datetime | None
    asof: str | datetime | None
    exact: bool
    strict: bool
    partial: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What is indexed in a home."""

    home: str
    state: IndexStats

    def as_dict(self) -> dict[str, Any]:
        """Return the status as plain JSON values."""
        return {
            "home": self.home,
            "generation": self.state.generation,
            "entries": self.state.entries,
            "stale": self.state.stale,
            "bytes": self.state.bytes,
            "oldest": self.state.oldest.isoformat() if self.state.oldest else None,
            "newest": self.state.newest.isoformat() if self.state.newest else None,
        }


class Searcher:
    """Searches one home. Cheap to keep, safe to share between threads; sees a new index by itself."""

    def __init__(self, home: Home, engine: Engine | None = None) -> None:
        self.home = home
        self._words = words_stamp(home)
        self._words_settled = is_settled(self._words)
        self._analyzer: Analyzer = home_analyzer(home)
        self._engine: Engine = engine or open_engine(home.engine_location, self._analyzer, home.zone)
        self._engine.set_analyzer(self._analyzer)
        self._suggester = Suggester(self._analyzer)
        self._seen = FactCache(self._analyzer)
        self._ties = LinkFile(home.state_dir)
        self._aliases = AliasFile(home.aliases, self._analyzer, home.zone)

    def verify_in_background(self) -> None:
        """From now on look for damage in the index while it is searched; for processes that stay."""
        self._engine.verify_in_background()

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        page: int = 1,
        fold: bool = False,
        explain: bool = False,
        **asked: Unpack[Asked],
    ) -> Results:
        """Return one page of ranked, highlighted entries; an empty query finds everything, newest first.

        With `fold`, near-copies among the first 100 entries count as one hit, which is the earliest of them.
        Without `partial` (which is on), no partial matches follow; `corrected` keeps the entries that a later
        one corrects or denies; `exact` takes the query as typed.

        `from_`, `to` and `asof` take what `clock` understands, in the home's zone. Raises QueryError (only
        with `strict`), TimeError, RequestTooLarge, UsageError and IndexProblem.
        """
        started = perf_counter()
        _check(query, limit, page, asked)
        snapshot = self._snapshot()
        request = self._request(snapshot, query, asked)
        request = replace(request, offset=(page - 1) * limit, limit=limit, explain=explain)
        logical, filters = request.query, request.filters
        folded = search_folded(snapshot, request, self._seen) if fold else None
        answer = folded.answer if folded else snapshot.search(request)
        full, loose = (
            Marker(logical.highlights, self._analyzer),
            Marker(logical.partial_highlights, self._analyzer),
        )
        ties = self._ties.view(snapshot)
        hits = tuple(
            as_hit(
                found,
                loose if found.partial else full,
                ties.ties(found.entry.id, filters.asof),
                _with_ties(folded.copies[place], ties, filters.asof) if folded else None,
            )
            for place, found in enumerate(answer.found)
        )
        meant = self._did_you_mean(snapshot, query, answer.total, filters, asked.get("exact", False))
        return Results(
            query=query,
            total=answer.total,
            partial_total=answer.partial_total,
            page=page,
            limit=limit,
            sort=asked.get("sort", "relevance"),
            took_ms=(perf_counter() - started) * 1000,
            asof=filters.asof,
            hits=hits,
            facets=dict(answer.facets),
            histogram=answer.histogram,
            did_you_mean=meant,
            also_searched=logical.also_searched,
            problems=(*logical.problems, *_untold(answer)),
            parts=self._parts(snapshot, logical, filters, answer),
            folded=folded.away if folded else None,
        )

    def hit_neighbours(
        self, rank: int, query: str, *, fold: bool = False, **asked: Unpack[Asked]
    ) -> tuple[frozenset[str], str | None, str | None]:
        """Return the ids at a rank of an answer, from 1, and that of the hit before and of the one after.

        At the rank stand several where near-copies are folded. All is as `search` shows it; raises the same.
        """
        _check(query, 1, rank, asked)
        snapshot = self._snapshot()
        request = self._request(snapshot, query, asked)
        first = max(0, rank - 2)
        request = replace(request, offset=first, limit=rank + 1 - first, facets=False)
        folded = search_folded(snapshot, request, self._seen) if fold else None
        found = [one.entry.id for one in (folded.answer if folded else snapshot.search(request)).found]
        at = rank - 1 - first
        if at >= len(found):
            return frozenset(), None, None
        copies = (copy.id for copy in folded.copies[at]) if folded else ()
        after = found[at + 1] if at + 1 < len(found) else None
        return frozenset({found[at], *copies}), found[at - 1] if at else None, after

    def export(self, query: str, *, fold: bool = False, **asked: Unpack[Asked]) -> Export:
        """Return all entries that `search` finds, laid end to end, of one state of the index.

        They are read as they are taken, so there may be millions. Raises what `search` raises.
        """
        _check(query, 1, 1, asked)
        snapshot = self._snapshot()
        request = self._request(snapshot, query, asked)
        listing = snapshot.scan(request)
        now = datetime.now(self.home.zone).replace(microsecond=0)
        sort, exact = asked.get("sort", "relevance"), asked.get("exact", False)
        if not fold:
            plain = ((one, None) for one in listing.found)
            return Export(query, sort, exact, now, request, listing, plain)
        hits, folded = fold_listing(listing.found, request.sort, self._seen)
        return Export(query, sort, exact, now, request, listing, hits, folded)

    def _snapshot(self) -> Snapshot:
        """Return the newest generation; everything in one answer is read from one snapshot."""
        self.reload_dictionary()
        return self._engine.snapshot()

    def _request(self, snapshot: Snapshot, query: str, asked: Asked) -> Request:
        """Return what an engine is asked for, by everything that says which entries and in which order."""
        chosen = asked.get("agency", ()), asked.get("stream", ()), asked.get("from_"), asked.get("to")
        exact, strict, asof = (
            asked.get("exact", False),
            asked.get("strict", False),
            self._asof(snapshot, asked.get("asof")),
        )
        logical, filters = self.resolve_request(snapshot, query, exact, strict, chosen, asof)
        if not asked.get("partial", True):
            logical = replace(logical, fallback=None)
        if asked.get("corrected"):
            filters = replace(filters, ids=self._ties.view(snapshot).corrected(filters.asof))
        sort = asked.get("sort", "relevance")
        by_time = sort == "relevance" and isinstance(logical.match, Everything)
        return Request(logical, filters, "newest" if by_time else sort)

    def suggest(self, prefix: str, *, limit: int = 8, asof: str | datetime | None = None) -> list[Suggestion]:
        """Return ways to go on from what is typed, by characters, pinyin or initials; each finds something.

        Raises TimeError and IndexProblem.
        """
        snapshot = self._snapshot()
        until = self._asof(snapshot, asof)
        meaning = self.node_factory(snapshot, Filters(asof=until))
        return self._suggester.suggest(snapshot, prefix, limit, meaning, until)

    def node_factory(
        self, snapshot: Snapshot, filters: Filters, exact: bool = False
    ) -> Callable[[str], Node]:
        context = self._context(snapshot, exact, filters)
        return lambda query: match_of(parse(query), context)

    def _did_you_mean(
        self, snapshot: Snapshot, query: str, total: int, filters: Filters, exact: bool
    ) -> tuple[str, ...]:
        """Return other queries only where this one finds next to nothing."""
        if total >= DID_YOU_MEAN_BELOW:
            return ()
        meaning = self.node_factory(snapshot, filters, exact)
        return self._suggester.did_you_mean(snapshot, parse(query), total, filters, meaning)

    def resolve(
        self, query: str, *, exact: bool = False, strict: bool = False, filters: Filters | None = None
    ) -> LogicalQuery:
        """Return what a query means here and now, among what the filters leave; raises QueryError only
        with `strict`."""
        return self._resolve(self._snapshot(), query, exact, strict, filters)

    def _resolve(
        self, snapshot: Snapshot, query: str, exact: bool, strict: bool, filters: Filters | None
    ) -> LogicalQuery:
        parsed = parse_strict(query) if strict else parse(query)
        logical = resolve(parsed, self._context(snapshot, exact, filters))
        for problem in logical.problems if strict else ():
            raise QueryError(problem.message, problem.position)
        return logical

    def _context(self, snapshot: Snapshot, exact: bool, filters: Filters | None) -> Context:
        now, names = datetime.now(self.home.zone), self._aliases.names()
        newest = snapshot.newest_time(filters.asof if filters else None)
        within = ranges.TimeRange(filters.start, filters.end) if filters else ranges.TimeRange()
        if filters and filters.asof:
            within &= ranges.TimeRange(None, filters.asof + _TICK)
        return Context(self._analyzer, self.home.zone, now, newest, exact, names, within)

    def reload_dictionary(self) -> None:
        """Take the user dictionary as it is now; one look at the file where it did not change."""
        stamp = words_stamp(self.home)
        if stamp != self._words or not self._words_settled:
            self._analyzer = home_analyzer(self.home)
            self._engine.set_analyzer(self._analyzer)
            self._suggester = Suggester(self._analyzer)
            self._words = stamp
            self._words_settled = is_settled(stamp)

    def ranked_ids(self, query: str, limit: int) -> list[str]:
        """Return just the ids of the best entries, in the order of `search`."""
        snapshot = self._snapshot()
        request = Request(self._resolve(snapshot, query, False, False, None), limit=limit, facets=False)
        return [found.entry.id for found in snapshot.search(request).found]

    def matches(self, query: str, *, exact: bool = False) -> set[str]:
        """Return the ids of all full matches, however many there are."""
        snapshot = self._snapshot()
        logical = self._resolve(snapshot, query, exact, False, None)
        (total,) = snapshot.count([logical.match], Filters())
        found = snapshot.search(Request(logical, limit=total, facets=False)).found
        return {one.entry.id for one in found if not one.partial}

    def resolve_request(
        self,
        snapshot: Snapshot,
        query: str,
        exact: bool,
        strict: bool,
        chosen: _Chosen,
        asof: datetime | None,
    ) -> tuple[LogicalQuery, Filters]:
        """Return what query and filters mean, in a world that ends at the earliest moment that they name."""
        filters = self._filters(snapshot, *chosen, asof)
        logical = self._resolve(snapshot, query, exact, strict, filters)
        known = _earliest(asof, logical.asof)
        if known == asof:
            return logical, filters
        # 截至 in the query: a day without a year looks back from what was known then.
        filters = self._filters(snapshot, *chosen, known)
        return self._resolve(snapshot, query, exact, strict, filters), filters

    def _filters(
        self,
        snapshot: Snapshot,
        agency: Sequence[str],
        stream: Sequence[str],
        from_: str | datetime | None,
        to: str | datetime | None,
        asof: datetime | None,
    ) -> Filters:
        start = from_ if isinstance(from_, datetime) else self._range(snapshot, from_, asof).start
        end = to if isinstance(to, datetime) else self._range(snapshot, to, asof).end
        return Filters(tuple(agency), tuple(stream), self._aware(start), self._aware(end), asof)

    def _range(self, snapshot: Snapshot, text: str | None, asof: datetime | None) -> ranges.TimeRange:
        if not text or not text.strip():
            return ranges.TimeRange(None, None)
        now, latest = datetime.now(self.home.zone), snapshot.newest_time(asof)
        return ranges.parse_range(text, zone=self.home.zone, now=now, latest=latest)

    def time_range(self, from_: str, to: str, asof: datetime | None = None) -> ranges.TimeRange:
        """Return the stretch from the begin of one typed time to the end of another; raises TimeError."""
        snapshot = self._snapshot()
        return ranges.TimeRange(self._range(snapshot, from_, asof).start, self._range(snapshot, to, asof).end)

    def _asof(self, snapshot: Snapshot, asof: str | datetime | None) -> datetime | None:
        if asof is None or isinstance(asof, datetime):
            return self._aware(asof)
        if not asof.strip():
            return None
        now, latest = datetime.now(self.home.zone), snapshot.newest_time()
        return ranges.end_of(asof, zone=self.home.zone, now=now, latest=latest)

    def asof(self, query: str, asof: str | datetime | None = None) -> datetime | None:
        """Return the moment to which an answer is limited, by a parameter or by 截至 in the query."""
        snapshot = self._snapshot()
        until = self._asof(snapshot, asof)
        return _earliest(until, self._resolve(snapshot, query, False, False, Filters(asof=until)).asof)

    def _aware(self, time: datetime | None) -> datetime | None:
        if time is None or time.tzinfo is not None:
            return time
        return time.replace(tzinfo=self.home.zone)

    def _parts(
        self, snapshot: Snapshot, query: LogicalQuery, filters: Filters, answer: SearchResponse
    ) -> tuple[PartCount, ...]:
        """Count each part alone, only when nothing matched in full."""
        if answer.total or not query.parts:
            return ()
        counts = snapshot.count([part.node for part in query.parts], filters)
        return tuple(PartCount(part.text, count) for part, count in zip(query.parts, counts, strict=True))

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return self._snapshot().entry(entry_id)

    def context(
        self, entry_id: str, n: int = 3, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`."""
        return self._snapshot().neighbours(entry_id, n, asof)

    def ties(self, entry_id: str, asof: str | datetime | None = None) -> CorrectionLinks:
        """Return which entries correct one, as far as a moment knows, and which one it corrects."""
        snapshot = self._snapshot()
        return self._ties.view(snapshot).ties(entry_id, self._asof(snapshot, asof))

    def similar(
        self, entry_id: str, n: int = 5, asof: str | datetime | None = None
    ) -> tuple[SimilarEntry, ...]:
        """Return the n entries most like one, best first, no near-copies; raises EntryNotFound, TimeError."""
        snapshot = self._snapshot()
        filters = Filters(asof=self._asof(snapshot, asof))
        return similar_entries(snapshot, snapshot.entry(entry_id), n, filters, self._analyzer)

    def marked(self, entry: Entry, query: str) -> dict[str, Any]:
        """Return headline, body and captions (a list) of an entry, whole, as HTML with marks of a query."""
        rows = self.resolve(query).partial_highlights if query.strip() else ()
        return marked_entry(entry, Marker(rows, self._analyzer))

    def status(self) -> Status:
        """Return what is indexed; raises NoIndex."""
        snapshot = self._snapshot()
        self._ties.view(snapshot)
        return Status(str(self.home.path), snapshot.stats())

    def check(self) -> list[str]:
        """Read the whole index and return what is wrong with it, one sentence each."""
        return self._engine.check() or check_links(
            self.home.state_dir, self._engine.snapshot(), self._analyzer
        )

    def values(self) -> dict[str, tuple[Facet, ...]]:
        """Return the agencies and streams of all entries with their counts."""
        return dict(self._snapshot().search(Request(LogicalQuery(Everything()), limit=0)).facets)


def _check(query: str, limit: int, page: int, asked: Asked) -> None:
    if unknown := asked.keys() - Asked.__annotations__.keys():
        raise TypeError(f"search() got an unexpected keyword argument {min(unknown)!r}")
    if len(query) > MAX_QUERY:
        raise RequestTooLarge(f"查询有 {len(query)} 个字符，最多 {MAX_QUERY} 个；请只保留要找的部分")
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit 须在 1 到 {MAX_LIMIT} 之间")
    if not 1 <= page <= MAX_PAGE:
        raise UsageError(f"page 须在 1 到 {MAX_PAGE} 之间")
    if asked.get("sort", "relevance") not in get_args(Sort):
        raise UsageError(f"sort 只能是 {'、'.join(get_args(Sort))} 之一")


def _untold(answer: SearchResponse) -> tuple[QueryProblem, ...]:
    """Return what is said where an explanation has more terms than are told."""
    explained = [found.explanation for found in answer.found if found.explanation]
    if all(len(one.terms) <= MAX_EXPLAINED_TERMS for one in explained):
        return ()
    message = f"解释只列出每条结果中份量最大的 {MAX_EXPLAINED_TERMS} 个词项；要看全部，请缩短查询"
    return (QueryProblem(0, message),)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _with_ties(
    copies: tuple[DuplicateOf, ...], ties: LinkView, asof: datetime | None
) -> tuple[DuplicateOf, ...]:
    """Return near-copies with their corrections: that of a copy is one of the report, too."""
    return tuple(replace(copy, ties=ties.ties(copy.id, asof)) for copy in copies)
