"""A leaf: one open segment, its streams, its entries, and which of them are still there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.whoosh.arrays import open_arrays
from search.engines.whoosh.documents import Documents
from search.engines.whoosh.segment import ArraySegment
from search.engines.whoosh.soundness import document_problems, stream_problems
from search.engines.whoosh.terms import Stream
from search.errors import DamagedIndex

__all__ = ["Leaf", "open_leaf"]


@dataclass(frozen=True)
class Leaf:
    """One open segment. `live` (N,) is False where an entry was removed."""

    segment: ArraySegment
    words: Stream
    grams: Stream
    docs: Documents
    live: npt.NDArray[np.bool_]
    _folded: dict[str, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many entries it holds, removed ones included."""
        return self.docs.count

    @cached_property
    def all_live(self) -> bool:
        """Whether nothing was removed."""
        return bool(self.live.all())

    def folded_agencies(self, analyzer: Analyzer) -> list[str]:
        """Return the agency names by code, as they are compared."""
        if "agency" not in self._folded:
            self._folded["agency"] = [analyzer.fold(name) for name in self.docs.agencies]
        return self._folded["agency"]

    def folded_streams(self, analyzer: Analyzer) -> list[str]:
        """Return the stream names by code, as they are compared."""
        if "stream" not in self._folded:
            self._folded["stream"] = [analyzer.fold(name) for name in self.docs.streams]
        return self._folded["stream"]

    @cached_property
    def agency_owners(self) -> npt.NDArray[np.int64]:
        """Which entry each credit belongs to; beside `docs.agency_codes`."""
        numbers = np.arange(len(self.docs.agency_codes))
        return np.searchsorted(self.docs.agency_ends, numbers, side="right") - 1

    def entry_of(self, places: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Return which entry each place belongs to."""
        return np.searchsorted(self.docs.base, places, side="right") - 1

    def verify(self) -> list[str]:
        """Read all files of the segment and return what is wrong with them."""
        files = (self.words.file, self.grams.file, self.docs.file)
        return [problem for file in files for problem in file.verify()] or [
            *stream_problems(self.words, self.docs),
            *stream_problems(self.grams, self.docs),
            *document_problems(self.docs),
        ]


def open_leaf(folder: Path, segment: ArraySegment) -> Leaf:
    """Open a segment; raises DamagedIndex, OtherVersion or OSError."""
    name = segment.segment_id()
    docs = Documents(open_arrays(folder / f"{name}.docs"))
    if segment.doc_count_all() != docs.count:
        raise DamagedIndex(f"{name} 的条目数与目录不符")
    live = np.ones(docs.count, dtype=np.bool_)
    live[segment.deleted_array()] = False
    return Leaf(
        segment,
        Stream(open_arrays(folder / f"{name}.words"), positions=False),
        Stream(open_arrays(folder / f"{name}.grams"), positions=True),
        docs,
        live,
    )
