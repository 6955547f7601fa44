"""Writing: changes gathered beside the index and published in one step.

New segments are written under names that no table of contents knows yet; the rename in `toc.publish` makes
them the index. Until then a kill leaves files that nobody reads and the next publication clears away. One
writer at a time: Whoosh's own write lock, which the system releases when a process dies.
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
from search.engines.whoosh.storage.segment import Segment
from search.engines.whoosh.storage.segment_reader import SegmentReader, open_segment
from search.engines.whoosh.writing.analyzer_pool import AnalyzerPool
from search.engines.whoosh.writing.document_writer import MAX_NAME_BYTES, name_bytes
from search.engines.whoosh.writing.merge import merge_segments
from search.engines.whoosh.writing.segment_builder import SegmentBuilder
from search.entry import Entry

__all__ = ["Writer"]

#: Segments are not merged beyond this many positions; such large ones answer fast enough side by side.
_LARGEST: Final = 16_000_000


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
        if len(self._builder) and not self._builder.has_room(entry):
            self.flush()
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
        segment = Segment(len(self._builder))
        origin = self._origin(segment)
        with translate_os_errors(self._folder):
            keep_dictionary(self._folder, self._analyzer.dictionary)
            self._builder.write(self._folder, segment.file_stem, origin)
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

    def _kept(self) -> list[Segment]:
        kept = []
        for leaf, removed in zip(self._leaves, self._removed, strict=True):
            segment = leaf.segment
            if removed:
                segment = segment.without(np.fromiter(removed, np.int64, len(removed)))
            if segment.live_count:
                kept.append(segment)
        return kept

    def _consolidated(self, segments: list[Segment]) -> list[Segment]:
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

    def _merged(self, group: list[SegmentReader]) -> Segment:
        first = group[0].segment
        if len(group) == 1 and first.deleted_count * 3 <= first.count:
            return first
        keep_dictionary(self._folder, self._analyzer.dictionary)
        merged = Segment(0)
        origin = self._origin(merged)
        count = merge_segments(self._folder, merged.file_stem, origin, group, self._analyzer)
        return replace(merged, count=count)

    def _origin(self, segment: Segment) -> dict[str, Any]:
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
    leaves = (*larger, *smaller)
    return (
        big < 2 * small
        and big + small <= _LARGEST
        and sum(len(leaf.units) for leaf in leaves) <= MAX_UNITS
        and sum(_name_bytes(leaf) for leaf in leaves) <= 2 * MAX_NAME_BYTES
    )


def _name_bytes(leaf: SegmentReader) -> int:
    docs = leaf.docs
    return name_bytes((*docs.streams, *docs.agencies, *docs.files))
