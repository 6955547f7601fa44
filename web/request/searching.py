"""Searches of a request, shared by page and API."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import current_app, request

from search import Home, Searcher
from search.results import Results
from search.searcher.searcher import HitNeighbours
from web.request.params import Params, ReadParams, read_query_string

__all__ = ["SIMILAR", "hit_neighbours", "home", "read_params", "search", "searcher"]

#: Number of similar entries.
SIMILAR = 5


def searcher() -> Searcher:
    """Return the searcher of this application."""
    return cast(Searcher, current_app.extensions["xunwen"])


def home() -> Home:
    """Return the home of this application."""
    return cast(Home, current_app.config["XUNWEN_HOME"])


def read_params() -> ReadParams:
    """Read the parameters of the current request."""
    zone = home().zone
    return read_query_string(request.args, zone=zone, now=datetime.now(zone))


def search(params: Params, *, fold: bool) -> Results:
    """Return the results of a search; `fold` is the default of the endpoint."""
    return searcher().search(params.q, params.options(fold=fold))


def hit_neighbours(params: Params, id: str, *, fold: bool) -> HitNeighbours | None:
    """Return the hits before and after an entry, None if it does not have its former rank."""
    neighbours = searcher().hit_neighbours(params.hit, params.q, params.options(fold=fold))
    return neighbours if id in neighbours.ids else None
