"""The compiled loops and their twins in Python: the same results, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import compiled
from search.analysis import fold as folding
from search.engines.base import Request
from search.engines.whoosh.matching.postings_cache import Postings, intersection
from search.engines.whoosh.scoring.scorer import QueryTerm, Term, total_scores_at
from search.engines.whoosh.scoring.top_k import TopK
from search.query.logical import Filters, LogicalQuery
from tests.engines.test_whoosh import holding
from tests.support import oracle

pytestmark = pytest.mark.skipif(not compiled.AVAILABLE, reason="built without a C compiler: `make install`")

_K = 10
LETTERS = "机场航班的5F6-·，。“”<&' \n_%℃か\u200b\u0301Ｆ俄羅斯\ud83d\U00020000"
TEXTS = st.text(LETTERS, max_size=60) | st.text(max_size=40)


@contextmanager
def in_python() -> Iterator[None]:
    """Run the twins in Python within the block."""
    with patch.object(compiled, "postings", None), patch.object(folding, "_LOOPS", None):
        yield


@given(TEXTS)
def test_texts_are_folded_alike(text: str) -> None:
    """Folded text, offsets, and what takes no position."""
    folded = folding.fold(text)
    rest = folding.without_silent(folded.text)
    with in_python():
        assert folding.fold(text) == folded
        assert folding.without_silent(folded.text) == rest


@given(oracle.corpora, oracle.queries, oracle.filter_sets)
@settings(max_examples=60, deadline=None)
def test_answers_are_alike(entries: Any, query: LogicalQuery, filters: Filters) -> None:
    """Entries, order, scores and totals of any query."""
    with holding(entries) as engine:
        request = Request(query, filters)
        answer = engine.snapshot().search(request)
        with in_python():
            assert engine.snapshot().search(request) == answer


@st.composite
def postings(draw: st.DrawFn) -> tuple[Any, list[QueryTerm], list[bool], Any]:
    """Draw a space of documents, terms with their frequencies, which match, and excluded documents."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.sampled_from([1, 7, 300, 40_000]))
    kind = draw(st.sampled_from([np.int32, np.int64]))
    shape = SimpleNamespace(count=count, dtype=np.dtype(kind), none=np.empty(0, dtype=kind))
    shape.docs_of = lambda mask: mask.nonzero()[0].astype(kind)
    norms = (0.1 + random.random(count, dtype=np.float32)).astype(np.float32)
    stored, terms, matching = draw(st.booleans()), list[QueryTerm](), list[bool]()
    for number in range(draw(st.integers(1, 5))):
        field = draw(st.sampled_from(["words", "bigrams", "unigrams"]))
        share = draw(st.sampled_from([0.001, 0.02, 0.2, 0.9]))
        terms.append((_term(field, str(number), share, norms, kind, random, stored), draw(st.integers(1, 3))))
        matching.append(field != "unigrams")
    kept = [i for i, (term, _) in enumerate(terms) if term.df]
    kept.sort(key=lambda i: -terms[i][0].df)
    excluded = np.flatnonzero(random.random(count) < draw(st.sampled_from([0, 0.01]))).astype(kind)
    return shape, [terms[i] for i in kept], [matching[i] for i in kept], excluded


def _term(field: str, text: str, share: float, norms: Any, kind: Any, random: Any, stored: bool) -> Term:
    """Return a term in a share of the documents; words and bigrams may have stored scores."""
    ids = np.flatnonzero(random.random(len(norms)) < share).astype(kind)
    codes = (2 * random.integers(1, 60, len(ids)) + random.integers(0, 2, len(ids))).astype(np.uint8)
    weight, df = np.float32(1 + random.random()), len(ids)
    unigram = field == "unigrams"
    if unigram and share > 0.1:
        dense = np.zeros(len(norms), dtype=np.uint8)
        dense[ids] = codes
        return Term(field, text, df, Postings(df, None, dense), weight, norms, 10.0)
    own = Postings(df, ids, codes)
    if unigram or not stored:
        return Term(field, text, df, own, weight, norms, 10.0)
    scores = Term(field, text, df, own, weight, norms, 10.0).scores
    if share < 0.1:
        return Term(field, text, df, own, weight, norms, 10.0, sparse_scores=scores)
    of_all = np.zeros(len(norms), dtype=np.float32)
    of_all[ids] = scores
    return Term(field, text, df, own, weight, norms, 10.0, dense_scores=of_all)


def _best(doc_ids: Any, scores: Any, k: int) -> list[tuple[float, int]]:
    """Return the best documents with their scores, and all that tie with the last of them."""
    ranked = sorted(zip((-scores).tolist(), doc_ids.tolist(), strict=True))
    return [pair for pair in ranked if len(ranked) <= k or pair[0] <= ranked[k - 1][0]]


@given(postings(), st.sampled_from([_K, _K, _K, 1_000_000_000]))
@settings(max_examples=60, deadline=None)
def test_the_best_documents_are_alike(drawn: Any, k: int) -> None:
    """Totals and the best documents: of all matches, and of given ones with their recency."""
    space, terms, matching, excluded = drawn
    top, doc_ids = TopK(space), np.arange(0, space.count, 3, dtype=space.dtype)
    recency = (np.arange(space.count) % 5).astype(np.float32)

    def answers() -> list[Any]:
        found = top.top(terms, matching, excluded, k)
        return [
            (found.total, _best(found.doc_ids, found.scores, k)),
            _best(*top.top_among(terms, doc_ids, k), k),
            _best(*top.top_among(terms, doc_ids, k, recency), k),
            total_scores_at(terms, doc_ids[::-1].copy(), recency).tolist(),
            intersection(doc_ids, excluded, space.count).tolist(),
        ]

    wanted = answers()
    with in_python():
        assert answers() == wanted


def test_a_document_beyond_the_index_is_refused() -> None:
    """A damaged index ends in an error, not in memory that belongs to something else."""
    norms = np.ones(3, dtype=np.float32)
    beyond = Postings(2, np.array([1, 3]), np.array([2, 2], dtype=np.uint8))
    with pytest.raises(IndexError):
        Term("words", "机场", 2, beyond, np.float32(1), norms, 1.0)
    term = Term(
        "words",
        "机场",
        1,
        Postings(1, np.array([1]), np.array([2], dtype=np.uint8)),
        np.float32(1),
        norms,
        1.0,
    )
    with pytest.raises(IndexError):
        total_scores_at([(term, 1)], np.array([-1, 3]))
