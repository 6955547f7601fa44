"""Earlier entries of the same stream, with a checksum that changes when any of them does.

Both are requested from the cluster only on call.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Final

from search.engines.base import History
from search.engines.opensearch.documents import entry_of
from search.engines.opensearch.reading.generation import Generation
from search.engines.opensearch.reading.scan import columns
from search.engines.opensearch.reading.translate import Clause, equals_or_missing, translate
from search.entry import Entry
from search.query.logical import Node

__all__ = ["read_histories"]

_FIELDS: Final = ("id", "digest", "time", "stream")
#: Hexadecimal digits of a checksum.
_DIGITS: Final = 32
_TICK: Final = timedelta(microseconds=1)


def read_histories(generation: Generation, node: Node, max_entries: int, window: timedelta) -> list[History]:
    """Return the history of each matching entry that has a time."""
    hits = generation.scan_live([translate(node), {"exists": {"field": "time"}}], _FIELDS)
    return [_history(generation, columns(hit), max_entries, window) for hit in hits]


def _history(generation: Generation, fields: dict[str, Any], max_entries: int, window: timedelta) -> History:
    earlier = _Range(generation, fields, max_entries, window)
    entry = partial(generation.read_entry, fields["id"])
    return History(fields["id"], fields["digest"], earlier.checksum, entry, earlier.entries)


class _Range:
    """The entries of a stream from `window` before an entry up to its time, the last `max_entries`."""

    def __init__(
        self, generation: Generation, fields: dict[str, Any], max_entries: int, window: timedelta
    ) -> None:
        self._generation, self._fields = generation, fields
        self._max_entries, self._window = max_entries, window

    def checksum(self) -> str:
        """Return the XOR of the digests."""
        checksum = 0
        for hit in self._hits(docvalue_fields=list(_FIELDS), _source=False):
            checksum ^= int(columns(hit)["digest"], 16)
        return f"{checksum:0{_DIGITS}x}"

    def entries(self) -> list[Entry]:
        """Return the other entries, by time and id."""
        entries = [entry_of(hit["_source"]) for hit in self._hits()]
        others = [entry for entry in entries if entry.id != self._fields["id"]]
        return sorted(others, key=lambda entry: (entry.time, entry.id))

    def _hits(self, **more: Any) -> list[dict[str, Any]]:
        time = self._fields["time"]
        times = {"gte": time - self._window // _TICK, "lte": time}
        clauses: list[Clause] = [
            {"range": {"time": times}},
            equals_or_missing("stream", self._fields.get("stream")),
        ]
        hits = self._generation.first(clauses, [{"time": "desc"}], self._max_entries + 1, **more)
        if len(hits) <= self._max_entries:
            return hits
        # Entries of one time have no order of their own: a time that does not fit as a whole is left out.
        cut = hits[-1]["sort"][0]
        return [hit for hit in hits if hit["sort"][0] != cut]
