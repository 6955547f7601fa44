"""The pages: the search, one entry with its neighbours, the help. They work without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, make_response, request
from werkzeug import Response

from web.language.templates import render
from web.pages.attributions import Credits
from web.pages.citation import citation_of
from web.pages.examples import examples
from web.pages.figures import sentence_marked
from web.pages.format import Choices
from web.pages.histogram import Timeline
from web.request.params import DEFAULT_LIMIT, MAX_CONTEXT, Params
from web.request.searching import SIMILAR, answer, hit_neighbours, reading, searcher

__all__ = ["pages"]

pages = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True)
class Step:
    """The way to another hit of the search: `prev` or `next`, its id, its rank, and the page it stands on."""

    rel: str
    id: str
    rank: int
    page: int


@pages.get("/")
def search() -> str:
    """Show the answer to a search, or the newest entries when nothing is asked."""
    asked = reading()
    params = replace(asked.params, limit=DEFAULT_LIMIT, strict=False, explain=False)
    results = answer(params, fold=True)
    return render(
        "search.html",
        asked=asked,
        params=params,
        results=results,
        credits=Credits(params),
        agencies=Choices.of(results.facets.get("agency", ()), params.agency),
        streams=Choices.of(results.facets.get("stream", ()), params.stream),
        timeline=Timeline.of(
            results.histogram, params, searcher().time_range(params.from_, params.to, results.asof)
        ),
    )


@pages.get("/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Show one whole entry, with what was searched for marked, and what stands around it."""
    params = reading().params
    found = searcher().entry(id)
    asof = searcher().asof(params.q, params.asof or None)
    # One more on either side tells whether there are more.
    before, after = searcher().context(id, params.context + 1, asof)
    marked = sentence_marked(found, request.args.get("said", "")) or searcher().marked(found, params.q)
    similar = searcher().similar(id, SIMILAR, asof)
    shown = (found, *before, *after, *(one.entry for one in similar))
    page = render(
        "entry.html",
        entry=found,
        credits=Credits(params, alone=True),
        marked=marked,
        before=before[-params.context :],
        after=after[: params.context],
        more=max(len(before), len(after)) > params.context < MAX_CONTEXT,
        similar=similar,
        steps=_steps(params, id),
        citation=citation_of(found),
        asof=asof,
        ties={one.id: searcher().ties(one.id, asof) for one in shown},
        params=params,
    )
    response = make_response(page)
    response.add_etag()
    return response.make_conditional(request)


def _steps(params: Params, id: str) -> list[Step]:
    """Return where the hits before and after this one lead, as far as there are any."""
    before, after = hit_neighbours(params, id, fold=True)
    ranked = (("prev", before, params.hit - 1), ("next", after, params.hit + 1))
    return [Step(rel, to, rank, (rank - 1) // DEFAULT_LIMIT + 1) for rel, to, rank in ranked if to]


@pages.get("/help")
def help() -> str:
    """Explain the query language by queries that find something here."""
    return render("help.html", examples=examples(), blank=Params())
