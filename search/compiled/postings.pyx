# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Loops over postings: scores of documents, top-k retrieval, intersection.

Ids of documents may come from a damaged index, so each is compared with the number of documents before it is
used as an index. Scores are float32 and added in the order of the terms, as in `scoring/scorer.py`; the file
is compiled without fused multiply-add, so every sum is the same to the last bit.
"""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
)
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc, qsort

import numpy as np

ctypedef fused id_t:
    int32_t
    int64_t

#: Relative error of a sum of float32 values added in another order.
cdef float _ROUNDING = 2e-5
#: Documents whose sums are computed together.
cdef enum:
    _BLOCK = 512
#: Candidates scored completely to find a threshold: this many, and 2 more for each requested document.
cdef Py_ssize_t _PROBES = 64


cdef const void* _data(object array, bytes formats, Py_ssize_t width, bint writable=False) except? NULL:
    """Return the address of a contiguous array of one type; it is valid as long as the array exists."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (PyBUF_WRITABLE if writable else 0))
    cdef const void* address = view.buf
    cdef bint expected = view.ndim == 1 and view.itemsize == width and view.format[0] in formats
    PyBuffer_Release(&view)
    if not expected:
        raise TypeError("an array of another type")
    return address


cdef const float* _floats(object array) except? NULL:
    return <const float*> _data(array, b"f", 4)


cdef const void* _ids(object array) except? NULL:
    return _data(array, b"ilq", array.itemsize)


cdef bint _wide(object ids) except -1:
    """Return whether ids have eight bytes and not four."""
    return ids.itemsize == 8


cdef class TermScores:
    """The arrays of one term of a `Scorer`, checked once and kept for the loops.

    `ids` (n,) and `scores` (n,) are None for a term with `dense_scores` (N,) or with `codes` (N,) of all
    documents. `codes` and `norms` give the scores where no scores are stored.
    """

    cdef readonly Py_ssize_t df
    cdef readonly double max_score
    cdef Py_ssize_t _count, _size
    cdef const void* _ids
    cdef const float* _sparse
    cdef const float* _dense
    cdef const void* _codes
    cdef const float* _norms
    cdef float _weight, _lead
    cdef bint _wide_ids, _wide_codes
    cdef tuple _kept

    def __init__(self, Py_ssize_t df, object ids, object scores, object dense_scores, object codes,
                 object norms, float weight, float lead, double max_score):
        self.df, self.max_score = df, max_score
        self._count = len(norms)
        self._weight, self._lead = weight, lead
        self._norms = _floats(norms)
        self._wide_codes = codes.itemsize == 4
        self._codes = _data(codes, b"BIL", codes.itemsize)
        self._size = len(codes)
        if ids is not None:
            self._wide_ids = _wide(ids)
            self._ids = _ids(ids)
            if len(ids) != len(codes):
                raise ValueError("as many codes as ids")
            _check_ids(ids, self._count)
        elif len(codes) != self._count:
            raise ValueError("a code for each document")
        if scores is not None and ids is not None:
            if len(scores) != len(ids):
                raise ValueError("as many scores as ids")
            self._sparse = _floats(scores)
        if dense_scores is not None:
            if len(dense_scores) != self._count:
                raise ValueError("a score for each document")
            self._dense = _floats(dense_scores)
        self._kept = ids, scores, dense_scores, codes, norms

    cdef inline float _computed(self, Py_ssize_t i, Py_ssize_t doc) noexcept nogil:
        """Return the score that belongs to the i-th code."""
        cdef uint32_t code = (<const uint32_t*> self._codes)[i] if self._wide_codes \
            else (<const uint8_t*> self._codes)[i]
        cdef float tf = <float> (code >> 1)
        cdef float score = tf / (self._norms[doc] + tf)
        if self._lead != 0 and code & 1:
            score += self._lead
        return score * self._weight

    cdef inline bint _has_arrays_of_all(self) noexcept nogil:
        return self._dense != NULL or self._ids == NULL

    cdef inline float _at(self, Py_ssize_t doc) noexcept nogil:
        """Return the score of a document from the arrays of all documents."""
        return self._dense[doc] if self._dense != NULL else self._computed(doc, doc)

    cdef inline float _score(self, Py_ssize_t i, Py_ssize_t doc) noexcept nogil:
        """Return the score of the i-th posting."""
        return self._sparse[i] if self._sparse != NULL else self._computed(i, doc)

    cdef inline float _find(self, Py_ssize_t doc, Py_ssize_t* finger) noexcept nogil:
        """Return the score of a document, 0 without the term; `finger` is where the last search ended."""
        if self._has_arrays_of_all():
            return self._at(doc)
        cdef Py_ssize_t i
        if self._wide_ids:
            i = _seek[int64_t](<const int64_t*> self._ids, self._size, doc, finger[0])
            finger[0] = i
            if i < self._size and (<const int64_t*> self._ids)[i] == doc:
                return self._score(i, doc)
        else:
            i = _seek[int32_t](<const int32_t*> self._ids, self._size, doc, finger[0])
            finger[0] = i
            if i < self._size and (<const int32_t*> self._ids)[i] == doc:
                return self._score(i, doc)
        return 0


