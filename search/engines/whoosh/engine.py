"""The embedded engine: a Whoosh index on this machine, read through arrays."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from time import time_ns
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

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
from search.engines.whoosh.compat.lock import locked
from search.engines.whoosh.compat.toc import latest_generation, read_toc
from search.engines.whoosh.reading.snapshot import Snapshot
from search.engines.whoosh.reading.verifier import Blaming, Verifier
from search.engines.whoosh.reading.vocabulary import read_vocabulary
from search.engines.whoosh.storage.segment import INDEX_NAME
from search.engines.whoosh.storage.segment_reader import SegmentReader, open_segment
from search.engines.whoosh.writing.writer import Writer
from search.entry import Entry
from search.errors import DamagedIndex, EntryNotFound, IndexProblem, NoIndex
from search.home import DEFAULT_ZONE
from search.query.logical import Filters, Node

__all__ = ["WhooshEngine"]

#: How often opening is tried again when a writer replaced files under our hands.
_TRIES: Final = 5
#: Nanoseconds after which a change of a folder cannot hide another: file systems tick in milliseconds.
_SETTLED: Final = 100_000_000


class _Published(NamedTuple):
    """The newest table of contents: an index that was deleted and built anew counts from 0 again."""

    generation: int
    inode: int
    changed: int


_NOTHING: Final = _Published(-1, 0, 0)


class WhooshEngine:
    """An engine over one index folder; cheap to make, safe to share between threads.

    It notices a new generation at the next question, with one look into the folder.
    """

    def __init__(self, folder: Path, analyzer: Analyzer | None = None, zone: ZoneInfo = DEFAULT_ZONE) -> None:
        self.folder = folder
        self._analyzer = analyzer or default_analyzer()
        self._zone = zone
        self._current: tuple[_Published, Snapshot] | None = None
        self._verifier = Verifier()
        self._in_background = False
        self._opening = threading.Lock()
        self._place = os.fspath(self.folder)
        # When the folder was listed last: how it looked, and the newest generation in it.
        self._listed: tuple[tuple[int, ...], _Published] | None = None

    def snapshot(self) -> Snapshot:
        """Return the newest published generation; raises NoIndex, DamagedIndex or OtherVersion."""
        snapshot = self._newest()
        if snapshot.damage:
            raise DamagedIndex(snapshot.damage)
        return snapshot

    def _newest(self) -> Snapshot:
        published = self._latest()
        snapshot = self._opened(published)
        if snapshot is not None:
            return snapshot
        with self._opening:
            snapshot = self._opened(published)
            if snapshot is None:
                published, snapshot = self._open()
                self._verifier.verify_small(snapshot)
                self._current = published, snapshot
                if self._in_background:
                    self._verifier.start(snapshot)
            return snapshot

    def _opened(self, published: _Published) -> Snapshot | None:
        """Return the snapshot that is open, where it is of this table of contents and our analyzer."""
        current = self._current
        if current is None or current[0] != published or current[1].analyzer is not self._analyzer:
            return None
        return current[1]

    def verify_in_background(self) -> None:
        """From now on compare the checksums of each new generation, in a thread and unhurried.

        Each file is read once in the life of the process; once one is found damaged, every question raises
        DamagedIndex. For processes that stay: one that answers a single question would end before.
        """
        with self._opening:
            if not self._in_background and self._current is not None:
                self._verifier.start(self._current[1])
            self._in_background = True

    def verified(self, timeout: float | None = None) -> bool:
        """Wait until the newest generation has been verified in the background; return whether it has.

        Damage that was found is no error here; raises NoIndex, and what opening raises.
        """
        self.verify_in_background()
        self._newest()
        return self._verifier.wait(timeout)

    def use(self, analyzer: Analyzer) -> None:
        """Analyze with another dictionary from now on."""
        self._analyzer = analyzer

    def _latest(self) -> _Published:
        """Return what is published now; a folder that did not change is not listed again."""
        try:
            found = os.stat(self._place)
            stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
            known = self._listed
            if known is not None and known[0] == stamp:
                return known[1]
            published = _look(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return _NOTHING
        except OSError as error:
            raise _unreadable(error) from error
        # Within one tick of the clock a folder may change twice and look as if it had once.
        settled = time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _SETTLED
        self._listed = (stamp, published) if settled else None
        return published

    def _open(self) -> tuple[_Published, Snapshot]:
        for _ in range(_TRIES):
            published = self._latest()
            if published.generation < 0:
                raise NoIndex(self.folder)
            try:
                toc = read_toc(self.folder, published.generation)
                leaves = [open_segment(self.folder, segment) for segment in toc.segments]
                return published, Snapshot(toc.generation, leaves, self._analyzer, self._zone, self.folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _unreadable(error) from error
        raise DamagedIndex("目录所列的文件不存在")

    def _reading(self) -> Blaming:
        """Give the newest generation; a fault in it is DamagedIndex where its files are to blame."""
        return Blaming(self.snapshot(), self._verifier)

    def search(self, request: Request) -> SearchResponse:
        """Answer a request."""
        with self._reading() as snapshot:
            return snapshot.search(request)

    def listing(self, request: Request) -> Scan:
        """Answer a request with everything it finds, of one generation."""
        reading = self._reading()
        with reading as snapshot:
            listing = snapshot.listing(request)
        return replace(listing, found=_read(reading, listing.found))

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        with self._reading() as snapshot:
            return snapshot.count(nodes, filters)

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        with self._reading() as snapshot:
            return snapshot.entry(entry_id)

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, both in order of time."""
        with self._reading() as snapshot:
            return snapshot.neighbours(entry_id, n, asof)

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most like one, best first, without itself."""
        with self._reading() as snapshot:
            return snapshot.similar(entry_id, n, filters)

    def histories(self, node: Node, most: int, reach: timedelta) -> tuple[int, list[History]]:
        """Return the generation, and for each entry with a time that a node finds what is behind it."""
        with self._reading() as snapshot:
            return snapshot.generation, snapshot.histories(node, most, reach)

    def generation(self) -> int:
        """Return which generation is published; raises NoIndex."""
        return self.snapshot().generation

    def state_id(self) -> str:
        """Return a digest of the generation and its segments, less what was removed; raises NoIndex."""
        snapshot = self.snapshot()
        digest = blake2b(str(snapshot.generation).encode(), digest_size=16)
        for leaf in snapshot.leaves:
            digest.update(leaf.segment.mark.encode() + leaf.live.tobytes())
        return digest.hexdigest()

    def state(self) -> IndexStats:
        """Return what the index holds; raises NoIndex."""
        with self._reading() as snapshot:
            return snapshot.state

    def newest(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; raises NoIndex."""
        with self._reading() as snapshot:
            return snapshot.newest(asof)

    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and up to so many of the newest headlines; raises NoIndex."""
        with self._reading() as snapshot:
            return read_vocabulary(snapshot.generation, snapshot.leaves, headlines)

    def stored(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List what is indexed, of all files or of those given; empty when there is no index."""
        wanted = None if files is None else set(files)
        with suppress(NoIndex), self._reading() as snapshot:
            return [row for leaf in snapshot.leaves for row in _stored(leaf, leaf.live, wanted)]
        return []

    def stale(self) -> list[IndexedEntry]:
        """List the entries whose terms would be others now; empty when there is no index."""
        with suppress(NoIndex), self._reading() as snapshot:
            pairs = zip(snapshot.leaves, snapshot.stale, strict=True)
            return [row for leaf, mask in pairs for row in _stored(leaf, mask, None)]
        return []

    def owner(self, entry_id: str) -> str | None:
        """Return the data file of an indexed entry, or None where it is not indexed."""
        with suppress(NoIndex, EntryNotFound), self._reading() as snapshot:
            leaf, number = snapshot.find(entry_id)
            return leaf.docs.files[int(leaf.docs.file_codes[number])]
        return None

    def check(self) -> list[str]:
        """Read everything and return what is wrong, one sentence each; empty when all is well."""
        try:
            return self.snapshot().problems
        except IndexProblem as error:
            return [str(error)]

    @contextmanager
    def rebuild(self) -> Iterator[Batch]:
        """Start from nothing: published in one step on a clean exit, discarded on an exception."""
        with locked(self.folder):
            yield from self._written(Writer(self.folder, None, self._analyzer))

    @contextmanager
    def update(self) -> Iterator[Batch]:
        """Change what is there: published in one step on a clean exit, discarded on an exception."""
        with locked(self.folder):
            if latest_generation(self.folder) < 0:
                yield from self._written(Writer(self.folder, (), self._analyzer))
                return
            reading = self._reading()
            with reading as snapshot:
                for leaf in snapshot.leaves:
                    leaf.docs.require_intact_keys()
            # A fault of the caller is never the index's: only the writer's own reading is translated.
            yield from self._written(Writer(self.folder, snapshot.leaves, self._analyzer, reading))

    def _written(self, writer: Writer) -> Iterator[Writer]:
        try:
            with writer.pool:
                yield writer
                writer.flush()
            writer.publish()
        except BaseException:
            with suppress(IndexProblem, OSError):
                writer.discard()
            raise


