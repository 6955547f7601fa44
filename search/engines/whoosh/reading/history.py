"""Earlier entries of the same stream, with a checksum that changes when any of them does.

Entries are sorted by stream and time once. The checksum of a range is the XOR of its digests: two lookups in
prefix sums, so no entry is read while nothing has changed.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.base import History
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader
from search.entry import Entry

__all__ = ["read_histories"]

Ints = npt.NDArray[np.int64]

_NONE: Final = np.empty(0, dtype=np.int64)
#: Entries read between two releases of the mapped memory.
_RELEASE_AFTER: Final = 2_000
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _SortedDocs:
    """Entries (M,) that have a time, by stream and time; `sums` (M + 1, 2) are prefix sums of digests."""

    docs: Ints
    streams: Ints
    times: Ints
    sums: npt.NDArray[np.uint64]


def read_histories(space: DocSpace, docs: DocIds, max_entries: int, window: timedelta) -> list[History]:
    """Return the history of each of these entries that is live and has a time."""
    entries = _EntryReader(space)
    # The search for them has mapped many pages that are not needed any more.
    entries.release()
    times = space.concat([reader.docs.time for reader in space.readers])
    docs = docs[space.live.take(docs) & (times.take(docs) != NO_TIME)]
    if not len(docs):
        return []
    streams = _stream_codes(space)
    related = space.live & (times != NO_TIME) & np.isin(streams, np.unique(streams.take(docs)))
    ordered = _sorted(space, np.flatnonzero(related), streams, times)
    selected = np.flatnonzero(np.isin(ordered.docs, docs))
    entries.release()
    return [_history(entries, ordered, i, max_entries, window) for i in selected.tolist()]


class _EntryReader:
    """Reads entries in any order and releases mapped memory from time to time.

    The entries are scattered over the files, which would otherwise be resident as a whole in the end.
    """

    def __init__(self, space: DocSpace) -> None:
        self._space = space
        self._until_release = _RELEASE_AFTER

    def locate(self, doc: int) -> tuple[SegmentReader, int]:
        """Return the reader of an entry, and its number there."""
        i = bisect_right(self._space.doc_bases, doc) - 1
        return self._space.readers[i], doc - self._space.doc_bases[i]

    def entry(self, doc: int) -> Entry:
        """Return an entry."""
        self._until_release -= 1
        if not self._until_release:
            self.release()
            self._until_release = _RELEASE_AFTER
        reader, local = self.locate(doc)
        return reader.docs.entry(local)

    def entries(self, docs: Ints) -> list[Entry]:
        """Return entries by time and id."""
        return sorted(map(self.entry, docs.tolist()), key=lambda entry: (entry.time, entry.id))

    def release(self) -> None:
        """Release the mapped memory of all readers."""
        for reader in self._space.readers:
            reader.release()


def _stream_codes(space: DocSpace) -> Ints:
    """Return the stream of each entry (N,) as a code that is the same in all segments."""
    code_of: dict[str, int] = {}
    codes = []
    for reader in space.readers:
        local = [code_of.setdefault(name, len(code_of)) for name in reader.docs.streams]
        codes.append(np.array(local, dtype=np.int64)[reader.docs.stream_codes])
    return space.concat(codes)


def _sorted(space: DocSpace, docs: Ints, streams: Ints, times: Ints) -> _SortedDocs:
    order = docs[np.lexsort((times[docs], streams[docs]))]
    digests = np.concatenate(
        [reader.docs.file["digests"].view(np.uint64).reshape(-1, 2) for reader in space.readers]
    )
    sums = np.zeros((len(order) + 1, 2), dtype=np.uint64)
    np.bitwise_xor.accumulate(digests[order], axis=0, out=sums[1:])
    return _SortedDocs(order, streams[order], times[order], sums)


def _history(
    entries: _EntryReader, ordered: _SortedDocs, i: int, max_entries: int, window: timedelta
) -> History:
    start, end = _range(ordered, i, max_entries, window)
    checksum = (ordered.sums[end] ^ ordered.sums[start]).tobytes().hex()
    doc = int(ordered.docs[i])
    reader, local = entries.locate(doc)
    earlier = np.delete(ordered.docs[start:end], i - start) if start <= i < end else _NONE
    return History(
        reader.docs.key(local),
        reader.docs.digest(local),
        lambda: checksum,
        partial(entries.entry, doc),
        partial(entries.entries, earlier),
    )


def _range(ordered: _SortedDocs, i: int, max_entries: int, window: timedelta) -> tuple[int, int]:
    """Return the range of the history of the i-th entry."""
    stream, time = ordered.streams[i], int(ordered.times[i])
    first, last = map(int, np.searchsorted(ordered.streams, [stream, stream + 1]))
    times = ordered.times[first:last]
    start = int(np.searchsorted(times, time - window // _TICK))
    end = int(np.searchsorted(times, time, side="right"))
    if end - start > max_entries:
        # Entries of one time have no order of their own: a time that does not fit as a whole is left out.
        start = end - max_entries
        if times[start - 1] == times[start]:
            start = int(np.searchsorted(times, times[start], side="right"))
    return first + start, first + end
