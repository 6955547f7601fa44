"""Merging segments: many small ones become one, and removed entries are left out.

Nothing is analyzed again: the rows of the old segments are unpacked, renumbered, and go through the same
sort and the same writer as fresh ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.whoosh.matching.stale import made_by
from search.engines.whoosh.storage.packed_ints import decode_all
from search.engines.whoosh.storage.postings_format import (
    HEADLINE_WEIGHT,
    UNIT_BITS,
    InvertedBatch,
    pair_rows,
    post_rows,
)
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.engines.whoosh.writing.segment_builder import SegmentBuilder
from search.entry import Attribution

__all__ = ["merge_segments"]

Ints = npt.NDArray[np.int64]
_LENGTHS = ("len_words", "len_unigrams", "len_bigrams")


def merge_segments(
    folder: Path, name: str, origin: Mapping[str, Any], leaves: Sequence[SegmentReader], analyzer: Analyzer
) -> int:
    """Write one segment with the live entries of all leaves, in order; return their number.

    Each leaf is compared with its checksums first: the new segment has checksums of its own, which would
    vouch for damage. Raises DamagedIndex or OSError.
    """
    for leaf in leaves:
        leaf.require_intact()
    builder = SegmentBuilder(analyzer)
    # Entries of different analyzers in one segment are all taken for stale: too many, never too few.
    prints = {made_by(leaf, analyzer, folder) for leaf in leaves}
    builder.fingerprint = prints.pop() if len(prints) == 1 else "mixed"
    for leaf in leaves:
        _store(builder, leaf)
        _graft(builder, leaf)
    count = len(builder)
    builder.write(folder, name, origin)
    return count


def _store(builder: SegmentBuilder, leaf: SegmentReader) -> None:
    docs = leaf.docs
    for number in np.flatnonzero(leaf.live).tolist():
        start, end = docs.agency_ends[number : number + 2].tolist()
        builder.stored.add(
            docs.key(number),
            docs.packed(number),
            bytes.fromhex(docs.digest(number)),
            int(docs.time[number]),
            docs.streams[int(docs.stream_codes[number])],
            [
                Attribution(docs.agencies[code], "via" if via else "origin")
                for code, via in zip(
                    docs.agency_codes[start:end].tolist(), docs.agency_vias[start:end].tolist(), strict=True
                )
            ],
            docs.files[int(docs.file_codes[number])],
            int(docs.file["sources"][number]),
        )


def _graft(builder: SegmentBuilder, leaf: SegmentReader) -> None:
    docs, live = leaf.docs, leaf.live
    sizes = _steps(docs.base)
    columns: dict[str, Ints] = {
        "sizes": sizes[live],
        "last": docs.last[live].astype(np.int64),
        "headline": docs.headline[live].astype(np.int64),
        **{name: docs.file[name][live].astype(np.int64) for name in _LENGTHS},
    }
    entries = np.cumsum(live) - 1
    # How far every entry's places move when the removed ones before it go.
    moved = np.cumsum(np.where(live, 0, sizes)) - np.where(live, 0, sizes)
    builder.append_segment(
        list(leaf.units.texts()),
        _pair_rows(leaf, moved),
        list(leaf.words.texts()),
        _word_rows(leaf, entries),
        columns,
    )


def _pair_rows(leaf: SegmentReader, moved: Ints) -> InvertedBatch:
    places, counts = decode_all(leaf.pairs.file["data"], leaf.pairs.file["ends"])
    owner = leaf.docs.entry_of(places)
    keep = leaf.live[owner]
    firsts = np.repeat(np.arange(len(leaf.units)), _steps(leaf.pairs.first_ends))
    number = np.repeat(np.arange(len(counts)), counts)[keep]
    second = leaf.pairs.second.astype(np.int64)[number]
    assert len(leaf.units) <= 1 << UNIT_BITS
    return pair_rows(
        firsts[number], second >> 1, (second & 1).astype(np.bool_), places[keep] - moved[owner[keep]]
    )


def _word_rows(leaf: SegmentReader, entries: Ints) -> InvertedBatch:
    """Unfold weighted frequencies into rows: as many in the headline as fit, the rest in the body."""
    values, counts = decode_all(leaf.words.file["data"], leaf.words.file["ends"])
    words = np.repeat(np.arange(len(counts)), counts)
    tf = np.ones(len(values), dtype=np.int64)
    tf[(values & 1).astype(np.bool_)] = leaf.words.frequencies()
    values >>= 1  # words have no lead
    keep = leaf.live[values]
    words, values, tf = words[keep], entries[values[keep]], tf[keep]
    heads, single = tf // HEADLINE_WEIGHT, tf % HEADLINE_WEIGHT
    repeats = heads + single
    in_headline = np.ones(int(repeats.sum()), dtype=np.bool_)
    in_headline[(np.cumsum(repeats) - 1)[single == 1]] = False
    return post_rows(np.repeat(words, repeats), np.repeat(values, repeats), in_headline)


def _steps(ends: npt.NDArray[np.integer]) -> Ints:
    """Return how long each slice is that these borders cut out."""
    borders: Ints = ends.astype(np.int64)
    return borders[1:] - borders[:-1]
