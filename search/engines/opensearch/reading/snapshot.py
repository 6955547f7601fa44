"""A snapshot: one published generation on the cluster, and every question that can be put to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from opensearchpy import OpenSearch

from search.analysis import Analyzer
from search.engines.base import Request, Scan, ScoredEntry, SearchResponse
from search.engines.facets import facet
from search.engines.histogram import edges_and_stamps
from search.engines.opensearch.catalog import Published
from search.engines.opensearch.documents import entry_of, microseconds, moment, token
from search.engines.opensearch.mapping import MAX_RESULT, visible_clause
from search.engines.opensearch.reading.scan import STRICT, View
from search.engines.opensearch.reading.translate import (
    Clause,
    all_of,
    by_agency,
    by_stream,
    scoring,
    translate,
    within,
)
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.logical import Filters, Node
from search.ranking import K1
from search.results import Bucket, Facet, Histogram, Sort

__all__ = ["PARTIAL_BELOW", "Snapshot"]

#: Partial matches follow when there are fewer full ones than this.
PARTIAL_BELOW: Final = 100
#: A facet is counted exactly up to so many values: every shard gives all of its own.
_VALUES: Final = 10_000
#: So many nodes are counted in one request.
_COUNTED: Final = 200
_BY_ID: Final = {"id": "asc"}
_NEWEST: Final = {"time": {"order": "desc", "missing": "_last"}}
_OLDEST: Final = {"time": {"order": "asc", "missing": "_last"}}
_SORTS: Final[dict[Sort, list[Any]]] = {
    "relevance": [{"_score": "desc"}, _NEWEST, _BY_ID],
    "newest": [_NEWEST, _BY_ID],
    "oldest": [_OLDEST, _BY_ID],
}


class Snapshot:
    """One generation of one index; made for a question, and cheap."""

    def __init__(
        self,
        client: OpenSearch,
        published: Published,
        analyzer: Analyzer,
        zone: ZoneInfo,
        *,
        old_scores: bool = False,
    ) -> None:
        self.client, self.analyzer, self.zone = client, analyzer, zone
        self.index, self.generation = published.index, published.generation
        self.live = visible_clause(published.generation)
        # Up to version 2, scores of BM25 are larger by (k1 + 1), and the lead has a k1 of 0.
        self._lead = 1.0 if old_scores else 1 / (K1 + 1)

    # -- asking ----------------------------------------------------------------------------------

    def ask(self, body: dict[str, Any], *, scored: bool = False) -> dict[str, Any]:
        """Put one question to all shards, each of which must answer."""
        # Whoever asks the same shards of a generation gets pages that fit together.
        params = STRICT | {"preference": f"generation-{self.generation}"}
        if scored:
            params["search_type"] = "dfs_query_then_fetch"
        found: dict[str, Any] = self.client.search(index=self.index, body=body, params=params)
        return found

    def seen(self, filters: Filters) -> list[Clause]:
        """Return what can be seen under filters, but for chosen agencies and streams."""
        return [self.live, *within(filters)]

    def left(self, filters: Filters) -> list[Clause]:
        """Return all that filters leave."""
        return [*self.seen(filters), by_agency(filters, self.analyzer), by_stream(filters, self.analyzer)]

    def _query(self, clauses: Sequence[Clause], request: Request, without: Node | None = None) -> Clause:
        query: dict[str, Any] = {"filter": [all_of(clauses)]}
        if scores := scoring(request.query.terms, self._lead):
            query["should"] = scores
        if without is not None:
            query["must_not"] = [translate(without)]
        return {"bool": query}

    def _page(self, query: Clause, sort: Sort, offset: int, limit: int, **more: Any) -> dict[str, Any]:
        """Return the hits at [offset, offset + limit), the number of all, and whatever else was asked."""
        body = {"query": query, "sort": _SORTS[sort], "track_scores": True, "track_total_hits": True, **more}
        if offset + limit <= MAX_RESULT:
            return self.ask(body | {"from": offset, "size": limit}, scored=True)
        found = self.ask(body | {"size": 0})
        view = View(self.client, self.index)
        try:
            del body["track_total_hits"]
            body.pop("aggs", None)
            hits = view.hits(body, min(MAX_RESULT, offset + limit), dfs=True)
            found["hits"]["hits"] = list(islice(hits, offset, offset + limit))
        finally:
            view.close()
        return found

    # -- search ----------------------------------------------------------------------------------

    def search(self, request: Request) -> SearchResponse:
        """Answer one request."""
        filters, match = request.filters, translate(request.query.match)
        agency, stream = by_agency(filters, self.analyzer), by_stream(filters, self.analyzer)
        more: dict[str, Any] = {"post_filter": all_of([agency, stream])}
        if request.facets:
            more["aggs"] = _counts(agency, stream)
        query = self._query([*self.seen(filters), match], request)
        answer = self._page(query, request.sort, request.offset, request.limit, **more)
        total = answer["hits"]["total"]["value"]
        found = [_found(hit, partial=False) for hit in answer["hits"]["hits"]]
        partial_total = 0
        if request.query.fallback is not None and total < PARTIAL_BELOW:
            offset, limit = max(0, request.offset - total), request.limit - len(found)
            rest = self._page(self._partial(request), request.sort, offset, limit)
            partial_total = rest["hits"]["total"]["value"]
            found += [_found(hit, partial=True) for hit in rest["hits"]["hits"]]
        facets: dict[str, tuple[Facet, ...]] = {}
        histogram = Histogram("day")
        if request.facets:
            facets = self._facets(answer["aggregations"], filters)
            histogram = self._histogram([*self.left(filters), match], answer["aggregations"]["span"])
        return SearchResponse(tuple(found), total, partial_total, facets, histogram)

    def _partial(self, request: Request) -> Clause:
        """Return what finds the partial matches of a request alone."""
        assert request.query.fallback is not None
        wanted = [*self.left(request.filters), translate(request.query.fallback)]
        return self._query(wanted, request, without=request.query.match)

    def _facets(self, counted: dict[str, Any], filters: Filters) -> dict[str, tuple[Facet, ...]]:
        chosen = {"agency": filters.agencies, "stream": filters.streams}
        return {
            name: facet(_values(counted[name]["values"]), values, self.analyzer)
            for name, values in chosen.items()
        }

    def _histogram(self, clauses: Sequence[Clause], span: dict[str, Any]) -> Histogram:
        if span["first"]["value"] is None:
            return Histogram("day")
        first, last = (moment(int(span[name]["value"])) for name in ("first", "last"))
        interval, borders, stamps = edges_and_stamps(first, last, self.zone)
        ranges = [{"from": start, "to": end} for start, end in pairwise(stamps)]
        aggs = {"bars": {"range": {"field": "time", "ranges": ranges}}}
        found = self.ask({"query": all_of(clauses), "size": 0, "track_total_hits": False, "aggs": aggs})
        counts = [row["doc_count"] for row in found["aggregations"]["bars"]["buckets"]]
        return Histogram(interval, tuple(map(Bucket, borders, borders[1:], counts)))

    def listing(self, request: Request) -> Scan:
        """Return everything that a request finds, in the order of its pages."""
        full = self._query([*self.left(request.filters), translate(request.query.match)], request)
        total, partial = self.totals([full])[0], None
        if request.query.fallback is not None and total < PARTIAL_BELOW:
            partial = self._partial(request)
        view = View(self.client, self.index)
        found = self._listed(view, full, partial, request.sort)
        return Scan(self.generation, total, self.totals([partial])[0] if partial else 0, found)

    def _listed(self, view: View, full: Clause, partial: Clause | None, sort: Sort) -> Iterator[ScoredEntry]:
        try:
            for query, is_partial in ((full, False), (partial, True)):
                if query is not None:
                    body = {"query": query, "sort": _SORTS[sort], "track_scores": True}
                    for hit in view.hits(body | {"track_total_hits": False}, 500, dfs=True):
                        yield _found(hit, is_partial)
        finally:
            view.close()

    # -- counting --------------------------------------------------------------------------------

    def totals(self, clauses: Sequence[Clause], seen: Sequence[Clause] = ()) -> list[int]:
        """Return how many documents each clause finds."""
        counts: list[int] = []
        for start in range(0, len(clauses), _COUNTED):
            filters = {"filters": {"filters": list(clauses[start : start + _COUNTED])}}
            body = {"query": all_of(seen), "size": 0, "track_total_hits": False, "aggs": {"each": filters}}
            buckets = self.ask(body)["aggregations"]["each"]["buckets"]
            counts += [bucket["doc_count"] for bucket in buckets]
        return counts

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        return self.totals(list(map(translate, nodes)), self.left(filters))

    # -- entries ---------------------------------------------------------------------------------

    def first(
        self, clauses: Sequence[Clause], sort: Sequence[Any], n: int, **more: Any
    ) -> list[dict[str, Any]]:
        """Return the first n documents that clauses find."""
        body = {"query": all_of([self.live, *clauses]), "sort": list(sort), "size": n, **more}
        hits: list[dict[str, Any]] = self.ask(body | {"track_total_hits": False})["hits"]["hits"]
        return hits

    def document(self, entry_id: str, **more: Any) -> dict[str, Any]:
        """Return the document of an entry; raises EntryNotFound."""
        found = self.first([{"term": {"id": {"value": token(entry_id)}}}], [_BY_ID], 1, **more)
        if not found:
            raise EntryNotFound(entry_id)
        return found[0]

    def entry(self, entry_id: str) -> Entry:
        """Return an entry by id; raises EntryNotFound."""
        return entry_of(self.document(entry_id)["_source"])

    def time(self, oldest: bool = False, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest or the oldest entry, up to `asof`; None where there is none."""
        clauses: list[Clause] = [{"exists": {"field": "time"}}, *within(Filters(asof=asof))]
        sort = [_OLDEST if oldest else _NEWEST]
        found = self.first(clauses, sort, 1, docvalue_fields=["time"], _source=False)
        return moment(found[0]["fields"]["time"][0]).astimezone(self.zone) if found else None

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time; none without a time."""
        entry = self.entry(entry_id)
        if entry.time is None or n < 1:
            return (), ()
        known = within(Filters(asof=asof))
        stream = token(entry.stream)
        known.append(
            {"term": {"stream": {"value": stream}}}
            if stream
            else {"bool": {"must_not": [{"exists": {"field": "stream"}}]}}
        )
        time, own = microseconds(entry.time), token(entry.id)
        before = self.first([*known, _beside("lt", time, own)], [{"time": "desc"}, {"id": "desc"}], n)
        after = self.first([*known, _beside("gt", time, own)], [{"time": "asc"}, {"id": "asc"}], n)
        return _entries(reversed(before)), _entries(after)


def _counts(agency: Clause, stream: Clause) -> dict[str, Any]:
    """Return what counts facets, each without its own filter, and the span of all."""

    def values(field: str, kept: Clause) -> dict[str, Any]:
        terms = {"terms": {"field": field, "size": _VALUES, "shard_size": _VALUES}}
        return {"filter": kept, "aggs": {"values": terms}}

    first, last = {"min": {"field": "time"}}, {"max": {"field": "time"}}
    return {
        "agency": values("agency", stream),
        "stream": values("stream", agency),
        "span": {"filter": all_of([agency, stream]), "aggs": {"first": first, "last": last}},
    }


def _values(counted: dict[str, Any]) -> Counter[str]:
    return Counter({row["key"]: row["doc_count"] for row in counted["buckets"]})


def _found(hit: dict[str, Any], partial: bool) -> ScoredEntry:
    return ScoredEntry(entry_of(hit["_source"]), float(hit["_score"] or 0.0), partial)


def _beside(side: str, time: int, own: str) -> Clause:
    """Return what finds the entries on one side of a moment, and those of the moment by their ids."""
    same = all_of([{"term": {"time": {"value": time}}}, {"range": {"id": {side: own}}}])
    return {"bool": {"should": [{"range": {"time": {side: time}}}, same], "minimum_should_match": 1}}


def _entries(hits: Any) -> tuple[Entry, ...]:
    return tuple(entry_of(hit["_source"]) for hit in hits)
