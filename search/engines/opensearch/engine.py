"""The distributed engine: an index on a cluster of OpenSearch nodes, or what speaks its language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException

from search.analysis import Analyzer, default_analyzer
from search.engines.base import (
    Batch,
    History,
    IndexedEntry,
    IndexStats,
    Request,
    Scan,
    ScoredEntry,
    SearchResponse,
    Vocabulary,
)
from search.engines.opensearch.address import Address
from search.engines.opensearch.catalog import Catalog
from search.engines.opensearch.client import (
    NotFoundError,
    connect,
    translate_bad_answers,
    translate_os_errors,
)
from search.engines.opensearch.documents import entry_of, token
from search.engines.opensearch.reading.explain import explain
from search.engines.opensearch.reading.history import histories
from search.engines.opensearch.reading.scan import columns, scan
from search.engines.opensearch.reading.similar import similar
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.reading.stale import stale
from search.engines.opensearch.reading.translate import all_of, any_of
from search.engines.opensearch.reading.vocabulary import read_vocabulary
from search.engines.opensearch.writing.writer import Writer
from search.entry import Entry
from search.errors import ClusterUnavailable, DamagedIndex, EntryNotFound, IndexLocked, IndexProblem, NoIndex
from search.home import DEFAULT_ZONE
from search.query.logical import Filters, Node

__all__ = ["OpenSearchEngine"]

#: How often a question is put again when what it was put to was replaced meanwhile.
_TRIES: Final = 3
_STORED: Final = ("id", "digest", "file", "source")
#: So many faults are told; who has more rebuilds anyway.
_FAULTS: Final = 20
T = TypeVar("T")


class OpenSearchEngine:
    """An engine over one index of a cluster; cheap to make, safe to share between threads."""

    def __init__(
        self, address: Address, analyzer: Analyzer | None = None, zone: ZoneInfo = DEFAULT_ZONE
    ) -> None:
        self.address = address
        self._analyzer = analyzer or default_analyzer()
        self._zone = zone

    @cached_property
    def _client(self) -> OpenSearch:
        return connect(self.address)

    @cached_property
    def _catalog(self) -> Catalog:
        return Catalog(self._client, self.address)

    @cached_property
    def _old_scores(self) -> bool:
        """Whether the cluster scores as version 2 did."""
        number = str(self._client.info().get("version", {}).get("number", ""))
        return number.partition(".")[0] in ("1", "2")

    def use(self, analyzer: Analyzer) -> None:
        """Analyze with another dictionary from now on."""
        self._analyzer = analyzer

    def _snapshot(self) -> Snapshot:
        published = self._catalog.published()
        self._catalog.hold_to(published.index, self._analyzer)
        return Snapshot(self._client, published, self._analyzer, self._zone, old_scores=self._old_scores)

    def _read(self, question: Callable[[Snapshot], T]) -> T:
        """Put a question to the published generation; once more where it was replaced meanwhile."""
        with translate_os_errors(self.address), translate_bad_answers():
            for _ in range(_TRIES):
                with suppress(NotFoundError):
                    return question(self._snapshot())
            raise ClusterUnavailable(f"集群 {self.address} 的索引正在更换；请稍后再试")

    # -- questions -------------------------------------------------------------------------------

    def search(self, request: Request) -> SearchResponse:
        """Answer a request."""

        def ask(snapshot: Snapshot) -> SearchResponse:
            answer = snapshot.search(request)
            if not request.explain:
                return answer
            entries = [found.entry for found in answer.found]
            told = explain(snapshot, request.filters, request.query.terms, entries)
            pairs = zip(answer.found, told, strict=True)
            found = tuple(replace(one, explanation=replace(why, score=one.score)) for one, why in pairs)
            return replace(answer, found=found)

        return self._read(ask)

    def listing(self, request: Request) -> Scan:
        """Answer a request with everything it finds, of one generation."""
        listing = self._read(lambda snapshot: snapshot.listing(request))
        return replace(listing, found=self._told(listing.found))

    def _told(self, found: Iterator[ScoredEntry]) -> Iterator[ScoredEntry]:
        with translate_os_errors(self.address), translate_bad_answers():
            yield from found

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        return self._read(lambda snapshot: snapshot.count(nodes, filters))

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return self._read(lambda snapshot: snapshot.entry(entry_id))

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, both in order of time."""
        return self._read(lambda snapshot: snapshot.neighbours(entry_id, n, asof))

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most like one, best first, without itself."""
        return self._read(lambda snapshot: similar(snapshot, entry_id, n, filters))

    def histories(self, node: Node, most: int, reach: timedelta) -> tuple[int, list[History]]:
        """Return the generation, and for each entry with a time that a node finds what is behind it."""

        def ask(snapshot: Snapshot) -> tuple[int, list[History]]:
            return snapshot.generation, [
                self._explained(one) for one in histories(snapshot, node, most, reach)
            ]

        return self._read(ask)

    def _explained(self, one: History) -> History:
        """Return a background whose later questions have their faults told as well."""

        def interesting_terms(question: Callable[[], T]) -> Callable[[], T]:
            def asked() -> T:
                with translate_os_errors(self.address), translate_bad_answers():
                    return question()

            return asked

        return replace(
            one,
            marked=interesting_terms(one.marked),
            entry=interesting_terms(one.entry),
            behind=interesting_terms(one.behind),
        )

    def generation(self) -> int:
        """Return which generation is published; raises NoIndex."""
        with translate_os_errors(self.address), translate_bad_answers():
            return self._catalog.published().generation

    def state_id(self) -> str:
        """Return the name of the published index and its generation; raises NoIndex."""
        with translate_os_errors(self.address), translate_bad_answers():
            published = self._catalog.published()
            return f"{published.index} {published.generation}"

    def verify_in_background(self) -> None:
        """Do nothing: a cluster compares the checksums of its files itself."""

    def newest(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; raises NoIndex."""
        return self._read(lambda snapshot: snapshot.time(asof=asof))

    def state(self) -> IndexStats:
        """Return what the index holds; raises NoIndex."""

        def ask(snapshot: Snapshot) -> IndexStats:
            clauses = stale(snapshot, self._catalog.meta(snapshot.index))
            entries, *old = snapshot.totals([snapshot.live, *clauses], [snapshot.live])
            stats = self._client.indices.stats(index=snapshot.index, metric="store")
            return IndexStats(
                generation=snapshot.generation,
                entries=entries,
                stale=sum(old),
                bytes=int(stats["_all"]["primaries"]["store"]["size_in_bytes"]),
                newest=snapshot.time(),
                oldest=snapshot.time(oldest=True),
            )

        return self._read(ask)

    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and up to so many of the newest headlines; raises NoIndex."""
        return self._read(lambda snapshot: read_vocabulary(snapshot, headlines))

    def stored(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List what is indexed, of all files or of those given; empty when there is no index."""
        chosen = None if files is None else list(map(token, files))
        if chosen is not None and not chosen:
            return []
        clauses = [] if chosen is None else [{"terms": {"file": chosen}}]
        with suppress(NoIndex):
            return self._read(lambda snapshot: _stored(snapshot, clauses))
        return []

    def stale(self) -> list[IndexedEntry]:
        """List the entries whose terms would be others now; empty when there is no index."""

        def ask(snapshot: Snapshot) -> list[IndexedEntry]:
            clauses = stale(snapshot, self._catalog.meta(snapshot.index))
            return _stored(snapshot, [any_of(clauses)]) if clauses else []

        with suppress(NoIndex):
            return self._read(ask)
        return []

    def owner(self, entry_id: str) -> str | None:
        """Return the data file of an indexed entry, or None where it is not indexed."""

        def ask(snapshot: Snapshot) -> str | None:
            hit = snapshot.document(entry_id, docvalue_fields=["file"], _source=False)
            return str(columns(hit)["file"])

        with suppress(NoIndex, EntryNotFound):
            return self._read(ask)
        return None

    def check(self) -> list[str]:
        """Read everything and return what is wrong, one sentence each; empty when all is well."""
        try:
            return self._read(lambda snapshot: list(_faults(snapshot)))
        except IndexProblem as error:
            return [str(error)]

    # -- changes ---------------------------------------------------------------------------------

    @contextmanager
    def rebuild(self) -> Iterator[Batch]:
        """Start from nothing: published in one step on a clean exit, discarded on an exception."""
        with self._writing(fresh=True) as writer:
            yield writer

    @contextmanager
    def update(self) -> Iterator[Batch]:
        """Change what is there: published in one step on a clean exit, discarded on an exception."""
        with self._writing(fresh=False) as writer:
            yield writer

    @contextmanager
    def _writing(self, fresh: bool) -> Iterator[Writer]:
        with translate_os_errors(self.address, writing=True), self._catalog.locked() as lock:
            with translate_bad_answers():
                base = self._catalog.latest()
                if base is not None and not fresh:
                    self._catalog.hold_to(base.index, self._analyzer)
                writer = Writer(self._client, self._catalog, lock, self._analyzer, base, fresh)
            try:
                yield writer
                with translate_bad_answers():
                    writer.publish()
            except IndexLocked:
                # Somebody else writes now, and what is there may be theirs.
                raise
            except BaseException:
                with suppress(IndexProblem, OpenSearchException):
                    writer.discard()
                raise
            finally:
                writer.close()


