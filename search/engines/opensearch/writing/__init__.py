"""Bulk writing to a cluster."""
