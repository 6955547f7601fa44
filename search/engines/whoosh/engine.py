"""The embedded engine: a Whoosh index in a local folder, read through memory-mapped arrays."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time_ns
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from search.analysis import Analyzer, default_analyzer
from search.engines.base import Batch
from search.engines.whoosh.compat.lock import locked
from search.engines.whoosh.compat.toc import latest_generation, read_toc
from search.engines.whoosh.reading.snapshot import Snapshot
from search.engines.whoosh.reading.verifier import DamageGuard, Verifier
from search.engines.whoosh.storage.reader import SegmentReader, open_segment, reopen_segment
from search.engines.whoosh.storage.segment import INDEX_NAME, Segment
from search.engines.whoosh.writing.writer import Writer
from search.errors import DamagedIndex, IndexProblem, NoIndex
from search.home import DEFAULT_ZONE
from search.language.message import reason_of

__all__ = ["WhooshEngine"]

#: Attempts to open a generation while writers replace its files.
_MAX_ATTEMPTS: Final = 5
#: Nanoseconds after a change of a folder during which another may leave the same time stamp.
_TIMESTAMP_RESOLUTION_NS: Final = 100_000_000


class _Published(NamedTuple):
    """The newest table of contents; a rebuilt index may have the same generation in another file."""

    generation: int
    inode: int
    changed: int


_NOTHING: Final = _Published(-1, 0, 0)


class WhooshEngine:
    """An engine over one index folder; cheap to construct, safe to share between threads.

    A new generation is detected by `snapshot`, with one stat of the folder.
    """

    def __init__(self, folder: Path, analyzer: Analyzer | None = None, zone: ZoneInfo = DEFAULT_ZONE) -> None:
        self.folder = folder
        self._analyzer = analyzer or default_analyzer()
        self._zone = zone
        self._current: tuple[_Published, Snapshot] | None = None
        self._verifier = Verifier()
        self._in_background = False
        self._opening = threading.Lock()
        # The stat of the folder when it was listed last, and the newest generation in it.
        self._listed: tuple[tuple[int, ...], _Published] | None = None

    def snapshot(self) -> Snapshot:
        """Return the newest published generation; raises NoIndex, DamagedIndex or OtherVersion."""
        snapshot = self._newest()
        if snapshot.guard.damage:
            raise DamagedIndex(snapshot.guard.damage)
        return snapshot

    def generation(self) -> int:
        """Return the number of the published generation; raises NoIndex."""
        return self.snapshot().generation

    def _newest(self) -> Snapshot:
        published = self._latest()
        snapshot = self._opened(published)
        if snapshot is not None:
            return snapshot
        with self._opening:
            snapshot = self._opened(published)
            if snapshot is None:
                published, snapshot = self._open()
                self._verifier.verify_small(snapshot.guard)
                self._current = published, snapshot
                if self._in_background:
                    self._verifier.start(snapshot.guard)
            return snapshot

    def _opened(self, published: _Published) -> Snapshot | None:
        """Return the open snapshot if it is of this table of contents and of the current analyzer."""
        current = self._current
        if current is None or current[0] != published or current[1].analyzer is not self._analyzer:
            return None
        return current[1]

    def verify_in_background(self) -> None:
        """Verify the checksums of each new generation in a thread; each file once per process.

        Once damage is found, `snapshot` raises DamagedIndex. For long-running processes.
        """
        with self._opening:
            if not self._in_background and self._current is not None:
                self._verifier.start(self._current[1].guard)
            self._in_background = True

    def verified(self, timeout: float | None = None) -> bool:
        """Wait until the newest generation is verified in the background; return whether it is.

        Damage found by it is not raised. Raises NoIndex, and what opening raises.
        """
        self.verify_in_background()
        self._newest()
        return self._verifier.wait(timeout)

    def set_analyzer(self, analyzer: Analyzer) -> None:
        """Use another analyzer from now on."""
        self._analyzer = analyzer

    def _latest(self) -> _Published:
        """Return what is published; a folder that did not change is not listed again."""
        try:
            status = os.stat(self.folder)
            stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
            listed = self._listed
            if listed is not None and listed[0] == stamp:
                return listed[1]
            published = _look(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return _NOTHING
        except OSError as error:
            raise _unreadable(error) from error
        # Two changes within the resolution of the time stamp leave the same stat.
        settled = time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _TIMESTAMP_RESOLUTION_NS
        self._listed = (stamp, published) if settled else None
        return published

    def _open(self) -> tuple[_Published, Snapshot]:
        for _ in range(_MAX_ATTEMPTS):
            published = self._latest()
            if published.generation < 0:
                raise NoIndex(self.folder)
            try:
                toc = read_toc(self.folder, published.generation)
                readers = self._open_readers(toc.segments)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _unreadable(error) from error
            guard = DamageGuard(readers, self._verifier)
            return published, Snapshot(toc.generation, guard, self._analyzer, self._zone, self.folder)
        raise DamagedIndex("目录所列的文件不存在")

    def _open_readers(self, segments: tuple[Segment, ...]) -> list[SegmentReader]:
        """Open segments; a reader of the current snapshot is reused if its files have not changed.

        Raises DamagedIndex, OtherVersion or OSError.
        """
        readers = self._current[1].readers if self._current else ()
        by_mark = {reader.segment.mark: reader for reader in readers}
        return [
            reopen_segment(self.folder, segment, by_mark[segment.mark])
            if segment.mark in by_mark
            else open_segment(self.folder, segment)
            for segment in segments
        ]

    def check(self) -> list[str]:
        """Read everything and return one sentence per problem."""
        try:
            return self.snapshot().problems
        except IndexProblem as error:
            return [error.message]

    @contextmanager
    def rebuild(self) -> Iterator[Batch]:
        """Replace the whole index: published on a clean exit, discarded on an exception."""
        with locked(self.folder):
            yield from self._written(Writer(self.folder, None, self._analyzer))

    @contextmanager
    def update(self) -> Iterator[Batch]:
        """Change the index: published in one step on a clean exit, discarded on an exception."""
        with locked(self.folder):
            if latest_generation(self.folder) < 0:
                yield from self._written(Writer(self.folder, (), self._analyzer))
                return
            snapshot = self.snapshot()
            with snapshot.guard:
                for reader in snapshot.readers:
                    reader.docs.require_intact_keys()
            # Only the writer's own reading is guarded: a fault of the caller is not damage.
            yield from self._written(Writer(self.folder, snapshot.readers, self._analyzer, snapshot.guard))

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


def _unreadable(error: OSError) -> IndexProblem:
    """Return the error for files that exist and cannot be opened: a rebuild would not repair it."""
    return IndexProblem(
        "无法读取索引 {path}（{reason}）；请检查权限后再试", path=error.filename, reason=reason_of(error)
    )
