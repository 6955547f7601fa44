"""The HTML pages: search, one entry with its neighbours, help. They work without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, make_response, request
from werkzeug import Response

from web.language.templates import render
from web.pages.attributions import Credits
from web.pages.citation import citation_of
from web.pages.examples import examples
from web.pages.figures import highlight_slice
from web.pages.format import Choices
from web.pages.histogram import BarChart
from web.request.links import link
from web.request.params import DEFAULT_LIMIT, MAX_CONTEXT, Params
from web.request.searching import SIMILAR, answer, hit_neighbours, reading, searcher

__all__ = ["pages"]

pages = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A link to a neighbouring hit: `prev` or `next`, with its id, its rank from 1, and its page of hits."""

    rel: str
    id: str
    rank: int
    page: int


@pages.get("/")
def search() -> str:
    """Show the hits of a search; without a query, the newest entries."""
    asked = reading()
    params = replace(asked.params, limit=DEFAULT_LIMIT, strict=False, explain=False)
    results = answer(params, fold=True)
    chosen = searcher().time_range(params.from_, params.to, results.asof)
    return render(
        "search.html",
        asked=asked,
        params=params,
        search_link=partial(link, params),
        results=results,
        credits=Credits(params),
        agencies=Choices.of(results.facets.get("agency", ()), params.agency),
        streams=Choices.of(results.facets.get("stream", ()), params.stream),
        histogram=BarChart.of(results.histogram, params, chosen),
    )


@pages.get("/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Show one entry with the query highlighted, its neighbours in the stream, and similar entries."""
    params = reading().params
    entry = searcher().entry(id)
    asof = searcher().asof(params.q, params.asof or None)
    # One more on either side, to see whether there are more.
    before, after = searcher().context(id, params.context + 1, asof)
    marked = highlight_slice(entry, request.args.get("said", "")) or searcher().marked(entry, params.q)
    similar = searcher().similar(id, SIMILAR, asof)
    shown = (entry, *before, *after, *(hit.entry for hit in similar))
    page = render(
        "entry.html",
        entry=entry,
        credits=Credits(params, alone=True),
        marked=marked,
        before=before[-params.context :],
        after=after[: params.context],
        more=max(len(before), len(after)) > params.context < MAX_CONTEXT,
        similar=similar,
        steps=_steps(params, id),
        citation=citation_of(entry),
        asof=asof,
        ties={listed.id: searcher().ties(listed.id, asof) for listed in shown},
        params=params,
    )
    response = make_response(page)
    response.add_etag()
    return response.make_conditional(request)


def _steps(params: Params, id: str) -> list[Step]:
    """Return links to the hits before and after this one."""
    before, after = hit_neighbours(params, id, fold=True)
    ranked = (("prev", before, params.hit - 1), ("next", after, params.hit + 1))
    return [Step(rel, to, rank, (rank - 1) // DEFAULT_LIMIT + 1) for rel, to, rank in ranked if to]


@pages.get("/help")
def help() -> str:
    """Explain the query language by examples with hits in this index."""
    return render("help.html", examples=examples(), blank=Params())
