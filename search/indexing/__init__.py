"""Reindexing: detect changes in `data/` and publish them."""
