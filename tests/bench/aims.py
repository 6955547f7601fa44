"""The aims that the project has set itself, and whether the figures reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.results import Results

__all__ = ["Aim", "aims"]


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim: what is measured, on which corpus, the limit and what was found, both with their unit."""

    what: str
    corpus: str
    limit: str
    found: str
    reached: bool


_Found = Callable[[Any], float]


@dataclass(frozen=True, slots=True)
class _Rule:
    what: str
    measure: str
    corpora: tuple[str, ...]
    value: _Found
    limit: float
    unit: str
    at_least: bool = False

    def check(self, corpus: str, found: Any) -> Aim:
        value = self.value(found)
        reached = value >= self.limit if self.at_least else value <= self.limit
        sign = "≥" if self.at_least else "≤"
        limit = f"{sign} {self.limit:g}{self.unit}"
        return Aim(self.what, corpus, limit, f"{_round(value)}{self.unit}", reached)


def _round(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _speed(kind: str, percentile: str) -> _Found:
    return lambda found: float(found[kind]["rows"]["xunwen"][percentile])


def _of_peer(peer: str, percentile: str) -> _Found:
    """Return our time as a multiple of a peer's."""
    return lambda found: float(found["rows"]["xunwen"][percentile] / found["rows"][peer][percentile])


def _faster(peer: str, kind: str = "") -> _Found:
    def value(found: Any) -> float:
        rows = (found[kind] if kind else found)["rows"]
        return float(rows[peer]["p50"] / rows["xunwen"]["p50"])

    return value


def _rate_of(peer: str) -> _Found:
    return lambda found: float(found["xunwen"]["rate"] / found[peer]["rate"])


_BOTH = ("cctv", "100000")
_LARGE = ("1000000",)
_MIDDLE = ("100000",)
_RULES = (
    _Rule("same work, p50 ÷ Tantivy's", "same", _BOTH, _of_peer("tantivy", "p50"), 1.5, " ×"),
    _Rule("same work, p95 ÷ Tantivy's", "same", _BOTH, _of_peer("tantivy", "p95"), 2, " ×"),
    _Rule("same work, p50 ÷ Tantivy's", "same", _LARGE, _of_peer("tantivy", "p50"), 3, " ×"),
    _Rule("same work, p95 ÷ Tantivy's", "same", _LARGE, _of_peer("tantivy", "p95"), 3, " ×"),
    _Rule(
        "same work, faster than SQLite FTS5 (words), p50",
        "same",
        _MIDDLE,
        _faster("fts5-words"),
        5,
        " ×",
        True,
    ),
    _Rule(
        "any string, faster than SQLite FTS5 (trigrams), p50",
        "product",
        _MIDDLE,
        _faster("fts5-trigram", "trigram-any"),
        5,
        " ×",
        True,
    ),
    _Rule(
        "same work, faster than stock Whoosh + jieba, p50", "same", _MIDDLE, _faster("whoosh"), 30, " ×", True
    ),
    _Rule("whole product, p50", "product", _MIDDLE, _speed("words", "p50"), 1, " ms"),
    _Rule("whole product, p95", "product", _MIDDLE, _speed("words", "p95"), 3, " ms"),
    _Rule("whole product, p50", "product", _LARGE, _speed("words", "p50"), 5, " ms"),
    _Rule("whole product, p95", "product", _LARGE, _speed("words", "p95"), 15, " ms"),
    _Rule("headlines as queries, p50", "product", ("cctv",), _speed("headlines", "p50"), 3, " ms"),
    _Rule("quoted phrases, p95", "product", _MIDDLE, _speed("phrases", "p95"), 2, " ms"),
    _Rule(
        "results with facets, histogram, ten marked hits, p50",
        "product",
        _MIDDLE,
        _speed("results", "p50"),
        5,
        " ms",
    ),
    _Rule("reindex, characters a second ÷ stock Whoosh's", "index", _BOTH, _rate_of("whoosh"), 5, " ×", True),
    _Rule(
        "reindex, characters a second ÷ Tantivy's (words given)",
        "index",
        _BOTH,
        _rate_of("tantivy"),
        0.5,
        " ×",
        True,
    ),
    _Rule("reindex of unchanged data", "changes", _MIDDLE, lambda found: found["nothing"], 1, " s"),
    _Rule(
        "reindex of one changed entry, one file", "changes", _MIDDLE, lambda found: found["one_file"], 1, " s"
    ),
    _Rule(
        "reindex of one changed entry, many files",
        "changes",
        _MIDDLE,
        lambda found: found["many_files"],
        1,
        " s",
    ),
    _Rule(
        "peak memory of reindex", "index", _LARGE, lambda found: found["xunwen"]["peak"] / 1e6, 1000, " MB"
    ),
    _Rule(
        "index, bytes for each byte of text",
        "index",
        (*_BOTH, *_LARGE),
        lambda found: found["xunwen"]["per_byte"],
        2.5,
        "",
    ),
    _Rule(
        "open and first query", "opening", _LARGE, lambda found: 1000 * found["xunwen"]["first"], 100, " ms"
    ),
    _Rule(
        "HTTP, JSON, requests a second",
        "http",
        _MIDDLE,
        lambda found: found["api"]["per_second"],
        400,
        "",
        True,
    ),
    _Rule("HTTP, JSON, p99", "http", _MIDDLE, lambda found: found["api"]["p99"], 100, " ms"),
    _Rule(
        "HTTP, page, requests a second",
        "http",
        _MIDDLE,
        lambda found: found["page"]["per_second"],
        400,
        "",
        True,
    ),
    _Rule("HTTP, page, p99", "http", _MIDDLE, lambda found: found["page"]["p99"], 100, " ms"),
    _Rule("HTTP, errors", "http", _MIDDLE, lambda found: sum(one["errors"] for one in found.values()), 0, ""),
)


def aims(results: Results) -> Iterator[Aim]:
    """Yield every aim whose figures are there."""
    for rule in _RULES:
        measured = results.of(rule.measure)
        for corpus in rule.corpora:
            if corpus in measured:
                yield rule.check(corpus, measured[corpus])
