"""Groups: which parts of a run stand in one piece, and which are not required."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.query.groups import grouped, only_asks
from tests.support.homes import row, write_rows

ANALYZER = default_analyzer()


def groups(text: str) -> list[str]:
    """Return the groups of a run as text."""
    units = ANALYZER.units(text)
    return ["".join(units.texts[i:j]) for i, j in grouped(units, ANALYZER.tiles(text), ())]


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        # a character left alone at an end of the run
        ("吉达港", ["吉达港"]),
        ("铁路局长", ["铁路局长"]),
        ("韩总统", ["韩总统"]),
        ("水利部门长", ["水利部门长"]),
        ("机场的", ["机场"]),
        ("在机场", ["机场"]),
        ("机场，港", ["机场", "港"]),
        ("机场路港口", ["机场路", "港口"]),
        # words that only ask
        ("列车什么时候到站", ["列车", "到站"]),
        ("为什么停电", ["停电"]),
        ("停电了吗", ["停电"]),
        ("市长是谁", ["市长"]),
        ("谁是市长", ["市长"]),
        ("展览在哪里举行", ["展览", "举行"]),
        ("洪水淹了多少人", ["洪水", "淹"]),
        ("暑假放几天", ["暑假", "放"]),
        ("新能源汽车好用吗", ["新能源", "汽车", "好用"]),
        ("街角酒吧", ["街角", "酒吧"]),
        # alone they are what is asked for
        ("为什么", ["为什么"]),
        ("是什么", ["什么"]),
        ("吗", ["吗"]),
    ],
)
def test_groups(run: str, parts: list[str]) -> None:
    """Each run has these groups."""
    assert groups(run) == parts


@given(st.text("吉达港停电什么时候是谁吗了，的5", min_size=1, max_size=12))
def test_groups_are_pieces_of_the_run_in_order(text: str) -> None:
    """Groups do not overlap, and no run of text is without one."""
    units = ANALYZER.units(text)
    ranges = grouped(units, ANALYZER.tiles(text), ())
    assert bool(ranges) == bool(len(units))
    ends = [0, *(end for _, end in ranges)]
    assert all(end <= start < stop for end, (start, stop) in zip(ends, ranges, strict=False))


@pytest.mark.parametrize(("run", "asks"), [("什么时候", True), ("吗", True), ("停电", False), ("", False)])
def test_runs_that_only_ask(run: str, asks: bool) -> None:
    """A run of question words has no topic; an empty one does not ask."""
    assert only_asks(ANALYZER.units(run), ANALYZER.tiles(run)) is asks


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Entries of a port, a power cut, and a name."""
    home = Home(tmp_path_factory.mktemp("groups"))
    home.data.mkdir()
    texts = {
        "port": "吉达港的起重机停了。",
        "apart": "吉达的客人经港口离开。",
        "cut": "新城昨夜停电。",
        **{f"name{n}": f"贾博文说，第{n}次检修已经完成。" for n in range(12)},
        "alike": "博文馆展出旧报纸。",
        "once": "范思齐当选会长。",
        "once-alike": "思齐小学开学。",
    }
    write_rows(home, "a.jsonl", [row(key, text, time="2024-03-01") for key, text in texts.items()])
    reindex(home)
    return Searcher(home)


def test_a_character_at_the_end_is_not_scattered(searcher: Searcher) -> None:
    """吉达港 is no entry about 吉达 with 港 elsewhere."""
    assert searcher.matches("吉达港") == {"port"}


@pytest.mark.parametrize(
    "query", ["新城什么时候停电", "新城停电了吗", "新城 停电 吗", "新城停电 是谁", "为什么 新城停电"]
)
def test_a_question_finds_what_it_asks_about(searcher: Searcher, query: str) -> None:
    """Question words are not required, so the answer is a full match that lacks nothing."""
    assert searcher.matches(query) == {"cut"}
    assert searcher.search(query).hits[0].missing == ()


def test_a_name_that_fills_a_page_has_no_partial_matches(searcher: Searcher) -> None:
    """A name that is found stands alone; a rare one is followed by what shares a part with it."""
    common, rare = searcher.search("贾博文"), searcher.search("范思齐")
    assert (common.total, common.partial_total) == (12, 0)
    assert (rare.total, rare.partial_total) == (1, 1)


def test_a_name_of_the_aliases_makes_a_partial_match(tmp_path: Path) -> None:
    """An entry with another name shares as much with the query as one with the name as typed."""
    home = Home(tmp_path)
    home.data.mkdir()
    home.aliases.write_text("梅耶斯 = Mayers\n", "utf-8")
    texts = {"typed": "梅耶斯离开了会场。", "other": "Mayers 发表了声明。", "none": "会场关闭。"}
    write_rows(home, "a.jsonl", [row(key, text, time="2024-03-01") for key, text in texts.items()])
    reindex(home)
    hits = Searcher(home).search("梅耶斯 灯塔").hits
    assert {hit.entry.id for hit in hits} == {"typed", "other"}
    assert all(hit.missing == ("灯塔",) for hit in hits)
