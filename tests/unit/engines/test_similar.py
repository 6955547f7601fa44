"""Similar entries: what is like an entry, without itself, as of any moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from search import Home, Searcher, reindex
from search.engines.more_like_this import MAX_TERMS, interesting_terms
from search.engines.whoosh.reading.similar import DocFrequencies
from search.entry import Entry
from search.errors import EntryNotFound, TimeError
from search.near_duplicates import Fingerprint, are_duplicates
from search.query.logical import Filters
from search.readers.base import Record
from search.readers.files import data_files
from search.readers.registry import read
from tests.engines.test_whoosh import holding
from tests.support import oracle
from tests.support.engine_corpus import CORPUS, KZ, QUAKES, fill
from tests.support.homes import ROOT
from tests.support.oracle import ANALYZER


def sample() -> list[Entry]:
    """Read the sample streams of the checkout."""
    zone = ZoneInfo("Asia/Shanghai")
    read_in = (one for path in data_files(ROOT / "data") for one in read(path, name=path.name, zone=zone))
    return [one.entry for one in read_in if isinstance(one, Record)]


SAMPLE = sample()


@given(oracle.corpora)
@settings(max_examples=40, deadline=None)
def test_an_entry_is_not_similar_to_itself(entries: list[Entry]) -> None:
    """Any entry of any collection: others, each once, best first, no more than asked for."""
    with holding(entries) as engine:
        for entry in entries:
            found = engine.snapshot().similar(entry.id, 3, Filters())
            ids = [one.entry.id for one in found]
            assert entry.id not in ids and len(set(ids)) == len(ids) <= 3
            scores = [one.score for one in found]
            assert scores == sorted(scores, reverse=True) and all(score > 0 for score in scores)


def test_streams_find_themselves() -> None:
    """In the sample, most of what is similar to an entry comes from its own stream."""
    with holding(SAMPLE) as engine:
        same = [
            one.entry.stream == entry.stream
            for entry in SAMPLE
            for one in engine.snapshot().similar(entry.id, 5, Filters())
        ]
    assert len(same) > 2 * len(SAMPLE)
    assert sum(same) > 0.8 * len(same)


def test_an_as_of_moment_is_as_if_nothing_came_later() -> None:
    """Answer and scores are those of an index that ends at the moment."""
    times = sorted(entry.time for entry in SAMPLE if entry.time)
    moment = times[len(times) * 3 // 4]
    then = [entry for entry in SAMPLE if entry.time and entry.time <= moment]
    with holding(SAMPLE) as now, holding(then) as past:
        for entry in then:
            found = now.snapshot().similar(entry.id, 5, Filters(asof=moment))
            wanted = past.snapshot().similar(entry.id, 5, Filters())
            assert [one.entry.id for one in found] == [one.entry.id for one in wanted]
            assert [one.score for one in found] == pytest.approx([one.score for one in wanted], rel=1e-4)
        later = next(entry for entry in SAMPLE if entry.time and entry.time > moment)
        for one in now.snapshot().similar(later.id, 5, Filters(asof=moment)):
            assert one.entry.time and one.entry.time <= moment


def test_filters_limit_what_is_similar() -> None:
    """Only entries of the chosen streams and agencies are returned."""
    with holding(CORPUS) as engine:
        similar = engine.snapshot().similar
        assert similar("airport", 9, Filters())
        assert {one.entry.stream for one in similar("airport", 9, Filters(streams=(KZ,)))} == {KZ}
        assert {one.entry.id for one in similar("trains", 9, Filters(streams=(QUAKES,)))} <= {"quake"}
        with pytest.raises(EntryNotFound):
            similar("nobody", 5, Filters())


def test_removed_entries_are_not_similar() -> None:
    """After an update the answer is that of an index built anew."""
    kept = [entry for n, entry in enumerate(SAMPLE) if n % 3]
    with holding(SAMPLE) as updated, holding(kept) as fresh:
        with updated.update() as batch:
            batch.remove([entry.id for n, entry in enumerate(SAMPLE) if not n % 3])
        for entry in kept:
            found, wanted = (engine.snapshot().similar(entry.id, 5, Filters()) for engine in (updated, fresh))
            assert [one.entry.id for one in found] == [one.entry.id for one in wanted]


def test_telling_terms_are_few_shared_and_no_numbers() -> None:
    """At most 25, each known from another entry too, the headline's first."""
    with holding(SAMPLE) as engine:
        snapshot = engine.snapshot()
        for entry in SAMPLE:
            counts = DocFrequencies(snapshot._space, snapshot._scorer, None)
            found = interesting_terms(entry, ANALYZER, counts.entries, counts)
            terms = [*found.words, *found.bigrams]
            assert len(terms) <= MAX_TERMS and not found.unigrams
            assert all(any(map(str.isalpha, term)) for term, _ in terms)
            for word, _ in found.words:
                assert sum(leaf.words.count(leaf.words.term_ord(word)) for leaf in snapshot.readers) > 1


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    """The sample, and each of its entries once more, half an hour later under another id."""
    home = Home(tmp_path / "home")
    searcher = Searcher(home)
    copies = [
        replace(entry, id=f"copy/{entry.id}", time=entry.time and entry.time + timedelta(minutes=30))
        for entry in SAMPLE
    ]
    fill(searcher._engine, [*SAMPLE, *copies])
    return searcher


def test_near_copies_are_not_told(searcher: Searcher) -> None:
    """Neither those of the entry nor, of two copies, more than one; nevertheless as many as asked for."""
    for entry in SAMPLE[::5]:
        found = [entry, *(one.entry for one in searcher.similar(entry.id, 5))]
        texts = [Fingerprint(one, ANALYZER) for one in found]
        assert not any(are_duplicates(a, b) for i, a in enumerate(texts) for b in texts[:i])
        assert len(found) > 1


def test_times_are_taken_as_everywhere(searcher: Searcher) -> None:
    """A day means its end; nonsense is refused; an entry that is not there as well."""
    entry = SAMPLE[0]
    assert entry.time
    for one in searcher.similar(entry.id, 5, asof="2022-01-05"):
        assert one.entry.time and one.entry.time.isoformat() < "2022-01-06"
    assert searcher.similar(entry.id, 5, asof="2001-01-01") == ()
    with pytest.raises(TimeError):
        searcher.similar(entry.id, asof="火星历")
    with pytest.raises(EntryNotFound):
        searcher.similar("nobody")


def test_one_entry_alone_has_none_similar(tmp_path: Path) -> None:
    """Neither in an index of one nor where nothing is shared."""
    home = Home(tmp_path)
    home.data.mkdir()
    (home.data / "a.jsonl").write_text('{"id": "a", "body": "机场"}\n{"id": "b", "body": "银行"}\n')
    reindex(home)
    assert Searcher(home).similar("a") == ()
