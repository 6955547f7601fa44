"""The figures of a search as a page, as CSV and as JSON: the same rows of one tally."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from markupsafe import Markup

from search.entry import Entry
from search.figures import KINDS, Kind, holds_figures
from search.figures.table import tally_csv
from search.figures.tally import Row, Tally, tally
from search.highlight import to_html, within
from search.results import Hit
from web.language.templates import render
from web.pages import chart
from web.pages.figure_words import conflict_note, kind_name, number_said
from web.request.links import link
from web.request.params import Fault, Params, Reading
from web.request.searching import home, reading, searcher

__all__ = ["figures", "sentence_marked"]

figures = Blueprint("figures", __name__)

#: So many rows, the latest, are on the page; CSV and JSON have all.
SHOWN: Final = 300
_SLICE: Final = re.compile("([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as the page shows it: what is counted and how many, its sentence as HTML, what it contradicts."""

    row: Row
    kind: str
    said: str
    href: str
    sentence: str
    note: Markup


@figures.get("/figures")
def page() -> str:
    """Show the figures of a search as a chart and a table."""
    asked, kind = _read()
    found = _tally(asked.params, kind)
    rows = _shown(found, asked.params)
    return render(
        "figures.html",
        asked=asked,
        params=asked.params,
        kind=kind,
        kinds=KINDS,
        tally=found,
        rows=rows,
        from_row=max(0, len(rows) - SHOWN),
        chart=chart.chart_of(found, home().zone),
        paper=chart,
        here=partial(_link, asked.params, kind),
    )


@figures.get("/figures.csv")
def table() -> Response:
    """Answer with the figures as a file for spreadsheets."""
    asked, kind = _read()
    text = tally_csv(_tally(asked.checked(), kind), home().zone)
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=figures.csv"
    return response


@figures.get("/api/v1/figures")
def api() -> Response:
    """Answer with the figures as JSON."""
    asked, kind = _read()
    return jsonify(_tally(asked.checked(), kind).as_dict())


@figures.app_template_global("has_figures")
def has_figures(hits: Sequence[Hit]) -> bool:
    """Say whether any hit of a page says a figure."""
    return any(
        holds_figures(Entry(hit.id, hit.time, hit.headline, hit.body)) for hit in hits if not hit.partial
    )


def sentence_marked(entry: Entry, said: str) -> dict[str, Any] | None:
    """Return an entry's parts as HTML, characters 12-34 of its text marked; None where `said` is no such.

    The form is that of `Searcher.marked`. After a correction other characters may stand there.
    """
    if not (asked := _SLICE.fullmatch(said)):
        return None
    first, last, offset, parts = int(asked[1]), int(asked[2]), 0, []
    for text in (entry.headline, entry.body, *entry.captions):
        parts.append(to_html(text, within([(first, last)], offset, offset + len(text))))
        offset += len(text) + bool(text)
    return {"headline": parts[0], "body": parts[1], "captions": parts[2:]}


def _read() -> tuple[Reading, Kind | None]:
    """Read the request; an unknown kind is a fault, and all kinds are meant."""
    asked, said = reading(), request.args.get("kind", "").strip()
    if said and said not in KINDS:
        fault = Fault("kind", said[:20], f"须为 {'、'.join(KINDS)} 之一")
        return replace(asked, faults=(*asked.faults, fault)), None
    return asked, said or None


def _tally(params: Params, kind: Kind | None) -> Tally:
    return tally(
        searcher(),
        params.q,
        kind=kind,
        agency=params.agency,
        stream=params.stream,
        from_=params.from_ or None,
        to=params.to or None,
        asof=params.asof or None,
        exact=params.exact,
        corrected=params.corrected,
    )


def _shown(found: Tally, params: Params) -> list[Shown]:
    notes = {one.second: conflict_note(one, found, home().zone) for one in found.conflicts}
    return [
        Shown(
            row,
            kind_name(row.figure),
            number_said(row.figure),
            _with(link(params, entry=row.figure.entry_id), said="{}-{}".format(*row.figure.sentence)),
            to_html(row.sentence, [row.marked]),
            notes.get(number, Markup()),
        )
        for number, row in enumerate(found.rows)
    ]


def _link(params: Params, chosen: Kind | None, endpoint: str = "figures.page", **changes: Any) -> str:
    """Return the address of the figures with some of its state changed."""
    kind = changes.pop("kind", chosen)
    plain: dict[str, Any] = {"page": 1, "sort": "relevance", "fold": None}
    place = link(params, endpoint, **plain | changes)
    return _with(place, kind=kind) if kind else place


def _with(place: str, **more: str) -> str:
    return f"{place}{'&' if '?' in place else '?'}{urlencode(more)}"
