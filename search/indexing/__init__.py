"""Reindexing: what changed, and publishing it."""
