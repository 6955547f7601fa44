"""Did you mean: corrections of queries with almost no matches, and queries without corrections."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.engines import Vocabulary
from search.suggest.spelling import SpellChecker
from tests.support.homes import Cli, row, write_rows
from tests.support.oracle import ANALYZER

NEWS = (
    *[f"阿拉木图机场恢复运行，第{n}次通报。" for n in range(4)],
    *[f"俄罗斯总统在重庆发表讲话，第{n}段。" for n in range(4)],
    *[f"Zelensky 在新闻发布会上说，第{n}点。" for n in range(4)],
    "事实上，双方都在实施协议。",
)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """A few entries of three kinds."""
    home = Home(tmp_path_factory.mktemp("mend"))
    home.data.mkdir()
    agencies = [["俄新社"], ["新华社"]]
    rows = [row(f"e{n}", text, agencies=agencies[n % 2], time="2022-01-05") for n, text in enumerate(NEWS)]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    return Searcher(home)


def test_a_number_is_no_slip(tmp_path: Path) -> None:
    """Numbers are never replaced; mistakes beside them are corrected."""
    home = Home(tmp_path)
    home.data.mkdir()
    texts = ("四十余人死亡。", "执法人死亡。", "两人死亡。", "责任人死亡。", *["五人受伤。"] * 3)
    write_rows(home, "a.jsonl", [row(f"e{n}", text, time="2022-01-05") for n, text in enumerate(texts)])
    reindex(home)
    searcher = Searcher(home)
    assert searcher.search("五人死亡", partial=False).total == 0
    assert searcher.search("五人死亡").did_you_mean == ()
    assert searcher.search("5人死亡").did_you_mean == ()
    assert searcher.search("五人死亡 死亡").did_you_mean == ()
    assert searcher.search("五人受商").did_you_mean == ("五人受伤",)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("俄罗丝", "俄罗斯"),
        ("俄新杜", "俄新社"),
        ("阿拉图木", "阿拉木图"),
        ("阿木图", "阿拉木图"),
        ("阿拉木木图", "阿拉木图"),
        ("阿拉姆图", "阿拉木图"),
        ("冲庆", "重庆"),
        ("总通", "总统"),
        ("惠复", "恢复"),
        ("eluosi", "俄罗斯"),
        ("e luo si", "俄罗斯"),
        ("é luó sī", "俄罗斯"),
        ("chongqing", "重庆"),
        ("俄luosi", "俄罗斯"),
        ("alamutujichang", "阿拉木图机场"),
        ("alamutu jichang", "阿拉木图机场"),
        ("俄羅絲", "俄罗斯"),
        ("Zelenski", "zelensky"),
        ("阿拉木途机场", "阿拉木图机场"),
        ("阿拉木图 击场", "阿拉木图 机场"),
        ("俄罗丝总统讲话", "俄罗斯总统讲话"),
    ],
)
def test_the_right_correction_comes_first(searcher: Searcher, typed: str, meant: str) -> None:
    """One mistake of each kind, alone and among other words; the rest of the query stays as typed."""
    assert searcher.search(typed).did_you_mean[0] == meant


@pytest.mark.parametrize(
    "typed",
    [
        "机场",
        "",
        "火星",
        "俄罗斯 -总统",
        "来源:俄新杜",
        '"俄罗丝"',
        "俄罗丝*",
        "俄罗丝 OR 机长",
        "我想知道俄罗丝总统在哪里发表了讲话",
        "阿拉木图 重庆",
    ],
)
def test_other_queries_have_no_corrections(searcher: Searcher, typed: str) -> None:
    """Queries with enough matches, no near words, operators, great length, or only words of the index."""
    assert searcher.search(typed).did_you_mean == ()


def test_the_query_itself_is_searched(searcher: Searcher) -> None:
    """A correction never replaces the query: Han text does not match by its sound."""
    results = searcher.search("俄罗丝")
    assert results.query == "俄罗丝" and results.total == 0


def test_offers_find_something_under_the_filters(searcher: Searcher) -> None:
    """Corrections have matches under the filters."""
    assert searcher.search("俄罗丝", agency=["新华社"]).did_you_mean == ("俄罗斯",)
    assert searcher.search("俄罗丝", agency=["无人社"]).did_you_mean == ()
    assert searcher.search("俄罗丝", asof="2022-01-01").did_you_mean == ()


@given(st.text(alphabet="俄罗斯丝总统阿拉木图机场重庆 eluosi'5", max_size=12))
@settings(max_examples=200, deadline=None)
def test_every_offer_has_hits(searcher: Searcher, typed: str) -> None:
    """At most three distinct corrections, each with no fewer matches than the query."""
    results = searcher.search(typed)
    offers = results.did_you_mean
    assert len(set(offers)) == len(offers) <= 3 and typed not in offers
    for offer in offers:
        assert searcher.search(offer).total >= max(1, results.total)


def test_the_command_line_says_so(indexed: Cli) -> None:
    """Corrections are printed as text and as JSON."""
    assert "您要找的是不是：阿拉木图" in indexed.run("search", "阿拉木途").stdout
    assert indexed.json("search", "阿拉木途")["did_you_mean"] == ["阿拉木图"]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Entries in which the words of some queries stand in one piece, and others in which they stand apart."""
    home = Home(tmp_path_factory.mktemp("station"))
    home.data.mkdir()
    home.aliases.write_text("范德来恩 = Vanderlain\n", "utf-8")
    texts = [
        *["停火实施已满一周。"] * 2,
        *["事实需要核对。"] * 30,
        *["神舟飞船返回。"] * 12,
        "神州大地的飞船馆开放。",
        "大地上的飞船模型。",
        "范德来恩今日到访。",
    ]
    write_rows(home, "a.jsonl", [row(f"e{n}", text, time="2024-03-01") for n, text in enumerate(texts)])
    reindex(home)
    return Searcher(home)


