"""The searcher: the library's API, which command line and web share.

query, options ── RequestResolver ── Request ── engine ── SearchResponse ── HitBuilder ── Results
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any, ClassVar

from search import compiled
from search.analysis import Analyzer
from search.corrections.links import LinkFile, check_links
from search.engines import Engine, IndexStats, Request, SearchResponse, Snapshot, open_engine
from search.entry import Entry
from search.errors import QueryProblem
from search.highlight import Marker
from search.home import Home
from search.jsonable import JsonObject
from search.language.message import Message
from search.near_duplicates import FactCache
from search.output.export import Export
from search.query.grammar import parse
from search.query.logical import AgencyIs, Everything, Filters, LogicalQuery, Node, StreamIs
from search.results import MAX_EXPLAINED_TERMS, CorrectionLinks, Facet, PartCount, Results
from search.searcher.folding import SimilarEntry, fold_scan, search_page, similar_entries
from search.searcher.hits import HighlightedEntry, HitBuilder, highlight_entry
from search.searcher.request import Moment, RequestResolver, SearchOptions, read_options
from search.settings.aliases import AliasFile
from search.settings.words import Stamp, home_analyzer, is_settled, words_stamp
from search.suggest import FEW_MATCHES, Suggester, Suggestion
from search.times.ranges import TimeRange

__all__ = ["EntryView", "HitNeighbours", "LoadedTables", "Searcher", "Status"]


@dataclass(frozen=True, slots=True)
class Status(JsonObject):
    """The index of a home."""

    JSON_KEYS: ClassVar = (
        *("home", "state.generation", "state.entries", "state.stale", "state.bytes"),
        *("state.oldest", "state.newest", "compiled"),
    )

    home: str
    state: IndexStats
    #: Whether the compiled loops are at work.
    compiled: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a search shows it, limited to `asof`: its highlights, neighbours, and similar entries.

    `ties` are the correction links of every entry in the view, by id.
    """

    entry: Entry
    highlighted: HighlightedEntry
    before: tuple[Entry, ...]
    after: tuple[Entry, ...]
    similar: tuple[SimilarEntry, ...]
    ties: Mapping[str, CorrectionLinks]
    asof: datetime | None


@dataclass(frozen=True, slots=True)
class HitNeighbours:
    """The ids at one rank of a search, the hits before and after it, and the number of hits.

    `ids` is empty beyond the last hit. A folded hit has the ids of its near-duplicates, too. `total` counts
    full matches, and partial ones if the rank is one of theirs.
    """

    ids: frozenset[str]
    before: str | None
    after: str | None
    total: int


@dataclass(frozen=True, slots=True)
class LoadedTables:
    """The tables of suggestions and corrections, and the state of the dictionary for which they hold.

    They hold no file open, so that a process may load them for those that it forks.
    """

    words: Stamp
    suggester: Suggester


