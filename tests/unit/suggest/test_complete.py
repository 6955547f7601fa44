"""Completion by characters, pinyin and initials; completions are distinct and within `asof`."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.engines import NamedCount, Vocabulary
from search.suggest.complete import Completions
from search.suggest.lookup import HashTable, PrefixTable
from tests.support.homes import Cli, row, write_rows
from tests.support.oracle import ANALYZER
from tests.support.web import ROOT

NOON = datetime(2022, 1, 5, 12, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The sample streams that come with the program."""
    home = Home(tmp_path_factory.mktemp("sample"))
    shutil.copytree(ROOT / "data", home.data)
    reindex(home)
    return Searcher(home)


def texts(searcher: Searcher, typed: str, **options: object) -> list[str]:
    """Return the texts of the completions."""
    return [one.text for one in searcher.suggest(typed, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("els", "俄罗斯"),
        ("eluosi", "俄罗斯"),
        ("e luo si", "俄罗斯"),
        ("é luó sī", "俄罗斯"),
        ("ELUOSI", "俄罗斯"),
        ("俄luo", "俄罗斯"),
        ("俄羅", "俄罗斯"),
        ("alamutu", "阿拉木图"),
        ("almt", "阿拉木图"),
        ("阿", "阿拉木图"),
        ("a", "阿拉木图"),
        ("tuerq", "土耳其"),
    ],
)
def test_a_beginning_leads_to_the_word(sample: Searcher, typed: str, offered: str) -> None:
    """Characters, full pinyin with or without blanks and tones, initials, and mixtures all lead there."""
    assert offered in texts(sample, typed)[:3]


def test_the_last_run_is_completed_behind_what_stands(sample: Searcher) -> None:
    """What is typed before the last blank stays, and the whole finds something."""
    offered = sample.suggest("机场 alamu")
    assert offered[0].text == "机场 阿拉木图"
    assert offered[0].count == sample.search("机场 阿拉木图").total > 0


@pytest.mark.parametrize(
    "typed", ["", " ", "。", "zzzz", "\ud800", "\0", "火星人", "x" * 1000, "'", "a" * 99]
)
def test_anything_may_be_typed(sample: Searcher, typed: str) -> None:
    """Nonsense is answered with nothing much, never with an error."""
    assert len(texts(sample, typed)) <= 8


@given(st.text(max_size=12))
@settings(max_examples=150, deadline=None)
def test_every_offer_finds_something(sample: Searcher, typed: str) -> None:
    """Completions are limited and distinct, and each has at least its count of matches."""
    offered = sample.suggest(typed, limit=5)
    assert len({one.text for one in offered}) == len(offered) <= 5
    for one in offered:
        assert sample.search(one.text, limit=1).total >= one.count > 0


def test_pieces_are_left_out(indexed: Cli) -> None:
    """A word that occurs only inside a longer one is not a completion beside it."""
    write_rows(indexed.home, "b.jsonl", [row(str(n), "国际文传电讯社说") for n in range(5)])
    write_rows(indexed.home, "c.jsonl", [row("own", "国际上的事")])
    indexed.run("reindex")
    offered = texts(Searcher(indexed.home), "国")
    assert "国际" in offered
    assert not any(one != "国际" and one in longer for one in offered for longer in offered if one != longer)


def test_asof_offers_nothing_from_the_future(home: Home) -> None:
    """Later agencies, streams, headlines and words are no completions, and counts end at `asof`."""
    fields = {"headline": "首都机场恢复运行", "agencies": ["首都通讯社"], "stream": "首都机场"}
    late = row("late", "首都图书馆重开", time="2022-01-06T12:00:00+08:00", **fields)
    write_rows(home, "a.jsonl", [row("early", "首都机场", time="2022-01-04T12:00:00+08:00"), late])
    reindex(home)
    searcher = Searcher(home)
    kinds = {one.kind for one in searcher.suggest("首都", limit=20)}
    assert {"agency", "headline", "word"} <= kinds
    then = searcher.suggest("首都", limit=20, asof=NOON)
    assert {(one.text, one.count) for one in then} <= {("首都", 1), ("首都机场", 1)} and then


