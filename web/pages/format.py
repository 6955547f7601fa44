"""Filters and functions of the templates: times, numbers, highlighted text, lists of pages.

`marked` and `paragraphs` declare the output of `search.highlight`, which is escaped, to be HTML, and `when`
makes HTML without text of entries. All other texts are escaped by the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import has_request_context, request
from markupsafe import Markup

from search.analysis import default_analyzer
from search.highlight import Highlighted, within
from search.results import Facet, Hit
from search.times.format import format_zh
from web.language.i18n import ENGLISH, date_time, day_text, gettext, language, short_date

__all__ = [
    "Choices",
    "Day",
    "clock",
    "days",
    "delay_text",
    "excerpt",
    "marked",
    "number",
    "page_numbers",
    "paragraphs",
    "short_day",
    "split_by_match",
    "time_text",
    "time_typed",
    "web_url",
    "when",
    "word_breaks",
    "zone_name",
]

#: Values of a facet that are visible without opening the rest.
VISIBLE_VALUES = 12
#: Punctuation that stays with the word after it.
_OPENING: Final = "“‘「『《〈【（("
#: Characters after which a line may break.
_BEFORE_BREAK: Final = re.compile("[\u3400-\u9fff，。、：；！？…”’」』》〉】）)\\s]")


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of a facet as check boxes: the visible ones, and the rest behind a summary."""

    visible: tuple[Facet, ...]
    rest: tuple[Facet, ...]

    @classmethod
    def of(cls, facets: Sequence[Facet], chosen: Sequence[str]) -> Choices:
        """Put chosen values first, also those without entries, then the most frequent."""
        values = {facet.value for facet in facets}
        missing = [Facet(value, 0, selected=True) for value in chosen if value not in values]
        # A stable sort keeps the order by frequency.
        ranked = sorted([*facets, *missing], key=lambda facet: not facet.selected)
        cut = max(VISIBLE_VALUES, sum(facet.selected for facet in ranked))
        return cls(tuple(ranked[:cut]), tuple(ranked[cut:]))

    def __bool__(self) -> bool:
        return bool(self.visible)


@dataclass(frozen=True, slots=True)
class Day:
    """Consecutive hits of one day: its name, and how many hits of the page stand before it."""

    name: str
    first: int
    hits: tuple[Hit, ...]


def days(hits: Sequence[Hit], zone: ZoneInfo) -> Iterator[Day]:
    """Yield the hits by day, in their order; those without a time are a day of their own."""
    first = 0
    for day, group in groupby(hits, lambda hit: hit.time and hit.time.astimezone(zone).date()):
        members = tuple(group)
        yield Day(day_text(day) if day else gettext("时间不详"), first, members)
        first += len(members)


def marked(text: Highlighted) -> Markup:
    """Return highlighted text as escaped HTML with `<mark>`, without marks on single characters."""
    return Markup(_without_single_marks(text))


def _without_single_marks(text: Highlighted) -> Highlighted:
    """Drop spans of one character, which are noise, unless such a character was typed alone."""
    if has_request_context() and any(len(run) == 1 for run in request.args.get("q", "").split()):
        return text
    return replace(text, spans=tuple(span for span in text.spans if span[1] - span[0] > 1))


def paragraphs(text: Highlighted) -> Iterator[Markup]:
    """Return the paragraphs of highlighted text as HTML, without blank ones.

    >>> [str(part) for part in paragraphs(Highlighted("一二三\\n四五", ((1, 3),)))]
    ['一<mark>二三</mark>', '四五']
    """
    return (marked(line) for line in text.lines() if line.text.strip())


def word_breaks(text: Highlighted) -> Markup:
    """Return highlighted text as HTML with `<wbr>` between its words, for a style that breaks only there."""
    breaks = (at for at in _word_starts(text.text) if not any(a < at < b for a, b in text.spans))
    edges = [0, *breaks, len(text.text)]
    pieces = (
        marked(Highlighted(text.text[a:b], tuple(within(text.spans, a, b)))) for a, b in pairwise(edges)
    )
    return Markup("<wbr>").join(pieces)


def _word_starts(text: str) -> Iterator[int]:
    """Yield where a line may break before a word: after a Han character or closing punctuation.

    >>> text = "停火“生效”，900人死亡"
    >>> [text[at:] for at in _word_starts(text)]
    ['“生效”，900人死亡', '900人死亡', '死亡']
    """
    units = default_analyzer().units(text)
    for first, _ in default_analyzer().tiles(text)[1:]:
        start = units.starts[first]
        while start > 0 and text[start - 1] in _OPENING:
            start -= 1
        if start and _BEFORE_BREAK.match(text[start - 1]):
            yield start