cdef inline Py_ssize_t _seek(const id_t* ids, Py_ssize_t size, Py_ssize_t doc, Py_ssize_t start) noexcept nogil:
    """Return the index of the first id that is not below `doc`, by galloping from `start`."""
    cdef Py_ssize_t low, high, middle, step = 1
    if start >= size or ids[start] > doc:
        low, high = 0, start if start < size else size
        if start >= size and size and ids[size - 1] < doc:
            return size
    else:
        low = start
        while low + step < size and ids[low + step] < doc:
            low += step
            step <<= 1
        high = low + step if low + step < size else size
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < doc:
            low = middle + 1
        else:
            high = middle
    return low


cdef class _Best:
    """The k largest of many values, as a heap whose root is the smallest of them."""

    cdef float* _heap
    cdef Py_ssize_t _k, _held

    def __cinit__(self, Py_ssize_t k):
        self._k = k if k > 0 else 1
        self._heap = <float*> malloc(self._k * sizeof(float))
        if self._heap == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._heap)

    cdef inline float _least(self) noexcept nogil:
        """Return the k-th largest value so far; 0 while there are fewer."""
        return self._heap[0] if self._held == self._k else 0

    cdef inline void _add(self, float value) noexcept nogil:
        cdef Py_ssize_t i, child
        if self._held < self._k:
            i = self._held
            self._held += 1
            while i and self._heap[(i - 1) >> 1] > value:
                self._heap[i] = self._heap[(i - 1) >> 1]
                i = (i - 1) >> 1
            self._heap[i] = value
        elif value > self._heap[0]:
            i = 0
            while True:
                child = 2 * i + 1
                if child >= self._k:
                    break
                if child + 1 < self._k and self._heap[child + 1] < self._heap[child]:
                    child += 1
                if self._heap[child] >= value:
                    break
                self._heap[i] = self._heap[child]
                i = child
            self._heap[i] = value


cdef Py_ssize_t _in_range(const id_t* ids, Py_ssize_t size, Py_ssize_t count) except -1:
    """Return the size; raises IndexError if an id is no document."""
    cdef Py_ssize_t i
    for i in range(size):
        if <size_t> ids[i] >= <size_t> count:
            raise IndexError("a document beyond the index")
    return size


cdef Py_ssize_t _check_ids(object ids, Py_ssize_t count) except -1:
    cdef const void* data = _ids(ids)
    if _wide(ids):
        return _in_range[int64_t](<const int64_t*> data, len(ids), count)
    return _in_range[int32_t](<const int32_t*> data, len(ids), count)


cdef inline Py_ssize_t _id(const void* ids, bint wide, Py_ssize_t i) noexcept nogil:
    return (<const int64_t*> ids)[i] if wide else (<const int32_t*> ids)[i]


def totals(list terms, object doc_ids, object check):
    """Return the sum over (term, qtf) for each of these documents, float32."""
    cdef Py_ssize_t size = len(doc_ids)
    summed = np.zeros(size, dtype=np.float32)
    if terms:
        _check_ids(doc_ids, (<TermScores> terms[0][0])._count)
        _sum(terms, _ids(doc_ids), _wide(doc_ids), size, <float*> _data(summed, b"f", 4, True), check)
    return summed


cdef int _sum(
    list terms, const void* ids, bint wide, Py_ssize_t size, float* sums, object check
) except -1:
    """Add the scores of some documents, term by term."""
    cdef Py_ssize_t i, finger
    cdef TermScores term
    cdef float times
    for pair in terms:
        check()
        term, times = pair
        finger = 0
        with nogil:
            for i in range(size):
                sums[i] += term._find(_id(ids, wide, i), &finger) * times
    return 0


