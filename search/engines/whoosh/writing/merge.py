"""Merges segments into one without their deleted documents.

No text is analyzed again: the rows of the old segments are decoded, renumbered, and sorted and written like
new ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

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
from search.engines.whoosh.storage.reader import SegmentReader
from search.engines.whoosh.writing.segment_builder import SegmentBuilder
from search.entry import Attribution

__all__ = ["merge_segments"]

Ints = npt.NDArray[np.int64]
_LENGTHS: Final = ("len_words", "len_unigrams", "len_bigrams")


def merge_segments(
    folder: Path, name: str, origin: Mapping[str, Any], readers: Sequence[SegmentReader], analyzer: Analyzer
) -> int:
    """Write one segment with the live documents of several, in order; return their number.

    The checksums of all files are compared first, because the new segment would have right checksums over
    damaged data. Raises DamagedIndex or OSError.
    """
    for reader in readers:
        reader.require_intact()
    builder = SegmentBuilder(analyzer)
    # Entries of different analyzers in one segment all count as stale, a superset of those that are.
    fingerprints = {made_by(reader, analyzer, folder) for reader in readers}
    builder.fingerprint = fingerprints.pop() if len(fingerprints) == 1 else "mixed"
    for reader in readers:
        _store(builder, reader)
        _append_rows(builder, reader)
    count = len(builder)
    builder.write(folder, name, origin)
    return count


def _store(builder: SegmentBuilder, reader: SegmentReader) -> None:
    store = reader.docs
    for doc in np.flatnonzero(reader.live).tolist():
        credits = slice(*store.agency_ends[doc : doc + 2].tolist())
        codes, vias = store.agency_codes[credits].tolist(), store.agency_vias[credits].tolist()
        builder.stored.add(
            store.key(doc),
            store.packed(doc),
            bytes.fromhex(store.digest(doc)),
            int(store.time[doc]),
            store.streams[int(store.stream_codes[doc])],
            [
                Attribution(store.agencies[code], "via" if via else "origin")
                for code, via in zip(codes, vias, strict=True)
            ],
            store.files[int(store.file_codes[doc])],
            int(store.file["sources"][doc]),
        )


def _append_rows(builder: SegmentBuilder, reader: SegmentReader) -> None:
    store, live = reader.docs, reader.live
    sizes = _steps(store.base)
    columns: dict[str, Ints] = {
        "sizes": sizes[live],
        "last": store.last[live].astype(np.int64),
        "headline": store.headline[live].astype(np.int64),
        **{name: store.file[name][live].astype(np.int64) for name in _LENGTHS},
    }
    new_docs = np.cumsum(live) - 1
    # How far the places of every document move when the deleted ones before it are dropped.
    moved = np.cumsum(np.where(live, 0, sizes)) - np.where(live, 0, sizes)
    builder.append_segment(
        list(reader.units.texts()),
        _pair_rows(reader, moved),
        list(reader.words.texts()),
        _word_rows(reader, new_docs),
        columns,
    )


def _pair_rows(reader: SegmentReader, moved: Ints) -> InvertedBatch:
    places, counts = decode_all(reader.pairs.file["data"], reader.pairs.file["ends"])
    docs = reader.docs.docs_at(places)
    live = reader.live[docs]
    firsts = np.repeat(np.arange(len(reader.units)), _steps(reader.pairs.first_ends))
    pair_ords = np.repeat(np.arange(len(counts)), counts)[live]
    seconds = reader.pairs.second.astype(np.int64)[pair_ords]
    assert len(reader.units) <= 1 << UNIT_BITS
    broken = (seconds & 1).astype(np.bool_)
    return pair_rows(firsts[pair_ords], seconds >> 1, broken, places[live] - moved[docs[live]])


def _word_rows(reader: SegmentReader, new_docs: Ints) -> InvertedBatch:
    """Expand weighted frequencies to rows: tf // 2 in the headline, tf % 2 in the body."""
    values, counts = decode_all(reader.words.file["data"], reader.words.file["ends"])
    words = np.repeat(np.arange(len(counts)), counts)
    tf = np.ones(len(values), dtype=np.int64)
    tf[(values & 1).astype(np.bool_)] = reader.words.all_frequencies_above_one()
    values >>= 1  # words have no lead
    live = reader.live[values]
    words, docs, tf = words[live], new_docs[values[live]], tf[live]
    in_body = tf % HEADLINE_WEIGHT
    repeats = tf // HEADLINE_WEIGHT + in_body
    in_headline = np.ones(int(repeats.sum()), dtype=np.bool_)
    in_headline[(np.cumsum(repeats) - 1)[in_body == 1]] = False
    return post_rows(np.repeat(words, repeats), np.repeat(docs, repeats), in_headline)


def _steps(ends: npt.NDArray[np.integer]) -> Ints:
    """Return the length of each slice between consecutive offsets."""
    offsets: Ints = ends.astype(np.int64)
    return offsets[1:] - offsets[:-1]
