"""One published generation of the index, open for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.base import (
    PARTIAL_BELOW,
    History,
    IndexedEntry,
    IndexStats,
    Request,
    Scan,
    ScoredEntry,
    SearchResponse,
    Vocabulary,
)
from search.engines.explanations import with_explanations
from search.engines.guard import guarded, guarded_items
from search.engines.timestamps import microseconds, moment
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace, Mask, kept
from search.engines.whoosh.matching.evaluator import QueryEvaluator
from search.engines.whoosh.matching.filters import AllowedDocs, FilterMasks
from search.engines.whoosh.matching.postings_cache import PostingsCache, intersection, member
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher
from search.engines.whoosh.matching.stale import stale_entries
from search.engines.whoosh.reading.counts import count_facets, count_histogram
from search.engines.whoosh.reading.history import read_histories
from search.engines.whoosh.reading.indexed import read_indexed
from search.engines.whoosh.reading.neighbours import Location, read_neighbours
from search.engines.whoosh.reading.scan import scan_entries
from search.engines.whoosh.reading.similar import DocFrequencies, MoreLikeThis
from search.engines.whoosh.reading.verifier import DamageGuard
from search.engines.whoosh.reading.vocabulary import read_vocabulary
from search.engines.whoosh.scoring.explain import explain
from search.engines.whoosh.scoring.ranker import Ranker, listed_terms
from search.engines.whoosh.scoring.recency import recency_scores
from search.engines.whoosh.scoring.scorer import Scorer
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc
from search.engines.whoosh.scoring.top_k import TopK
from search.engines.whoosh.storage.document_store import NO_TIME
from search.entry import Entry
from search.errors import EntryNotFound
from search.language.message import Message
from search.query.logical import Filters, LogicalQuery, Node
from search.results import Facet, Histogram, Sort

__all__ = ["Ranked", "Snapshot"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page before its entries are read: (reader, doc, score, partial) in order, and the counts."""

    places: list[tuple[int, int, float, bool]]
    total: int
    partial_total: int


