"""Ask the searcher for what a request wants, so that page and JSON are twins of one answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from flask import current_app, request

from search import Home, Searcher
from search.results import Results
from web.request.params import Params, Reading, read

__all__ = ["SIMILAR", "answer", "hit_neighbours", "home", "question", "reading", "searcher"]

#: How many similar entries are shown with one.
SIMILAR = 5


def searcher() -> Searcher:
    """Return the searcher of this application."""
    return cast(Searcher, current_app.extensions["xunwen"])


def home() -> Home:
    """Return the home that this application answers from."""
    return cast(Home, current_app.config["XUNWEN_HOME"])


def reading() -> Reading:
    """Read the parameters of the request at hand."""
    zone = home().zone
    return read(request.args, zone=zone, now=datetime.now(zone))


def answer(params: Params, *, fold: bool) -> Results:
    """Search as a request says; `fold` is for a request that says nothing of near-copies."""
    asked = question(params, fold=fold)
    return searcher().search(params.q, limit=params.limit, page=params.page, explain=params.explain, **asked)


def hit_neighbours(params: Params, id: str, *, fold: bool) -> tuple[str | None, str | None]:
    """Return the hits before and after the one by which an entry was reached; none where it no longer is."""
    if not params.hit:
        return None, None
    here, before, after = searcher().hit_neighbours(params.hit, params.q, **question(params, fold=fold))
    return (before, after) if id in here else (None, None)


def question(params: Params, *, fold: bool) -> dict[str, Any]:
    """Return what says which entries are found and in which order, for `search` and `export` alike."""
    return {
        "sort": params.sort,
        "agency": params.agency,
        "stream": params.stream,
        "from_": params.from_ or None,
        "to": params.to or None,
        "asof": params.asof or None,
        "exact": params.exact,
        "strict": params.strict,
        "fold": fold if params.fold is None else params.fold,
        "partial": params.partial,
        "corrected": params.corrected,
    }
