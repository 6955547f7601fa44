"""Times to choose, and the dates of chips.

Times are relative to today, or to the newest entry where an archive has ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from search.times.ranges import TimeRange
from web.language.i18n import gettext, short_date
from web.request.params import Params

__all__ = ["Preset", "chip_dates", "presets"]

#: An archive has ended if its newest entry is older than this.
_RECENT: Final = timedelta(days=7)
#: Texts that are read as relative to the day of the search.
_TYPED: Final = ("今天", "昨天", "近7天")
_TICK: Final = timedelta(microseconds=1)
#: A text with a date in it needs no dates beside it.
_DATED: Final = re.compile(r"[0-9０-９]\s*[-/.:：年月日号时]|[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Preset:
    """A stretch of time to choose: its name, and `from` and `to` of the search."""

    name: str
    from_: str
    to: str


def presets(newest: datetime | None, now: datetime, zone: ZoneInfo) -> list[Preset]:
    """Return a day, another one or a week, and a month or so before now or before the newest entry."""
    if newest is None or now - newest < _RECENT:
        names = gettext("今天"), gettext("昨天"), gettext("近7天")
        return [Preset(name, typed, typed) for name, typed in zip(names, _TYPED, strict=True)]
    last = newest.astimezone(zone).date()
    spans = ((gettext("最后一天"), 0), (gettext("最后 7 天"), 6), (gettext("最后 30 天"), 29))
    return [Preset(name, f"{last - timedelta(days)}", f"{last}") for name, days in spans]


def chip_dates(params: Params, period: TimeRange, zone: ZoneInfo) -> dict[str, str]:
    """Return the dates that `time`, `from` and `to` resolve to, "" for a text that is a date itself."""
    start = period.start and period.start.astimezone(zone)
    last = period.end and (period.end - _TICK).astimezone(zone)
    ends = [short_date(moment) if moment else "" for moment in (start, last)]
    whole = "–".join(dict.fromkeys(filter(None, ends)))
    texts = (("time", params.time, whole), ("from", params.from_, ends[0]), ("to", params.to, ends[1]))
    return {name: f" {dates}" if dates and not _DATED.search(typed) else "" for name, typed, dates in texts}
