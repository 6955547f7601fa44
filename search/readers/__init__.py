"""Readers: from the files in `data/` to entries."""
