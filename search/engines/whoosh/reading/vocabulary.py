"""What a generation is made of: its words with their counts, its agencies, streams and newest headlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from search.engines.base import NamedCount, Vocabulary
from search.engines.whoosh.storage.document_store import NO_TIME, moment
from search.engines.whoosh.storage.segment_reader import SegmentReader

__all__ = ["read_vocabulary"]

Ints = npt.NDArray[np.int64]
_NEVER = np.iinfo(np.int64).max


def read_vocabulary(generation: int, leaves: Sequence[SegmentReader], headlines: int) -> Vocabulary:
    """Return the vocabulary of a generation."""
    return Vocabulary(generation, _words(leaves), *_values(leaves), tuple(_headlines(leaves, headlines)))


def _words(leaves: Sequence[SegmentReader]) -> dict[str, int]:
    words: dict[str, int] = {}
    for leaf in leaves:
        for number, text in enumerate(leaf.words.texts()):
            words[text] = words.get(text, 0) + leaf.words.count(number)
    return words


def _values(leaves: Sequence[SegmentReader]) -> tuple[tuple[NamedCount, ...], tuple[NamedCount, ...]]:
    """Return agencies and streams, most frequent first."""
    agencies, streams = _Values(), _Values()
    for leaf in leaves:
        docs = leaf.docs
        every = np.arange(docs.count)
        owners = np.searchsorted(docs.agency_ends, np.arange(len(docs.agency_codes)), side="right") - 1
        agencies.add(leaf, docs.agencies, docs.agency_codes, owners)
        streams.add(leaf, docs.streams, docs.stream_codes, every)
    return agencies.writings(), streams.writings()


class _Values:
    """Values of a column over all leaves: how many live entries have each, and the earliest of them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._since: dict[str, int] = {}

    def add(
        self, leaf: SegmentReader, names: Sequence[str], codes: npt.NDArray[np.integer], owners: Ints
    ) -> None:
        """Add those of a leaf; entry `owners[i]` has the value `codes[i]`."""
        live = leaf.live[owners]
        codes, times = codes[live], leaf.docs.time[owners[live]]
        earliest = np.full(len(names), _NEVER)
        np.minimum.at(earliest, codes, np.where(times == NO_TIME, _NEVER, times))
        counts = np.bincount(codes, minlength=len(names))
        for name, count, since in zip(names, counts.tolist(), earliest.tolist(), strict=True):
            if name and count:
                self._counts[name] += count
                self._since[name] = min(since, self._since.get(name, _NEVER))

    def writings(self) -> tuple[NamedCount, ...]:
        """Return what was gathered, most frequent first."""
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(_writing(name, count, self._since[name]) for name, count in ranked)


def _headlines(leaves: Sequence[SegmentReader], most: int) -> Iterator[NamedCount]:
    newest: list[tuple[int, int, int]] = []
    for which, leaf in enumerate(leaves):
        numbers = np.flatnonzero(leaf.live)
        # NO_TIME is the least of all times.
        numbers = numbers[np.argsort(leaf.docs.time[numbers], kind="stable")[::-1][:most]]
        times = leaf.docs.time[numbers].tolist()
        newest += zip(times, [which] * len(times), numbers.tolist(), strict=True)
    newest = sorted(newest, reverse=True)[:most]
    counts: Counter[str] = Counter()
    since: dict[str, int] = {}
    for time, which, number in newest:
        text = leaves[which].docs.record(number).get("headline")
        if isinstance(text, str) and text:
            counts[text] += 1
            since[text] = since.get(text, _NEVER) if time == NO_TIME else time
    for text, count in counts.items():
        yield _writing(text, count, since[text])


def _writing(text: str, count: int, since: int) -> NamedCount:
    return NamedCount(text, count, None if since == _NEVER else moment(since))
