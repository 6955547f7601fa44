"""A request: parameters, links, the call into the searcher."""