cdef class _Lookup:
    """Terms whose scores are looked up for single documents, those with the largest scores first."""

    cdef list _kept
    cdef Py_ssize_t _size
    cdef void** _terms
    cdef float* _times
    cdef float* _rest
    cdef Py_ssize_t* _fingers
    cdef float _max_rest

    def __cinit__(self, list terms):
        self._kept, self._size = terms, len(terms)
        self._terms = <void**> malloc((self._size + 1) * sizeof(void*))
        self._times = <float*> malloc((self._size + 1) * sizeof(float))
        self._rest = <float*> malloc((self._size + 1) * sizeof(float))
        self._fingers = <Py_ssize_t*> malloc((self._size + 1) * sizeof(Py_ssize_t))
        if self._terms == NULL or self._times == NULL or self._rest == NULL or self._fingers == NULL:
            raise MemoryError
        cdef Py_ssize_t i
        cdef double rest = 0
        for i in range(self._size - 1, -1, -1):
            self._terms[i], self._times[i], self._fingers[i] = <void*> terms[i][0], terms[i][1], 0
            self._rest[i] = rest
            rest += (<TermScores> terms[i][0]).max_score * self._times[i]
        self._max_rest = rest * (1 + _ROUNDING)

    def __dealloc__(self):
        free(self._terms)
        free(self._times)
        free(self._rest)
        free(self._fingers)

    cdef void _sum_block(self, Py_ssize_t start, Py_ssize_t size, float* block) noexcept nogil:
        """Store the sums of consecutive documents for terms with arrays of all documents."""
        cdef Py_ssize_t i, j
        cdef const float* scores
        cdef float times
        for i in range(size):
            block[i] = 0
        for j in range(self._size):
            scores, times = (<TermScores> self._terms[j])._dense, self._times[j]
            if scores != NULL:
                scores += start
                for i in range(size):
                    block[i] += scores[i] * times
            else:
                for i in range(size):
                    block[i] += (<TermScores> self._terms[j])._at(start + i) * times

    cdef Py_ssize_t _union(self, Py_ssize_t count) noexcept nogil:
        """Return how many documents have any of these terms."""
        cdef Py_ssize_t start, i, size, total = 0
        cdef int matches
        cdef float[_BLOCK] block
        if self._size < 2:
            return (<TermScores> self._terms[0]).df if self._size else 0
        for start in range(0, count, 512):
            size = min(_BLOCK, count - start)
            self._sum_block(start, size, block)
            matches = 0
            for i in range(size):
                matches += block[i] > 0
            total += matches
        return total

    cdef float _total(self, Py_ssize_t doc, float total, float least) noexcept nogil:
        """Return a sum with the scores of a document, or -1 as soon as it cannot reach `least`."""
        cdef Py_ssize_t i
        for i in range(self._size):
            total += (<TermScores> self._terms[i])._find(doc, &self._fingers[i]) * self._times[i]
            if total + self._rest[i] * (1 + _ROUNDING) < least:
                return -1
        return total


cdef class _Generators:
    """The terms of one query, divided: with lists of documents, with arrays of all, and looked up only."""

    cdef list sparse
    cdef _Lookup dense, looked_up

    def __init__(self, list terms, list matching):
        cdef list dense = [], looked_up = []
        self.sparse = []
        cdef TermScores term
        for (scores, qtf), matches in zip(terms, matching):
            term = scores
            if not matches:
                looked_up.append((term, qtf))
            elif term._has_arrays_of_all():
                dense.append((term, qtf))
            elif term.df:
                self.sparse.append((term, qtf))
        self.dense = _Lookup(dense)
        self.looked_up = _Lookup(sorted(looked_up, key=_influence, reverse=True) if looked_up else looked_up)


def _influence(pair):
    return pair[0].max_score * pair[1]


