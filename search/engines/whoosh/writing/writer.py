"""Writes changes as new segments and publishes them in one step.

No table of contents names a new segment before the rename in `toc.publish`. A writer that is killed before it
leaves files that no reader opens and the next publication deletes. Whoosh's write lock, which the system
releases when a process dies, allows one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from search.analysis import Analyzer
from search.engines.whoosh.compat.toc import Toc, clean, latest_generation, publish, read_toc
from search.engines.whoosh.matching.stale import clean_dictionaries, keep_dictionary
from search.engines.whoosh.storage.os_errors import translate_os_errors
from search.engines.whoosh.storage.postings_format import MAX_UNITS
from search.engines.whoosh.storage.reader import SegmentReader, open_segment
from search.engines.whoosh.storage.segment import Segment
from search.engines.whoosh.writing.analyzer_pool import AnalyzerPool
from search.engines.whoosh.writing.document_writer import MAX_NAME_BYTES, name_bytes
from search.engines.whoosh.writing.merge import merge_segments
from search.engines.whoosh.writing.segment_builder import SegmentBuilder
from search.entry import Entry

__all__ = ["Writer"]

#: Maximum number of positions in a merged segment; larger segments are searched fast enough separately.
_MAX_MERGED_POSITIONS: Final = 16_000_000


class Writer:
    """A batch of changes to the `old` segments; None rebuilds the index from none. Use under `locked`.

    `reading` is entered around every access to old segments, to translate errors there.
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
        self._readers = list(old or ())
        self._old_count = len(self._readers)
        self._deleted: list[set[int]] = [set() for _ in self._readers]
        # Documents of the segment being built by id, those deleted in it, and the ids in written segments.
        self._building: dict[str, int] = {}
        self._building_deleted: set[int] = set()
        self._written: set[str] = set()
        #: Used while entries are added; the caller ends it before publishing, which needs the memory.
        self.pool = AnalyzerPool(analyzer.segmenter)
        self._builder = SegmentBuilder(analyzer, self.pool)

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry of a data file; it replaces an older entry with the same id."""
        if len(self._builder) and not self._builder.has_room(entry):
            self.flush()
        self.remove((entry.id,))
        self._building[entry.id] = len(self._builder)
        self._builder.add(entry, file, source)
        if self._builder.full:
            self.flush()

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id; unknown ids are ignored."""
        for entry_id in ids:
            doc = self._building.pop(entry_id, None)
            if doc is not None:
                self._building_deleted.add(doc)
            # A large batch writes many segments; they are searched only for ids that they contain.
            readers = self._readers if entry_id in self._written else self._readers[: self._old_count]
            with self._reading:
                for reader, deleted in zip(readers, self._deleted, strict=False):
                    deleted.update(doc for doc in reader.docs.with_id(entry_id) if reader.live[doc])

    def flush(self) -> None:
        """Write the added entries as a segment that no table of contents names yet."""
        if not len(self._builder):
            return
        segment = Segment(len(self._builder))
        origin = self._origin(segment)
        with translate_os_errors(self._folder):
            keep_dictionary(self._folder, self._analyzer.dictionary)
            self._builder.write(self._folder, segment.file_stem, origin)
            self._readers.append(open_segment(self._folder, segment))
        self._deleted.append(self._building_deleted)
        self._written.update(self._building)
        self._building, self._building_deleted = {}, set()
        self._builder = SegmentBuilder(self._analyzer, self.pool)

    def publish(self) -> bool:
        """Publish the changes as a new generation; return False, with nothing written, if there are none."""
        self.flush()
        changed = self._replaces or len(self._readers) > self._old_count or any(self._deleted)
        if not changed and latest_generation(self._folder) >= 0:
            return False
        with translate_os_errors(self._folder):
            with self._reading:
                segments = self._merge(self._live_segments())
            generation = latest_generation(self._folder) + 1
            publish(self._folder, segments, generation)
        self._clean(Toc(generation, tuple(segments)))
        return True

    def _live_segments(self) -> list[Segment]:
        """Return the segments that still have live documents."""
        segments = []
        for reader, deleted in zip(self._readers, self._deleted, strict=True):
            segment = reader.segment
            if deleted:
                segment = segment.without(np.fromiter(deleted, np.int64, len(deleted)))
            if segment.live_count:
                segments.append(segment)
        return segments

    def _merge(self, segments: list[Segment]) -> list[Segment]:
        """Merge so that each segment is at least twice the next and at most 1/3 of each is deleted."""
        readers = [open_segment(self._folder, segment) for segment in segments]
        readers.sort(key=_size, reverse=True)
        groups: list[list[SegmentReader]] = []
        for reader in readers:
            group = [reader]
            while groups and _should_merge(groups[-1], group):
                group = groups.pop() + group
            groups.append(group)
        return list(map(self._merge_group, groups))

    def _merge_group(self, group: list[SegmentReader]) -> Segment:
        first = group[0].segment
        if len(group) == 1 and first.deleted_count * 3 <= first.count:
            return first
        keep_dictionary(self._folder, self._analyzer.dictionary)
        merged = Segment(0)
        origin = self._origin(merged)
        count = merge_segments(self._folder, merged.file_stem, origin, group, self._analyzer)
        return replace(merged, count=count)

    def _origin(self, segment: Segment) -> dict[str, Any]:
        """Return the metadata by which the files of a segment are matched."""
        return {"mark": segment.mark, "generation": latest_generation(self._folder) + 1}

    def discard(self) -> None:
        """Delete the written files; the index does not change."""
        generation = latest_generation(self._folder)
        self._clean(read_toc(self._folder, generation) if generation >= 0 else None)

    def _clean(self, keep: Toc | None) -> None:
        """Delete all files that do not belong to a generation."""
        clean(self._folder, keep)
        readers = [open_segment(self._folder, segment) for segment in (keep.segments if keep else ())]
        clean_dictionaries(self._folder, [reader.docs.fingerprint for reader in readers])


def _size(reader: SegmentReader) -> int:
    """Return the number of positions of a segment's live documents."""
    if reader.all_live:
        return int(reader.docs.base[-1])
    return int(np.diff(reader.docs.base.astype(np.int64))[reader.live].sum())


def _should_merge(larger: list[SegmentReader], smaller: list[SegmentReader]) -> bool:
    """Return whether two groups should become one segment."""
    big, small = sum(map(_size, larger)), sum(map(_size, smaller))
    readers = (*larger, *smaller)
    return (
        big < 2 * small
        and big + small <= _MAX_MERGED_POSITIONS
        and sum(len(reader.units) for reader in readers) <= MAX_UNITS
        and sum(map(_name_bytes, readers)) <= 2 * MAX_NAME_BYTES
    )


def _name_bytes(reader: SegmentReader) -> int:
    docs = reader.docs
    return name_bytes((*docs.streams, *docs.agencies, *docs.files))
