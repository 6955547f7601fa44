"""The examples of the help page: queries that find something in the index at hand.

Words, an agency, a stream and a day are taken from what is indexed, and each query is counted before it is
shown. Where nothing fits, or there is no index, a fixed query shows the form. Worked out once a generation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from flask import current_app

from search import Hit, Searcher
from search.analysis import default_analyzer
from search.errors import XunwenError
from web.language.i18n import ENGLISH, SIMPLIFIED, TRADITIONAL, Language, language
from web.request.searching import searcher

__all__ = ["Example", "examples"]

#: How many of the newest entries are read, how far where there is no headline, and how many words counted.
_NEWEST: Final = 40
_OPENING: Final = 60
_CANDIDATES: Final = 16
_HAN: Final = re.compile("[\u4e00-\u9fff]{2,}")
_FIELDS: Final = ("headline", "agency", "origin", "via", "stream", "time", "asof")
#: What the fields are called in each language.
_CALLED: Final = {
    SIMPLIFIED: dict(zip(_FIELDS, ("标题", "来源", "首发", "转引", "专题", "时间", "截至"), strict=True)),
    TRADITIONAL: dict(zip(_FIELDS, ("標題", "來源", "首發", "轉引", "專題", "時間", "截至"), strict=True)),
    ENGLISH: dict(zip(_FIELDS, _FIELDS, strict=True)),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A query that shows one form of the language; `total` is None where it was not counted."""

    query: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Material:
    """What the queries are made of. Two words of one entry, and one more; a piece of a headline."""

    one: str = "机场"
    other: str = "航班"
    third: str = "恢复"
    phrase: str = "恢复运行"
    agency: str = "新华社"
    origin: str = "俄新社"
    via: str = "俄新社"
    stream: str = "2022-01-06-kazakhstan"
    day: str = "2022-01-05"
    first_day: str = "2022-01-04"


def examples() -> dict[str, Example]:
    """Return a query for each form that the help page explains, in the words of the page's language."""
    found = searcher()
    try:
        generation = found.status().state.generation
    except XunwenError:
        return {name: Example(query) for name, query in _queries(_Material(), language())}
    kept: dict[Language, tuple[int, dict[str, Example]]]
    kept = current_app.extensions.setdefault("xunwen.examples", {})
    known = kept.get(language())
    if known is None or known[0] != generation:
        known = kept[language()] = generation, dict(_counted(found, language()))
    return known[1]


def _counted(found: Searcher, spoken: Language) -> Iterator[tuple[str, Example]]:
    """Take what has hits from this index, and the fixed form where nothing has."""
    fixed = dict(_queries(_Material(), spoken))
    for name, query in _queries(_material(found), spoken):
        total = found.search(query, limit=1).total
        yield name, Example(query, total) if total else Example(fixed[name])


def _queries(of: _Material, spoken: Language) -> Iterator[tuple[str, str]]:
    field = _CALLED[spoken]
    yield "word", of.one
    yield "both", f"{of.one} {of.other}"
    yield "phrase", f'"{of.phrase}"'
    yield "without", f"{of.one} -{of.other}"
    yield "either", f"{of.one} OR {of.third}"
    yield "group", f"({of.one} OR {of.third}) {of.other}"
    yield "prefix", f"{of.one[:2]}*"
    yield "headline", f"{field['headline']}:{of.one}"
    yield "agency", f"{field['agency']}:{_value(of.agency)}"
    yield "origin", f"{field['origin']}:{_value(of.origin)}"
    yield "via", f"{field['via']}:{_value(of.via)}"
    yield "stream", f"{field['stream']}:{_value(of.stream)}"
    yield "day", f"{field['time']}:{of.day}"
    yield "range", f"{field['time']}:{of.first_day}..{of.day}"
    yield "asof", f"{of.one} {field['asof']}:{of.day}"


def _value(name: str) -> str:
    """Quote a name that would not stand as one value."""
    return name if re.fullmatch(r"[\w-]+", name) else '"{}"'.format(name.replace('"', ""))


def _material(found: Searcher) -> _Material:
    newest = found.search("", limit=_NEWEST).hits
    facets = found.values()
    given = {name: facets[name][0].value for name in ("agency", "stream") if facets.get(name)}
    agencies = [facet.value for facet in facets.get("agency", ())[:_CANDIDATES]]
    for role in ("origin", "via"):
        named = (name for name in agencies if _total(found, f"{role}:{_value(name)}"))
        if name := next(named, ""):
            given[role] = name
    return _Material(**_words(found, newest), **given, **_days(newest, found.home.zone))


def _words(found: Searcher, newest: tuple[Hit, ...]) -> dict[str, str]:
    """Choose frequent words of the newest headlines, two of which share an entry."""
    headlines = [hit.headline or hit.body[:_OPENING] for hit in newest]
    seen = Counter(word for text in headlines for word in set(default_analyzer().words(text)))
    fit = [word for word, _ in seen.most_common() if _HAN.fullmatch(word) and len(word) <= 4]
    counts = {word: _total(found, f'"{word}"') for word in fit[:_CANDIDATES]}
    common = sorted(counts, key=lambda word: -counts[word])[:8]
    phrases = (piece[:8] for text in headlines for piece in _HAN.findall(text) if len(piece) >= 4)
    said = {"phrase": next(phrases, "")}
    for one, other in combinations(common, 2):
        # Both together, and one without the other: the example must show that there is a difference.
        apart = one not in other and other not in one
        if apart and 0 < _total(found, f'"{one}" "{other}"') < counts[one]:
            third = next((word for word in common if word not in (one, other)), other)
            said |= {"one": one, "other": other, "third": third}
            break
    return {name: text for name, text in said.items() if text}


def _total(found: Searcher, query: str) -> int:
    """Count what a query finds; quoted, as a plain one that finds little is also searched for mistakes."""
    return found.search(query, limit=1).total


def _days(newest: tuple[Hit, ...], zone: ZoneInfo) -> dict[str, str]:
    """Name the day of the newest entry, and that of one somewhat older."""
    days = [hit.time.astimezone(zone).date().isoformat() for hit in newest if hit.time]
    return {"day": days[0], "first_day": days[-1]} if days else {}
