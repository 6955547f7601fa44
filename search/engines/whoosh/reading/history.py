"""What stood behind an entry in its stream at its moment, and a mark that tells when that has changed.

Entries are put in order by stream and time once; the mark of a stretch of them is the exclusive or of their
digests, two lookups in running sums, so that nothing is read as long as nothing changed.
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
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.entry import Entry

__all__ = ["histories", "named"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_NONE: Final = np.empty(0, dtype=np.int64)
#: So many ids are looked up one by one; of more, all ids are read instead.
_FEW: Final = 2_000
#: After so many entries that were read, the memory of their files is given back.
_RELEASE: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Streams:
    """Entries (M,) with a time in order of stream and time; `sums` (M + 1, 2) are running sums of digests."""

    numbers: Ints
    codes: Ints
    times: Ints
    sums: npt.NDArray[np.uint64]


def histories(whole: DocSpace, numbers: DocIds, most: int, reach: timedelta) -> list[History]:
    """Return what is behind each of some entries, of those that are live and have a time."""
    reading = _Reading(whole)
    # What the search for them has read is much, and not needed any more.
    reading.release()
    times = whole.concat([leaf.docs.time for leaf in whole.readers])
    numbers = numbers[whole.live.take(numbers) & (times.take(numbers) != NO_TIME)]
    if not len(numbers):
        return []
    codes = _stream_codes(whole)
    chosen = whole.live & (times != NO_TIME) & np.isin(codes, np.unique(codes.take(numbers)))
    streams = _ordered(whole, np.flatnonzero(chosen), codes, times)
    wanted = np.flatnonzero(np.isin(streams.numbers, numbers))
    reading.release()
    return [_background(reading, streams, place, most, reach) for place in wanted.tolist()]


class _Reading:
    """Reads entries here and there, and gives back the memory of the files now and then.

    Those that are asked for lie all over the files, which would be in memory as a whole in the end.
    """

    def __init__(self, whole: DocSpace) -> None:
        self.whole = whole
        self._left = _RELEASE

    def place(self, number: int) -> tuple[SegmentReader, int]:
        """Return where an entry is."""
        leaf = bisect_right(self.whole.doc_bases, number) - 1
        return self.whole.readers[leaf], number - self.whole.doc_bases[leaf]

    def entry(self, number: int) -> Entry:
        """Return an entry."""
        self._left -= 1
        if not self._left:
            self.release()
            self._left = _RELEASE
        leaf, own = self.place(number)
        return leaf.docs.entry(own)

    def entries(self, numbers: Ints) -> list[Entry]:
        """Return entries in order of time."""
        return sorted(map(self.entry, numbers.tolist()), key=lambda entry: (entry.time, entry.id))

    def release(self) -> None:
        """Give back what can be read again."""
        for leaf in self.whole.readers:
            leaf.release()


def _stream_codes(whole: DocSpace) -> Ints:
    """Return a code of each entry's stream (N,), the same in all leaves."""
    known: dict[str, int] = {}
    rows = []
    for leaf in whole.readers:
        own = [known.setdefault(name, len(known)) for name in leaf.docs.streams]
        rows.append(np.array(own, dtype=np.int64)[leaf.docs.stream_codes])
    return whole.concat(rows)


def _ordered(whole: DocSpace, numbers: Ints, codes: Ints, times: Ints) -> _Streams:
    order = numbers[np.lexsort((times[numbers], codes[numbers]))]
    digests = np.concatenate(
        [leaf.docs.file["digests"].view(np.uint64).reshape(-1, 2) for leaf in whole.readers]
    )
    sums = np.zeros((len(order) + 1, 2), dtype=np.uint64)
    np.bitwise_xor.accumulate(digests[order], axis=0, out=sums[1:])
    return _Streams(order, codes[order], times[order], sums)


def _background(reading: _Reading, streams: _Streams, place: int, most: int, reach: timedelta) -> History:
    code, time = streams.codes[place], int(streams.times[place])
    first, last = np.searchsorted(streams.codes, [code, code + 1])
    times = streams.times[first:last]
    start = int(np.searchsorted(times, time - reach // timedelta(microseconds=1)))
    end = int(np.searchsorted(times, time, side="right"))
    if end - start > most:
        # The moment that the bound would cut in two is left out as a whole: nothing tells its entries apart.
        start = end - most
        if times[start - 1] == times[start]:
            start = int(np.searchsorted(times, times[start], side="right"))
    start, end = int(first) + start, int(first) + end
    mark = (streams.sums[end] ^ streams.sums[start]).tobytes().hex()
    number = int(streams.numbers[place])
    leaf, own = reading.place(number)
    others = np.delete(streams.numbers[start:end], place - start) if start <= place < end else _NONE
    key, digest = leaf.docs.key(own), leaf.docs.digest(own)
    return History(
        key, digest, lambda: mark, partial(reading.entry, number), partial(reading.entries, others)
    )


def named(whole: DocSpace, ids: frozenset[str]) -> Mask:
    """Return which entries (N,) have one of these ids and are live."""
    mask = np.zeros(whole.count, dtype=np.bool_)
    for begin, leaf in zip(whole.doc_bases, whole.readers, strict=True):
        if len(ids) > _FEW:
            found = [number for number, key in enumerate(leaf.docs.keys()) if key in ids]
        else:
            found = [number for key in ids for number in leaf.docs.with_id(key)]
        mask[begin : begin + leaf.count][found] = True
    mask &= whole.live
    return mask
