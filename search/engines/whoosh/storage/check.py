"""Checks that the values in the arrays of a segment are possible, whatever their checksums.

For speed, readers trust these values; numpy checks every access, so an impossible one raises an exception and
never reads outside a file. The checks run only after such an exception, to distinguish a damaged index from a
fault of the program, and for `xunwen check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from search.engines.timestamps import microseconds
from search.engines.whoosh.storage.array_file import Array, ArrayFile
from search.engines.whoosh.storage.document_store import BLOCK, NO_TIME, DocumentStore
from search.engines.whoosh.storage.packed_ints import decode_all
from search.engines.whoosh.storage.postings_format import ESCAPE, HINT_BITS
from search.engines.whoosh.storage.term_dictionary import PairDictionary, TermDictionary
from search.language.message import Message

__all__ = ["document_problems", "pair_problems", "term_problems"]

_LENGTHS = ("len_words", "len_unigrams", "len_bigrams")
_EARLIEST, _LATEST = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (1, 9999))


def term_problems(terms: TermDictionary, docs: DocumentStore) -> list[str]:
    """Return one sentence for each array of words or units with impossible values."""
    file, size = terms.file, len(terms) + 1
    problems = [
        *_bytes(file, "data"),
        *_bytes(file, "blob"),
        *_borders(file, "blob_ends", "blob", size),
        *_borders(file, "ends", "data", size),
        *_borders(file, "tf_ends", "tf", size),
        *_kind(file, "tf", "u", None),
        *_kind(file, "big_tf", "u", len(file["big_rows"])),
        *_escapes(file),
    ]
    return problems or [
        *_lists(file, (4 if file.meta["lead"] else 2) * docs.count, len(file["tf"])),
        *_texts(terms),
    ]


def pair_problems(pairs: PairDictionary, units: int, docs: DocumentStore) -> list[str]:
    """Return one sentence for each array of pairs with impossible values."""
    file = pairs.file
    problems = [
        *_bytes(file, "data"),
        *_borders(file, "first_ends", "second", units + 1),
        *_borders(file, "ends", "data", len(pairs) + 1),
        *_range(file, "second", 2 * units),
    ]
    return problems or [*_lists(file, int(docs.base[-1]), None)]


def _escapes(file: ArrayFile) -> Iterator[str]:
    """Yield a sentence unless `big_rows` lists exactly the frequencies that do not fit in a byte."""
    if not np.array_equal(file["big_rows"], np.flatnonzero(file["tf"] == ESCAPE)):
        yield _sentence(file, "big_rows")


def _lists(file: ArrayFile, limit: int, odd_count: int | None) -> Iterator[str]:
    """Yield a sentence unless all packed lists ascend below a limit and have `odd_count` odd values."""
    if not len(file["data"]):
        return
    try:
        with np.errstate(all="raise"):
            values, counts = decode_all(file["data"], file["ends"])
    except (ArithmeticError, IndexError, ValueError, MemoryError):
        yield _sentence(file, "data")
        return
    rising = np.diff(values) > 0
    rising[np.cumsum(counts)[:-1] - 1] = True
    sound = bool(rising.all()) and 0 <= int(values.min()) <= int(values.max()) < limit
    if not sound or (odd_count is not None and int((values & 1).sum()) != odd_count):
        yield _sentence(file, "data")


def document_problems(docs: DocumentStore) -> list[str]:
    """Return one sentence for each array of the documents with impossible values."""
    file, count = docs.file, docs.count
    return [
        *_borders(file, "key_ends", "key_blob", count + 1),
        *_borders(file, "block_ends", "blocks", -(-count // BLOCK) + 1),
        *_borders(file, "agency_ends", "agencies", count + 1),
        *_ascending(file, "base", count + 1),
        *_hints(docs),
        *_kind(file, "last", "i", count),
        *_kind(file, "sources", "i", count),
        *_range(file, "key_order", count, count),
        *_range(file, "files", len(docs.files), count),
        *_range(file, "streams", len(docs.streams), count),
        *_range(file, "agencies", len(docs.agencies)),
        *_range(file, "vias", 2, len(docs.agency_codes)),
        *_kind(file, "digests", "u", 16 * count),
        *_kind(file, "headline", "i", count),
        *_times(docs),
        *(problem for name in _LENGTHS for problem in _sizes(file, name, count)),
        *_names(docs),
        *_keys(docs),
    ]


def _sentence(file: ArrayFile, name: str) -> str:
    return Message("{file} 的 {name} 内容不合规格", file=file.path.name, name=name)


def _is(array: Array, kinds: str, size: int | None) -> bool:
    return array.dtype.kind in kinds and (size is None or len(array) == size)


def _bytes(file: ArrayFile, name: str) -> Iterator[str]:
    """Yield a sentence unless the array contains bytes."""
    if file[name].dtype != np.uint8:
        yield _sentence(file, name)


def _kind(file: ArrayFile, name: str, kinds: str, size: int | None) -> Iterator[str]:
    """Yield a sentence unless the array has one of these dtype kinds, and this size."""
    if not _is(file[name], kinds, size):
        yield _sentence(file, name)


def _range(file: ArrayFile, name: str, limit: int, size: int | None = None) -> Iterator[str]:
    """Yield a sentence unless all values are in [0, limit)."""
    array = file[name]
    if not _is(array, "iu", size) or (len(array) and not 0 <= int(array.min()) <= int(array.max()) < limit):
        yield _sentence(file, name)


def _ascending(file: ArrayFile, name: str, size: int | None = None) -> Iterator[str]:
    array = file[name]
    if not _is(array, "iu", size) or not len(array) or array[0] != 0 or bool((array[1:] < array[:-1]).any()):
        yield _sentence(file, name)


def _borders(file: ArrayFile, name: str, of: str, size: int) -> Iterator[str]:
    """Yield a sentence unless `name` cuts all of `of` into consecutive slices."""
    problems = [*_ascending(file, name, size)]
    yield from problems
    if not problems and int(file[name][-1]) != len(file[of]):
        yield _sentence(file, name)


def _sizes(file: ArrayFile, name: str, size: int) -> Iterator[str]:
    """Yield a sentence unless all values are finite and none is negative."""
    array = file[name]
    if not _is(array, "f", size) or not bool((np.isfinite(array) & (array >= 0)).all()):
        yield _sentence(file, name)


def _hints(docs: DocumentStore) -> Iterator[str]:
    """Yield a sentence unless every hint is the document of its place."""
    hints = docs.file["hints"].astype(np.int64)
    places = np.arange(len(hints)) << HINT_BITS
    expected = np.searchsorted(docs.base, places, side="right") - 1
    if len(hints) * (1 << HINT_BITS) < int(docs.base[-1]) or not np.array_equal(hints, expected):
        yield _sentence(docs.file, "hints")


def _times(docs: DocumentStore) -> Iterator[str]:
    times = docs.time
    valid = (times == NO_TIME) | ((times >= _EARLIEST) & (times < _LATEST))
    if not _is(times, "i", docs.count) or not valid.all():
        yield _sentence(docs.file, "time")


def _texts(terms: TermDictionary) -> Iterator[str]:
    """Yield a sentence unless all terms are valid UTF-8, ascending, distinct and not empty."""
    try:
        sound = all(a < b for a, b in pairwise(["", *terms.texts()]))
    except UnicodeDecodeError:
        sound = False
    if not sound:
        yield _sentence(terms.file, "blob")


def _keys(docs: DocumentStore) -> Iterator[str]:
    """Yield a sentence unless all ids are valid UTF-8 and `key_order` sorts them."""
    try:
        keys = docs.keys()
        ordered = [keys[doc] for doc in docs.file["key_order"].tolist()]
        sound = all(a <= b for a, b in pairwise(ordered))
    except (UnicodeDecodeError, IndexError, TypeError):
        sound = False
    if not sound:
        yield _sentence(docs.file, "key_blob")


def _names(docs: DocumentStore) -> Iterator[str]:
    """Yield a sentence unless all names in the metadata are strings."""
    for name, values in (("streams", docs.streams), ("agencies", docs.agencies), ("files", docs.files)):
        if not all(type(value) is str for value in values):
            yield _sentence(docs.file, name)
