"""Zones by name: IANA names, places in Chinese, and abbreviations.

An abbreviation with several meanings is refused, apart from CST in a home whose own zone has that name.
"""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import Message
from search.times.partial import excerpt

__all__ = ["PLACES", "UNCERTAIN_PLACES", "find_zone", "zone_of_abbreviation", "zone_of_place"]

#: Places whose time a text can name, and their zones.
PLACES = {
    "北京": "Asia/Shanghai", "中国": "Asia/Shanghai", "中國": "Asia/Shanghai", "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei", "臺北": "Asia/Taipei", "东京": "Asia/Tokyo", "東京": "Asia/Tokyo",
    "日本": "Asia/Tokyo", "首尔": "Asia/Seoul", "首爾": "Asia/Seoul", "韩国": "Asia/Seoul",
    "新加坡": "Asia/Singapore", "新德里": "Asia/Kolkata", "印度": "Asia/Kolkata", "迪拜": "Asia/Dubai",
    "德黑兰": "Asia/Tehran", "阿拉木图": "Asia/Almaty", "耶路撒冷": "Asia/Jerusalem", "开罗": "Africa/Cairo",
    "伊斯坦布尔": "Europe/Istanbul", "莫斯科": "Europe/Moscow", "基辅": "Europe/Kiev",
    "柏林": "Europe/Berlin", "巴黎": "Europe/Paris", "伦敦": "Europe/London", "悉尼": "Australia/Sydney",
    "纽约": "America/New_York", "华盛顿": "America/New_York", "洛杉矶": "America/Los_Angeles",
    "美国东部": "America/New_York", "美东": "America/New_York", "美国西部": "America/Los_Angeles",
    "格林尼治": "UTC", "格林尼治标准": "UTC", "世界": "UTC", "世界标准": "UTC", "世界协调": "UTC",
    "协调世界": "UTC",
}  # fmt: skip

#: Words for a place that a reader must know from elsewhere.
UNCERTAIN_PLACES = ("当地", "當地", "本地")

#: Abbreviations with one meaning, and their offset from UTC in hours. Those of the United States are fixed by
#: RFC 2822.
_OFFSETS = {
    "Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2,
    "EET": 2, "EEST": 3, "BST": 1, "SAST": 2, "EAT": 3, "TRT": 3, "IRST": 3.5, "PKT": 5, "ICT": 7, "WIB": 7,
    "BJT": 8, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12,
    "NZDT": 13, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9,
    "AKDT": -8, "HST": -10, "BRT": -3, "ART": -3,
}  # fmt: skip
#: Moscow had other offsets before 2014.
_REGIONS = {"MSK": "Europe/Moscow"}
#: Abbreviations with several meanings: India, Israel, Ireland; Arabia, the Atlantic.
_AMBIGUOUS = frozenset(("IST", "AST", "ADT", "GST", "SST", "AMT", "ECT", "ET", "CT", "MT", "PT"))

_CHINESE = frozenset(
    f"Asia/{name}"
    for name in ("Shanghai", "Chongqing", "Harbin", "Urumqi", "Hong_Kong", "Taipei", "Macau", "Macao")
) | {"Asia/Singapore", "PRC", "ROC", "Hongkong", "Singapore"}  # fmt: skip
_AMERICAN = ("America/", "US/", "Canada/", "Mexico/")
#: Here CST is the time of Cuba.
_CUBAN = frozenset(("America/Havana", "Cuba"))


def find_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; raises TimeError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TimeError("没有「{name}」这个时区；请写 Asia/Shanghai 这样的名称", name=excerpt(name)) from None


def zone_of_place(place: str) -> ZoneInfo | None:
    """Return the zone of a place named in Chinese; None if it is uncertain."""
    return ZoneInfo(PLACES[place]) if place in PLACES else None


def zone_of_abbreviation(name: str, home: tzinfo) -> tzinfo | None:
    """Return the zone of an abbreviation such as JST, None if it is unknown; raises TimeError if ambiguous.

    >>> zone_of_abbreviation("CST", ZoneInfo("Asia/Taipei"))
    datetime.timezone(datetime.timedelta(seconds=28800))
    """
    name = name.upper()
    if name == "CST":
        return _cst(getattr(home, "key", None) or "")
    if name in _AMBIGUOUS:
        raise _ambiguous(name)
    if name in _REGIONS:
        return ZoneInfo(_REGIONS[name])
    hours = _OFFSETS.get(name)
    return (timezone(timedelta(hours=hours)) if hours else UTC) if hours is not None else None


def _cst(home: str) -> tzinfo:
    if home in _CHINESE:
        return timezone(timedelta(hours=8))
    if home.startswith(_AMERICAN) and home not in _CUBAN:
        return timezone(timedelta(hours=-6))
    raise _ambiguous("CST")


def _ambiguous(name: str) -> TimeError:
    return TimeError(Message("时区缩写 {name} 不止一种含义；请写成 +08:00 这样的形式", name=name))
