"""What the templates need to say times, numbers, marked text and lists of pages.

This is the one place where text is declared to be HTML already: `marked` and `paragraphs`, for what
`search.highlight` has escaped, and `when`, which has nothing to escape. All else is escaped by the templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup

from search.results import Facet, Hit
from search.times import ranges
from web.language.i18n import ENGLISH, date_time, gettext, language

__all__ = [
    "Choices",
    "delay_text",
    "groups",
    "marked",
    "number",
    "page_numbers",
    "paragraphs",
    "spot",
    "time_text",
    "time_typed",
    "web_url",
    "when",
    "zone_name",
]

#: How many values of a facet are seen without opening the rest.
SHOWN = 12
_OPEN, _CLOSE = "<mark>", "</mark>"


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of a facet as check boxes: those in sight, and the rest behind a summary."""

    shown: tuple[Facet, ...]
    rest: tuple[Facet, ...]

    @classmethod
    def of(cls, facets: Sequence[Facet], chosen: Sequence[str]) -> Choices:
        """Put what is chosen in sight, even when nothing has it any more, then the most frequent."""
        known = {facet.value for facet in facets}
        gone = [Facet(value, 0, selected=True) for value in chosen if value not in known]
        # `sorted` is stable: within each half the order of the facet stays.
        ranked = sorted([*facets, *gone], key=lambda facet: not facet.selected)
        cut = max(SHOWN, sum(facet.selected for facet in ranked))
        return cls(tuple(ranked[:cut]), tuple(ranked[cut:]))

    def __bool__(self) -> bool:
        return bool(self.shown)


def marked(html: str) -> Markup:
    """Declare escaped text with `<mark>` to be HTML."""
    return Markup(html)


def paragraphs(html: str) -> Iterator[Markup]:
    """Split marked text at its line breaks; a mark that runs over one is closed and opened again.

    >>> [str(part) for part in paragraphs("一<mark>二\\n三</mark>四")]
    ['一<mark>二</mark>', '<mark>三</mark>四']
    """
    inside = False
    for line in html.split("\n"):
        text = _OPEN * inside + line
        inside = text.rfind(_OPEN) > text.rfind(_CLOSE)
        if line.replace(_OPEN, "").replace(_CLOSE, "").strip():
            yield Markup(text + _CLOSE * inside)


def groups(hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Divide the hits of a page into full matches and partial ones."""
    return [hit for hit in hits if not hit.partial], [hit for hit in hits if hit.partial]


def number(value: int) -> str:
    """Write a count with its thousands apart.

    >>> number(12345)
    '12,345'
    """
    return f"{value:,}"


def when(time: datetime | None, zone: ZoneInfo) -> Markup:
    """Write a time as HTML: for readers, and for programs in the zone of the collection."""
    if time is None:
        return Markup(f"<span>{gettext('时间不详')}</span>")
    local = time.astimezone(zone)
    return Markup(f'<time datetime="{local.isoformat(timespec="seconds")}">{time_text(local, zone)}</time>')


def time_typed(time: datetime, zone: ZoneInfo) -> str:
    """Write a time as one types it, to the second where it has any.

    >>> time_typed(datetime(2022, 1, 5, 23, 39, tzinfo=ZoneInfo("Asia/Shanghai")), ZoneInfo("Asia/Shanghai"))
    '2022-01-05 23:39'
    """
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M{':%S' if time.second or time.microsecond else ''}}"


def time_text(time: datetime, zone: ZoneInfo) -> str:
    """Write a time as it is read: 2022年1月5日 23:39, or 5 January 2022, 23:39."""
    if language() is ENGLISH:
        return date_time(time.astimezone(zone))
    return ranges.format_zh(time, zone)


def delay_text(seconds: float | None) -> str:
    """Say how much later something came, in its two largest units.

    >>> delay_text(720), delay_text(3 * 3600 + 59), delay_text(90061), delay_text(0), delay_text(None)
    ('晚 12 分钟', '晚 3 小时', '晚 1 天 1 小时', '同时', '时间不详')
    """
    if seconds is None:
        return gettext("时间不详")
    rest, said = int(seconds), list[str]()
    units = (gettext("天"), 86400), (gettext("小时"), 3600), (gettext("分钟"), 60), (gettext("秒"), 1)
    for name, length in units:
        many, rest = divmod(rest, length)
        if said or many:
            said.append(f"{many} {name}" if many else "")
        if len(said) == 2:
            break
    return gettext("晚 %(delay)s") % {"delay": " ".join(filter(None, said))} if said else gettext("同时")


def zone_name(zone: ZoneInfo) -> str:
    """Name a zone for readers.

    >>> zone_name(ZoneInfo("Asia/Shanghai"))
    '北京时间'
    """
    beijing = zone.key == "Asia/Shanghai"
    return gettext("北京时间") if beijing else gettext("%(zone)s 时间") % {"zone": zone.key}


def page_numbers(page: int, pages: int) -> list[int | None]:
    """List the pages worth a link: both ends and the neighbours; None stands for a gap.

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


def spot(text: str, position: int, around: int = 8) -> tuple[str, str, str]:
    """Cut out what stands around a position: before, the character itself, after.

    >>> spot('机场 "恢复', 3)
    ('机场 ', '"', '恢复')
    """
    at = min(max(position, 0), len(text))
    before, after = text[max(0, at - around) : at], text[at + 1 : at + 1 + around]
    return ("…" * (at > around) + before, text[at : at + 1], after + "…" * (at + 1 + around < len(text)))


def web_url(url: str) -> str:
    """Return an address that is safe to link to, "" for any other (a script, a broken address).

    >>> web_url("javascript:alert(1)")
    ''
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""
