"""The user dictionary: its file, and the cut of texts with it."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home
from search.analysis import Analyzer, Dictionary, default_analyzer
from search.analysis.dictionary import NO_WORDS
from search.analysis.fold import fold
from search.analysis.words import (
    _RESERVE,
    Segmenter,
    _jieba_weights,
    pure_segmenter,
    rust_segmenter,
    segmenter,
)
from search.settings.words import MAX_WEIGHT, home_analyzer, read_words
from tests.support.homes import ROOT
from tests.support.shared import rows, shared

TEXT = (
    "萨基姆巴耶夫表示，乌克兰总统泽连斯基抵达阿拉木图国际机场，集安组织已决定出兵，卡赫拉曼马拉什发生地震。"
)
HAN = "乌克兰总统泽连斯基阿拉木图国际机场集安组织萨姆巴耶夫表示中国人民的一在"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    home = Home(tmp_path)
    home.data.mkdir()
    return home


def words(home: Home, content: bytes | str) -> dict[str, int | None]:
    """Write the dictionary of a home and read it back; nothing may be wrong in it."""
    home.words.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_words(home)
    assert found.problems == ()
    return found.weights


# -- the file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_format_is_that_of_jieba(home: Home, encoding: str, end: str) -> None:
    """Word, weight and tag, the latter two optional; comments and blank lines; common encodings."""
    lines = [
        "# 人名",
        "萨基姆巴耶夫",
        "",
        "集安组织 20",
        "努尔苏丹 ns  # 首都",
        "乌克兰总统\t7\tn",
        "俄罗斯卫星网　3",
    ]
    expected = {"萨基姆巴耶夫": None, "集安组织": 20, "努尔苏丹": None, "乌克兰总统": 7, "俄罗斯卫星网": 3}
    assert words(home, end.join(lines).encode(encoding)) == expected


def test_words_are_folded(home: Home) -> None:
    """Traditional characters and dots in names make no difference, as in texts."""
    assert words(home, "烏克蘭總統 5\n雷杰普·塔伊普·埃尔多安\n") == {
        "乌克兰总统": 5,
        "雷杰普塔伊普埃尔多安": None,
    }


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("F16战机 3", "不全是汉字"),
        ("3月1日", "不全是汉字"),
        ("新闻，报道 nz", "不全是汉字"),
        ("東京ドーム", "不全是汉字"),
        ("集安组织 二十", "看不懂"),
        ("集安组织 20 nt 什么", "看不懂「什么」"),
        ("集安组织 -5", "看不懂"),
        ("集安组织 0", "词频须在"),
        (f"集安组织 {MAX_WEIGHT + 1}", "词频须在"),
        ("一二三四五六七八九十" * 5, "超过 40 个字"),
        ("字" * (1 << 20), "过长"),
    ],
)
def test_a_bad_line_is_told_by_its_number(home: Home, line: str, part: str) -> None:
    """It is left out; the others count."""
    home.words.write_text(f"努尔苏丹\n{line}\n阿克套 3\n", encoding="utf-8")
    found = read_words(home)
    assert found.weights == {"努尔苏丹": None, "阿克套": 3}
    (problem,) = found.problems
    assert (problem.file, problem.line) == ("words.txt", 2) and part in problem.message


def test_of_two_weights_the_later_counts(home: Home) -> None:
    """Different weights are a problem; a repeated weight is not."""
    home.words.write_text("集安组织 5\n集安组织 5\n集安組織 8\n", encoding="utf-8")
    found = read_words(home)
    assert found.weights == {"集安组织": 8}
    assert [(problem.line, "第 2 行" in problem.message) for problem in found.problems] == [(3, True)]


def test_a_file_that_cannot_be_read_is_empty_and_a_problem(home: Home) -> None:
    """No text in any encoding, or no file at all but a folder."""
    home.words.write_bytes(codecs.BOM_UTF8 + "集安组织".encode() + b"\xff\n" * 9)
    found = read_words(home)
    assert (found.weights, [problem.line for problem in found.problems]) == ({}, [0])
    home.words.unlink()
    assert read_words(home).problems == ()
    home.words.mkdir()
    assert [problem.line for problem in read_words(home).problems] == [0]


def test_the_sample_is_sound() -> None:
    """The dictionary that comes with the program has no bad line, and each of its words is cut whole."""
    home = Home(ROOT)
    found = read_words(home)
    assert found.problems == () and len(found.weights) >= 30
    analyzer = home_analyzer(home)
    assert [word for word in found.weights if len(analyzer.tiles(word)) != 1] == []


def test_the_analyzer_stays_while_the_words_do(home: Home) -> None:
    """Comments and order do not make another one; without words it is that of the process."""
    assert home_analyzer(home) is default_analyzer()
    words(home, "集安组织\n努尔苏丹 3\n")
    first = home_analyzer(home)
    words(home, "# 新\n努尔苏丹 3\n集安组织\n")
    assert home_analyzer(home) is first
    words(home, "# 空\n")
    assert home_analyzer(home) is default_analyzer()


# -- the cut ----------------------------------------------------------------------------------------------


def extended(**weights: int | None) -> Segmenter:
    """Return the fastest segmenter with words added."""
    return segmenter().extended(weights)


def test_a_word_is_cut_whole() -> None:
    """It is a term of its own, and what was a word inside it stays one."""
    analyzer = Analyzer(extended(乌克兰总统=None, 阿拉木图国际机场=None, 萨基姆巴耶夫=None))
    plain, found = Counter(default_analyzer().words(TEXT)), Counter(analyzer.words(TEXT))
    assert set(found) >= {"乌克兰总统", "阿拉木图国际机场", "萨基姆巴耶夫"}
    assert {word for word in plain - found if len(word) > 1} == set()
    assert analyzer.units(TEXT) == default_analyzer().units(TEXT)
    assert analyzer.terms(TEXT).bigrams == default_analyzer().terms(TEXT).bigrams


def test_a_long_word_gives_the_other_words_of_the_dictionary() -> None:
    """Also those of more than three characters, which jieba's search mode leaves out."""
    cutter = extended(卡赫拉曼马拉什=None, 卡赫拉曼马拉什地区=None)
    assert "卡赫拉曼马拉什" in cutter.search(["卡赫拉曼马拉什地区发生地震"])[0]


