"""Scores, top-k retrieval, order of hits."""
