"""Engines: what keeps the entries and answers logical queries."""

from search.engines.base import (
    Answer,
    Background,
    Batch,
    Engine,
    Found,
    Listing,
    Request,
    State,
    Vocabulary,
    Writing,
    open_engine,
)

__all__ = [
    "Answer",
    "Background",
    "Batch",
    "Engine",
    "Found",
    "Listing",
    "Request",
    "State",
    "Vocabulary",
    "Writing",
    "open_engine",
]