def split_by_match(hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Divide the hits of a page into full matches and partial ones."""
    return [hit for hit in hits if not hit.partial], [hit for hit in hits if hit.partial]


def number(value: int) -> str:
    """Format a count with thousands separators.

    >>> number(12345)
    '12,345'
    """
    return f"{value:,}"


def when(time: datetime | None, zone: ZoneInfo) -> Markup:
    """Return a `<time>` element in the zone of the collection."""
    if time is None:
        return Markup(f"<span>{gettext('时间不详')}</span>")
    local = time.astimezone(zone)
    return Markup(f'<time datetime="{local.isoformat(timespec="seconds")}">{time_text(local, zone)}</time>')


def clock(time: datetime | None, zone: ZoneInfo) -> Markup:
    """Return a `<time>` element with the time of day; the day is written elsewhere."""
    if time is None:
        return Markup()
    local = time.astimezone(zone)
    return Markup(f'<time datetime="{local.isoformat(timespec="seconds")}">{local:%H:%M}</time>')


def short_day(time: datetime, zone: ZoneInfo) -> str:
    """Format the day of a time briefly."""
    return short_date(time.astimezone(zone))


def time_typed(time: datetime, zone: ZoneInfo) -> str:
    """Format a time as in a query, with seconds where they are not 0.

    >>> time_typed(datetime(2022, 1, 5, 23, 39, tzinfo=ZoneInfo("Asia/Shanghai")), ZoneInfo("Asia/Shanghai"))
    '2022-01-05 23:39'
    """
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M{':%S' if time.second or time.microsecond else ''}}"


def time_text(time: datetime, zone: ZoneInfo) -> str:
    """Format a time for readers: 2022年1月5日 23:39, or 5 January 2022, 23:39."""
    if language() is ENGLISH:
        return date_time(time.astimezone(zone))
    return format_zh(time, zone)


def delay_text(seconds: float | None) -> str:
    """Describe a delay in its two largest units.

    >>> delay_text(720), delay_text(3 * 3600 + 59), delay_text(90061), delay_text(0), delay_text(None)
    ('晚 12 分钟', '晚 3 小时', '晚 1 天 1 小时', '同时', '时间不详')
    """
    if seconds is None:
        return gettext("时间不详")
    rest, parts = int(seconds), list[str]()
    units = (gettext("天"), 86400), (gettext("小时"), 3600), (gettext("分钟"), 60), (gettext("秒"), 1)
    for name, length in units:
        count, rest = divmod(rest, length)
        if parts or count:
            parts.append(f"{count} {name}" if count else "")
        if len(parts) == 2:
            break
    return gettext("晚 %(delay)s") % {"delay": " ".join(filter(None, parts))} if parts else gettext("同时")


def zone_name(zone: ZoneInfo) -> str:
    """Name a zone for readers.

    >>> zone_name(ZoneInfo("Asia/Shanghai"))
    '北京时间'
    """
    beijing = zone.key == "Asia/Shanghai"
    return gettext("北京时间") if beijing else gettext("%(zone)s 时间") % {"zone": zone.key}


def page_numbers(page: int, pages: int) -> list[int | None]:
    """List the pages to link: first, last, this page and its neighbours; None is a gap.

    >>> page_numbers(6, 20)
    [1, None, 5, 6, 7, None, 20]
    >>> page_numbers(1, 3)
    [1, 2, 3]
    """
    near = {number for number in range(page - 1, page + 2) if 1 <= number <= pages} | {1, pages}
    listed: list[int | None] = []
    for this in sorted(near):
        last = listed[-1] if listed else 0
        if last and this - last == 2:
            listed.append(this - 1)
        elif last and this - last > 2:
            listed.append(None)
        listed.append(this)
    return listed


def excerpt(text: str, position: int, around: int = 8) -> tuple[str, str, str]:
    """Return the text before a position, the character at it, and the text after, each of a few characters.

    >>> excerpt('机场 "恢复', 3)
    ('机场 ', '"', '恢复')
    """
    at = min(max(position, 0), len(text))
    before, after = text[max(0, at - around) : at], text[at + 1 : at + 1 + around]
    return ("…" * (at > around) + before, text[at : at + 1], after + "…" * (at + 1 + around < len(text)))


def web_url(url: str) -> str:
    """Return the address if it is a web address, else "".

    >>> web_url("javascript:alert(1)")
    ''
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""