cdef class _Accumulator:
    """Sums of scores by document (N,), zeroed again when the query is done, and the documents that have one."""

    cdef float* _sums
    cdef int32_t* _touched
    cdef Py_ssize_t _count, _size, _room

    def __cinit__(self, object sums, Py_ssize_t postings):
        self._count = len(sums)
        if self._count > 0x7FFFFFFF:
            raise OverflowError("too many documents")
        self._sums = <float*> _data(sums, b"f", 4, True)
        self._room = min(postings, self._count)
        self._touched = <int32_t*> malloc((self._room + 1) * sizeof(int32_t))
        if self._touched == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._touched)

    cdef void _clear(self) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self._size):
            self._sums[self._touched[i]] = 0
        self._size = 0

    cdef Py_ssize_t _add(self, TermScores term, float times, _Lookup dense) noexcept nogil:
        """Add a term with a list of documents; return the number of documents that no other term had."""
        cdef Py_ssize_t i, doc, new = 0
        if not dense._size:
            if term._wide_ids:
                return _add_list[int64_t](<const int64_t*> term._ids, term, times, self)
            return _add_list[int32_t](<const int32_t*> term._ids, term, times, self)
        for i in range(term._size):
            doc = _id(term._ids, term._wide_ids, i)
            if self._sums[doc] == 0:
                self._sums[doc] = dense._total(doc, 0, -1)
                new += self._sums[doc] == 0
                self._touch(doc)
            self._sums[doc] += term._score(i, doc) * times
        return new

    cdef Py_ssize_t _at_least(self, float least, int32_t* chosen) noexcept nogil:
        """Store the documents with positive sums that reach `least`; return their number."""
        cdef Py_ssize_t i, doc, found = 0
        for i in range(self._size):
            doc = self._touched[i]
            if self._sums[doc] >= least and self._sums[doc] > 0:
                chosen[found] = doc
                found += 1
        return found

    cdef void _best_sums(self, _Best best) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self._size):
            best._add(self._sums[self._touched[i]])

    cdef inline void _touch(self, Py_ssize_t doc) noexcept nogil:
        self._touched[self._size] = doc
        self._size += 1


cdef Py_ssize_t _add_list(const id_t* ids, TermScores term, float times, _Accumulator to) noexcept nogil:
    cdef Py_ssize_t i, doc, size = term._size, touched = to._size
    cdef float* sums = to._sums
    cdef int32_t* docs = to._touched
    cdef const float* scores = term._sparse
    if not touched:
        for i in range(size):
            docs[i] = ids[i]
            sums[ids[i]] = (scores[i] if scores != NULL else term._computed(i, ids[i])) * times
        to._size = size
        return size
    for i in range(size):
        doc = ids[i]
        docs[touched] = doc
        touched += sums[doc] == 0
        sums[doc] += (scores[i] if scores != NULL else term._computed(i, doc)) * times
    size, to._size = touched - to._size, touched
    return size


def top(list terms, list matching, object excluded, object sums, Py_ssize_t k, object kind, object check):
    """Return the number of matches, and documents that include the top k and ties, with their scores.

    `terms` are pairs (TermScores, qtf), `matching` (parallel) marks those whose documents match; `sums` (N,)
    is zeroed, and is so again at the end. The documents ascend and are of a type of numpy, `kind`.
    """
    cdef _Generators divided = _Generators(terms, matching)
    cdef Py_ssize_t count = len(sums), postings = count if divided.dense._size else len(excluded)
    cdef Py_ssize_t total, found
    cdef _Accumulator added
    cdef int32_t* chosen
    k = min(k, count)
    for pair in divided.sparse:
        postings += (<TermScores> pair[0])._size
        if (<TermScores> pair[0])._count != count:
            raise ValueError("a sum for each document")
    added = _Accumulator(sums, postings)
    chosen = <int32_t*> malloc((added._room + 1) * sizeof(int32_t))
    if chosen == NULL:
        raise MemoryError
    try:
        if len(terms) == 1 and divided.sparse and not len(excluded):
            total = postings
            found = _best_of_one(divided.sparse[0][0], k, chosen)
        else:
            total = _add_all(added, divided, excluded, check)
            found = _best_documents(added, divided, k, chosen, check)
        return (total, *_scored(chosen, found, terms, kind, check))
    finally:
        added._clear()
        free(chosen)


cdef int _ascending(const void* a, const void* b) noexcept nogil:
    cdef int32_t first = (<const int32_t*> a)[0], second = (<const int32_t*> b)[0]
    return (first > second) - (first < second)


cdef tuple _scored(int32_t* docs, Py_ssize_t size, list terms, object kind, object check):
    """Return documents, ascending and of a type of numpy, and the sum of their scores."""
    ids, summed = np.empty(size, dtype=kind), np.zeros(size, dtype=np.float32)
    cdef bint wide = _wide(ids)
    cdef void* out = <void*> _data(ids, b"ilq", ids.itemsize, True)
    cdef Py_ssize_t i
    qsort(docs, size, sizeof(int32_t), &_ascending)
    for i in range(size):
        if wide:
            (<int64_t*> out)[i] = docs[i]
        else:
            (<int32_t*> out)[i] = docs[i]
    _sum(terms, out, wide, size, <float*> _data(summed, b"f", 4, True), check)
    return ids, summed


