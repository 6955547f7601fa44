"""The pages: the search, and one entry with its neighbours. They work without JavaScript."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from web.answers import SIMILAR, answer, reading, searcher
from web.format import Choices
from web.params import DEFAULT_LIMIT

__all__ = ["pages"]

pages = Blueprint("pages", __name__)

#: How many entries of the stream the page of an entry shows before it, and after it.
NEIGHBOURS = 3


@pages.get("/")
def search() -> str:
    """Show the answer to a search, or the newest entries when nothing is asked."""
    asked = reading()
    params = replace(asked.params, limit=DEFAULT_LIMIT, strict=False, explain=False)
    results = answer(params, fold=True)
    return render_template(
        "search.html",
        asked=asked,
        params=params,
        results=results,
        agencies=Choices.of(results.facets.get("agency", ()), params.agency),
        streams=Choices.of(results.facets.get("stream", ()), params.stream),
    )


@pages.get("/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Show one whole entry, with what was searched for marked."""
    params = reading().params
    found = searcher().entry(id)
    before, after = searcher().context(id, NEIGHBOURS)
    marked = searcher().marked(found, params.q)
    similar = searcher().similar(id, SIMILAR, params.asof or None)
    shown = (found, *before, *after, *(one.entry for one in similar))
    page = render_template(
        "entry.html",
        entry=found,
        marked=marked,
        before=before,
        after=after,
        similar=similar,
        ties={one.id: searcher().ties(one.id, params.asof or None) for one in shown},
        params=params,
    )
    response = make_response(page)
    response.add_etag()
    return response.make_conditional(request)
