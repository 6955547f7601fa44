"""Ranking quality on judged collections, beside other engines in one run; writes docs/relevance.md.

python -m tests.bench.relevance            all collections, table on stdout and between the marks of the page
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.engines import Request
from search.evaluate import _copy_entries, measure, read_judged
from search.query.logical import AnyTerm, LogicalQuery
from search.ranking import ScoringTerms, scoring_terms
from tests.bench.corpus import folder

COLLECTIONS = ("cmrc2018", "xquad_zh", "csl_papers", "dxy_covid_news")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "relevance.md"
DEPTH = 100
ANALYZER = default_analyzer()

Rank = Callable[[str], list[str]]


def product(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """The product as a user has it."""
    return lambda query: searcher.ranked_ids(query, DEPTH)


def _bag_only(searcher: Searcher, choose: Callable[[ScoringTerms], ScoringTerms]) -> Rank:
    def rank(query: str) -> list[str]:
        chosen = choose(scoring_terms(ANALYZER, [query]))
        words = tuple(term for term, _ in chosen.words)
        grams = tuple(term for term, _ in chosen.bigrams)
        request = Request(LogicalQuery(AnyTerm(words, grams), terms=chosen), limit=DEPTH, facets=False)
        return [found.entry.id for found in searcher._engine.snapshot().search(request).found]

    return rank


def words_only(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """BM25 over jieba's words, nothing else."""
    return _bag_only(searcher, lambda whole: ScoringTerms(words=whole.words))


def grams_only(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """BM25 over unigrams (with the lead) and bigrams, no words."""
    return _bag_only(searcher, lambda whole: ScoringTerms(unigrams=whole.unigrams, bigrams=whole.bigrams))


def stock_whoosh(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """Whoosh as it comes, with jieba's ChineseAnalyzer, OR, BM25F."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jieba.analyse import ChineseAnalyzer
    from whoosh import fields, index, qparser

    schema = fields.Schema(id=fields.ID(stored=True), text=fields.TEXT(analyzer=ChineseAnalyzer()))
    found = index.create_in(tempfile.mkdtemp(prefix="xunwen-stock-"), schema)
    writer = found.writer()
    for entry in entries:
        writer.add_document(id=entry["id"], text=f"{entry.get('title', '')}\n{entry['text']}")
    writer.commit()
    reader = found.searcher()
    parser = qparser.QueryParser("text", schema, group=qparser.OrGroup, plugins=[])
    return lambda query: [hit["id"] for hit in reader.search(parser.parse(query), limit=DEPTH)]


def tantivy_jieba(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """Tantivy over the same words as ours, OR, BM25."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    found = tantivy.Index(builder.build())
    writer = found.writer()
    for entry in entries:
        words = " ".join(ANALYZER.words(f"{entry.get('title', '')}\n{entry['text']}"))
        writer.add_document(tantivy.Document(words=words, id=entry["id"]))
    writer.commit()
    found.reload()
    reader = found.searcher()

    def rank(query: str) -> list[str]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(found.schema, "words", word, "freq"))
            for word in ANALYZER.words(query)
        ]
        hits = reader.search(tantivy.Query.boolean_query(terms), DEPTH).hits
        return [reader.doc(address)["id"][0] for _, address in hits]

    return rank


def fts5(searcher: Searcher, entries: list[dict[str, Any]]) -> Rank:
    """SQLite FTS5 over the same words as ours, OR, its bm25()."""
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table t using fts5(id unindexed, words)")
    database.executemany(
        "insert into t values (?, ?)",
        (
            (entry["id"], " ".join(ANALYZER.words(f"{entry.get('title', '')}\n{entry['text']}")))
            for entry in entries
        ),
    )

    def rank(query: str) -> list[str]:
        words = [word for word in Counter(ANALYZER.words(query)) if any(char.isalnum() for char in word)]
        asked = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
        rows = database.execute("select id from t where t match ? order by rank limit ?", (asked, DEPTH))
        return [row[0] for row in rows] if asked else []

    return rank


SYSTEMS = {
    "**Xunwen**": product,
    "words only": words_only,
    "grams only": grams_only,
    "stock Whoosh + jieba": stock_whoosh,
    "tantivy + jieba": tantivy_jieba,
    "SQLite FTS5 + jieba": fts5,
}


def table(collection: str) -> list[str]:
    """Return the rows of one collection."""
    path = folder() / collection
    judged = read_judged(path)
    home = Home(tempfile.mkdtemp(prefix="xunwen-relevance-"))
    home.data.mkdir()
    _copy_entries(path, home.data / "entries.jsonl")
    entries = [json.loads(line) for line in (home.data / "entries.jsonl").read_text("utf-8").splitlines()]
    reindex(home)
    rows = []
    for name, make in SYSTEMS.items():
        rank = make(Searcher(home), entries)
        found = measure(judged.grades, {qid: rank(query) for qid, query in judged.queries.items()})
        figures = " | ".join(f"{100 * value:.2f}" for value in found.values())
        rows.append(f"| {collection} | {name} | {figures} |")
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure everything and renew the page."""
    head = ["| collection | system | nDCG@10 | MRR@10 | Recall@100 |", "|---|---|---|---|---|"]
    rows = [row for collection in COLLECTIONS for row in table(collection)]
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- table -->")
    _, _, after = rest.partition("<!-- /table -->")
    lines = "\n".join([*head, *rows])
    PAGE.write_text(f"{before}<!-- table -->\n{lines}\n<!-- /table -->{after}", "utf-8")


if __name__ == "__main__":
    main()