def test_a_correction_that_stands_in_one_piece_comes_first(station: Searcher) -> None:
    """停火实施 is written in entries; 停火事实 is not, though 事实 is more frequent."""
    assert station.search("停火石施").did_you_mean[0] == "停火实施"


def test_words_that_only_stand_apart_have_a_close_correction(station: Searcher) -> None:
    """An entry with 神州 and 飞船 apart does not show that 神州飞船 is right."""
    assert station.search("神州飞船", partial=False).total == 1
    assert station.search("神州飞船").did_you_mean == ("神舟飞船",)
    assert station.search("大地飞船").total == 2
    assert station.search("大地飞船").did_you_mean == ()


def test_a_correction_is_a_name_of_the_aliases(station: Searcher) -> None:
    """Names of the file are known where the segmenter does not know them, in characters and pinyin."""
    assert station.search("范德莱恩").did_you_mean[0] == "范德来恩"
    assert station.search("fandelaien").did_you_mean == ("范德来恩",)


def corrections(*words: str) -> SpellChecker:
    """Return the corrections over words that are all as frequent."""
    return SpellChecker(Vocabulary(0, dict.fromkeys(words, 10), (), (), ()), ANALYZER)


def test_the_smaller_mistake_comes_first() -> None:
    """Among words that are as frequent: same sound, one left out, all only nearly so, one wrong."""
    found = corrections("时事", "四时", "时世报", "时光").candidates("时世")
    assert [one.text for one in found] == ["时事", "时世报", "四时", "时光"]
    assert corrections("重庆").candidates("冲庆")[0].score > corrections("重庆").candidates("宗庆")[0].score


def test_a_common_word_may_stand_before_a_nearer_rare_one() -> None:
    """Frequency counts against distance, as the table of costs says."""
    table = SpellChecker(Vocabulary(0, {"时是": 1, "实施": 4000}, (), (), ()), ANALYZER)
    assert [one.text for one in table.candidates("时事")] == ["实施", "时是"]


def test_numbers_and_single_characters_are_not_corrected() -> None:
    """5 is not 6, and a single character has too many candidates."""
    table = corrections("2022", "5人", "俄", "机场")
    assert table.candidates("2023") == table.candidates("6人") == table.candidates("我") == []


def test_the_order_of_corrections_is_that_of_asof(home: Home) -> None:
    """With `asof`, corrections are sorted by their matches up to that time."""
    early = [row(f"a{n}", "云南通报情况", time="2022-01-05T10:00:00+08:00") for n in range(6)]
    early.append(row("b0", "海南通报情况", time="2022-01-05T10:00:00+08:00"))
    late = [row(f"b{n}", "海南通报情况", time="2023-01-05T10:00:00+08:00") for n in range(1, 40)]
    write_rows(home, "a.jsonl", [*early, *late])
    reindex(home)
    searcher = Searcher(home)
    now, then = searcher.search("水南"), searcher.search("水南", asof="2022-06-01")
    assert (now.did_you_mean[0], then.did_you_mean[0]) == ("海南", "云南")
