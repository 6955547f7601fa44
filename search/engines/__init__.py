"""Engines: what keeps the entries and answers logical queries."""

from search.engines.base import Answer, Batch, Engine, Found, Request, State, open_engine

__all__ = ["Answer", "Batch", "Engine", "Found", "Request", "State", "open_engine"]
