"""The scores that entries have for being recent; `ranking.py` has the formula."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.timestamps import microseconds
from search.engines.whoosh.matching.doc_space import DocSpace
from search.engines.whoosh.storage.document_store import NO_TIME
from search.ranking import RECENCY_AGES, RECENCY_WEIGHT

__all__ = ["recency_scores"]

_AGES: Final = np.array([age // timedelta(microseconds=1) for age in RECENCY_AGES], dtype=np.int64)
#: The score of an entry that has reached 0, 1, 2 … of the ages.
_SCORES: Final = (RECENCY_WEIGHT * np.arange(len(_AGES), -1, -1)).astype(np.float32)


def recency_scores(space: DocSpace, now: datetime) -> npt.NDArray[np.float32]:
    """Return the score of every document (N,) at a time; 0 for documents without a time."""
    times = space.concat([reader.docs.time for reader in space.readers])
    reached = np.searchsorted(_AGES, microseconds(now) - times, side="right")
    return np.where(times == NO_TIME, np.float32(0), _SCORES.take(reached))
