"""Writing: changes gathered beside the index and published in one step.

New segments are written under names that no table of contents knows yet; the rename in `toc.publish` makes
them the index. Until then a kill leaves files that nobody reads and the next publication clears away. One
writer at a time: Whoosh's own write lock, which the system releases when a process dies.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np
from whoosh.util.filelock import FileLock

from search.analysis import Analyzer
from search.engines.whoosh.compat.schema import INDEX_NAME
from search.engines.whoosh.compat.segment import ArraySegment
from search.engines.whoosh.compat.toc import Toc, clean, latest_generation, publish, read_toc
from search.engines.whoosh.matching.stale import clean_dictionaries, keep_dictionary
from search.engines.whoosh.storage.postings_format import MAX_UNITS
from search.engines.whoosh.storage.segment_reader import SegmentReader, open_segment
from search.engines.whoosh.writing.analyzer_pool import AnalyzerPool
from search.engines.whoosh.writing.merge import merge_segments
from search.engines.whoosh.writing.segment_builder import SegmentBuilder
from search.entry import Entry
from search.errors import CannotWrite, IndexLocked

__all__ = ["Writer", "locked"]

#: Segments are not merged beyond this many positions; such large ones answer fast enough side by side.
_LARGEST: Final = 16_000_000
_FULL: Final = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the write lock of an index; raises IndexLocked at once when somebody else does."""
    with translate_os_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(folder / f"{INDEX_NAME}_WRITELOCK"))
        if not lock.acquire():
            raise IndexLocked(folder)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def translate_os_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says about writing into CannotWrite with the next step."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise CannotWrite(
                f"磁盘空间不足，无法写入 {folder}；请腾出空间后再运行 xunwen reindex，原索引未受影响"
            ) from error
        if error.errno in _FORBIDDEN:
            raise CannotWrite(f"没有权限写入 {folder}；请检查权限后再运行 xunwen reindex") from error
        reason = error.strerror or error
        raise CannotWrite(f"无法写入 {folder}（{reason}）；原索引未受影响，请排除后再试") from error


class Writer:
    """A batch of changes over `old` leaves, or None for a rebuild, which keeps none. Use under `locked`.

    `reading` is entered whenever the old leaves are read, to translate what goes wrong there.
    """

    def __init__(
        self,
        folder: Path,
        old: Sequence[SegmentReader] | None,
        analyzer: Analyzer,
        reading: AbstractContextManager[object] | None = None,
    ) -> None:
        self._reading = reading or nullcontext()
        self._folder = folder
        self._analyzer = analyzer
        self._replaces = old is None
        self._leaves = list(old or ())
        self._old = len(self._leaves)
        self._removed: list[set[int]] = [set() for _ in self._leaves]
        # Ids by their number in the segment being built, and those of segments that this batch wrote.
        self._building: dict[str, int] = {}
        self._dropped: set[int] = set()
        self._written: set[str] = set()
        #: Helps while entries are added; to be ended before publishing, which needs the memory.
        self.pool = AnalyzerPool(analyzer.segmenter)
        self._builder = SegmentBuilder(analyzer, self.pool)

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry that came from `file`; an older entry of the same id goes."""
        self.remove((entry.id,))
        self._building[entry.id] = len(self._builder)
        self._builder.add(entry, file, source)
        if self._builder.full:
            self.flush()

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id; ids that are not there do nothing."""
        for entry_id in ids:
            building = self._building.pop(entry_id, None)
            if building is not None:
                self._dropped.add(building)
            # A large batch writes many segments; they are searched only for what they are known to hold.
            leaves = self._leaves if entry_id in self._written else self._leaves[: self._old]
            with self._reading:
                for leaf, removed in zip(leaves, self._removed, strict=False):
                    removed.update(number for number in leaf.docs.numbers(entry_id) if leaf.live[number])

    def flush(self) -> None:
        """Write what was added so far as a segment that no table of contents names yet."""
        if not len(self._builder):
            return
        segment = ArraySegment(INDEX_NAME, len(self._builder))
        origin = self._origin(segment)
        with translate_os_errors(self._folder):
            keep_dictionary(self._folder, self._analyzer.dictionary)
            self._builder.write(self._folder, segment.segment_id(), origin)
            self._leaves.append(open_segment(self._folder, segment))
        self._removed.append(self._dropped)
        self._written.update(self._building)
        self._building, self._dropped = {}, set()
        self._builder = SegmentBuilder(self._analyzer, self.pool)

    def publish(self) -> bool:
        """Make the changes the index; return False, having written nothing, when there were none."""
        self.flush()
        changed = self._replaces or len(self._leaves) > self._old or any(self._removed)
        if not changed and latest_generation(self._folder) >= 0:
            return False
        with translate_os_errors(self._folder):
            with self._reading:
                segments = self._consolidated(self._kept())
            generation = latest_generation(self._folder) + 1
            publish(self._folder, segments, generation)
        self._clean(Toc(generation, tuple(segments)))
        return True

    def _kept(self) -> list[ArraySegment]:
        kept = []
        for leaf, removed in zip(self._leaves, self._removed, strict=True):
            segment = leaf.segment
            if removed:
                segment = segment.without(np.fromiter(removed, np.int64, len(removed)))
            if segment.live_count:
                kept.append(segment)
        return kept

    def _consolidated(self, segments: list[ArraySegment]) -> list[ArraySegment]:
        """Merge so that each segment is at least twice the next, and few removed entries linger."""
        leaves = [open_segment(self._folder, segment) for segment in segments]
        leaves.sort(key=_size, reverse=True)
        groups: list[list[SegmentReader]] = []
        for leaf in leaves:
            group = [leaf]
            while groups and _belong(groups[-1], group):
                group = groups.pop() + group
            groups.append(group)
        return [self._merged(group) for group in groups]

    def _merged(self, group: list[SegmentReader]) -> ArraySegment:
        first = group[0].segment
        if len(group) == 1 and first.deleted_count() * 3 <= first.count:
            return first
        keep_dictionary(self._folder, self._analyzer.dictionary)
        merged = ArraySegment(INDEX_NAME, 0)
        name, origin = merged.segment_id(), self._origin(merged)
        merged.count = merge_segments(self._folder, name, origin, group, self._analyzer)
        return merged

    def _origin(self, segment: ArraySegment) -> dict[str, Any]:
        """Return what ties the files of a segment together."""
        return {"mark": segment.mark, "generation": latest_generation(self._folder) + 1}

    def discard(self) -> None:
        """Delete what was written; the index stays as it was."""
        generation = latest_generation(self._folder)
        self._clean(read_toc(self._folder, generation) if generation >= 0 else None)

    def _clean(self, keep: Toc | None) -> None:
        """Delete whatever does not belong to a generation."""
        clean(self._folder, keep)
        leaves = [open_segment(self._folder, segment) for segment in (keep.segments if keep else ())]
        clean_dictionaries(self._folder, [leaf.docs.fingerprint for leaf in leaves])


def _size(leaf: SegmentReader) -> int:
    """Return how many positions the live entries of a segment take."""
    if leaf.all_live:
        return int(leaf.docs.base[-1])
    return int(np.diff(leaf.docs.base.astype(np.int64))[leaf.live].sum())


def _belong(larger: list[SegmentReader], smaller: list[SegmentReader]) -> bool:
    """Return whether two groups should become one segment."""
    big, small = sum(map(_size, larger)), sum(map(_size, smaller))
    units = sum(len(leaf.units) for leaf in (*larger, *smaller))
    return big < 2 * small and big + small <= _LARGEST and units <= MAX_UNITS