class Snapshot:
    """One generation; its readers never change, so it may be shared by threads.

    A fault in a method becomes DamagedIndex if files of the generation are damaged.
    """

    def __init__(
        self, generation: int, guard: DamageGuard, analyzer: Analyzer, zone: ZoneInfo, folder: Path
    ) -> None:
        self.generation = generation
        self.guard = guard
        self.readers = guard.readers
        self.analyzer = analyzer
        self._zone = zone
        self._folder = folder
        self._space = DocSpace(self.readers)
        self._cache = PostingsCache()
        self._matchers = [SegmentMatcher(reader, analyzer) for reader in self.readers]
        self._filters = FilterMasks(self._space, self._matchers, analyzer)
        self._sorter = DocSorter(self.readers)
        self._top_k = TopK(self._space)
        self._recency_at = lru_cache(maxsize=2)(partial(recency_scores, self._space))

    @cached_property
    def state_id(self) -> str:
        """Digest of the generation, its segments and their deletions."""
        digest = blake2b(str(self.generation).encode(), digest_size=16)
        for reader in self.readers:
            digest.update(reader.segment.mark.encode() + reader.live.tobytes())
        return digest.hexdigest()

    @cached_property
    def problems(self) -> list[str]:
        """Problems of the files and of the entries in them, one sentence each; reads everything."""
        return [p for reader in self.readers for p in reader.verify()] or [*self._entry_problems()]

    def _entry_problems(self) -> Iterator[str]:
        ids: set[str] = set()
        for reader in self.readers:
            for doc in reader.live.nonzero()[0].tolist():
                entry = reader.docs.entry(doc)
                if entry.id in ids:
                    yield Message("编号 {id} 出现两次", id=entry.id)
                if entry.id != reader.docs.key(doc) or entry.digest() != reader.docs.digest(doc):
                    yield Message("条目 {id} 与其摘要不符", id=entry.id)
                ids.add(entry.id)

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self._space, self._cache)

    @cached_property
    def _evaluator(self) -> QueryEvaluator:
        return QueryEvaluator(self._space, self._matchers, self._scorer.postings, self._cache)

    @cached_property
    def _stale(self) -> list[Mask]:
        """Masks (N,) of the stale entries of each reader."""
        return [
            stale_entries(matcher, reader, self.analyzer, self._folder)
            for matcher, reader in zip(self._matchers, self.readers, strict=True)
        ]

    @cached_property
    def _span(self) -> tuple[datetime | None, datetime | None]:
        """Times of the oldest and of the newest entry."""
        columns = [reader.docs.time[reader.live & (reader.docs.time != NO_TIME)] for reader in self.readers]
        times = [column for column in columns if len(column)]
        if not times:
            return None, None
        return self._local(min(int(t.min()) for t in times)), self._local(max(int(t.max()) for t in times))

    def _local(self, time: int) -> datetime:
        return moment(time).astimezone(self._zone)

    @guarded
    def stats(self) -> IndexStats:
        """Return the size of the index."""
        oldest, newest = self._span
        return IndexStats(
            generation=self.generation,
            entries=sum(int(reader.live.sum()) for reader in self.readers),
            stale=sum(int(np.count_nonzero(mask)) for mask in self._stale),
            bytes=sum(path.stat().st_size for path in self._folder.iterdir() if path.is_file()),
            newest=newest,
            oldest=oldest,
        )

    # -- search ----------------------------------------------------------------------------------

    @guarded
    def search(self, request: Request) -> SearchResponse:
        """Return one page of matches with totals, facets and histogram."""
        visible = self._filters.visible(request.filters)
        allowed = self._filters.allowed(request.filters, visible)
        matched = self._evaluator.evaluate(request.query.match)
        full = kept(matched, allowed.all)
        ranked = self._ranked(request, full, allowed, visible)
        page = tuple(
            ScoredEntry(self.readers[i].docs.entry(doc), score, partial)
            for i, doc, score, partial in ranked.places
        )
        if request.explain:
            page = self._explained(request, ranked, visible, page)
        facets: dict[str, tuple[Facet, ...]] = {}
        histogram = Histogram("day")
        if request.facets:
            if not len(full) and request.query.fallback is not None:
                # Without a full match, facets and histogram describe the partial ones.
                matched = self._evaluator.evaluate(request.query.fallback)
                full = kept(matched, allowed.all)
            docs = self._space.split(full)
            facets = self._facets(matched, docs, allowed, request.filters)
            histogram = self._histogram(docs)
        return SearchResponse(page, ranked.total, ranked.partial_total, facets, histogram)

    def _explained(
        self, request: Request, ranked: Ranked, visible: Mask | None, page: tuple[ScoredEntry, ...]
    ) -> tuple[ScoredEntry, ...]:
        """Return a page with the explanation of each score, as far as the request explains them."""
        places = [(i, doc) for i, doc, _, _ in ranked.places[: request.explained]]
        explanations = explain(self._space, self._scorer, visible, request.query.terms, places)
        return with_explanations(page, explanations, self._now(request))

    def _now(self, request: Request) -> datetime | None:
        """Return the time from which ages count; None where they do not count."""
        return self.newest_time(request.filters.asof) if request.query.recency else None

    def rank(self, request: Request) -> Ranked:
        """Return one page of matches and their totals without reading the entries."""
        query = request.query
        shared = listed_terms(query, query.match)
        if shared and not query.fallback and request.sort == "relevance" and request.filters == _NO_FILTERS:
            ranker = self._ranker(query, None, None)
            docs, total = ranker.sharing(shared, self._space.none, request.offset, request.limit)
            return Ranked([(i, doc, -key, False) for key, i, doc in docs], total, 0)
        visible = self._filters.visible(request.filters)
        allowed = self._filters.allowed(request.filters, visible)
        full = kept(self._evaluator.evaluate(query.match), allowed.all)
        return self._ranked(request, full, allowed, visible)

    @guarded
    def scan(self, request: Request) -> Scan:
        """Return all matches: the pages of `search`, concatenated."""
        query, visible = request.query, self._filters.visible(request.filters)
        allowed = self._filters.allowed(request.filters, visible)
        full, partial = kept(self._evaluator.evaluate(query.match), allowed.all), self._space.none
        if query.fallback is not None and len(full) < PARTIAL_BELOW:
            partial = self._partial(query.fallback, allowed, full)
        ranker = self._ranker_if_scored(query, visible, request.filters.asof)
        by_score = ranker is not None and request.sort == "relevance"
        groups = [(docs, False) for docs in (self._titled_first(query, full) if by_score else (full,))]
        groups.append((partial, True))
        entries = scan_entries(self._space, self._sorter, ranker, request.sort, groups)
        return Scan(self.generation, len(full), len(partial), guarded_items(self.guard, entries))

    def _ranker(self, query: LogicalQuery, visible: Mask | None, asof: datetime | None) -> Ranker:
        now = self.newest_time(asof) if query.recency else None
        recency = None if now is None else self._recency_at(now)
        return Ranker(self._space, self._sorter, self._top_k, self._scorer_of(visible), query, recency)

    def _ranker_if_scored(
        self, query: LogicalQuery, visible: Mask | None, asof: datetime | None
    ) -> Ranker | None:
        """Return a ranker; None for a query without terms."""
        scored = query.terms.words or query.terms.unigrams or query.terms.bigrams
        return self._ranker(query, visible, asof) if scored else None

    def _scorer_of(self, visible: Mask | None) -> Scorer:
        if visible is None:
            return self._scorer
        return Scorer(self._space, self._cache, visible, self._scorer)

    def _ranked(self, request: Request, full: DocIds, allowed: AllowedDocs, visible: Mask | None) -> Ranked:
        """Rank full matches first, then partial ones, and cut the page out of both."""
        query, offset, limit, total = request.query, request.offset, request.limit, len(full)
        ranker = self._ranker_if_scored(query, visible, request.filters.asof)
        by_score = ranker if request.sort == "relevance" else None
        places: list[tuple[int, int, float, bool]] = []
        skipped = offset
        for group in self._titled_first(query, full) if by_score else (full,):
            docs = self._page(group, by_score, request.sort, skipped, limit - len(places))
            places += [(*hit, False) for hit in _scored(docs, ranker, by_score)]
            skipped = max(0, skipped - len(group))
        if query.fallback is None or total >= PARTIAL_BELOW:
            return Ranked(places, total, 0)
        offset, limit = max(0, offset - total), limit - len(places)
        shared = listed_terms(query, query.fallback) if by_score and limit else None
        if by_score and shared and request.filters == _NO_FILTERS:
            docs, partial_total = by_score.sharing(shared, full, offset, limit)
        else:
            partial = self._partial(query.fallback, allowed, full)
            partial_total = len(partial)
            docs = self._page(partial, by_score, request.sort, offset, limit)
        places += [(*hit, True) for hit in _scored(docs, ranker, by_score)]
        return Ranked(places, total, partial_total)

    def _titled_first(self, query: LogicalQuery, full: DocIds) -> tuple[DocIds, ...]:
        """Return the matches whose headline is the query, and the others."""
        if query.title is None or len(full) < 2:
            return (full,)
        positions = query.title.offsets[-1] + 1
        titled = intersection(self._evaluator.evaluate(query.title), full, self._space.count)
        parts = zip(self.readers, self._space.split(titled), strict=True)
        whole = [reader.docs.headline[local] == positions for reader, local in parts]
        titled = titled[np.concatenate(whole)] if len(titled) else titled
        return (titled, full[~member(full, titled, self._space.count)]) if len(titled) else (full,)

    def _page(
        self, docs: DocIds, ranker: Ranker | None, sort: Sort, offset: int, limit: int
    ) -> list[RankedDoc]:
        """Return (key, reader, doc) of one page of these entries."""
        if not len(docs) or limit <= 0:
            return []
        if ranker:
            return ranker.best_of(docs, offset, limit)
        return self._sorter.by_time(self._space.split(docs), sort, offset, limit)

    def _partial(self, fallback: Node, allowed: AllowedDocs, full: DocIds) -> DocIds:
        related = kept(self._evaluator.evaluate(fallback), allowed.all)
        return related[~member(related, full, self._space.count)]

    def _facets(
        self, matched: DocIds, docs: list[Ints], allowed: AllowedDocs, filters: Filters
    ) -> dict[str, tuple[Facet, ...]]:
        """Count values; `docs` are the full matches, which are counted for a facet without own filter."""
        per_facet = {
            "agency": self._space.split(kept(matched, allowed.any_agency)) if filters.agencies else docs,
            "stream": self._space.split(kept(matched, allowed.any_stream)) if filters.streams else docs,
        }
        selected = {"agency": filters.agencies, "stream": filters.streams}
        return count_facets(self.readers, per_facet, selected, self.analyzer)

    def _histogram(self, docs: list[Ints]) -> Histogram:
        times = [reader.docs.time[local] for reader, local in zip(self.readers, docs, strict=True)]
        return count_histogram(np.concatenate(times or [np.empty(0, np.int64)]), self._zone)

    @guarded
    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return the number of matches of each node under the filters."""
        allowed = self._filters.allowed(filters, self._filters.visible(filters)).all
        return [len(kept(self._evaluator.evaluate(node), allowed)) for node in nodes]

    # -- entries ---------------------------------------------------------------------------------

    def _locate(self, entry_id: str) -> Location:
        for i, reader in enumerate(self.readers):
            doc = reader.find(entry_id)
            if doc >= 0:
                return i, doc
        raise EntryNotFound(entry_id)

    @guarded
    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        i, doc = self._locate(entry_id)
        return self.readers[i].entry(doc, entry_id)

    @guarded
    def file_of(self, entry_id: str) -> str | None:
        """Return the data file of an entry; None if it is not indexed."""
        try:
            i, doc = self._locate(entry_id)
        except EntryNotFound:
            return None
        store = self.readers[i].docs
        return store.files[int(store.file_codes[doc])]

    @guarded
    def newest_time(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; None if there is none."""
        newest = self._span[1]
        if asof is None or newest is None or newest <= asof:
            return newest
        last, pairs = microseconds(asof), [(reader.live, reader.docs.time) for reader in self.readers]
        # NO_TIME is less than every time.
        times = [int(t.max(initial=NO_TIME, where=live & (t <= last))) for live, t in pairs]
        time = max(times, default=NO_TIME)
        return None if time == NO_TIME else self._local(time)

    @guarded
    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`."""
        return read_neighbours(self.readers, self._sorter, self._locate(entry_id), n, asof)

    @guarded
    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most similar to one, best first, without those of a low score."""
        i, doc = self._locate(entry_id)
        visible = self._filters.visible(filters)
        allowed = self._filters.allowed(filters, visible).all
        frequencies = DocFrequencies(
            self._space, self._scorer, self._filters.allowed(_NO_FILTERS, visible).all
        )
        finder = MoreLikeThis(self._space, self._sorter, self._scorer_of(visible), frequencies, self.analyzer)
        return finder.similar(self._space.doc_bases[i] + doc, self.readers[i].docs.entry(doc), n, allowed)

    @guarded
    def histories(self, node: Node, max_entries: int, window: timedelta) -> list[History]:
        """Return the history of each matching entry that has a time."""
        docs = self._evaluator.evaluate(node)
        return [
            replace(history, entry=self.guard(history.entry), earlier=self.guard(history.earlier))
            for history in read_histories(self._space, docs, max_entries, window)
        ]

    @guarded
    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and the headlines of the newest `headlines` entries."""
        return read_vocabulary(self.generation, self.readers, headlines)

    @guarded
    def indexed_entries(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List the entries of some data files, of all by default."""
        names = None if files is None else set(files)
        return [entry for reader in self.readers for entry in read_indexed(reader, reader.live, names)]

    @guarded
    def stale_entries(self) -> list[IndexedEntry]:
        """List the entries that the current analyzer would give other terms."""
        pairs = zip(self.readers, self._stale, strict=True)
        return [entry for reader, mask in pairs for entry in read_indexed(reader, mask)]


def _scored(
    docs: list[RankedDoc], ranker: Ranker | None, by_score: Ranker | None
) -> Iterator[tuple[int, int, float]]:
    """Yield (reader, doc, score) of entries sorted by falling score, or else by time."""
    scores = [-key if by_score else 0.0 for key, _, _ in docs]
    if ranker and not by_score:
        scores = ranker.scores_of(docs)
    yield from ((i, doc, score) for (_, i, doc), score in zip(docs, scores, strict=True))