cdef Py_ssize_t _best_of_one(TermScores term, Py_ssize_t k, int32_t* chosen) except -1:
    """Store the documents of one term with the k largest scores, and ties; return their number."""
    cdef _Best best = _Best(k)
    cdef Py_ssize_t i, size = term._size, found = 0
    cdef bint wide = term._wide_ids
    for i in range(size):
        best._add(term._score(i, _id(term._ids, wide, i)))
    for i in range(size):
        if term._score(i, _id(term._ids, wide, i)) >= best._least():
            chosen[found] = _id(term._ids, wide, i)
            found += 1
    return found


cdef Py_ssize_t _add_all(_Accumulator added, _Generators divided, object excluded, object check) except -1:
    """Add all terms with lists of documents; return the number of matches."""
    cdef Py_ssize_t total = 0, i, doc
    cdef bint wide
    cdef TermScores term
    cdef float times, value
    cdef const void* ids
    total = divided.dense._union(added._count)
    for pair in divided.sparse:
        check()
        term, times = pair
        total += added._add(term, times, divided.dense)
    if len(excluded):
        ids, wide = _ids(excluded), _wide(excluded)
        _check_ids(excluded, added._count)
        for i in range(len(excluded)):
            doc = _id(ids, wide, i)
            value = added._sums[doc]
            if value == 0 and divided.dense._size:
                value = divided.dense._total(doc, 0, -1)
                if value != 0:
                    added._touch(doc)
            if value != 0:
                total -= 1
                added._sums[doc] = -1
    return total


cdef Py_ssize_t _best_documents(
    _Accumulator added, _Generators divided, Py_ssize_t k, int32_t* chosen, object check
) except -1:
    """Store the documents whose sums, with the scores that are looked up, can be among the k largest."""
    cdef _Lookup looked_up = divided.looked_up
    cdef Py_ssize_t probes = min(_PROBES + 2 * k, added._count) if looked_up._size else k
    cdef _Best best = _Best(probes)
    cdef float least
    added._best_sums(best)
    if looked_up._size:
        least = best._least() * (1 - _ROUNDING)
        best = _Best(k)
        _probe(added, looked_up, best, least, 2 * probes)
    if divided.dense._size:
        # Documents with the frequent terms alone count if these can be as much as the best sums.
        check()
        _add_dense(added, divided.dense, best, looked_up._max_rest)
    check()
    least = best._least() * (1 - _ROUNDING)
    if not looked_up._size:
        return added._at_least(least, chosen)
    cdef float* totals = <float*> malloc((added._size + 1) * sizeof(float))
    if totals == NULL:
        raise MemoryError
    try:
        return _choose(added, looked_up, least, k, chosen, totals)
    finally:
        free(totals)


cdef void _probe(_Accumulator added, _Lookup looked_up, _Best best, float start, Py_ssize_t probes) noexcept nogil:
    """Score some documents with promising sums completely."""
    cdef Py_ssize_t i, doc
    cdef float value
    for i in range(added._size):
        doc = added._touched[i]
        value = added._sums[doc]
        if value >= start and value > 0:
            best._add(looked_up._total(doc, value, -1))
            probes -= 1
            if not probes:
                break


cdef void _add_dense(_Accumulator added, _Lookup dense, _Best best, float max_rest) noexcept nogil:
    """Add the documents of the frequent terms that no other term has and that can be among the best."""
    cdef Py_ssize_t start, i, size, doc
    cdef int promising
    cdef float value, floor = best._least() * (1 - _ROUNDING) - max_rest
    cdef float[_BLOCK] block
    if dense._max_rest < floor:
        return
    for start in range(0, added._count, 512):
        size = min(_BLOCK, added._count - start)
        dense._sum_block(start, size, block)
        promising = 0
        for i in range(size):
            promising += block[i] > floor
        if not promising:
            continue
        for i in range(size):
            value, doc = block[i], start + i
            if value > floor and value > 0 and added._sums[doc] == 0:
                added._sums[doc] = value
                added._touch(doc)
                if max_rest == 0:
                    best._add(value)
                    floor = best._least() * (1 - _ROUNDING)


