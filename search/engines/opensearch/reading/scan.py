"""Long results: every document that matches, page by page.

They are read from a point in time: a view of the index that does not change. Each page begins behind the last
document of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException

__all__ = ["DOCUMENTS_PER_PAGE", "STRICT", "PointInTime", "columns", "scan_documents"]

#: A response without one of its shards is an error.
STRICT: Final = {"allow_partial_search_results": "false"}
#: Documents per page, without and with their entries.
DOCUMENTS_PER_PAGE, _ENTRIES_PER_PAGE = 5_000, 500
_KEEP_ALIVE: Final = "10m"
_SORT: Final = ({"id": "asc"}, {"born": "asc"})


class PointInTime:
    """An index as it was at one moment; must be closed."""

    def __init__(self, client: OpenSearch, index: str) -> None:
        self._client = client
        self._id: str = client.create_pit(index=index, params={"keep_alive": _KEEP_ALIVE})["pit_id"]

    def hits(self, body: dict[str, Any], size: int, dfs: bool = False) -> Iterator[dict[str, Any]]:
        """Yield all hits of a sorted search, `size` per request."""
        after: list[Any] | None = None
        params = STRICT | ({"search_type": "dfs_query_then_fetch"} if dfs else {})
        while True:
            page = body | {"size": size, "pit": {"id": self._id, "keep_alive": _KEEP_ALIVE}}
            if after is not None:
                page["search_after"] = after
            answer = self._client.search(body=page, params=params)
            self._id = answer.get("pit_id", self._id)
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"]

    def close(self) -> None:
        """Release it on the cluster, which would otherwise do so after the keep-alive time."""
        with suppress(OpenSearchException):
            self._client.delete_pit(body={"pit_id": [self._id]})


def scan_documents(
    client: OpenSearch, index: str, query: dict[str, Any], fields: Sequence[str], *, source: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield every document that matches, by id, with these fields, and with its entry if `source`."""
    body = {
        "query": query,
        "sort": list(_SORT),
        "docvalue_fields": list(fields),
        "track_total_hits": False,
        "_source": source,
    }
    view = PointInTime(client, index)
    try:
        yield from view.hits(body, _ENTRIES_PER_PAGE if source else DOCUMENTS_PER_PAGE)
    finally:
        view.close()


def columns(hit: dict[str, Any]) -> dict[str, Any]:
    """Return the first value of each field of a hit."""
    return {name: values[0] for name, values in hit.get("fields", {}).items()}
