"""A tally as CSV for spreadsheets and as text lines: the rows of the JSON, in the same order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from search.figures import Figure
from search.figures.tally import Row, Tally
from search.figures.wording import BOUND_NAMES, KIND_NAMES, SCOPES, conflict_note, number_text
from search.language.message import Message
from search.times.format import format_time

__all__ = ["COLUMNS", "tally_csv", "tally_lines"]

COLUMNS: Final = (
    Message("时间"),
    Message("类别"),
    Message("用词"),
    Message("口径"),
    Message("限定"),
    Message("数字"),
    Message("上限"),
    Message("单位"),
    Message("人群"),
    Message("地点"),
    Message("来源"),
    Message("专题"),
    Message("条目"),
    Message("标题"),
    Message("句子"),
    Message("矛盾"),
)
#: First characters of a cell that spreadsheets evaluate as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def tally_csv(tally: Tally, zone: ZoneInfo, translated: Callable[[str], str]) -> str:
    """Return the rows as CSV with a byte order mark; a cell that looks like a formula gets an apostrophe.

    `translated` puts the names of columns, kinds and limits and the notes into the language of the reader.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(translated, COLUMNS))
    notes = _notes(tally, zone)
    for index, row in enumerate(tally.rows):
        values = _values(row, notes.get(index, ""), zone)
        writer.writerow([_cell(translated(v) if isinstance(v, Message) else v) for v in values])
    return "\ufeff" + out.getvalue()


def _cell(value: str | int | None) -> str | int:
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.startswith(_FORMULA) else value


def _values(row: Row, note: str, zone: ZoneInfo) -> list[str | int | None]:
    figure = row.figure
    return [
        figure.time.astimezone(zone).isoformat(timespec="minutes") if figure.time else "",
        KIND_NAMES[figure.kind],
        figure.term,
        SCOPES[figure.scope],
        BOUND_NAMES[figure.bound],
        figure.value,
        figure.high,
        figure.unit,
        figure.who,
        figure.place,
        figure.agency,
        figure.stream,
        figure.entry_id,
        row.headline,
        row.sentence,
        note,
    ]


def _notes(tally: Tally, zone: ZoneInfo) -> dict[int, Message]:
    return {conflict.second: conflict_note(conflict, tally, zone) for conflict in tally.conflicts}


def tally_lines(tally: Tally, zone: ZoneInfo) -> list[Message]:
    """Return a line for each row, followed by its conflict if it has one."""
    lines, notes = [], _notes(tally, zone)
    for index, row in enumerate(tally.rows):
        lines.append(_line(row.figure, zone))
        if index in notes:
            lines.append(Message("    ! {note}", note=notes[index]))
    return lines


def _line(figure: Figure, zone: ZoneInfo) -> Message:
    return Message(
        "{time}  {kind}{scope}  {number} {unit}  {source}",
        time=format_time(figure.time, zone) if figure.time else Message("时间不详"),
        kind=KIND_NAMES[figure.kind],
        scope=SCOPES[figure.scope],
        number=number_text(figure),
        unit=f"{figure.unit}{figure.who}",
        source="  ".join(filter(None, (figure.place, figure.agency, figure.entry_id))),
    )
