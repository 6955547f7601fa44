"""Engines store entries and answer logical queries."""

from search.engines.base import (
    Batch,
    Engine,
    History,
    IndexedEntry,
    IndexStats,
    NamedCount,
    Request,
    Scan,
    ScoredEntry,
    SearchResponse,
    Snapshot,
    Vocabulary,
)
from search.engines.open import open_engine

__all__ = [
    "Batch",
    "Engine",
    "History",
    "IndexStats",
    "IndexedEntry",
    "NamedCount",
    "Request",
    "Scan",
    "ScoredEntry",
    "SearchResponse",
    "Snapshot",
    "Vocabulary",
    "open_engine",
]
