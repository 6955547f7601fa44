"""How long an answer takes in process: the same work beside other engines, and the whole product."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.bench import peers
from tests.bench.corpus import Corpus
from tests.bench.peers import Ask
from tests.bench.queries import Queries, draw
from tests.bench.shelf import ensure
from tests.bench.timing import Effort, agreement, measure

__all__ = ["measure_product", "measure_same_work"]

_SMALL_PEERS_UP_TO = 100_000
_HEADLINES = 300

Phrase = dict[str, Any]


def measure_same_work(corpus: Corpus, effort: Effort) -> dict[str, Any]:
    """Ask everybody for any of the same words, the ten best and the total; say whose totals are ours."""
    queries = draw(corpus, effort.queries).words
    systems = _word_systems(corpus)
    checked = [name for name in systems if name not in ("xunwen", "tantivy-top", "whoosh")]
    rows = _rows(systems, queries, effort)
    agree = {name: agreement(systems["xunwen"], systems[name], queries) for name in checked}
    return {"rows": rows, "agree": agree}


def _word_systems(corpus: Corpus) -> dict[str, Ask]:
    ensure(corpus, "xunwen")
    tantivy = ensure(corpus, "tantivy")
    systems = {
        "xunwen": peers.xunwen_words(corpus.home),
        "tantivy": peers.tantivy_words(tantivy),
        "tantivy-top": peers.tantivy_words(tantivy, total=False),
    }
    if corpus.entries <= _SMALL_PEERS_UP_TO:
        systems["bm25s"] = peers.bm25s_words(ensure(corpus, "bm25s"))
        systems["fts5-words"] = peers.fts5_words(ensure(corpus, "fts5-words"))
        if corpus.synthetic:
            systems["whoosh"] = peers.whoosh_jieba(ensure(corpus, "whoosh"))
    return systems


def _rows(systems: dict[str, Ask], queries: list[str], effort: Effort) -> dict[str, Phrase]:
    return {name: asdict(speed) for name, speed in measure(systems, queries, effort).items()}


def measure_product(corpus: Corpus, effort: Effort) -> dict[str, Any]:
    """Put whole queries to Xunwen, and what comes nearest to a peer, kind by kind."""
    queries = draw(corpus, effort.queries)
    ensure(corpus, "xunwen")
    product = peers.xunwen_product(corpus.home)
    words = peers.tantivy_words(ensure(corpus, "tantivy"))
    results = peers.tantivy_results(ensure(corpus, "tantivy-full"))
    kinds: dict[str, tuple[dict[str, Ask], list[str]]] = {
        "words": ({"xunwen": product, "tantivy": words}, queries.words),
        "results": (
            {"xunwen": peers.xunwen_search(corpus.home), "tantivy-snippets": results},
            queries.words,
        ),
        "headlines": ({"xunwen": product, "tantivy": words}, queries.headlines[:_HEADLINES]),
        "phrases": ({"xunwen": product}, [f'"{phrase}"' for phrase in queries.phrases]),
    }
    found: dict[str, Any] = {
        kind: {"rows": _rows(*asked, effort)} for kind, asked in kinds.items() if asked[1]
    }
    if corpus.entries <= _SMALL_PEERS_UP_TO:
        trigrams = peers.fts5_strings(ensure(corpus, "fts5-trigram"))
        pair = {"xunwen": product, "fts5-trigram": trigrams}
        for kind, expressions in _string_kinds(queries).items():
            agree = {"fts5-trigram": agreement(product, trigrams, expressions)}
            found[kind] = {"rows": _rows(pair, expressions, effort), "agree": agree}
    return found


def _string_kinds(queries: Queries) -> dict[str, list[str]]:
    """Return queries that mean the same in the language of SQLite FTS5 and in ours."""
    quoted = [[f'"{string}"' for string in strings] for strings in queries.strings]
    return {
        "trigram-phrases": [f'"{phrase}"' for phrase in queries.phrases if len(phrase) >= 3],
        "trigram-all": [" ".join(strings) for strings in quoted],
        "trigram-any": [" OR ".join(strings) for strings in quoted],
    }
