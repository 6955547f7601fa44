"""One published generation of an index on the cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ContextDecorator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from opensearchpy import OpenSearch

from search.analysis import Analyzer
from search.engines.base import (
    PARTIAL_BELOW,
    History,
    IndexedEntry,
    IndexStats,
    Request,
    Scan,
    ScoredEntry,
    SearchResponse,
    Vocabulary,
)
from search.engines.explanations import with_explanations
from search.engines.facets import facet
from search.engines.guard import guarded, guarded_items
from search.engines.histogram import bucket_edges
from search.engines.opensearch.catalog import Catalog, Published
from search.engines.opensearch.documents import entry_of, token
from search.engines.opensearch.mapping import MAX_RESULT
from search.engines.opensearch.reading.explain import explain
from search.engines.opensearch.reading.generation import NEWEST_FIRST, OLDEST_FIRST, Generation
from search.engines.opensearch.reading.history import read_histories
from search.engines.opensearch.reading.indexed import find_problems, read_indexed
from search.engines.opensearch.reading.scan import PointInTime, columns
from search.engines.opensearch.reading.similar import read_similar
from search.engines.opensearch.reading.stale import stale_clauses
from search.engines.opensearch.reading.translate import (
    Clause,
    agency_clause,
    all_of,
    any_of,
    equals_or_missing,
    facet_aggregations,
    histogram_aggregation,
    recency_scores,
    scoring,
    stream_clause,
    time_and_id_clauses,
    translate,
)
from search.engines.opensearch.reading.vocabulary import read_vocabulary
from search.engines.timestamps import microseconds, moment
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.logical import Filters, Node, Phrase
from search.ranking import K1
from search.results import Bucket, Facet, Histogram, Sort

__all__ = ["Snapshot"]

#: Entries per request of a scan.
_SCAN_PAGE: Final = 500
#: Entries whose headline is the query that come first, and what is added to their scores meanwhile.
_MAX_TITLED: Final = 50
_TITLE_BOOST: Final = 4096.0
_SORTS: Final[dict[Sort, list[Any]]] = {
    "relevance": [{"_score": "desc"}, NEWEST_FIRST, {"id": "asc"}],
    "newest": [NEWEST_FIRST, {"id": "asc"}],
    "oldest": [OLDEST_FIRST, {"id": "asc"}],
}


class Snapshot(Generation):
    """One generation of one index. `guard` translates the errors of the cluster.

    Raises ClusterUnavailable once writers have replaced the index twice; the next snapshot can be read.
    """

    def __init__(
        self,
        client: OpenSearch,
        catalog: Catalog,
        published: Published,
        analyzer: Analyzer,
        zone: ZoneInfo,
        guard: ContextDecorator,
        *,
        old_scores: bool = False,
    ) -> None:
        super().__init__(client, published, analyzer)
        self.guard = guard
        self.state_id = f"{published.index} {published.generation}"
        self._catalog, self._zone = catalog, zone
        # Up to version 2, BM25 scores are larger by a factor of k1 + 1, and the lead field has a k1 of 0.
        self._lead_boost = 1.0 if old_scores else 1 / (K1 + 1)

    # -- search ----------------------------------------------------------------------------------

    @guarded
    def search(self, request: Request) -> SearchResponse:
        """Return one page of matches with totals, facets and histogram."""
        filters, match = request.filters, translate(request.query.match)
        agency, stream = agency_clause(filters, self.analyzer), stream_clause(filters, self.analyzer)
        more: dict[str, Any] = {"post_filter": all_of([agency, stream])}
        if request.facets:
            more["aggs"] = facet_aggregations(agency, stream)
        titled = self._titled(request)
        query = self._query([*self.visible_clauses(filters), match], request, titled=titled)
        answer = self._page(query, request.sort, request.offset, request.limit, **more)
        total = answer["hits"]["total"]["value"]
        page = [_scored_entry(hit, False, titled) for hit in answer["hits"]["hits"]]
        partial_total = 0
        if request.query.fallback is not None and total < PARTIAL_BELOW:
            offset, limit = max(0, request.offset - total), request.limit - len(page)
            rest = self._page(self._partial(request), request.sort, offset, limit)
            partial_total = rest["hits"]["total"]["value"]
            page += [_scored_entry(hit, True) for hit in rest["hits"]["hits"]]
        facets: dict[str, tuple[Facet, ...]] = {}
        histogram = Histogram("day")
        if request.facets:
            if not total and request.query.fallback is not None:
                # Without a full match, facets and histogram describe the partial ones.
                match = translate(request.query.fallback)
                clauses = {"query": all_of([*self.visible_clauses(filters), match]), "size": 0}
                answer = self.ask(clauses | more)
            facets = self._facets(answer["aggregations"], filters)
            histogram = self._histogram(
                [*self.filter_clauses(filters), match], answer["aggregations"]["span"]
            )
        found = self._explained(request, page) if request.explain else tuple(page)
        return SearchResponse(found, total, partial_total, facets, histogram)

    def _explained(self, request: Request, page: list[ScoredEntry]) -> tuple[ScoredEntry, ...]:
        """Return a page with the explanation of each score, as far as the request explains them."""
        entries = [hit.entry for hit in page[: request.explained]]
        explanations = explain(self, request.filters, request.query.terms, entries)
        return with_explanations(page, explanations, self._now(request))

    def _now(self, request: Request) -> datetime | None:
        """Return the time from which ages count; None where they do not count."""
        return self._newest(request.filters.asof) if request.query.recency else None

    def _newest(self, asof: datetime | None) -> datetime | None:
        if asof is not None:
            return self._first_time(NEWEST_FIRST, asof)
        return self._newest_of_all

    @cached_property
    def _newest_of_all(self) -> datetime | None:
        return self._first_time(NEWEST_FIRST)

    def _titled(self, request: Request) -> frozenset[str]:
        """Return the ids of the matches whose headline is the query; by relevance, they come first."""
        title = request.query.title
        if title is None or request.sort != "relevance":
            return frozenset()
        clauses = [*self.filter_clauses(request.filters), translate(request.query.match), translate(title)]
        found = _entries(self.first(clauses, [NEWEST_FIRST], _MAX_TITLED))
        return frozenset(entry.id for entry in found if self._is_title(entry.headline, title))

    def _is_title(self, headline: str, title: Phrase) -> bool:
        units = self.analyzer.units(headline)
        return tuple(units.texts) == title.units and tuple(units.positions) == title.offsets

    def _query(
        self,
        clauses: Sequence[Clause],
        request: Request,
        without: Node | None = None,
        titled: Collection[str] = (),
    ) -> Clause:
        query: dict[str, Any] = {"filter": [all_of(clauses)]}
        scores = scoring(request.query.terms, self._lead_boost)
        if now := self._now(request):
            scores += recency_scores(now)
        if titled:
            ids = {"terms": {"id": sorted(map(token, titled))}}
            scores = [*scores, {"constant_score": {"filter": ids, "boost": _TITLE_BOOST}}]
        if scores:
            query["should"] = scores
        if without is not None:
            query["must_not"] = [translate(without)]
        return {"bool": query}

    def _page(self, query: Clause, sort: Sort, offset: int, limit: int, **more: Any) -> dict[str, Any]:
        """Return the response with the hits at [offset, offset + limit) and the exact total."""
        body = {"query": query, "sort": _SORTS[sort], "track_scores": True, "track_total_hits": True, **more}
        if offset + limit <= MAX_RESULT:
            return self.ask(body | {"from": offset, "size": limit}, scored=True)
        answer = self.ask(body | {"size": 0})
        view = PointInTime(self.client, self.index)
        try:
            del body["track_total_hits"]
            body.pop("aggs", None)
            hits = view.hits(body, min(MAX_RESULT, offset + limit), dfs=True)
            answer["hits"]["hits"] = list(islice(hits, offset, offset + limit))
        finally:
            view.close()
        return answer

    def _partial(self, request: Request) -> Clause:
        """Return the query of the partial matches, without full ones."""
        assert request.query.fallback is not None
        clauses = [*self.filter_clauses(request.filters), translate(request.query.fallback)]
        return self._query(clauses, request, without=request.query.match)

    def _facets(self, aggregations: dict[str, Any], filters: Filters) -> dict[str, tuple[Facet, ...]]:
        selected = {"agency": filters.agencies, "stream": filters.streams}
        return {name: self._facet(aggregations[name], values) for name, values in selected.items()}

    def _facet(self, aggregation: dict[str, Any], selected: tuple[str, ...]) -> tuple[Facet, ...]:
        counts, folded = _counts(aggregation["values"]), _counts(aggregation["folded"])
        spelled: Counter[str] = Counter()
        for name, count in counts.items():
            spelled[self.analyzer.fold(name)] += count
        overlaps = {key: total - folded.get(token(key), total) for key, total in spelled.items()}
        return facet(counts, selected, self.analyzer, overlaps)

    def _histogram(self, clauses: Sequence[Clause], span: dict[str, Any]) -> Histogram:
        if span["first"]["value"] is None:
            return Histogram("day")
        first, last = (moment(int(span[name]["value"])) for name in ("first", "last"))
        interval, edges, stamps = bucket_edges(first, last, self._zone)
        aggs = {"buckets": histogram_aggregation(stamps)}
        answer = self.ask({"query": all_of(clauses), "size": 0, "track_total_hits": False, "aggs": aggs})
        counts = [bucket["doc_count"] for bucket in answer["aggregations"]["buckets"]["buckets"]]
        return Histogram(interval, tuple(map(Bucket, edges, edges[1:], counts)))

    @guarded
    def scan(self, request: Request) -> Scan:
        """Return all matches: the pages of `search`, concatenated."""
        clauses, titled = self.filter_clauses(request.filters), self._titled(request)
        full = self._query([*clauses, translate(request.query.match)], request, titled=titled)
        total, partial = self.totals([full])[0], None
        if request.query.fallback is not None and total < PARTIAL_BELOW:
            partial = self._partial(request)
        view = PointInTime(self.client, self.index)
        entries = self._scan_entries(view, full, partial, request.sort, titled)
        partial_total = self.totals([partial])[0] if partial else 0
        return Scan(self.generation, total, partial_total, guarded_items(self.guard, entries))

    def _scan_entries(
        self, view: PointInTime, full: Clause, partial: Clause | None, sort: Sort, titled: Collection[str]
    ) -> Iterator[ScoredEntry]:
        try:
            for query, is_partial in ((full, False), (partial, True)):
                if query is not None:
                    body = {"query": query, "sort": _SORTS[sort], "track_scores": True}
                    for hit in view.hits(body | {"track_total_hits": False}, _SCAN_PAGE, dfs=True):
                        yield _scored_entry(hit, is_partial, titled)
        finally:
            view.close()

    @guarded
    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return the number of matches of each node under the filters."""
        return self.totals(list(map(translate, nodes)), self.filter_clauses(filters))

    # -- entries ---------------------------------------------------------------------------------

    @guarded
    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return self.read_entry(entry_id)

    @guarded
    def file_of(self, entry_id: str) -> str | None:
        """Return the data file of an entry; None if it is not indexed."""
        try:
            hit = self.document(entry_id, docvalue_fields=["file"], _source=False)
        except EntryNotFound:
            return None
        return str(columns(hit)["file"])

    @guarded
    def newest_time(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; None if there is none."""
        return self._first_time(NEWEST_FIRST, asof)

    def _first_time(self, order: Clause, asof: datetime | None = None) -> datetime | None:
        clauses: list[Clause] = [{"exists": {"field": "time"}}, *time_and_id_clauses(Filters(asof=asof))]
        hits = self.first(clauses, [order], 1, docvalue_fields=["time"], _source=False)
        return moment(columns(hits[0])["time"]).astimezone(self._zone) if hits else None

    @guarded
    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`."""
        entry = self.read_entry(entry_id)
        if entry.time is None or n < 1:
            return (), ()
        clauses = time_and_id_clauses(Filters(asof=asof))
        clauses.append(equals_or_missing("stream", token(entry.stream)))
        time, key = microseconds(entry.time), token(entry.id)
        before = self.first([*clauses, _beyond("lt", time, key)], [{"time": "desc"}, {"id": "desc"}], n)
        after = self.first([*clauses, _beyond("gt", time, key)], [{"time": "asc"}, {"id": "asc"}], n)
        return _entries(reversed(before)), _entries(after)

    @guarded
    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most similar to one, best first, without those of a low score."""
        return read_similar(self, entry_id, n, filters)

    @guarded
    def histories(self, node: Node, max_entries: int, window: timedelta) -> list[History]:
        """Return the history of each matching entry that has a time."""
        guard = self.guard
        return [
            replace(
                history,
                checksum=guard(history.checksum),
                entry=guard(history.entry),
                earlier=guard(history.earlier),
            )
            for history in read_histories(self, node, max_entries, window)
        ]

    # -- the whole index -------------------------------------------------------------------------

    @cached_property
    def _stale(self) -> list[Clause]:
        return stale_clauses(self, self._catalog.meta(self.index))

    @guarded
    def stats(self) -> IndexStats:
        """Return the size of the index."""
        entries, *stale = self.totals([self.live, *self._stale], [self.live])
        stats = self.client.indices.stats(index=self.index, metric="store")
        return IndexStats(
            generation=self.generation,
            entries=entries,
            stale=sum(stale),
            bytes=int(stats["_all"]["primaries"]["store"]["size_in_bytes"]),
            newest=self._first_time(NEWEST_FIRST),
            oldest=self._first_time(OLDEST_FIRST),
        )

    @guarded
    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and the headlines of the newest `headlines` entries."""
        return read_vocabulary(self, headlines)

    @guarded
    def indexed_entries(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List the entries of some data files, of all by default."""
        if files is None:
            return read_indexed(self, [])
        names = list(map(token, files))
        return read_indexed(self, [{"terms": {"file": names}}]) if names else []

    @guarded
    def stale_entries(self) -> list[IndexedEntry]:
        """List the entries that the current analyzer would give other terms."""
        return read_indexed(self, [any_of(self._stale)]) if self._stale else []

    @guarded
    def problems(self) -> list[str]:
        """Read every document and return one sentence per problem."""
        return find_problems(self)


def _counts(values: dict[str, Any]) -> Counter[str]:
    return Counter({bucket["key"]: bucket["doc_count"] for bucket in values["buckets"]})


def _scored_entry(hit: dict[str, Any], partial: bool, titled: Collection[str] = ()) -> ScoredEntry:
    entry, score = entry_of(hit["_source"]), float(hit["_score"] or 0.0)
    return ScoredEntry(entry, score - _TITLE_BOOST if entry.id in titled else score, partial)


def _beyond(side: str, time: int, key: str) -> Clause:
    """Return a clause for entries on one side of a time and id."""
    same = all_of([{"term": {"time": {"value": time}}}, {"range": {"id": {side: key}}}])
    return any_of([{"range": {"time": {side: time}}}, same])


def _entries(hits: Iterable[dict[str, Any]]) -> tuple[Entry, ...]:
    return tuple(entry_of(hit["_source"]) for hit in hits)
