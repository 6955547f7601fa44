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
from search.figures.tally import Row, Tally
from search.highlight import Highlighted, within
from search.language.message import Message
from search.results import Hit
from search.searcher.figures import tally as count_figures
from search.searcher.hits import HighlightedEntry
from web.language.i18n import translated
from web.language.templates import render
from web.pages import chart
from web.pages.figure_words import conflict_note, kind_name, number_text
from web.request.links import link
from web.request.params import Fault, Params, ReadParams
from web.request.searching import home, read_params, searcher

__all__ = ["figures", "highlight_slice"]

figures = Blueprint("figures", __name__)

#: Rows on the page, the latest ones; CSV and JSON have all.
MAX_ROWS: Final = 300
_SLICE: Final = re.compile("([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the table: kind and number as texts, the highlighted sentence, and a note on its conflict."""

    source: Row
    kind: str
    number: str
    href: str
    sentence: Highlighted
    note: Markup


@figures.get("/figures")
def page() -> str:
    """Show the figures of a search as a chart and a table."""
    asked, kind = _read()
    tally = _tally(asked.params, kind)
    rows = _table_rows(tally, asked.params)
    return render(
        "figures.html",
        asked=asked,
        params=asked.params,
        kind=kind,
        kinds=KINDS,
        tally=tally,
        rows=rows,
        from_row=max(0, len(rows) - MAX_ROWS),
        chart=chart.chart_of(tally, home().zone),
        chart_layout=chart,
        figures_link=partial(_link, asked.params, kind),
    )


@figures.get("/figures.csv")
def table() -> Response:
    """Answer with the figures as a file for spreadsheets."""
    asked, kind = _read()
    text = tally_csv(_tally(asked.checked(), kind), home().zone, translated)
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
    """Return whether any full match of a page reports a figure."""
    return any(
        holds_figures(Entry(hit.id, hit.time, hit.headline, hit.body)) for hit in hits if not hit.partial
    )


def highlight_slice(entry: Entry, slice_text: str) -> HighlightedEntry | None:
    """Return an entry with characters 12 to 34 of its text highlighted, for `12-34`.

    None where `slice_text` is no slice of at least one character.
    After a change of the entry the slice may hold other characters.
    """
    match = _SLICE.fullmatch(slice_text)
    if not match or (start := int(match[1])) >= (end := int(match[2])):
        return None
    offset, parts = 0, []
    for text in (entry.headline, entry.body, *entry.captions):
        parts.append(Highlighted(text, tuple(within([(start, end)], offset, offset + len(text)))))
        offset += len(text) + bool(text)
    return HighlightedEntry(parts[0], parts[1], tuple(parts[2:]))


def _read() -> tuple[ReadParams, Kind | None]:
    """Read the request; an unknown kind is a fault, and selects all kinds."""
    asked, kind = read_params(), request.args.get("kind", "").strip()
    if kind and kind not in KINDS:
        fault = Fault("kind", kind[:20], Message("须为 {choices} 之一", choices=KINDS))
        return replace(asked, faults=(*asked.faults, fault)), None
    return asked, kind or None


def _tally(params: Params, kind: Kind | None) -> Tally:
    options = replace(params, strict=False).options(fold=False)
    return count_figures(searcher(), params.q, options, kind=kind)


def _table_rows(tally: Tally, params: Params) -> list[TableRow]:
    notes = {conflict.second: conflict_note(conflict, tally, home().zone) for conflict in tally.conflicts}
    return [
        TableRow(
            row,
            kind_name(row.figure),
            number_text(row.figure),
            _with(link(params, entry=row.figure.entry_id), said="{}-{}".format(*row.figure.sentence)),
            Highlighted(row.sentence, (row.marked,)),
            notes.get(index, Markup()),
        )
        for index, row in enumerate(tally.rows)
    ]


def _link(params: Params, chosen: Kind | None, endpoint: str = "figures.page", **changes: Any) -> str:
    """Return the address of the figures with `changes` to its state."""
    kind = changes.pop("kind", chosen)
    unused: dict[str, Any] = {"page": 1, "sort": "relevance", "fold": None}
    url = link(params, endpoint, **unused | changes)
    return _with(url, kind=kind) if kind else url


def _with(url: str, **parameters: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
