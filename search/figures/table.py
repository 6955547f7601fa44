"""A tally as CSV for spreadsheets and as text lines: the rows of the JSON, in the same order."""

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
#: First characters of a cell that spreadsheets evaluate as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def tally_csv(tally: Tally, zone: ZoneInfo) -> str:
    """Return the rows as CSV with a byte order mark; a cell that looks like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    notes = _notes(tally, zone)
    for index, row in enumerate(tally.rows):
        writer.writerow([_cell(value) for value in _values(row, notes.get(index, ""), zone)])
    return "\ufeff" + out.getvalue()


def _cell(value: str | int | None) -> str | int:
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.startswith(_FORMULA) else value


def _values(row: Row, note: str, zone: ZoneInfo) -> list[str | int | None]:
    figure = row.figure
    return [
        figure.time.astimezone(zone).isoformat(timespec="minutes") if figure.time else "",
        figure.kind,
        figure.term,
        SCOPE_ZH[figure.scope],
        BOUND_ZH[figure.bound],
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


def conflict_zh(conflict: Conflict, tally: Tally, zone: ZoneInfo) -> str:
    """Return a sentence about the earlier row of a conflict."""
    other = tally.rows[conflict.first].figure
    when = format_time(other.time, zone) if other.time else ""
    if conflict.why == "falls":
        return f"低于 {when} 的 {other.said}"
    return f"与 {when} {other.agency}的 {other.said} 不一致"


def _notes(tally: Tally, zone: ZoneInfo) -> dict[int, str]:
    return {conflict.second: conflict_zh(conflict, tally, zone) for conflict in tally.conflicts}


def tally_lines(tally: Tally, zone: ZoneInfo) -> list[str]:
    """Return a line for each row, followed by its conflict if it has one."""
    lines, notes = [], _notes(tally, zone)
    for index, row in enumerate(tally.rows):
        lines.append(_line(row.figure, zone))
        if index in notes:
            lines.append(f"    ! {notes[index]}")
    return lines


def _line(figure: Figure, zone: ZoneInfo) -> str:
    when = format_time(figure.time, zone) if figure.time else "时间不详"
    number = f"{figure.said} {figure.unit}{figure.who}"
    rest = "  ".join(filter(None, (figure.place, figure.agency, figure.entry_id)))
    return f"{when}  {figure.kind}{SCOPE_ZH[figure.scope]}  {number}  {rest}"
