"""The figures of a search as a page, as CSV and as JSON: the same rows of one tally."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from markupsafe import Markup

from search.entry import Entry
from search.figures import KINDS, Kind, holds_figures
from search.figures.series import Series, series_of
from search.figures.table import tally_csv
from search.figures.tally import Row, Tally
from search.figures.wording import KIND_NAMES
from search.highlight import Highlighted, within
from search.language.message import Message
from search.results import Hit
from search.searcher.figures import tally as count_figures
from search.searcher.hits import HighlightedEntry
from web.language.i18n import gettext, translated
from web.language.templates import render
from web.pages import chart
from web.pages.figure_words import conflict_note, kind_name, number_text
from web.request.links import link
from web.request.params import Fault, Params, ReadParams
from web.request.searching import home, read_params, searcher

__all__ = ["figures", "highlight_slice"]

figures = Blueprint("figures", __name__)

#: Rows on one page.
ROWS: Final = 50
#: Places and kinds whose latest figures are shown at once; the others are behind a summary.
MAX_LATEST: Final = 9
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


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest figure of a series, its change since the last other value, and the time of that one."""

    row: TableRow
    label: str
    is_total: bool
    change: str
    before: datetime | None


@dataclass(frozen=True, slots=True)
class RowPages:
    """The page of the table, from 1, and their number."""

    page: int
    pages: int


@figures.get("/figures")
def page() -> str:
    """Show the latest figures of a search, charts of the longest series, and a table, newest first."""
    asked, kind = _read()
    tally = _tally(asked.params, kind)
    rows, series = _table_rows(tally, asked.params), series_of(tally.rows)
    pages = RowPages(asked.params.page, max(1, -(-len(rows) // ROWS)))
    address = partial(_link, asked.params, kind)
    return render(
        "figures.html",
        asked=asked,
        params=asked.params,
        kind=kind,
        kinds=KINDS,
        tally=tally,
        rows=rows,
        shown=rows[::-1][(pages.page - 1) * ROWS : pages.page * ROWS],
        results=pages,
        latest=_latest(series, rows),
        max_latest=MAX_LATEST,
        charts=[(one, _label(one.series)) for one in chart.charts_of(tally, series, home().zone)],
        figures_link=address,
        page_link=address,
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


def _latest(series: Sequence[Series], rows: Sequence[TableRow]) -> list[Latest]:
    """Return the latest figures, one for each place and kind: totals first, then single reports."""
    chosen: dict[tuple[str, str, str], Series] = {}
    for one in sorted(series, key=lambda one: not one.is_total):
        chosen.setdefault((one.kind, one.place, one.stream), one)
    return [_latest_of(one, rows) for one in chosen.values()]


def _latest_of(series: Series, rows: Sequence[TableRow]) -> Latest:
    row = rows[series.rows[-1]]
    value, change, before = row.source.figure.value, "", None
    if series.is_total:
        figures = [rows[index].source.figure for index in reversed(series.rows)]
        other = next((figure for figure in figures if figure.value != value), None)
        if other:
            change, before = f"{value - other.value:+,}".replace("-", "−"), other.time
    return Latest(row, _label(series), series.is_total, change, before)


def _label(series: Series) -> str:
    kind = translated(KIND_NAMES[series.kind])
    return gettext("累计%(kind)s") % {"kind": kind} if series.is_total else kind


def _link(params: Params, chosen: Kind | None, endpoint: str = "figures.page", **changes: Any) -> str:
    """Return the address of the figures with `changes` to its state."""
    kind = changes.pop("kind", chosen)
    unused: dict[str, Any] = {"page": 1, "sort": "relevance", "fold": None}
    url = link(params, endpoint, **unused | changes)
    return _with(url, kind=kind) if kind else url


def _with(url: str, **parameters: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
