"""Words with their counts, agencies, streams and newest headlines of one generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.base import NamedCount, Vocabulary
from search.engines.timestamps import moment
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader

__all__ = ["read_vocabulary"]

Ints = npt.NDArray[np.int64]
#: Stands for the earliest time of entries none of which has one; later than every time.
_NEVER: Final = int(np.iinfo(np.int64).max)


def read_vocabulary(generation: int, readers: Sequence[SegmentReader], headlines: int) -> Vocabulary:
    """Return the vocabulary of a generation."""
    return Vocabulary(generation, _words(readers), *_names(readers), tuple(_headlines(readers, headlines)))


def _words(readers: Sequence[SegmentReader]) -> dict[str, int]:
    words: dict[str, int] = {}
    for reader in readers:
        for term_ord, text in enumerate(reader.words.texts()):
            words[text] = words.get(text, 0) + reader.words.count(term_ord)
    return words


def _names(readers: Sequence[SegmentReader]) -> tuple[tuple[NamedCount, ...], tuple[NamedCount, ...]]:
    """Return agencies and streams, most frequent first."""
    agencies, streams = _NameCounter(), _NameCounter()
    for reader in readers:
        store = reader.docs
        owners = np.searchsorted(store.agency_ends, np.arange(len(store.agency_codes)), side="right") - 1
        agencies.add(reader, store.agencies, store.agency_codes, owners)
        streams.add(reader, store.streams, store.stream_codes, np.arange(store.count))
    return agencies.ranked(), streams.ranked()


class _NameCounter:
    """Live entries of each value of a column over all segments, and the earliest of them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._since: dict[str, int] = {}

    def add(
        self, reader: SegmentReader, names: Sequence[str], codes: npt.NDArray[np.integer], owners: Ints
    ) -> None:
        """Add the values of a segment; entry `owners[i]` has the value `codes[i]`."""
        live = reader.live[owners]
        codes, times = codes[live], reader.docs.time[owners[live]]
        earliest = np.full(len(names), _NEVER)
        np.minimum.at(earliest, codes, np.where(times == NO_TIME, _NEVER, times))
        counts = np.bincount(codes, minlength=len(names))
        for name, count, since in zip(names, counts.tolist(), earliest.tolist(), strict=True):
            if name and count:
                self._counts[name] += count
                self._since[name] = min(since, self._since.get(name, _NEVER))

    def ranked(self) -> tuple[NamedCount, ...]:
        """Return the values, most frequent first."""
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(_named_count(name, count, self._since[name]) for name, count in ranked)


def _headlines(readers: Sequence[SegmentReader], limit: int) -> Iterator[NamedCount]:
    newest: list[tuple[int, int, int]] = []
    for i, reader in enumerate(readers):
        docs = np.flatnonzero(reader.live)
        # NO_TIME is less than every time.
        docs = docs[np.argsort(reader.docs.time[docs], kind="stable")[::-1][:limit]]
        newest += zip(reader.docs.time[docs].tolist(), [i] * len(docs), docs.tolist(), strict=True)
    counts: Counter[str] = Counter()
    since: dict[str, int] = {}
    for time, i, doc in nlargest(limit, newest):
        text = readers[i].docs.record(doc).get("headline")
        if isinstance(text, str) and text:
            counts[text] += 1
            since[text] = since.get(text, _NEVER) if time == NO_TIME else time
    for text, count in counts.items():
        yield _named_count(text, count, since[text])


def _named_count(text: str, count: int, since: int) -> NamedCount:
    return NamedCount(text, count, None if since == _NEVER else moment(since))