class Searcher:
    """Searches one home; new generations of its index are used at once. Safe to share between threads."""

    def __init__(self, home: Home, engine: Engine | None = None) -> None:
        self.home = home
        self._words = words_stamp(home)
        self._words_settled = is_settled(self._words)
        self._analyzer: Analyzer = home_analyzer(home)
        self._engine: Engine = engine or open_engine(home.engine_location, self._analyzer, home.zone)
        self._engine.set_analyzer(self._analyzer)
        self._suggester = Suggester(self._analyzer)
        self._facts = FactCache(self._analyzer)
        self._links = LinkFile(home.state_dir)
        self._aliases = AliasFile(home.aliases, self._analyzer, home.zone)

    def verify_in_background(self) -> None:
        """Verify each new generation of the index in the background; for long-running processes."""
        self._engine.verify_in_background()

    def load_tables(self) -> LoadedTables:
        """Load what suggestions and corrections need ahead of their first use; raises IndexProblem."""
        self._suggester.load(self._snapshot())
        return LoadedTables(self._words, self._suggester)

    def use_tables(self, tables: LoadedTables) -> None:
        """Use the tables of the process that forked this one, if the dictionary is still the same."""
        if tables.words == self._words:
            self._suggester = tables.suggester
            self._analyzer = tables.suggester.analyzer
            self._engine.set_analyzer(self._analyzer)

    def search(self, query: str, options: SearchOptions | None = None, **keywords: Any) -> Results:
        """Return one page of ranked, highlighted hits; an empty query matches everything.

        The keywords are the fields of SearchOptions. Times are typed or datetimes, in the zone of the home.
        Raises QueryError (only with `strict`), TimeError, RequestTooLarge, UsageError and IndexProblem.
        """
        started = perf_counter()
        options = read_options("search", options, keywords, excluded=())
        resolver = self._resolver()
        request = resolver.resolve_request(query, options)
        logical, filters = request.query, request.filters
        page = search_page(resolver.snapshot, request, self._facts if options.fold else None)
        response = page.response
        builder = HitBuilder(logical, resolver.analyzer, resolver.links, filters.asof)
        copies = page.copies or [None] * len(response.found)
        return Results(
            query=query,
            total=response.total,
            partial_total=response.partial_total,
            page=options.page,
            limit=options.limit,
            sort=options.sort,
            asof=filters.asof,
            hits=tuple(map(builder.build, response.found, copies)),
            facets=dict(response.facets),
            histogram=response.histogram,
            did_you_mean=self._did_you_mean(query, response.total, request, resolver, options),
            also_searched=logical.also_searched,
            problems=(
                *logical.problems,
                *(() if response.total else _doubts(resolver, request)),
                *_omitted_terms(response),
            ),
            parts=_part_counts(resolver.snapshot, request, response),
            folded=page.folded_count,
            period=TimeRange(filters.start, filters.end),
            took_ms=round((perf_counter() - started) * 1000, 3),
        )

    def hit_neighbours(
        self, rank: int, query: str, options: SearchOptions | None = None, **keywords: Any
    ) -> HitNeighbours:
        """Return the neighbours of the hit at a rank from 1. Options and errors are those of `search`."""
        options = read_options("hit_neighbours", options, keywords)
        options = replace(options, limit=1, page=rank, explain=False)
        resolver = self._resolver()
        request = resolver.resolve_request(query, options)
        first = max(0, rank - 2)
        request = replace(request, offset=first, limit=rank + 1 - first, facets=False)
        page = search_page(resolver.snapshot, request, self._facts if options.fold else None)
        ids = [scored.entry.id for scored in page.response.found]
        at, total = rank - 1 - first, page.response.total
        if at >= len(ids):
            return HitNeighbours(frozenset(), None, None, total)
        copies = (copy.id for copy in page.copies[at]) if page.copies else ()
        if page.response.found[at].partial:
            total += page.response.partial_total
        before = ids[at - 1] if at else None
        return HitNeighbours(frozenset({ids[at], *copies}), before, (*ids, None)[at + 1], total)

    def export(
        self,
        query: str,
        options: SearchOptions | None = None,
        *,
        now: datetime | None = None,
        **keywords: Any,
    ) -> Export:
        """Return all full matches of `search`, of one generation, read from the index as they are taken.

        Options and errors are those of `search`, without a page; `partial` is False by default. Relative
        times are those of `now`, by default the current time.
        """
        options = read_options("export", options or SearchOptions(partial=False), keywords)
        resolver = self._resolver()
        resolver.now = resolver.now if now is None else now.astimezone(self.home.zone)
        request = resolver.resolve_request(query, options)
        scan = resolver.snapshot.scan(request)
        time = resolver.now.replace(microsecond=0)
        if not options.fold:
            matches = ((scored, None) for scored in scan.found)
            return Export(query, options.sort, options.exact, time, request, scan, matches)
        folded, copies = fold_scan(scan.found, request.sort, self._facts)
        return Export(query, options.sort, options.exact, time, request, scan, folded, copies)

    def suggest(self, prefix: str, *, limit: int = 8, asof: Moment = None) -> list[Suggestion]:
        """Return completions of a prefix in characters, pinyin or initials; each has at least one match.

        Raises TimeError and IndexProblem.
        """
        resolver = self._resolver()
        until = resolver.moment(asof)
        node_of = resolver.node_factory(Filters(asof=until))
        names = resolver.names
        return self._suggester.suggest(resolver.snapshot, prefix, limit, node_of, until, names)

    def resolve(self, query: str, *, exact: bool = False) -> LogicalQuery:
        """Return the logical query."""
        return self._resolver().resolve(query, Filters(), exact=exact)

    def state_id(self) -> str:
        """Return what changes with the index, its links, the aliases and the dictionary, cheaply.

        The same query at the same time has the same answer as long as this stays. Raises IndexProblem.
        """
        snapshot = self._snapshot()
        stamps = (snapshot.state_id, self._words, self._aliases.stamp(), self._links.stamp())
        return repr(stamps)

    def _snapshot(self) -> Snapshot:
        """Return the newest generation; everything in one answer is read from one snapshot."""
        self.reload_dictionary()
        return self._engine.snapshot()

    def _resolver(self) -> RequestResolver:
        """Return a resolver on the newest snapshot, with the current dictionary, aliases and time."""
        snapshot, names = self._snapshot(), self._aliases.names()
        return RequestResolver(snapshot, self._analyzer, names, self._links, self.home.zone)

    def reload_dictionary(self) -> None:
        """Use the current user dictionary; stats the file."""
        stamp = words_stamp(self.home)
        if stamp != self._words or not self._words_settled:
            self._analyzer = home_analyzer(self.home)
            self._engine.set_analyzer(self._analyzer)
            self._suggester = Suggester(self._analyzer)
            self._words = stamp
            self._words_settled = is_settled(stamp)

    def ranked_ids(self, query: str, limit: int) -> list[str]:
        """Return the ids of the best matches, in the order of `search`."""
        resolver = self._resolver()
        request = Request(resolver.resolve(query, Filters()), limit=limit, facets=False)
        return [scored.entry.id for scored in resolver.snapshot.search(request).found]

    def matches(self, query: str, *, exact: bool = False) -> set[str]:
        """Return the ids of all full matches."""
        resolver = self._resolver()
        logical, snapshot = resolver.resolve(query, Filters(), exact=exact), resolver.snapshot
        (total,) = snapshot.count([logical.match], Filters())
        response = snapshot.search(Request(logical, limit=total, facets=False))
        return {scored.entry.id for scored in response.found if not scored.partial}

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return self._snapshot().entry(entry_id)

    def view(
        self,
        entry_id: str,
        query: str = "",
        options: SearchOptions | None = None,
        *,
        context: int = 3,
        similar: int = 5,
    ) -> EntryView:
        """Return an entry as a search shows it, with `context` neighbours on either side.

        Raises EntryNotFound and the errors of `search`.
        """
        resolver = self._resolver()
        snapshot, analyzer = resolver.snapshot, resolver.analyzer
        entry, links = snapshot.entry(entry_id), resolver.links
        request = resolver.resolve_request(query, options or SearchOptions())
        asof = request.filters.asof
        phrases = request.query.partial_highlights if query.strip() else ()
        before, after = snapshot.neighbours(entry_id, context, asof)
        alike = similar_entries(snapshot, entry, similar, Filters(asof=asof), analyzer)
        entries = (entry, *before, *after, *(one.entry for one in alike))
        return EntryView(
            entry,
            highlight_entry(entry, Marker(phrases, analyzer)),
            before,
            after,
            alike,
            {other.id: links.ties(other.id, asof) for other in entries},
            asof,
        )

    def context(
        self, entry_id: str, n: int = 3, asof: Moment = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`.

        Raises EntryNotFound and TimeError.
        """
        resolver = self._resolver()
        return resolver.snapshot.neighbours(entry_id, n, resolver.moment(asof))

    def ties(self, entry_id: str, asof: Moment = None) -> CorrectionLinks:
        """Return the correction links of an entry as of a moment; raises TimeError."""
        resolver = self._resolver()
        return resolver.links.ties(entry_id, resolver.moment(asof))

    def similar(self, entry_id: str, n: int = 5, asof: Moment = None) -> tuple[SimilarEntry, ...]:
        """Return the n most similar entries, best first, without near-duplicates.

        Raises EntryNotFound and TimeError.
        """
        resolver = self._resolver()
        snapshot, until = resolver.snapshot, resolver.moment(asof)
        entry, links = snapshot.entry(entry_id), resolver.links
        similar = similar_entries(snapshot, entry, n, Filters(asof=until), resolver.analyzer)
        return tuple(replace(one, ties=links.ties(one.entry.id, until)) for one in similar)

    def highlight_entry(self, entry: Entry, query: str) -> HighlightedEntry:
        """Return the whole texts of an entry with the spans that match a query."""
        resolver = self._resolver()
        phrases = resolver.resolve(query, Filters()).partial_highlights if query.strip() else ()
        return highlight_entry(entry, Marker(phrases, resolver.analyzer))

    def newest_time(self) -> datetime | None:
        """Return the time of the newest entry; None if none has a time."""
        return self._snapshot().newest_time()

    def status(self) -> Status:
        """Return the size and state of the index; raises NoIndex."""
        snapshot = self._snapshot()
        self._links.view(snapshot)  # raises DamagedLinks
        return Status(str(self.home.path), snapshot.stats(), compiled.AVAILABLE)

    def check(self) -> list[str]:
        """Read the whole index and return one sentence for each problem."""
        problems = self._engine.check()
        return problems or check_links(self.home.state_dir, self._engine.snapshot(), self._analyzer)

    def facet_values(self) -> dict[str, tuple[Facet, ...]]:
        """Return all agencies and streams with their numbers of entries."""
        return dict(self._snapshot().search(Request(LogicalQuery(Everything()), limit=0)).facets)

    def _did_you_mean(
        self, query: str, total: int, request: Request, resolver: RequestResolver, options: SearchOptions
    ) -> tuple[str, ...]:
        """Return corrected queries if there are few full matches."""
        if total >= FEW_MATCHES:
            return ()
        node_of = resolver.node_factory(request.filters, exact=options.exact)
        filters, names = request.filters, resolver.names
        return self._suggester.did_you_mean(resolver.snapshot, parse(query), total, filters, node_of, names)


def _part_counts(snapshot: Snapshot, request: Request, response: SearchResponse) -> tuple[PartCount, ...]:
    """Count the matches of each part alone if there are no full matches."""
    parts = request.query.parts
    if response.total or not parts:
        return ()
    counts = snapshot.count([part.node for part in parts], request.filters)
    return tuple(PartCount(part.text, count) for part, count in zip(parts, counts, strict=True))


def _doubts(resolver: RequestResolver, request: Request) -> Iterator[QueryProblem]:
    """Yield what may be wrong with a request without full matches: negative numbers, unknown names."""
    yield from request.query.doubts
    filters, fold = request.filters, resolver.analyzer.fold
    chosen: list[tuple[Message, str, Node]] = [
        *((Message("来源"), name, AgencyIs(fold(name))) for name in filters.agencies),
        *((Message("专题"), name, StreamIs(fold(name))) for name in filters.streams),
    ]
    counts = resolver.snapshot.count([node for _, _, node in chosen], Filters()) if chosen else ()
    for (field, name, _), count in zip(chosen, counts, strict=True):
        if not count:
            message = Message(
                "没有叫「{name}」的{field}；请从列出的{field}中选，或检查写法", name=name, field=field
            )
            yield QueryProblem(0, message)


def _omitted_terms(response: SearchResponse) -> tuple[QueryProblem, ...]:
    """Return a problem if an explanation has too many terms to list."""
    explanations = [scored.explanation for scored in response.found if scored.explanation]
    if all(len(explanation.terms) <= MAX_EXPLAINED_TERMS for explanation in explanations):
        return ()
    message = Message(
        "解释只列出每条结果中份量最大的 {max} 个词项；要看全部，请缩短查询", max=MAX_EXPLAINED_TERMS
    )
    return (QueryProblem(0, message),)
