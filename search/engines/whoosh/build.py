"""Building a segment: entries in, three files of sorted arrays out.

Entries are gathered until their text reaches a bound, then analyzed together and written as one segment,
so memory does not grow with the collection. Postings come from sorting by (term, entry, position); no
loop runs over postings.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, bigram
from search.analysis.batch import FIRST_RUN, BatchUnits, Vocabulary, read_batch, read_batch_words
from search.analysis.fold import expand
from search.engines.whoosh.arrays import write_arrays
from search.engines.whoosh.documents import BLOCK, NO_TIME, microseconds
from search.entry import Entry

__all__ = [
    "HEADLINE_WEIGHT",
    "Posted",
    "Record",
    "blob_arrays",
    "build_segment",
    "document_arrays",
    "searchable",
    "term_arrays",
]

Ints = npt.NDArray[np.int64]

#: One occurrence in the headline counts as much as this many in the body.
HEADLINE_WEIGHT: Final = 2
_MAX_TF: Final = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Posted:
    """One stream of a segment before it is written: the arrays of `terms.py`, by name."""

    arrays: dict[str, npt.NDArray[Any]]
    lengths: dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as it is stored: plain values, digest, data file, microseconds or NO_TIME."""

    values: dict[str, Any]
    digest: str
    file: str
    time: int


def _stamp(entry: Entry) -> int:
    return NO_TIME if entry.time is None else microseconds(entry.time)


def searchable(entry: Entry) -> str:
    """Return everything that can be read in an entry, the headline first; each part on its own line."""
    parts = (entry.headline, entry.body, *entry.captions, *entry.agencies, entry.credit)
    return "\n".join(expand(part) for part in parts if part)


def build_segment(folder: Path, name: str, entries: Sequence[tuple[Entry, str]], analyzer: Analyzer) -> None:
    """Write the files of a segment for (entry, data file) pairs, in that order. Raises OSError."""
    texts = [searchable(entry) for entry, _ in entries]
    heads = np.fromiter((len(expand(entry.headline)) for entry, _ in entries), np.int64, len(entries))
    runs = Vocabulary()
    units = read_batch(texts, runs)
    grams = _grams(units, list(runs), heads, len(entries))
    words = _words(units, list(runs), heads, len(entries), analyzer)
    base = np.concatenate(([0], np.cumsum(units.lengths + 1))).astype(np.uint32)
    in_headline = units.places < heads[units.docs]
    headline = np.bincount(units.docs[in_headline], minlength=len(entries))
    write_arrays(folder / f"{name}.words", words.arrays, {})
    write_arrays(folder / f"{name}.grams", grams.arrays, {})
    columns = {
        "base": base,
        "headline": _headline_positions(units, in_headline, headline),
        **grams.lengths,
        **words.lengths,
    }
    stored, meta = document_arrays([Record(e.as_dict(), e.digest(), f, _stamp(e)) for e, f in entries])
    write_arrays(folder / f"{name}.docs", columns | stored, meta | {"fingerprint": analyzer.fingerprint})


def _headline_positions(
    units: BatchUnits, in_headline: npt.NDArray[np.bool_], counts: Ints
) -> npt.NDArray[Any]:
    """Return how many positions each headline takes, punctuation included; shape (N,)."""
    positions = np.zeros(len(counts), dtype=np.int32)
    np.maximum.at(positions, units.docs[in_headline], units.positions[in_headline].astype(np.int32) + 1)
    return positions


def _grams(units: BatchUnits, runs: list[str], heads: Ints, count: int) -> Posted:
    """Return the stream of unigrams and bigrams; a bigram stands where its first unit stands."""
    base = np.concatenate(([0], np.cumsum(units.lengths + 1)))
    firsts = np.flatnonzero(
        (units.docs[1:] == units.docs[:-1]) & (units.positions[1:] == units.positions[:-1] + 1)
    )
    limit = FIRST_RUN + len(runs)
    pairs = (units.ids[firsts] + 1) * limit + units.ids[firsts + 1]
    keys = np.concatenate((units.ids, pairs))
    source = np.concatenate((np.arange(len(units.ids)), firsts))
    unique, inverse = np.unique(keys, return_inverse=True)
    names = [_gram(key, limit, runs) for key in unique.tolist()]
    docs = units.docs[source]
    weights = np.where(units.places[source] < heads[docs], HEADLINE_WEIGHT, 1)
    places = base[docs] + units.positions[source]
    arrays = term_arrays(names, inverse, docs, weights, places)
    border = len(units.ids)
    lengths = {
        "len_unigrams": _lengths(docs[:border], weights[:border], count),
        "len_bigrams": _lengths(docs[border:], weights[border:], count),
    }
    return Posted(arrays, lengths)


