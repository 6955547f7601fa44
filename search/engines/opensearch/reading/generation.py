"""Requests to one generation of an index on the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from opensearchpy import OpenSearch

from search.analysis import Analyzer
from search.engines.opensearch.catalog import Published
from search.engines.opensearch.documents import entry_of, token
from search.engines.opensearch.mapping import visible_clause
from search.engines.opensearch.reading.scan import STRICT, scan_documents
from search.engines.opensearch.reading.translate import (
    Clause,
    agency_clause,
    all_of,
    stream_clause,
    time_and_id_clauses,
)
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.logical import Filters

__all__ = ["NEWEST_FIRST", "OLDEST_FIRST", "Generation"]

NEWEST_FIRST: Final = {"time": {"order": "desc", "missing": "_last"}}
OLDEST_FIRST: Final = {"time": {"order": "asc", "missing": "_last"}}
#: Clauses that are counted in one request.
_COUNTS_PER_REQUEST: Final = 200


class Generation:
    """One generation of one index; cheap to construct, never changes."""

    def __init__(self, client: OpenSearch, published: Published, analyzer: Analyzer) -> None:
        self.client, self.analyzer = client, analyzer
        self.index, self.generation = published.index, published.generation
        self.live = visible_clause(published.generation)

    def ask(self, body: dict[str, Any], *, scored: bool = False) -> dict[str, Any]:
        """Send a search to all shards, every one of which must answer."""
        # The same copies of the shards give consistent scores on all pages of a generation.
        params = STRICT | {"preference": f"generation-{self.generation}"}
        if scored:
            params["search_type"] = "dfs_query_then_fetch"
        answer: dict[str, Any] = self.client.search(index=self.index, body=body, params=params)
        return answer

    def visible_clauses(self, filters: Filters) -> list[Clause]:
        """Return the clauses of all filters but those of agencies and streams."""
        return [self.live, *time_and_id_clauses(filters)]

    def filter_clauses(self, filters: Filters) -> list[Clause]:
        """Return the clauses of all filters."""
        visible = self.visible_clauses(filters)
        return [*visible, agency_clause(filters, self.analyzer), stream_clause(filters, self.analyzer)]

    def totals(self, clauses: Sequence[Clause], within: Sequence[Clause] = ()) -> list[int]:
        """Return the number of documents of each clause, among those of all clauses `within`."""
        counts: list[int] = []
        for start in range(0, len(clauses), _COUNTS_PER_REQUEST):
            filters = {"filters": {"filters": list(clauses[start : start + _COUNTS_PER_REQUEST])}}
            aggs = {"each": filters}
            body = {"query": all_of(within), "size": 0, "track_total_hits": False, "aggs": aggs}
            buckets = self.ask(body)["aggregations"]["each"]["buckets"]
            counts += [bucket["doc_count"] for bucket in buckets]
        return counts

    def first(
        self, clauses: Sequence[Clause], sort: Sequence[Any], n: int, **more: Any
    ) -> list[dict[str, Any]]:
        """Return the first n live documents that match all clauses."""
        body = {"query": all_of([self.live, *clauses]), "sort": list(sort), "size": n, **more}
        hits: list[dict[str, Any]] = self.ask(body | {"track_total_hits": False})["hits"]["hits"]
        return hits

    def scan_live(
        self, clauses: Sequence[Clause], fields: Sequence[str], *, source: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield every live document that matches all clauses, with these fields."""
        query = all_of([self.live, *clauses])
        return scan_documents(self.client, self.index, query, fields, source=source)

    def document(self, entry_id: str, **more: Any) -> dict[str, Any]:
        """Return the document of an entry; raises EntryNotFound."""
        hits = self.first([{"term": {"id": {"value": token(entry_id)}}}], [{"id": "asc"}], 1, **more)
        if not hits:
            raise EntryNotFound(entry_id)
        return hits[0]

    def read_entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return entry_of(self.document(entry_id)["_source"])
