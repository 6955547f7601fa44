"""What stood behind an entry in its stream at its moment; read only when somebody asks."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Final

from search.engines.base import History
from search.engines.opensearch.documents import entry_of
from search.engines.opensearch.reading.scan import columns, scan
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.reading.translate import Clause, all_of, translate
from search.entry import Entry
from search.query.logical import Node

__all__ = ["histories"]

_COLUMNS: Final = ("id", "digest", "time", "stream")
#: So much of a digest goes into a mark.
_DIGITS: Final = 32


def histories(snapshot: Snapshot, node: Node, most: int, reach: timedelta) -> list[History]:
    """Return what is behind each entry with a time that a node finds."""
    wanted = all_of([snapshot.live, translate(node), {"exists": {"field": "time"}}])
    hits = scan(snapshot.client, snapshot.index, wanted, _COLUMNS, texts=False)
    return [_background(snapshot, columns(hit), most, reach) for hit in hits]


def _background(snapshot: Snapshot, row: dict[str, Any], most: int, reach: timedelta) -> History:
    behind = _Behind(snapshot, row, most, reach)
    return History(row["id"], row["digest"], behind.mark, partial(snapshot.entry, row["id"]), behind.entries)


class _Behind:
    """The entries of a stream from `reach` before an entry up to its own moment, the last `most` of them."""

    def __init__(self, snapshot: Snapshot, row: dict[str, Any], most: int, reach: timedelta) -> None:
        self._snapshot, self._row, self._most, self._reach = snapshot, row, most, reach

    def mark(self) -> str:
        """Return what is another one when any of these entries is: the exclusive or of their digests."""
        mark = 0
        for hit in self._hits(docvalue_fields=list(_COLUMNS), _source=False):
            mark ^= int(columns(hit)["digest"], 16)
        return f"{mark:0{_DIGITS}x}"

    def entries(self) -> list[Entry]:
        """Return the others, in order of time and id."""
        found = [entry_of(hit["_source"]) for hit in self._hits()]
        others = [entry for entry in found if entry.id != self._row["id"]]
        return sorted(others, key=lambda entry: (entry.time, entry.id))

    def _hits(self, **more: Any) -> list[dict[str, Any]]:
        time = self._row["time"]
        start = time - self._reach // timedelta(microseconds=1)
        clauses: list[Clause] = [{"range": {"time": {"gte": start, "lte": time}}}, self._stream()]
        hits = self._snapshot.first(clauses, [{"time": "desc"}], self._most + 1, **more)
        if len(hits) <= self._most:
            return hits
        # The moment that the bound cuts in two is left out as a whole: nothing tells its entries apart.
        cut = hits[-1]["sort"][0]
        return [hit for hit in hits if hit["sort"][0] != cut]

    def _stream(self) -> Clause:
        stream = self._row.get("stream")
        if stream is None:
            return {"bool": {"must_not": [{"exists": {"field": "stream"}}]}}
        return {"term": {"stream": {"value": stream}}}
