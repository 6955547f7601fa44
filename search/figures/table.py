"""A tally as CSV for spreadsheets and as lines for a terminal: the rows of the JSON, in the same order."""

from __future__ import annotations

import csv
import io
from typing import Final
from zoneinfo import ZoneInfo

from search.figures import BOUND_ZH, SCOPE_ZH, Figure
from search.figures.tally import Conflict, Row, Tally
from search.times.ranges import format_time

__all__ = ["COLUMNS", "conflict_zh", "tally_csv", "tally_lines"]

COLUMNS: Final = (
    "时间 类别 用词 口径 限定 数字 上限 单位 人群 地点 来源 专题 条目 标题 句子 矛盾".split()  # noqa: SIM905
)
#: A spreadsheet takes a cell that begins so for a formula, and would run it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def tally_csv(tally: Tally, zone: ZoneInfo) -> str:
    """Return the rows as CSV with a byte order mark; a cell that looks like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    notes = _notes(tally, zone)
    for number, row in enumerate(tally.rows):
        writer.writerow([_cell(value) for value in _values(row, notes.get(number, ""), zone)])
    return "\ufeff" + out.getvalue()


def _cell(value: str | int | None) -> str | int:
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.startswith(_FORMULA) else value


def _values(row: Row, note: str, zone: ZoneInfo) -> list[str | int | None]:
    one = row.figure
    return [
        one.time.astimezone(zone).isoformat(timespec="minutes") if one.time else "",
        one.kind,
        one.term,
        SCOPE_ZH[one.scope],
        BOUND_ZH[one.bound],
        one.value,
        one.high,
        one.unit,
        one.who,
        one.place,
        one.agency,
        one.stream,
        one.entry_id,
        row.headline,
        row.sentence,
        note,
    ]


def conflict_zh(conflict: Conflict, tally: Tally, zone: ZoneInfo) -> str:
    """Say with what the second row of a conflict does not go together."""
    other = tally.rows[conflict.first].figure
    when = format_time(other.time, zone) if other.time else ""
    if conflict.why == "falls":
        return f"低于 {when} 的 {other.said}"
    return f"与 {when} {other.agency}的 {other.said} 不一致"


def _notes(tally: Tally, zone: ZoneInfo) -> dict[int, str]:
    return {conflict.second: conflict_zh(conflict, tally, zone) for conflict in tally.conflicts}


def tally_lines(tally: Tally, zone: ZoneInfo) -> list[str]:
    """Return a line for each row, and below it what it contradicts."""
    lines, notes = [], _notes(tally, zone)
    for number, row in enumerate(tally.rows):
        lines.append(_line(row.figure, zone))
        if number in notes:
            lines.append(f"    ! {notes[number]}")
    return lines


def _line(one: Figure, zone: ZoneInfo) -> str:
    when = format_time(one.time, zone) if one.time else "时间不详"
    said = f"{one.said} {one.unit}{one.who}"
    rest = "  ".join(filter(None, (one.place, one.agency, one.entry_id)))
    return f"{when}  {one.kind}{SCOPE_ZH[one.scope]}  {said}  {rest}"
