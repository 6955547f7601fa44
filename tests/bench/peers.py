"""The systems that are asked. Each question goes in as text, and the answer that counts is the total.

Whatever is asked, the ten best are found as well; what the text of a query is made of is part of the work.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from search import Home, Searcher
from search.analysis import default_analyzer
from search.engines.base import Request
from search.engines.whoosh import WhooshEngine
from search.query.logical import AnyTerm, LogicalQuery
from search.ranking import ScoringTerms

__all__ = [
    "Ask",
    "bm25s_words",
    "fts5_strings",
    "fts5_words",
    "tantivy_results",
    "tantivy_words",
    "whoosh_jieba",
    "xunwen_words",
]
__all__ += ["xunwen_product", "xunwen_search"]

Ask = Callable[[str], int]
_TOP = 10


def words_of(query: str) -> list[str]:
    """Return the words of a query, as Xunwen cuts them."""
    return default_analyzer().words(query)


def xunwen_words(home: Home) -> Ask:
    """Return our engine doing what every engine can: BM25 over words, any of them, ten best and total."""
    engine = WhooshEngine(home.index)

    def ask(query: str) -> int:
        counts = Counter(words_of(query))
        bag = ScoringTerms(words=tuple(counts.items()))
        logical = LogicalQuery(AnyTerm(tuple(counts), ()), terms=bag)
        return engine.snapshot().rank(Request(logical, limit=_TOP, facets=False)).total

    return ask


def xunwen_product(home: Home) -> Ask:
    """Return all of Xunwen up to the ranked places: query language, full and partial matches, ranking."""
    engine = WhooshEngine(home.index)
    searcher = Searcher(home, engine)

    def ask(query: str) -> int:
        request = Request(searcher.resolve(query), limit=_TOP, facets=False)
        return engine.snapshot().rank(request).total

    return ask


def xunwen_search(home: Home) -> Ask:
    """Return the call behind page and API: ten highlighted hits, facets and histogram."""
    searcher = Searcher(home)
    return lambda query: searcher.search(query, limit=_TOP).total


def tantivy_words(folder: Path, total: bool = True) -> Ask:
    """Return Tantivy over the same words; without the total it may skip what cannot be among the best."""
    import tantivy

    index = tantivy.Index.open(str(folder))
    index.reload()
    searcher, schema = index.searcher(), index.schema
    term, should, either = tantivy.Query.term_query, tantivy.Occur.Should, tantivy.Query.boolean_query

    def ask(query: str) -> int:
        clauses = [(should, term(schema, "words", word, "freq")) for word in dict.fromkeys(words_of(query))]
        found: Any = searcher.search(either(clauses), _TOP, count=total)
        return int(found.count or 0) if total else len(found.hits)

    return ask


def tantivy_results(folder: Path) -> Ask:
    """Return Tantivy's whole answer: the total and ten marked snippets of the stored text."""
    import tantivy

    index = tantivy.Index.open(str(folder))
    index.reload()
    searcher, schema = index.searcher(), index.schema
    term, should, either = tantivy.Query.term_query, tantivy.Occur.Should, tantivy.Query.boolean_query

    def ask(text: str) -> int:
        clauses = [(should, term(schema, "words", word, "freq")) for word in dict.fromkeys(words_of(text))]
        query = either(clauses)
        found: Any = searcher.search(query, _TOP, count=True)
        generator = tantivy.SnippetGenerator.create(searcher, query, schema, "words")
        shown = [generator.snippet_from_doc(searcher.doc(hit)).to_html() for _, hit in found.hits]
        return int(found.count or 0) if shown else 0

    return ask


def _fts5(file: Path) -> Callable[[str], int]:
    base = sqlite3.connect(file)
    base.execute("PRAGMA mmap_size = 4000000000")
    base.execute("PRAGMA cache_size = -262144")
    best = f"SELECT rowid FROM entries WHERE entries MATCH ? ORDER BY rank LIMIT {_TOP}"
    count = "SELECT count(*) FROM entries WHERE entries MATCH ?"

    def run(expression: str) -> int:
        base.execute(best, (expression,)).fetchall()
        return int(base.execute(count, (expression,)).fetchone()[0])

    return run


def fts5_words(file: Path) -> Ask:
    """Return SQLite FTS5 over the same words."""
    run = _fts5(file)
    return lambda query: run(" OR ".join(f'"{word}"' for word in dict.fromkeys(words_of(query))))


def fts5_strings(file: Path) -> Ask:
    """Return SQLite FTS5 with trigrams; the query is given in its own language already."""
    return _fts5(file)


def bm25s_words(folder: Path) -> Ask:
    """Return bm25s over the same words; it scores every entry and knows no total, which is counted here."""
    import bm25s
    import numpy as np
    from bm25s.selection import topk

    model = bm25s.BM25.load(str(folder), load_corpus=False)
    vocabulary = model.vocab_dict

    def ask(query: str) -> int:
        words = [word for word in words_of(query) if word in vocabulary]
        if not words:
            return 0
        scores = model.get_scores(words)
        topk(scores, min(_TOP, len(scores)), backend="numpy")
        return int(np.count_nonzero(scores))

    return ask


def whoosh_jieba(folder: Path) -> Ask:
    """Return stock Whoosh with jieba's analyzer, parsing and matching as its documentation shows."""
    import jieba
    from whoosh import index
    from whoosh.qparser.default import QueryParser
    from whoosh.qparser.syntax import OrGroup

    jieba.setLogLevel(logging.WARNING)
    found = index.open_dir(str(folder))
    searcher = found.searcher()
    parser: Any = QueryParser("text", found.schema, group=OrGroup)

    def ask(query: str) -> int:
        return len(searcher.search(parser.parse(query), limit=_TOP))

    return ask
