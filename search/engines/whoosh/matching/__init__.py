"""Logical nodes to sets of documents."""
