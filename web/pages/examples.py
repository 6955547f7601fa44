"""The examples of the help page: queries with hits in this index.

Words, an agency, a stream and a day come from indexed entries, and each query is counted. Without hits, or
without an index, a fixed query takes its place. The examples are made once for each generation.
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

#: Entries that are read, the newest ones.
_MAX_ENTRIES: Final = 40
#: Characters of the body that stand in for a missing headline.
_OPENING_CHARACTERS: Final = 60
#: Words, and agencies, whose entries are counted.
_MAX_CANDIDATES: Final = 16
_HAN: Final = re.compile("[\u4e00-\u9fff]{2,}")
_FIELDS: Final = ("headline", "agency", "origin", "via", "stream", "time", "asof")
#: Names of the query language's fields, by language of the page.
_FIELD_NAMES: Final = {
    SIMPLIFIED: dict(zip(_FIELDS, ("标题", "来源", "首发", "转引", "专题", "时间", "截至"), strict=True)),
    TRADITIONAL: dict(zip(_FIELDS, ("標題", "來源", "首發", "轉引", "專題", "時間", "截至"), strict=True)),
    ENGLISH: dict(zip(_FIELDS, _FIELDS, strict=True)),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A query of one form, with its number of hits; None where it was not counted."""

    query: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Material:
    """Parts of the queries; `first` and `second` are words of the same entry, `phrase` is from a headline."""

    first: str = "机场"
    second: str = "航班"
    third: str = "恢复"
    phrase: str = "恢复运行"
    agency: str = "新华社"
    origin: str = "俄新社"
    via: str = "俄新社"
    stream: str = "2022-01-06-kazakhstan"
    day: str = "2022-01-05"
    first_day: str = "2022-01-04"


def examples() -> dict[str, Example]:
    """Return a query for each form that the help page explains, with field names in the page's language."""
    try:
        generation = searcher().status().state.generation
    except XunwenError:
        return {name: Example(query) for name, query in _queries(_Material(), language())}
    cache: dict[Language, tuple[int, dict[str, Example]]]
    cache = current_app.extensions.setdefault("xunwen.examples", {})
    cached = cache.get(language())
    if cached is None or cached[0] != generation:
        cached = cache[language()] = generation, dict(_counted(searcher(), language()))
    return cached[1]


def _counted(searcher: Searcher, language: Language) -> Iterator[tuple[str, Example]]:
    """Yield the examples from this index, and the fixed one where a query has no hits."""
    fixed = dict(_queries(_Material(), language))
    for name, query in _queries(_material(searcher), language):
        total = _total(searcher, query)
        yield name, Example(query, total) if total else Example(fixed[name])


def _queries(of: _Material, language: Language) -> Iterator[tuple[str, str]]:
    field = _FIELD_NAMES[language]
    yield "word", of.first
    yield "both", f"{of.first} {of.second}"
    yield "phrase", f'"{of.phrase}"'
    yield "without", f"{of.first} -{of.second}"
    yield "either", f"{of.first} OR {of.third}"
    yield "group", f"({of.first} OR {of.third}) {of.second}"
    yield "prefix", f"{of.first[:2]}*"
    yield "headline", f"{field['headline']}:{of.first}"
    yield "agency", f"{field['agency']}:{_value(of.agency)}"
    yield "origin", f"{field['origin']}:{_value(of.origin)}"
    yield "via", f"{field['via']}:{_value(of.via)}"
    yield "stream", f"{field['stream']}:{_value(of.stream)}"
    yield "day", f"{field['time']}:{of.day}"
    yield "range", f"{field['time']}:{of.first_day}..{of.day}"
    yield "asof", f"{of.first} {field['asof']}:{of.day}"


def _value(name: str) -> str:
    """Quote a name that the grammar would not read as one value."""
    return name if re.fullmatch(r"[\w-]+", name) else '"{}"'.format(name.replace('"', ""))


def _material(searcher: Searcher) -> _Material:
    newest = searcher.search("", limit=_MAX_ENTRIES).hits
    facets = searcher.facet_values()
    values = {name: facets[name][0].value for name in ("agency", "stream") if facets.get(name)}
    agencies = [facet.value for facet in facets.get("agency", ())[:_MAX_CANDIDATES]]
    for role in ("origin", "via"):
        with_hits = (name for name in agencies if _total(searcher, f"{role}:{_value(name)}"))
        if name := next(with_hits, ""):
            values[role] = name
    return _Material(**_words(searcher, newest), **values, **_days(newest, searcher.home.zone))


def _words(searcher: Searcher, newest: tuple[Hit, ...]) -> dict[str, str]:
    """Choose frequent words of the newest headlines, two of which share an entry."""
    headlines = [hit.headline or hit.body[:_OPENING_CHARACTERS] for hit in newest]
    frequencies = Counter(word for text in headlines for word in set(default_analyzer().words(text)))
    fit = [word for word, _ in frequencies.most_common() if _HAN.fullmatch(word) and len(word) <= 4]
    # Quoted, as spelling suggestions are looked up for a plain word with few hits.
    counts = {word: _total(searcher, f'"{word}"') for word in fit[:_MAX_CANDIDATES]}
    common = sorted(counts, key=lambda word: -counts[word])[:8]
    phrases = (piece[:8] for text in headlines for piece in _HAN.findall(text) if len(piece) >= 4)
    words = {"phrase": next(phrases, "")}
    for first, second in combinations(common, 2):
        # Some entries have both words and some only the first, so that the examples differ in their hits.
        apart = first not in second and second not in first
        if apart and 0 < _total(searcher, f'"{first}" "{second}"') < counts[first]:
            third = next((word for word in common if word not in (first, second)), second)
            words |= {"first": first, "second": second, "third": third}
            break
    return {name: text for name, text in words.items() if text}


def _total(searcher: Searcher, query: str) -> int:
    """Count the full matches of a query."""
    return searcher.search(query, limit=1).total


def _days(newest: tuple[Hit, ...], zone: ZoneInfo) -> dict[str, str]:
    """Return the days of the newest and the oldest of some entries."""
    days = [hit.time.astimezone(zone).date().isoformat() for hit in newest if hit.time]
    return {"day": days[0], "first_day": days[-1]} if days else {}
