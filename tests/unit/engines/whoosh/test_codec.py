"""Whoosh's readers, searchers and queries work on our index and give the same results."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import index, qparser, query
from whoosh.reading import TermNotFound

from search.engines.whoosh import WhooshEngine
from search.entry import Entry
from search.query.logical import AllOf, AnyOf, AnyTerm, Everything, Filters, Node, Not, Phrase
from tests.support import oracle
from tests.support.engine_corpus import AIRPORT, CORPUS, fill, many
from tests.support.oracle import ANALYZER, Oracle


@contextmanager
def opened(folder: Path) -> Iterator[Any]:
    """Give Whoosh's searcher over our folder."""
    whole = index.open_dir(folder)
    with whole.searcher() as searcher:
        yield searcher
    whole.close()


def keys(searcher: Any, whoosh_query: query.Query) -> set[str]:
    """Return the ids of all entries that Whoosh finds."""
    return {hit["id"] for hit in searcher.search(whoosh_query, limit=None)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of several segments, with entries removed and replaced."""
    engine = WhooshEngine(tmp_path)
    fill(engine, [*CORPUS, *many(20)])
    with engine.update() as batch:
        batch.add(replace(AIRPORT, body="机场关闭"), "b.txt")
        batch.remove([f"n{n:03}" for n in range(4)])
    with engine.update() as batch:
        batch.add(Entry(id="late", headline="机场", body="阿拉木图机场机场。CNN"), "b.txt")
        batch.remove(["guide"])
    assert len(engine.snapshot().readers) > 1
    return tmp_path


def now(folder: Path) -> dict[str, Entry]:
    engine = WhooshEngine(folder)
    return {stored.id: engine.snapshot().entry(stored.id) for stored in engine.snapshot().indexed_entries()}


def test_whoosh_opens_the_index(folder: Path) -> None:
    """As a Whoosh index under its default name, with our fields, entries and generation."""
    assert index.exists_in(folder)
    whole = index.open_dir(folder)
    assert {"id", "words", "grams", "headline", "body"} <= set(whole.schema.names())
    assert whole.doc_count() == len(now(folder)) == WhooshEngine(folder).snapshot().stats().entries
    assert whole.latest_generation() == WhooshEngine(folder).snapshot().stats().generation
    assert not whole.is_empty()
    whole.close()


def test_stored_fields_are_the_entry(folder: Path) -> None:
    """Every live entry as `Entry.as_dict()`, and no removed one."""
    with opened(folder) as searcher:
        found = {hit["id"]: hit.fields() for hit in searcher.search(query.Every(), limit=None)}
        assert found == {key: entry.as_dict() for key, entry in now(folder).items()}
        assert searcher.document(id="airport")["body"] == "机场关闭"
        assert searcher.document(id="guide") is None
        assert keys(searcher, query.Term("id", "late")) == {"late"}
        assert keys(searcher, query.Term("id", "guide")) == set()


def test_terms_are_those_of_the_analyzer(folder: Path) -> None:
    """Both fields list the terms of all live and removed entries over all segments."""
    terms: dict[str, Counter[str]] = {"words": Counter(), "grams": Counter()}
    for entry in now(folder).values():
        doc = oracle.plain(entry)
        terms["words"].update(doc.terms["words"].keys())
        terms["grams"].update({*doc.terms["unigrams"], *doc.terms["bigrams"]})
    with opened(folder) as searcher:
        reader = searcher.reader()
        for name, counts in terms.items():
            listed = [text.decode() for text in reader.lexicon(name)]
            assert listed == sorted(set(listed)), "in order, once each"
            assert set(counts) <= set(listed)
            for term, count in counts.items():
                assert len(keys(searcher, query.Term(name, term))) == count
                assert reader.doc_frequency(name, term) >= count
                assert (name, term) in reader
        with pytest.raises(TermNotFound):
            reader.postings("grams", "没有")
        assert ("words", "没有") not in reader
        assert list(reader.expand_prefix("grams", "机场")) == [b"\xe6\x9c\xba\xe5\x9c\xba"]


def test_positions_lead_to_the_units(folder: Path) -> None:
    """Whoosh's positions of a gram are those of our units, entry by entry."""
    entries = now(folder)
    with opened(folder) as searcher:
        for term in ("机", "场", "机场", "cnn", "阿拉", "f16"):
            positions: dict[str, list[int]] = {}
            for leaf, _ in searcher.leaf_searchers():
                if ("grams", term) not in leaf.reader():
                    continue
                matcher = leaf.postings("grams", term)
                while matcher.is_active():
                    if not leaf.reader().is_deleted(matcher.id()):
                        positions[leaf.stored_fields(matcher.id())["id"]] = matcher.value_as("positions")
                    matcher.next()
            assert positions == {key: p for key, entry in entries.items() if (p := positions_of(entry, term))}


def positions_of(entry: Entry, term: str) -> list[int]:
    """Return the positions of a unigram or bigram in an entry."""
    units = oracle.plain(entry).text
    term_units = ANALYZER.units(term).texts
    at = dict(zip(units.positions, units.texts, strict=True))
    return [start for start in at if all(at.get(start + i) == unit for i, unit in enumerate(term_units))]


def test_whooshs_query_parser_speaks_our_terms(folder: Path) -> None:
    """Text typed for Whoosh goes through our chain: words by jieba, grams unit by unit."""
    schema = index.open_dir(folder).schema
    with opened(folder) as searcher:
        words = qparser.QueryParser("words", schema).parse("阿拉木圖機場")
        assert keys(searcher, words) == {"airport", "bank", "late"}
        grams = qparser.QueryParser("grams", schema).parse("机场 NOT 阿")
        assert keys(searcher, grams) == {"trains", *(f"n{n:03}" for n in range(4, 20))}


def test_scores_and_snippets_of_whoosh_work(folder: Path) -> None:
    """Whoosh's ranked, limited and paged searches work."""
    with opened(folder) as searcher:
        results = searcher.search(query.Term("grams", "机场"), limit=3)
        assert len(results.top_n) == 3 and results[0].score >= results[2].score > 0
        page = searcher.search_page(query.Term("words", "机场"), 2, pagelen=5)
        assert len(page) == len(keys(searcher, query.Term("words", "机场")))


def test_whoosh_may_not_write(folder: Path) -> None:
    """Writing is refused with a sentence that names reindex, and changes nothing."""
    before = now(folder)
    whole = index.open_dir(folder)
    for attempt in (
        lambda writer: writer.add_document(id="new"),
        lambda writer: writer.delete_by_term("id", "late"),
    ):
        writer = whole.writer()
        with pytest.raises(NotImplementedError, match="xunwen reindex"):
            attempt(writer)
        writer.cancel()
    whole.close()
    assert now(folder) == before
    assert WhooshEngine(folder).check() == []


# -- any query over any entries ----------------------------------------------------------------------


Pair = tuple[query.Query, Node]


def _gram(units: list[str]) -> Pair:
    """Return a unit, or two neighbours, for Whoosh and for us."""
    term = "".join(units) if len(units) == 1 else oracle.ANALYZER.terms("".join(units)).bigrams[0]
    return query.Term("grams", term), Phrase(tuple(units), tuple(range(len(units))))


def _phrase(units: list[str]) -> Pair:
    return query.Phrase("grams", units), Phrase(tuple(units), tuple(range(len(units))))


def _word(word: str) -> Pair:
    return query.Term("words", word), AnyTerm((word,), ())


def _prefix(start: str) -> Pair:
    return query.Prefix("grams", start), Phrase((start,), (0,), prefix=True)


HAN = st.sampled_from("阿拉木图机场恢复俄社")
WORDS = st.sampled_from(["机场", "阿拉木图", "恢复", "俄新社", "7.8", "f16", "没有", "cnn"])
pairs = (
    st.lists(HAN, min_size=1, max_size=2).map(_gram)
    | st.lists(HAN, min_size=2, max_size=4).map(_phrase)
    | WORDS.map(_word)
    | st.sampled_from(["2", "cn", "5", "9"]).map(_prefix)
)


def _both(kind: Any, node: Any) -> Any:
    return lambda given: (kind([one for one, _ in given]), node(tuple(two for _, two in given)))


def _not(pair: Pair) -> Pair:
    return query.And([query.Every(), query.Not(pair[0])]), AllOf((Everything(), Not(pair[1])))


def _joined(children: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    several = st.lists(children, min_size=2, max_size=3)
    return several.map(_both(query.And, AllOf)) | several.map(_both(query.Or, AnyOf)) | children.map(_not)


trees = st.recursive(pairs, _joined, max_leaves=4)


@given(oracle.corpora, st.lists(oracle.entries(), max_size=4), st.lists(trees, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whoosh_finds_what_we_find(first: list[Entry], more: list[Entry], given_trees: list[Pair]) -> None:
    """Terms, phrases, prefixes, And, Or and Not give the same entries after any history of updates."""
    entries = {entry.id: entry for entry in [*first, *more]}
    gone = first[0].id
    del entries[gone]
    with tempfile.TemporaryDirectory() as name:
        engine = WhooshEngine(Path(name))
        fill(engine, first)
        with engine.update() as batch:
            for entry in more:
                batch.add(entry, "b.txt")
            batch.remove([gone])
        plain = Oracle(entries.values())
        with opened(Path(name)) as searcher:
            for theirs, ours in given_trees:
                found = keys(searcher, theirs)
                assert found == plain.ids(ours), theirs
                assert engine.snapshot().count([ours], Filters()) == [len(found)]
