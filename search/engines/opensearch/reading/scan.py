"""Reading answers: columns of a document, and everything that a query finds, however much it is.

Long answers are read from a view of the index that stays as it is (a point in time), page after page, each
beginning behind the last entry of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException

__all__ = ["PAGE", "STRICT", "View", "columns", "scan"]

#: An answer without one of its shards would be a wrong one.
STRICT: Final = {"allow_partial_search_results": "false"}
#: So many documents are read at once; with their texts, fewer.
PAGE, _TEXTS = 5_000, 500
_ALIVE: Final = "10m"
_BY_ID: Final = [{"id": "asc"}, {"born": "asc"}]


class View:
    """An index as it was at one moment; read it page by page, and close it."""

    def __init__(self, client: OpenSearch, index: str) -> None:
        self._client = client
        self._id: str = client.create_pit(index=index, params={"keep_alive": _ALIVE})["pit_id"]

    def hits(self, body: dict[str, Any], size: int, dfs: bool = False) -> Iterator[dict[str, Any]]:
        """Yield all hits of a search that has a sort, in its order."""
        after: list[Any] | None = None
        params = STRICT | ({"search_type": "dfs_query_then_fetch"} if dfs else {})
        while True:
            page = body | {"size": size, "pit": {"id": self._id, "keep_alive": _ALIVE}}
            if after is not None:
                page["search_after"] = after
            found = self._client.search(body=page, params=params)
            self._id = found.get("pit_id", self._id)
            hits = found["hits"]["hits"]
            yield from hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"]

    def close(self) -> None:
        """Give back what the cluster keeps for it; it would do so by itself after a while."""
        with suppress(OpenSearchException):
            self._client.delete_pit(body={"pit_id": [self._id]})


def scan(
    client: OpenSearch,
    index: str,
    query: dict[str, Any],
    docvalue_fields: Sequence[str],
    *,
    texts: bool = True,
    sort: Sequence[Any] = _BY_ID,
) -> Iterator[dict[str, Any]]:
    """Yield every document that a query finds, with these columns, and with its entry where `texts`."""
    body = {
        "query": query,
        "sort": list(sort),
        "docvalue_fields": list(docvalue_fields),
        "track_total_hits": False,
        "_source": texts,
    }
    view = View(client, index)
    try:
        yield from view.hits(body, _TEXTS if texts else PAGE)
    finally:
        view.close()


def columns(hit: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a document, one value each."""
    return {name: values[0] for name, values in hit.get("fields", {}).items()}
