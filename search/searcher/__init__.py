"""The searcher: one request in, one page of results out."""