def _lengths(docs: Ints, weights: Ints, count: int) -> npt.NDArray[np.float32]:
    return np.bincount(docs, weights=weights, minlength=count).astype(np.float32)


def _gram(key: int, limit: int, runs: list[str]) -> str:
    first, second = divmod(key, limit)
    text = chr(second) if second < FIRST_RUN else runs[second - FIRST_RUN]
    if not first:
        return text
    first -= 1
    return bigram(chr(first) if first < FIRST_RUN else runs[first - FIRST_RUN], text)


def _words(units: BatchUnits, runs: list[str], heads: Ints, count: int, analyzer: Analyzer) -> Posted:
    vocabulary = Vocabulary()
    words = read_batch_words(units, vocabulary, runs, analyzer.segmenter)
    weights = np.where(words.places < heads[words.docs], HEADLINE_WEIGHT, 1)
    arrays = term_arrays(list(vocabulary), words.ids, words.docs, weights, None)
    return Posted(arrays, {"len_words": _lengths(words.docs, weights, count)})


def term_arrays(
    names: list[str], terms: Ints, docs: Ints, weights: Ints, places: Ints | None
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a stream from its occurrences, in any order.

    `names[t]` is the text of term t; the other arrays have one row for each occurrence: its term, its entry,
    its weight, and its place in the segment, which must grow with the entry.
    """
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    used = np.flatnonzero(np.bincount(terms, minlength=len(names)))
    ranked = sorted(used.tolist(), key=encoded.__getitem__)
    rank = np.zeros(len(names), dtype=np.int64)
    rank[ranked] = np.arange(len(ranked))
    row_rank = rank[terms]
    order = np.lexsort((docs if places is None else places, row_rank))
    row_rank, docs, weights = row_rank[order], docs[order], weights[order]
    starts = np.flatnonzero(np.diff(row_rank, prepend=-1) | np.diff(docs, prepend=-1))
    tf = np.add.reduceat(weights, starts) if len(starts) else weights
    bounds = np.arange(len(ranked) + 1)
    arrays: dict[str, npt.NDArray[Any]] = {
        **blob_arrays([encoded[number] for number in ranked], "blob", "blob_ends"),
        "post_ends": np.searchsorted(row_rank[starts], bounds).astype(np.int64),
        "ids": docs[starts].astype(np.int32),
        "tf": np.minimum(tf, _MAX_TF).astype(np.uint16),
    }
    if places is not None:
        arrays["occ_ends"] = np.searchsorted(row_rank, bounds).astype(np.int64)
        arrays["places"] = places[order].astype(np.uint32)
    return arrays


def blob_arrays(items: Sequence[bytes], name: str, ends_name: str) -> dict[str, npt.NDArray[Any]]:
    """Return byte strings written together and where each begins, under the names given."""
    ends = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), np.int64, len(items)), out=ends[1:])
    return {name: np.frombuffer(b"".join(items), dtype=np.uint8), ends_name: ends}


def document_arrays(
    records: Sequence[Record],
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the arrays of `documents.py` that do not depend on terms, and their meta data."""
    streams, agencies, files = Vocabulary(), Vocabulary(), Vocabulary()
    keys = [record.values["id"].encode() for record in records]
    blocks = [_block(records[i : i + BLOCK]) for i in range(0, len(records), BLOCK)]
    per_entry = [[agencies[name] for name in record.values["agencies"]] for record in records]
    arrays: dict[str, npt.NDArray[Any]] = {
        **blob_arrays(keys, "key_blob", "key_ends"),
        **blob_arrays(blocks, "blocks", "block_ends"),
        "key_order": np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int32),
        "digests": np.frombuffer(bytes.fromhex("".join(r.digest for r in records)), dtype=np.uint8),
        "files": np.array([files[record.file] for record in records], dtype=np.int32),
        "time": np.array([record.time for record in records], dtype=np.int64),
        "streams": np.array([streams[record.values["stream"]] for record in records], dtype=np.int32),
        "agency_ends": np.concatenate(([0], np.cumsum([len(codes) for codes in per_entry]))).astype(np.int64),
        "agencies": np.array([code for codes in per_entry for code in codes], dtype=np.int32),
    }
    meta = {
        "count": len(records),
        "streams": list(streams),
        "agencies": list(agencies),
        "files": list(files),
    }
    return arrays, meta


def _block(records: Sequence[Record]) -> bytes:
    packed = json.dumps([record.values for record in records], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(packed.encode("utf-8", "surrogatepass"), 6)
