"""Facets and histogram of the matching entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.facets import facet
from search.engines.histogram import bucket_edges
from search.engines.timestamps import moment
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader
from search.results import Bucket, Facet, Histogram

__all__ = ["count_facets", "count_histogram"]

Ints = npt.NDArray[np.int64]


def count_facets(
    readers: Sequence[SegmentReader],
    docs: Mapping[str, Sequence[Ints]],
    selected: Mapping[str, tuple[str, ...]],
    analyzer: Analyzer,
) -> dict[str, tuple[Facet, ...]]:
    """Return the values of each facet with exact counts; `docs` has one array per reader for each facet."""
    agencies: Counter[str] = Counter()
    streams: Counter[str] = Counter()
    overlaps: Counter[str] = Counter()
    for i, reader in enumerate(readers):
        store = reader.docs
        codes, owners = _agency_codes(reader, docs["agency"][i])
        _add(agencies, store.agencies, codes)
        overlaps.update(_overlaps(reader.agency_spellings(analyzer), codes, owners))
        _add(streams, store.streams, store.stream_codes[docs["stream"][i]])
    return {
        "agency": facet(agencies, selected["agency"], analyzer, overlaps),
        "stream": facet(streams, selected["stream"], analyzer),
    }


def _agency_codes(reader: SegmentReader, docs: Ints) -> tuple[npt.NDArray[np.integer], Ints]:
    """Return the agency codes of these entries, concatenated, and for each the number of its entry."""
    store = reader.docs
    starts = store.agency_ends[docs].astype(np.int64)
    counts = store.agency_ends[docs + 1] - starts
    owners = np.repeat(np.arange(len(docs)), counts)
    if len(docs) == reader.count:
        return store.agency_codes, owners
    indexes = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
    return store.agency_codes[indexes], owners


def _overlaps(
    spellings: Mapping[str, Sequence[int]], codes: npt.NDArray[np.integer], owners: Ints
) -> dict[str, int]:
    """Return, by folded name, how often an entry has another spelling of a name that it has already."""
    overlaps = {}
    for folded, same in spellings.items():
        owned = owners[np.isin(codes, same)]
        overlaps[folded] = len(owned) - len(np.unique(owned))
    return overlaps


def _add(counts: Counter[str], names: Sequence[str], codes: npt.NDArray[np.integer]) -> None:
    if len(codes) and int(codes.max()) >= len(names):
        raise IndexError("no such code")  # before bincount allocates an array of that length
    per_code = np.bincount(codes, minlength=len(names))
    for code in np.flatnonzero(per_code).tolist():
        counts[names[code]] += int(per_code[code])


def count_histogram(times: Ints, zone: ZoneInfo) -> Histogram:
    """Return counts over time; `times` in microseconds, of which NO_TIME is not counted."""
    times = times[times != NO_TIME]
    if not len(times):
        return Histogram("day")
    first, last = (moment(int(time)) for time in (times.min(), times.max()))
    interval, edges, stamps = bucket_edges(first, last, zone)
    buckets = np.array(stamps).searchsorted(times, side="right") - 1
    counts = np.bincount(buckets, minlength=len(edges) - 1).tolist()
    return Histogram(interval, tuple(map(Bucket, edges, edges[1:], counts)))
