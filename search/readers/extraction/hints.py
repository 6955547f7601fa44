"""The year and zone of a live blog without front matter: from the file's name, and from a note on top."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from search.times.zones import PLACES, UNCERTAIN_PLACES

__all__ = ["date_in_name", "noted_place"]

_NOTE = re.compile(
    r"\A[（(\[【]?\s*+(?:(?:注|说明|註)\s*+[:：]?)?\s*+(?:以下|本文|文中|下列)?(?:所有|全部|各条)?(?:的?(?:日期|时间|時間)和?)*"
    r"\s*+(?:均|皆|都)?(?:为|為|系|按|以|采用|使用|是)?\s*+(?P<place>[一-鿿]{2,8}?)(?:时间|時間|时|時)(?:为准|計|计)?"
    r"\s*+[。.]?\s*+[)）\]】]?"
)

_DATE_IN_NAME = re.compile(
    r"(?<![0-9])(?P<year>[12][0-9]{3})(?:[-_.年]?(?P<month>[0-9]{2})[-_.月]?(?P<day>[0-9]{2})日?"
    r"|[-_.年](?P<month1>[0-9]{1,2})[-_.月](?P<day1>[0-9]{1,2})日?)(?![0-9])"
)


def date_in_name(stem: str) -> date | None:
    """Return the latest date in the name of a file, without its folders.

    >>> date_in_name("kazakhstan/2022-01-06-almaty")
    datetime.date(2022, 1, 6)
    """
    return max(_dates(stem.rpartition("/")[2]), default=None)


def _dates(name: str) -> Iterator[date]:
    for match in _DATE_IN_NAME.finditer(name):
        month, day = match["month"] or match["month1"], match["day"] or match["day1"]
        try:
            yield date(int(match["year"]), int(month), int(day))
        except ValueError:
            continue


def noted_place(line: str) -> str | None:
    """Return the place whose time a note names, None if the line is not such a note.

    >>> noted_place("(注:以下均为北京时间)")
    '北京'
    """
    match = _NOTE.fullmatch(line.strip())
    if match is None:
        return None
    place = match["place"]
    return (
        place if place in PLACES or place in UNCERTAIN_PLACES or re.search("[均皆都为為按注]", line) else None
    )