cdef Py_ssize_t _choose(
    _Accumulator added, _Lookup looked_up, float least, Py_ssize_t k, int32_t* chosen, float* totals
) except -1:
    """Store the documents that can be among the k best; return their number."""
    cdef Py_ssize_t i, doc, found = 0
    cdef float value
    with nogil:
        for i in range(added._size):
            doc = added._touched[i]
            value = added._sums[doc]
            if value > 0 and value + looked_up._max_rest >= least:
                value = looked_up._total(doc, value, least)
                if value >= least:
                    chosen[found], totals[found] = doc, value
                    found += 1
    return _largest(chosen, totals, found, k)


cdef Py_ssize_t _largest(int32_t* docs, float* totals, Py_ssize_t size, Py_ssize_t k) except -1:
    """Keep the documents whose totals may be among the k largest; return their number."""
    cdef Py_ssize_t i, kept = 0
    cdef float least
    cdef _Best best = _Best(k)
    for i in range(size):
        best._add(totals[i])
    least = best._least() * (1 - _ROUNDING)
    for i in range(size):
        if totals[i] >= least:
            docs[kept] = docs[i]
            kept += 1
    return kept


def top_among(list terms, object doc_ids, Py_ssize_t k, object recency, object check):
    """Return those of ascending documents that include the k best and ties, with the sums of their scores.

    `recency` (N,) is a further score of each document, or None; it counts, and is not in the sums.
    """
    check()
    cdef _Lookup lookup = _Lookup(sorted(terms, key=_influence, reverse=True))
    cdef Py_ssize_t i, doc, size = len(doc_ids), found = 0
    k = min(k, size)
    cdef _Best best = _Best(k)
    cdef const void* ids = _ids(doc_ids)
    cdef bint wide = _wide(doc_ids)
    cdef const float* ages = NULL
    cdef float least = 0, value
    if terms:
        _check_ids(doc_ids, (<TermScores> terms[0][0])._count)
    if recency is not None:
        _check_ids(doc_ids, len(recency))
        ages = _floats(recency)
    cdef int32_t* chosen = <int32_t*> malloc((size + 1) * sizeof(int32_t))
    cdef float* totals = <float*> malloc((size + 1) * sizeof(float))
    if chosen == NULL or totals == NULL:
        free(chosen)
        free(totals)
        raise MemoryError
    try:
        with nogil:
            for i in range(size):
                doc = _id(ids, wide, i)
                value = lookup._total(doc, ages[doc] if ages != NULL else 0, least)
                if value >= least:
                    best._add(value)
                    least = best._least() * (1 - _ROUNDING)
                    chosen[found], totals[found] = doc, value
                    found += 1
        return _scored(chosen, _largest(chosen, totals, found, k), terms, doc_ids.dtype, check)
    finally:
        free(chosen)
        free(totals)


def intersection(object doc_ids, object others):
    """Return the documents that both ascending arrays have; both are of one type."""
    if _wide(doc_ids) != _wide(others):
        raise TypeError("ids of two types")
    if len(others) < len(doc_ids):
        doc_ids, others = others, doc_ids
    found = np.empty(len(doc_ids), dtype=doc_ids.dtype)
    cdef void* out = <void*> _data(found, b"ilq", doc_ids.itemsize, True)
    cdef const void* few = _ids(doc_ids)
    cdef const void* many = _ids(others)
    cdef Py_ssize_t size
    if _wide(doc_ids):
        size = _intersect[int64_t](
            <const int64_t*> few, len(doc_ids), <const int64_t*> many, len(others),
            <int64_t*> out,
        )
    else:
        size = _intersect[int32_t](
            <const int32_t*> few, len(doc_ids), <const int32_t*> many, len(others),
            <int32_t*> out,
        )
    return found[:size]


cdef Py_ssize_t _intersect(
    const id_t* few, Py_ssize_t few_size, const id_t* many, Py_ssize_t many_size, id_t* found
) noexcept nogil:
    cdef Py_ssize_t i, j = 0, size = 0
    if few_size * 16 > many_size:
        i = 0
        while i < few_size and j < many_size:
            if few[i] == many[j]:
                found[size] = few[i]
                size += 1
                i += 1
                j += 1
            elif few[i] < many[j]:
                i += 1
            else:
                j += 1
        return size
    for i in range(few_size):
        j = _seek[id_t](many, many_size, few[i], j)
        if j == many_size:
            break
        if many[j] == few[i]:
            found[size] = few[i]
            size += 1
    return size
