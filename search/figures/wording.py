"""Figures in words: the kind, the number with its bound, and the note of a contradiction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from search.figures.figure import Bound, Figure, Kind, Scope
from search.language.message import Message
from search.times.format import format_time

if TYPE_CHECKING:
    from search.figures.conflicts import Conflict
    from search.figures.tally import Tally

__all__ = ["BOUNDS", "BOUND_NAMES", "KIND_NAMES", "SCOPES", "conflict_note", "kind_name", "number_text"]

KIND_NAMES: Final[dict[Kind, Message]] = {
    "死亡": Message("死亡"),
    "受伤": Message("受伤"),
    "失踪": Message("失踪"),
    "拘捕": Message("拘捕"),
    "撤离": Message("撤离"),
    "感染": Message("感染"),
}
SCOPES: Final[dict[Scope, Message]] = {"new": Message("新增"), "total": Message("累计"), "": Message("")}
BOUND_NAMES: Final[dict[Bound, Message]] = {
    "": Message(""),
    "at_least": Message("至少"),
    "over": Message("超过"),
    "about": Message("约"),
    "nearly": Message("近"),
    "under": Message("不到"),
    "range": Message(""),
}
BOUNDS: Final[dict[Bound, str]] = {
    "": "{n}",
    "range": "{n}",
    "at_least": "至少{n}",
    "over": "超过{n}",
    "about": "约{n}",
    "nearly": "近{n}",
    "under": "不到{n}",
}


def kind_name(figure: Figure) -> Message:
    """Return what a figure counts, with a prefix for new cases."""
    kind = KIND_NAMES[figure.kind]
    return Message("新增{kind}", kind=kind) if figure.scope == "new" else kind


def number_text(figure: Figure) -> Message:
    """Return the number with its bound: 至少1,234, 3–5."""
    high = f"–{figure.high:,}" if figure.high is not None else ""
    return Message(BOUNDS[figure.bound], n=f"{figure.value:,}{high}")


def conflict_note(conflict: Conflict, tally: Tally, zone: ZoneInfo) -> Message:
    """Describe the figure that the second row of a conflict contradicts."""
    other = tally.rows[conflict.first].figure
    time = format_time(other.time, zone) if other.time else ""
    number = number_text(other)
    if conflict.why == "falls":
        return Message("低于 {time} 的 {number}", time=time, number=number)
    if not other.agency:
        return Message("与 {time} 的 {number} 不一致", time=time, number=number)
    return Message("与 {time} {agency}的 {number} 不一致", time=time, agency=other.agency, number=number)