def _look(folder: Path) -> _Published:
    """Return what is published; raises OSError."""
    generation = latest_generation(folder)
    if generation < 0:
        return _NOTHING
    try:
        status = os.stat(folder / f"_{INDEX_NAME}_{generation}.toc")
    except FileNotFoundError:  # A newer generation has replaced it.
        return _Published(generation, 0, 0)
    return _Published(generation, status.st_ino, status.st_mtime_ns)


def _read(reading: Blaming, found: Iterator[ScoredEntry]) -> Iterator[ScoredEntry]:
    while True:
        with reading:
            one = next(found, None)
        if one is None:
            return
        yield one


def _stored(
    leaf: SegmentReader, mask: npt.NDArray[np.bool_], wanted: set[str] | None
) -> Iterator[IndexedEntry]:
    """Yield the masked entries of a leaf, of all files or of those wanted."""
    docs = leaf.docs
    mine = [wanted is None or file in wanted for file in docs.files]
    if not any(mine) or not mask.any():
        return
    digests, sources = docs.digests(), docs.file["sources"].tolist()
    codes, chosen = docs.file_codes.tolist(), mask.tolist()
    for number, key in enumerate(docs.keys()):
        if chosen[number] and mine[codes[number]]:
            yield IndexedEntry(key, digests[number], docs.files[codes[number]], sources[number])


def _unreadable(error: OSError) -> IndexProblem:
    """Say that files which are there cannot be opened: no damage that a rebuild would mend."""
    return IndexProblem(f"无法读取索引 {error.filename}（{error.strerror}）；请检查权限后再试")