def test_no_words_is_the_plain_segmenter() -> None:
    """Nothing to know more, nothing made."""
    assert extended() is segmenter()
    assert extended(集安组织=3).plain is segmenter()
    assert extended(集安组织=3).extended({}) is segmenter()


def test_the_reserve_is_what_jieba_has_and_no_text_holds() -> None:
    """Each of its words has the weight given, and folding never leaves it."""
    assert _jieba_weights(set(_RESERVE)) == _RESERVE
    assert [word for word in _RESERVE if fold(word).text == word] == []
    assert sum(_RESERVE.values()) > 50_000


@pytest.fixture(scope="module")
def both() -> tuple[Segmenter, Segmenter]:
    """jieba in Python and in Rust."""
    pytest.importorskip("rjieba", reason="there is no wheel of rjieba for this machine")
    return pure_segmenter(), rust_segmenter()


han = st.text(st.sampled_from(HAN), min_size=1, max_size=12)
dictionaries = st.dictionaries(
    st.text(st.sampled_from(HAN), min_size=1, max_size=6)
    | st.sampled_from(["乌克兰总统", "集安组织", "国际", "的"]),
    st.none() | st.integers(1, 2000) | st.just(MAX_WEIGHT),
    min_size=1,
    max_size=4,
)


@given(dictionaries, st.lists(han, max_size=5))
@settings(max_examples=12, deadline=None)
def test_both_segmenters_agree_with_words(
    both: tuple[Segmenter, Segmenter], added: dict[str, int | None], texts: list[str]
) -> None:
    """Weights, words and parts are the same in Python and in Rust.

    The same words in another order are equally probable, and rounding decides: 一一, 一一一 of 一一一一一.
    """
    pure, rust = (one.extended(added) for one in both)
    assert pure.dictionary == rust.dictionary
    for stretches in (texts, [word + text for word in added for text in texts]):
        assert [*map(sorted, pure.cut(stretches))] == [*map(sorted, rust.cut(stretches))]
        assert [*map(sorted, pure.search(stretches))] == [*map(sorted, rust.search(stretches))]


@given(dictionaries, dictionaries, st.lists(han, min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_only_texts_with_a_changed_word_change(
    first: dict[str, int | None], second: dict[str, int | None], texts: list[str]
) -> None:
    """Between any two dictionaries; the law that lets a reindex renew a part only."""
    before, after = segmenter().extended(first), segmenter().extended(second)
    changed = before.dictionary.changed_words(after.dictionary)
    if changed is None:
        assert before.dictionary.shift != after.dictionary.shift
        return
    other = [text for text in texts if not any(word in text for word in changed)]
    assert [Counter(one) for one in before.search(other)] == [Counter(one) for one in after.search(other)]
    assert before.cut(other) == after.cut(other)


def test_real_texts_without_the_word_stay_as_they_are() -> None:
    """The words of all acceptance entries, with a dictionary of frequent and of rare words."""
    added = {"乌克兰总统": 20000, "萨基姆巴耶夫": None, "的": 300000, "国际机场": 9000}
    plain, more = default_analyzer(), Analyzer(segmenter().extended(added))
    assert more.dictionary.shift == 0
    for row in rows(shared("acceptance/entries.jsonl")):
        text = row["headline"] + "\n" + row["body"]
        if not any(word in "".join(plain.units(text).texts) for word in added):
            assert more.terms(text) == plain.terms(text)


def test_dictionaries_are_values() -> None:
    """Written and read back they are equal; the fingerprint is that of the content, whatever the order."""
    one, two = Dictionary({"甲": 1, "乙": 2}), Dictionary({"乙": 2, "甲": 1})
    assert (one.fingerprint, one.packed()) == (two.fingerprint, two.packed())
    assert Dictionary.unpacked(one.packed(), one.fingerprint) == one
    assert one.changed_words(NO_WORDS) == {"甲", "乙"}
    assert Dictionary({"甲": 1}, shift=3).changed_words(one) is None
    assert Analyzer().fingerprint == default_analyzer().chain
