"""The embedded engine: a real Whoosh index whose segments are arrays. Start reading at `engine.py`."""

from search.engines.whoosh.engine import WhooshEngine

__all__ = ["WhooshEngine"]
