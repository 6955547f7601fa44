"""Export: every match of a search, as JSON lines or as a table.

The lines are the pages of the same search, concatenated, of one generation. Each format includes the request:
JSON lines as a first record, which the readers of `data/` skip; a table in the name of its last, empty
column. So every row is an entry, and a saved export records its query.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from search.engines import Request, Scan, ScoredEntry
from search.jsonable import jsonable
from search.language.catalogue import CHINESE, translate_values
from search.results import DuplicateOf, Sort

__all__ = [
    "COLUMNS",
    "MANIFEST",
    "MEDIA_TYPES",
    "PERMALINK",
    "WRITERS",
    "Export",
    "Format",
    "TableForm",
    "as_csv",
    "as_jsonl",
]

Format = Literal["csv", "jsonl"]

#: Key of the request in an export.
MANIFEST: Final = "xunwen_export"
COLUMNS: Final = (
    *("id", "time", "headline", "body", "captions", "agencies", "credit", "stream", "url"),
    *("score", "partial"),
)
#: Key of the address of an entry's page, the last column of a table for people.
PERMALINK: Final = "permalink"
#: Separators of several values in one cell; the reader of tables splits at them.
_SEPARATORS: Final = {"captions": "\n", "agencies": "、"}
#: First characters of a cell that some spreadsheet evaluates as a formula.
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_C1: Final = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table for people: names of the columns, the zone of its times, and the address of an entry's page."""

    names: Mapping[str, str]
    zone: ZoneInfo
    address: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Export:
    """A request made at `time`, and its matches, which can be iterated once.

    `hits` yields each entry with its near-duplicates, None without folding; `folded` is their number. With
    `ids`, `hits` has these of the matches only, while the totals are those of the search.
    """

    query: str
    sort: Sort
    exact: bool
    time: datetime
    request: Request
    listing: Scan
    hits: Iterator[tuple[ScoredEntry, tuple[DuplicateOf, ...] | None]]
    folded: int | None = None
    ids: frozenset[str] | None = None

    def only(self, ids: frozenset[str]) -> Export:
        """Return the export of some of the matches, in the same order."""
        chosen = (match for match in self.hits if match[0].entry.id in ids)
        return replace(self, hits=islice(chosen, len(ids)), ids=ids)

    def manifest(self) -> dict[str, Any]:
        """Return request, generation and totals as plain JSON values."""
        logical, counts = self.request.query, self.listing
        return {
            "query": self.query,
            "filters": self._filters(),
            "sort": self.sort,
            "exact": self.exact,
            "total": counts.total,
            "partial_total": counts.partial_total,
            **({} if self.folded is None else {"folded": self.folded}),
            **({} if self.ids is None else {"ids": sorted(self.ids)}),
            "generation": counts.generation,
            "time": self.time.isoformat(),
            "also_searched": list(logical.also_searched),
            "problems": jsonable(logical.problems),
        }

    def _filters(self) -> dict[str, Any]:
        """Return the resolved filters; `before` is the exclusive end of the period."""
        filters = self.request.filters
        resolved: dict[str, Any] = jsonable(
            {
                "agency": filters.agencies,
                "stream": filters.streams,
                "from": filters.start,
                "before": filters.end,
                "asof": filters.asof,
                "corrected": filters.ids is not None,
            }
        )
        return resolved

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each entry as plain JSON values, with its score."""
        for scored, copies in self.hits:
            row = {**jsonable(scored.entry), "score": jsonable(scored.score), "partial": scored.partial}
            if copies is not None:
                row["copies"] = jsonable(copies)
            yield row


def as_jsonl(export: Export, language: str = CHINESE) -> Iterator[bytes]:
    """Yield the lines of a .jsonl file, in UTF-8: the request, then one entry each."""
    yield _line({MANIFEST: translate_values(export.manifest(), language)})
    for row in export.rows():
        yield _row_line(row)


def as_csv(export: Export, language: str = CHINESE, form: TableForm | None = None) -> Iterator[bytes]:
    """Yield the rows of a .csv file, in UTF-8 with a byte order mark; no cell is a formula.

    With a form, times are local as spreadsheets read them, and each row has the address of its page.
    """
    request = json.dumps(translate_values(export.manifest(), language), ensure_ascii=False)
    write = csv.writer(_Echo()).writerow
    names = [form.names[name] for name in (*COLUMNS, PERMALINK)] if form else COLUMNS
    yield "\ufeff".encode() + _encoded(write([*names, f"{MANIFEST}:{request}"]))
    for row in export.rows():
        cells = _for_people(row, form) if form else {name: row[name] for name in COLUMNS}
        yield _encoded(write([*[_cell(name, value) for name, value in cells.items()], ""]))


def _for_people(row: dict[str, Any], form: TableForm) -> dict[str, Any]:
    """Return a row with its time in the zone of the form, as 2022-01-06 05:48:00, and its address."""
    time = datetime.fromisoformat(row["time"]).astimezone(form.zone) if row["time"] else None
    local = time.replace(tzinfo=None).isoformat(" ", "seconds") if time else ""
    return {**{name: row[name] for name in COLUMNS}, "time": local, PERMALINK: form.address(row["id"])}


#: Writer of each format; the second argument is the language of the messages in the request.
WRITERS: Final[dict[Format, Callable[..., Iterator[bytes]]]] = {"csv": as_csv, "jsonl": as_jsonl}
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson; charset=utf-8",
}


#: Writes a row some times faster than `json`; the manifest has messages, which it does not accept.
_ENCODE_ROW: Final = msgspec.json.Encoder().encode
_C1_BYTES: Final = re.compile(rb"\xc2([\x80-\x9f])|\x7f")


def _row_line(row: dict[str, Any]) -> bytes:
    """Return a row as one line; C1 controls are escaped because some terminals interpret them."""
    try:
        line = _ENCODE_ROW(row)
    except UnicodeEncodeError:  # lone surrogates have no UTF-8
        return _line(row)
    if b"\xc2" in line or b"\x7f" in line:
        line = _C1_BYTES.sub(_escaped, line)
    return line + b"\n"


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"\\u00%02x" % ord(match[1] or match[0])


def _line(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace") + b"\n"


class _Echo:
    """A file whose `write` returns the text, which `writerow` passes on."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _encoded(row: Any) -> bytes:
    return str(row).encode("utf-8", "replace")


def _cell(name: str, value: object) -> str:
    if isinstance(value, str):
        return _safe(value)
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case list():
            return _safe(_SEPARATORS[name].join(value))
    return str(value)


def _safe(text: str) -> str:
    """Return text that spreadsheets do not evaluate.

    >>> _safe("=1+1"), _safe("阿拉木图")
    ("'=1+1", '阿拉木图')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