def _stored(snapshot: Snapshot, clauses: Sequence[dict[str, Any]]) -> list[IndexedEntry]:
    wanted = all_of([snapshot.live, *clauses])
    hits = scan(snapshot.client, snapshot.index, wanted, _STORED, texts=False)
    rows = (columns(hit) for hit in hits)
    return [IndexedEntry(row["id"], row["digest"], row["file"], row["source"]) for row in rows]


def _faults(snapshot: Snapshot) -> Iterator[str]:
    """Yield what is wrong with the documents: each must hold the entry that its columns speak of, once."""
    told, last = 0, None
    for hit in scan(snapshot.client, snapshot.index, snapshot.live, _STORED):
        row = columns(hit)
        problem = _fault(hit, row, last)
        last = row.get("id")
        if problem:
            yield problem
            told += 1
        if told == _FAULTS:
            return


def _fault(hit: dict[str, Any], row: dict[str, Any], last: str | None) -> str | None:
    if row.get("id") == last:
        return f"编号 {last} 出现两次；请运行 xunwen reindex --full"
    try:
        entry = entry_of(hit["_source"])
    except DamagedIndex as error:
        return str(error)
    if token(entry.id) != row.get("id") or entry.digest() != row.get("digest"):
        return f"条目 {row.get('id')} 与其摘要不符；请运行 xunwen reindex --full"
    return None
