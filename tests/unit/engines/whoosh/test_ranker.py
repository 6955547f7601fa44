"""Ranking: every path gives the same entries, totals, scores and order."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines import Request
from search.engines.whoosh import WhooshEngine
from search.engines.whoosh.matching import doc_space, postings_cache
from search.engines.whoosh.matching.postings_cache import Postings, PostingsCache
from search.engines.whoosh.reading.snapshot import Ranked, Snapshot
from search.engines.whoosh.scoring import ranker, scorer, top_k
from search.engines.whoosh.scoring.ranker import listed_terms
from search.engines.whoosh.scoring.top_k import bound
from search.entry import Entry
from search.query.logical import AllOf, AnyOf, AnyTerm, Everything, LogicalQuery, Nothing, Phrase
from search.ranking import ScoringTerms
from tests.support import oracle
from tests.support.oracle import Oracle

WORDS = ("机场", "阿拉木图", "恢复", "银行", "俄罗斯", "新社")
_FAR = 1 << 40


@contextmanager
def leaves_of(batches: Sequence[Sequence[Entry]], gone: set[str]) -> Iterator[WhooshEngine]:
    """Yield an engine with a segment for each batch, from which `gone` entries were removed."""
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder))
        for entries in batches:
            with engine.update() as batch:
                for entry in entries:
                    batch.add(entry, "news.jsonl")
        with engine.update() as batch:
            batch.remove(gone)
        yield engine


def shares(
    words: Sequence[str], pairs: Sequence[str] = (), *, scored: ScoringTerms | None = None
) -> LogicalQuery:
    """Return a query for any of these terms."""
    bag = ScoringTerms(words=tuple((word, 1) for word in words), bigrams=tuple((pair, 1) for pair in pairs))
    return LogicalQuery(AnyTerm(tuple(words), tuple(pairs)), terms=scored or bag)


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[list[Entry]], set[str]]:
    """Draw entries in one to three batches, and which of them are removed afterwards."""
    entries = draw(st.lists(oracle.entries(st.uuids().map(str)), min_size=1, max_size=20))
    cuts = sorted(draw(st.lists(st.integers(0, len(entries)), max_size=2)))
    batches = [entries[i:j] for i, j in zip([0, *cuts], [*cuts, len(entries)], strict=True)]
    gone = draw(st.sets(st.sampled_from([entry.id for entry in entries]), max_size=len(entries) // 2))
    return [batch for batch in batches if batch], gone


terms = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)
qtfs = st.integers(1, 3)


@st.composite
def or_queries(draw: st.DrawFn) -> LogicalQuery:
    """Draw a query for any of some terms, with scoring-only terms, as match or as fallback."""
    words = draw(terms)
    pairs = draw(st.lists(st.sampled_from(["机场", "木图", "恢复", "社银"]), max_size=3, unique=True))
    units = draw(st.lists(st.sampled_from([*"机场阿社行么"]), max_size=4, unique=True))
    bag = ScoringTerms(
        tuple((word, draw(qtfs)) for word in words),
        tuple((unit, draw(qtfs)) for unit in units),
        tuple((pair, draw(qtfs)) for pair in pairs),
    )
    node, recency = AnyTerm(tuple(words), tuple(pairs)), draw(st.booleans())
    if draw(st.booleans()):
        return LogicalQuery(oracle.row(words[0]), fallback=node, terms=bag, recency=recency)
    return LogicalQuery(node, terms=bag, recency=recency)


@contextmanager
def ways(dense: bool, few: bool, lean: bool = False) -> Iterator[None]:
    """Use the paths of large corpora for small ones.

    `dense`: accumulate densely; `few`: score all documents; `lean`: int32 ids, scores not cached.
    """
    with pytest.MonkeyPatch.context() as patch:
        if lean:
            patch.setattr(doc_space, "_INT64_UP_TO_DOCS", -1)
            patch.setattr(scorer, "_CACHE_SCORES_UP_TO_DOCS", -1)
            patch.setattr(top_k, "_PROBES", 1)
        patch.setattr(top_k, "_DENSE_BELOW_DOCS", _FAR if dense else -_FAR)
        patch.setattr(top_k, "_COLUMN_VALUES", 2)
        patch.setattr(ranker, "_SCORE_ALL_UP_TO_DOCS", _FAR if few else -1)
        yield


@given(
    corpora(),
    or_queries(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 4),
    st.integers(1, 12),
)
@settings(max_examples=150, deadline=None)
def test_every_path_agrees_with_the_oracle(
    corpus: tuple[list[list[Entry]], set[str]],
    query: LogicalQuery,
    dense: bool,
    few: bool,
    lean: bool,
    offset: int,
    limit: int,
) -> None:
    """Ids, totals, order and scores over several segments with removed entries, on any page."""
    batches, gone = corpus
    plain = Oracle(entry for batch in batches for entry in batch if entry.id not in gone)
    full = plain.ids(query.match)
    partial = plain.ids(query.fallback) - full if query.fallback else set()
    scores = plain.scores(query.terms, recency=query.recency)
    with leaves_of(batches, gone) as engine, ways(dense, few, lean):
        answer = engine.snapshot().search(Request(query, offset=offset, limit=limit, facets=False))
    assert (answer.total, answer.partial_total) == (len(full), len(partial))
    page = [*ranked(plain, full, scores), *ranked(plain, partial, scores)][offset : offset + limit]
    assert [hit.score for hit in answer.found] == pytest.approx([scores[key] for key in page], rel=1e-5)
    for found, expected in zip(answer.found, page, strict=True):
        # Equal scores of the engine may differ in their last bits in the oracle.
        assert found.entry.id == expected or scores[found.entry.id] == pytest.approx(scores[expected], 1e-5)
        assert found.partial == (expected in partial)


def ranked(plain: Oracle, ids: set[str], scores: dict[str, float]) -> list[str]:
    """Return ids in order of score, time and id."""
    return sorted(plain.ordered(ids, newest=True), key=lambda key: -round(scores[key], 6))


def numbered(count: int) -> list[Entry]:
    """Return entries with words of different frequencies, some identical but for the id."""
    rng = np.random.default_rng(5)
    frequent = rng.random((count, len(WORDS))) < [0.6, 0.3, 0.1, 0.03, 0.01, 0.004]
    return [
        Entry(
            id=f"e{number:05d}",
            headline="快讯",
            body="，".join([word for word, occurs in zip(WORDS, row, strict=True) if occurs] * 2) or "无",
            time=oracle.TIMES[number % len(oracle.TIMES)],
        )
        for number, row in enumerate(frequent.tolist())
    ]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    """An engine with three segments, large enough that every bound prunes, and removed entries."""
    engine = WhooshEngine(tmp_path_factory.mktemp("large"))
    entries = numbered(6000)
    for start, end in ((0, 4500), (4500, 5700), (5700, 6000)):
        with engine.update() as batch:
            for entry in entries[start:end]:
                batch.add(entry, "news.jsonl")
    with engine.update() as batch:
        batch.remove(entry.id for entry in entries[::17])
    return engine


def in_every_way(engine: WhooshEngine, request: Request) -> list[Ranked]:
    """Rank on every path."""
    results = []
    snapshot = engine.snapshot()
    for dense, few, lean in product((True, False), repeat=3):
        with ways(dense, few, lean):
            fresh = Snapshot(1, snapshot.guard, snapshot.analyzer, ZoneInfo("Asia/Shanghai"), Path())
            results.append(fresh.rank(request))
    return results


@pytest.mark.parametrize("words", [WORDS[:1], WORDS[3:5], WORDS[:3], WORDS[2:], WORDS, (WORDS[0], WORDS[5])])
@pytest.mark.parametrize("limit", [1, 10, 300])
def test_every_path_gives_bit_identical_scores(
    large: WhooshEngine, words: tuple[str, ...], limit: int
) -> None:
    """Even if thousands tie."""
    query = shares(words)
    first, *others = in_every_way(large, Request(query, limit=limit, facets=False))
    assert all(other == first for other in others)
    # A second node excludes the shortcut for one `AnyTerm`.
    general = replace(query, match=AnyOf((query.match, AnyTerm(words[:1], ()))))
    assert in_every_way(large, Request(general, limit=limit, facets=False)) == [first] * 8


def test_pages_join(large: WhooshEngine) -> None:
    """The pages of a query repeat no entry and drop none."""
    query = shares(WORDS[1:4])
    places = large.snapshot().rank(Request(query, limit=500, facets=False)).places
    pages = [
        large.snapshot().rank(Request(query, offset=o, limit=50, facets=False)) for o in range(0, 500, 50)
    ]
    assert [place for page in pages for place in page.places] == places


def test_full_matches_are_not_repeated_as_partial_ones(large: WhooshEngine) -> None:
    """Rare full matches come first and are counted once."""
    bag = shares(WORDS[:5]).terms
    match = AllOf((oracle.row(WORDS[4]), oracle.row(WORDS[0])))
    query = LogicalQuery(match, fallback=AnyTerm(WORDS[:5], ()), terms=bag)
    for found in in_every_way(large, Request(query, limit=200, facets=False)):
        assert len({place[:2] for place in found.places}) == 200
        union_total = large.snapshot().rank(Request(shares(WORDS[:5]), facets=False)).total
        assert 0 < found.total < 100 and found.total + found.partial_total == union_total
        assert [partial for *_, partial in found.places] == sorted(partial for *_, partial in found.places)


@pytest.mark.parametrize(
    "units", ["", "机", "阿阿阿银", "新俄机恢", "新新新新", "快机机机机机机", "银新俄俄俄俄"]
)
@pytest.mark.parametrize("words", [WORDS[:3], WORDS[2:5], WORDS[1:], WORDS[2:3], (WORDS[0], WORDS[3])])
def test_scoring_only_terms_change_the_order(large: WhooshEngine, units: str, words: tuple[str, ...]) -> None:
    """Unigrams of any frequency and qtf have the effect of a complete sum."""
    bag = ScoringTerms(
        tuple((word, 9 * (word == words[0]) or 1) for word in words), tuple(Counter(units).items())
    )
    fallback = AnyTerm(words, ())
    short = LogicalQuery(Nothing(), fallback=fallback, terms=bag)
    general = replace(short, fallback=AnyOf((fallback, AnyTerm(words[:1], ()))))
    for limit in (10, 100):
        found = in_every_way(large, Request(short, limit=limit, facets=False))
        assert found == in_every_way(large, Request(general, limit=limit, facets=False))


def test_threads_do_not_share_accumulators(large: WhooshEngine) -> None:
    """Many threads get the same results as one."""
    queries = [shares(WORDS[i:j]) for i in range(5) for j in range(i + 2, 7)] * 20
    snapshot = large.snapshot()

    def ask(query: LogicalQuery) -> Ranked:
        return snapshot.rank(Request(query, facets=False))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(top_k, "_DENSE_BELOW_DOCS", -_FAR)
        patch.setattr(top_k, "_DENSE_DOCS_PER_POSTING", 0)
        alone = list(map(ask, queries))
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, queries)) == alone


def test_the_shortcut_needs_terms_that_all_score() -> None:
    """Otherwise a score of 0 does not mean that a document contains no term."""
    bag = ScoringTerms(words=(("机场", 1),), bigrams=(("机场", 1),))
    assert listed_terms(LogicalQuery(Everything(), terms=bag), AnyTerm(("机场",), ("机场",)))
    assert not listed_terms(LogicalQuery(Everything(), terms=bag), AnyTerm(("机场", "什么"), ()))
    assert not listed_terms(LogicalQuery(Everything(), terms=bag), AnyTerm((), ("什么",)))
    assert not listed_terms(LogicalQuery(Everything(), terms=bag), Phrase(("机",), (0,)))


@given(st.lists(st.floats(0, 100, width=32), max_size=400), st.integers(1, 12))
def test_a_bound_excludes_none_of_the_best(values: list[float], k: int) -> None:
    """At least k values reach it, or all."""
    reached = sum(value >= bound(np.array(values, dtype=np.float32), k) for value in values)
    assert reached >= min(k, len(values))


def cached_keys(cache: PostingsCache, sizes: Sequence[int]) -> list[int]:
    """Put postings of these lengths and return which of them are cached."""
    for key, count in enumerate(sizes):
        cache.put(key, Postings(count, np.arange(count), np.ones(count, dtype=np.uint8)))
        assert cache.free >= 0
    return [key for key in range(len(sizes)) if cache.get(key) is not None]


def test_the_cache_keeps_its_bound() -> None:
    """Values requested more often replace others; a value larger than the cache is not cached."""
    cache = PostingsCache(40_000)
    assert cached_keys(cache, (2000, 1000, 2000, 9000)) == [0, 1]
    for _ in range(9):
        cache.get(2)
    assert cached_keys(cache, (2000, 1000, 2000, 9000)) == [1, 2]


def test_a_cycle_larger_than_the_cache_does_not_evict_everything() -> None:
    """The first values are still cached at their next request."""
    size = Postings(1000, np.arange(1000), np.ones(1000, dtype=np.uint8)).size
    assert cached_keys(PostingsCache(10 * size), [1000] * 20) == list(range(10))


def test_membership_by_search_and_by_mask_agree() -> None:
    """`member` gives the same for a few documents and for many."""
    others = np.arange(0, 1000, 7)
    for doc_ids in (np.array([7, 8, 700]), np.arange(1000), np.empty(0, dtype=np.int64)):
        for count in (1000, 1 << 20):
            assert postings_cache.member(doc_ids, others, count).tolist() == [n % 7 == 0 for n in doc_ids]
            assert not postings_cache.member(doc_ids, others[:0], count).any()


@given(st.lists(st.tuples(st.integers(1, 300), st.booleans()), max_size=12))
def test_frequencies_of_any_size_are_stored(entries: list[tuple[int, bool]]) -> None:
    """A term may occur in an entry more often than a byte can count."""
    batch = [
        Entry(id=str(n), headline="快讯" * head, body="机" * tf or "无")
        for n, (tf, head) in enumerate(entries)
    ]
    with leaves_of([batch] if batch else [], set()) as engine:
        snapshot = engine.snapshot()
        postings = snapshot._scorer.term("unigrams", "机").postings
        assert (postings.codes_at(postings.doc_ids) >> 1).tolist() == [tf for tf, _ in entries]
        assert postings.df == len(entries)