def test_a_new_index_is_seen(home: Home) -> None:
    """After a reindex the same searcher offers what is new and no longer what is gone."""
    write_rows(home, "a.jsonl", [row("1", "莫斯科机场")])
    reindex(home)
    searcher = Searcher(home)
    assert texts(searcher, "mosike") == ["莫斯科"]
    write_rows(home, "a.jsonl", [row("2", "摩加迪沙港口")])
    reindex(home)
    assert texts(searcher, "mosike") == []
    assert "摩加迪沙" in texts(searcher, "moj")


def words(*found: str, headlines: tuple[str, ...] = ()) -> Completions:
    """Return completions over some words, each rarer than the one before."""
    counts = {word: 100 - place for place, word in enumerate(found)}
    told = tuple(NamedCount(headline, 1, NOON) for headline in headlines)
    return Completions(Vocabulary(0, counts, (), (), told), ANALYZER)


def test_the_frequent_stand_first_and_headlines_last() -> None:
    """Words by frequency; a headline only behind them."""
    found = words("机场", "机票", "机构", headlines=("机场跑道关闭",)).complete("机", 10)
    assert [term.text for term in found] == ["机场", "机票", "机构", "机场跑道关闭"]


def test_phrases_are_neighbours_in_three_headlines() -> None:
    """Two words that stand together in three headlines are offered together, in two they are not."""
    headlines = (*(f"机场恢复第{n}天" for n in "一二三"), "机场关闭甲", "机场关闭乙")
    found = words("无关", headlines=headlines).complete("机场", 20)
    assert [term.text for term in found if term.kind == "phrase"] == ["机场恢复"]


def test_numbers_and_single_characters_are_not_offered() -> None:
    """They are no completions."""
    assert words("五", "5", "2022", "5g").complete("5", 10) == []


def test_readings_are_those_of_the_word() -> None:
    """重庆 is chongqing and cq, and not zhongqing."""
    city = words("重庆")
    assert city.complete("chongq", 3) and city.complete("cq", 3)
    assert not city.complete("zhongq", 3)


@given(st.lists(st.text(max_size=6), max_size=30), st.text(max_size=4))
def test_a_sorted_table_finds_what_a_scan_finds(keys: list[str], prefix: str) -> None:
    """A prefix has exactly the keys that begin with it, equal keys first."""
    ordinals, equal = PrefixTable(keys, range(len(keys))).with_prefix(prefix)
    assert set(ordinals.tolist()) == {n for n, key in enumerate(keys) if key.startswith(prefix)}
    assert {keys[n] for n in ordinals[:equal]} <= {prefix} and prefix not in {
        keys[n] for n in ordinals[equal:]
    }


@given(st.lists(st.text(max_size=3), max_size=30))
def test_a_hashed_table_finds_what_is_there(keys: list[str]) -> None:
    """Every key has all its ordinals."""
    table = HashTable(keys, range(len(keys)))
    for ordinal, key in enumerate(keys):
        assert ordinal in table.find(key)


def test_there_is_nothing_to_offer_without_entries(tmp_path: Path) -> None:
    """An empty index answers with nothing."""
    home = Home(tmp_path)
    home.data.mkdir()
    reindex(home)
    assert Searcher(home).suggest("a") == []
    assert Searcher(home).search("阿拉木途").did_you_mean == ()


def test_many_may_ask_at_once(home: Home) -> None:
    """Threads that ask while everything is made, and while the index changes, all get an answer."""
    write_rows(home, "a.jsonl", [row(str(n), f"莫斯科机场第{n}号跑道") for n in range(50)])
    reindex(home)
    searcher = Searcher(home)
    with ThreadPoolExecutor(8) as threads:
        first = list(threads.map(lambda _: texts(searcher, "mosike"), range(16)))
        write_rows(home, "b.jsonl", [row("new", "摩加迪沙港口")])
        reindex(home)
        list(threads.map(lambda _: texts(searcher, "mosike"), range(16)))
    assert first == [first[0]] * 16 and "莫斯科" in first[0]
    assert texts(searcher, "mojiadisha") == ["摩加迪沙"]
