"""Engines: what keeps the entries and answers logical queries."""

from search.engines.base import (
    Batch,
    Engine,
    History,
    IndexStats,
    NamedCount,
    Request,
    Scan,
    ScoredEntry,
    SearchResponse,
    Vocabulary,
)
from search.engines.open import open_engine

__all__ = [
    "Batch",
    "Engine",
    "History",
    "IndexStats",
    "NamedCount",
    "Request",
    "Scan",
    "ScoredEntry",
    "SearchResponse",
    "Vocabulary",
    "open_engine",
]
