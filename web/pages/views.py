"""The HTML pages: search, one entry with its neighbours, help. They work without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, make_response, request, url_for
from werkzeug import Response

from search.results import Results
from web.language.content import convert
from web.language.i18n import language
from web.language.templates import render
from web.pages.attributions import Credits
from web.pages.citation import citation_of
from web.pages.examples import examples
from web.pages.figures import highlight_slice
from web.pages.format import Choices
from web.pages.histogram import BarChart, covered_text
from web.pages.home import stream_updates, trials
from web.pages.presets import chip_dates, presets
from web.pages.structured import live_blog, news_article, summary
from web.request import searching
from web.request.links import link
from web.request.params import DEFAULT_LIMIT, MAX_CONTEXT, Params
from web.request.searching import SIMILAR, hit_neighbours, home, read_params, searcher

__all__ = ["pages"]

pages = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A link to a neighbouring hit: `prev` or `next`, with its id, its rank from 1, and its page of hits."""

    rel: str
    id: str
    rank: int
    page: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands among the hits of a search: its neighbours, and the number of hits."""

    steps: tuple[Step, ...]
    total: int


@pages.get("/")
def search() -> str:
    """Show the hits of a search; without a query, the newest entries."""
    asked = read_params()
    params = replace(asked.params, limit=DEFAULT_LIMIT, strict=False, explain=False)
    results, now = searching.search(params, fold=True), datetime.now(home().zone)
    first = params == Params()
    return render(
        "search.html",
        asked=asked,
        params=params,
        search_link=partial(link, params),
        page_link=partial(link, params),
        table_link=_table_link(params),
        picked_state=_picked_state(params),
        results=results,
        credits=Credits(params),
        by_day=results.sort != "relevance" or not results.query.strip(),
        show_stream=_has_streams(results),
        agencies=Choices.of(results.facets.get("agency", ()), params.agency),
        streams=Choices.of(results.facets.get("stream", ()), params.stream),
        covered=covered_text(results.histogram),
        first=first,
        trials=trials(results) if first else (),
        stream_updates=stream_updates(results) if first else (),
        structured=_structured(params, results),
        presets=presets(searcher().newest_time(), now, home().zone),
        chip_dates=chip_dates(params, results.period, home().zone),
        now=now,
        histogram=BarChart.of(results.histogram, params, results.period),
    )


def _has_streams(results: Results) -> bool:
    """Return whether the hits may be of several streams; the name of an only one would repeat in each."""
    streams = {facet.value for facet in results.facets.get("stream", ())}
    return len(streams | {hit.stream for hit in results.hits}) > 1


def _table_link(params: Params) -> str:
    """Return the address of the table in the language of the page."""
    url = link(params, "export.table")
    return f"{url}{'&' if '?' in url else '?'}lang={language().tag}"


def _picked_state(params: Params) -> list[tuple[str, str]]:
    """Return the hidden fields of the export of ticked hits, which may be partial matches."""
    state = replace(params, page=1, partial=True, fold=None).state() | {
        "partial": "1",
        "lang": language().tag,
    }
    values = ((name, value if isinstance(value, list) else [value]) for name, value in state.items())
    # An empty id, so that without a tick nothing is exported rather than everything.
    return [("id", ""), *((name, text) for name, texts in values for text in texts)]


def _structured(params: Params, results: Results) -> dict[str, Any] | None:
    """Return the structured data of a page that lists one stream and nothing else."""
    if params != Params(stream=params.stream) or len(params.stream) != 1 or not results.hits:
        return None
    address = url_for("pages.search", stream=params.stream[0], _external=True)
    return live_blog(params.stream[0], results.hits, address)


@pages.get("/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Show one entry with the query highlighted, its neighbours in the stream, and similar entries."""
    params = replace(read_params().params, strict=False)
    # One more neighbour on either side, to see whether there are more.
    view = searcher().view(
        id, params.q, params.options(fold=True), context=params.context + 1, similar=SIMILAR
    )
    highlighted = highlight_slice(view.entry, request.args.get("said", "")) or view.highlighted
    shown, script = convert(highlighted, request.args.get("script", ""))
    page = render(
        "entry.html",
        script=script,
        script_link=partial(_script_link, params, id),
        entry=view.entry,
        credits=Credits(params, alone=True),
        marked=shown,
        before=view.before[-params.context :],
        after=view.after[: params.context],
        more=max(len(view.before), len(view.after)) > params.context < MAX_CONTEXT,
        similar=view.similar,
        place=_place(params, id) if params.hit else None,
        structured=news_article(view.entry),
        description=summary(view.entry.body or view.entry.headline),
        citation=citation_of(view.entry),
        asof=view.asof,
        ties=view.ties,
        params=params,
    )
    response = make_response(page)
    response.add_etag()
    return response.make_conditional(request)


def _script_link(params: Params, id: str, script: str) -> str:
    """Return the address of an entry in a script, "" for its own."""
    url = link(params, entry=id, page=params.page, hit=params.hit)
    return f"{url}{'&' if '?' in url else '?'}script={script}" if script else url


def _place(params: Params, id: str) -> Place | None:
    """Return the place of an entry among the hits; None if it does not have its former rank."""
    neighbours = hit_neighbours(params, id, fold=True)
    if neighbours is None:
        return None
    ranked = (("prev", neighbours.before, params.hit - 1), ("next", neighbours.after, params.hit + 1))
    steps = [Step(rel, to, rank, (rank - 1) // DEFAULT_LIMIT + 1) for rel, to, rank in ranked if to]
    return Place(tuple(steps), neighbours.total)


@pages.get("/help")
def help() -> str:
    """Explain the query language by examples with hits in this index."""
    return render("help.html", examples=examples(), blank=Params())
