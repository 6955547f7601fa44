"""Requests: parameters, links, and searches."""
