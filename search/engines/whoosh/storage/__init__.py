"""Segment files: arrays, postings, term dictionaries, documents."""
