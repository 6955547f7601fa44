"""Expansion: names, numbers and spellings find each other, no match is lost, and 5 is not 15."""

from __future__ import annotations

import itertools
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.query.grammar import parse
from search.query.logical import LogicalQuery
from search.query.resolve import Context, resolve
from search.settings.aliases import Names, read_aliases
from tests.support.homes import row, write_rows
from tests.support.shared import rows, shared
from tests.unit.query.test_resolve import LATEST, NOW, check, matches

ANALYZER, ZONE = default_analyzer(), ZoneInfo("Asia/Shanghai")
ALIASES = """
泽连斯基 = 澤倫斯基 = Zelensky
俄新社 = 俄罗斯新闻社 = RIA Novosti
哈国 = 哈萨克斯坦
卢比奥 = 鲁比奥 @ 2025-01-20..
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    """The groups above."""
    file = tmp_path_factory.mktemp("names") / "aliases.txt"
    file.write_text(ALIASES, encoding="utf-8")
    return Names(read_aliases(file, ANALYZER, ZONE).groups)


def meaning(text: str, names: Names | None = None, *, exact: bool = False) -> LogicalQuery:
    """Return what a query means with these names."""
    return resolve(parse(text), Context(ANALYZER, ZONE, NOW, LATEST, exact, names or Names()))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("泽连斯基", "澤倫斯基：烏克蘭不會放棄"),
        ("澤倫斯基", "乌克兰总统泽连斯基会见记者"),
        ("zelensky", "泽连斯基会见记者"),
        ("泽连斯基", "President ZELENSKY said"),
        ("乌克兰总统泽连斯基", "澤倫斯基，烏克蘭總統"),
        ('"总统泽连斯基在"', "总统Zelensky在基辅"),
        ('"总统泽连斯基5日"', "总统Zelensky五日抵达"),
        ("俄新社报道", "RIA Novosti报导"),
        ('"据俄新社报道"', "据俄罗斯新闻社报导"),
        ("标题:泽连斯基", "澤倫斯基"),
        ("机场 OR 俄新社", "俄罗斯新闻社"),
        ("哈国机场", "哈萨克斯坦的机场"),
        ("五人死亡", "造成5人死亡"),
        ("5人死亡", "造成五人死亡"),
        ("15人死亡", "十五人死亡"),
        ("十五人死亡", "15人死亡"),
        ("五架飞机", "5架飞机"),
        ("2人", "两人"),
        ("三百余人", "300余人"),
        ("2022年", "二〇二二年"),
        ("13时30分", "于13:30抵达"),
        ('"13点30分"', "13：30"),
        ("13点30分", "13时30分"),
        ('"5日13:30左右"', "五日13点30分左右"),
        ("9:05", "上午9时5分"),
        ("报导", "报道"),
        ("其它", "其他"),
    ],
)
def test_one_finds_the_other(names: Names, query: str, text: str) -> None:
    """The query finds the text, in full and among the partial matches, and not when it is exact."""
    wide = meaning(query, names)
    assert matches(wide.match, text)
    assert not matches(meaning(query, names, exact=True).match, text)
    check(wide.match)
    if wide.fallback is not None:
        check(wide.fallback)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("5人死亡", "十五人死亡"),
        ("5人死亡", "15人死亡"),
        ("五人死亡", "15人死亡"),
        ("15人死亡", "二十五人死亡"),
        ('"5人死亡"', "十五人死亡"),
        ("5日", "二十五日"),
        ("1月", "十一月"),
        ("张三", "张3"),
        ("第三次", "第二次，共3次"),
        ("-泽连斯基", "泽连斯基"),
        ("泽连*", "澤倫斯基"),
        ("人哈国际", "人哈萨克斯坦际"),
    ],
)
def test_other_things_stay_apart(names: Names, query: str, text: str) -> None:
    """5 is not 15, whichever way it is written; a name inside other words is none; a prefix is as typed."""
    assert not matches(meaning(query, names).match, text)


def test_what_is_excluded_is_excluded_as_typed(names: Names) -> None:
    """Excluded texts are not expanded, which would remove matches."""
    query = meaning("机场 -泽连斯基 -5人 -报导", names)
    assert str(query.match) == str(meaning("机场 -泽连斯基 -5人 -报导", exact=True).match)
    assert query.also_searched == ()


def test_also_searched_has_the_names_of_the_file(names: Names) -> None:
    """Each alias of the query as written in the file; numbers and spellings are not listed."""
    assert meaning('Zelensky "俄新社" 五人 报导', names).also_searched == (
        *("泽连斯基", "澤倫斯基"),
        *("俄罗斯新闻社", "RIA Novosti"),
    )
    assert meaning("Zelensky", names, exact=True).also_searched == ()


def test_exact_is_as_if_there_were_nothing(names: Names) -> None:
    """An exact query equals the query without aliases."""
    assert meaning("泽连斯基 俄新社", names, exact=True) == meaning("泽连斯基 俄新社", exact=True)


def test_variants_are_highlighted_and_scored(names: Names) -> None:
    """Phrases of the names are highlighted; their terms score, but not the parts of a long name."""
    query = meaning("泽连斯基", names)
    assert {"[zelensky]", "[泽伦斯基]"} <= set(map(str, query.highlights)) & set(
        map(str, query.partial_highlights)
    )
    assert {"zelensky"} <= {word for word, _ in query.terms.words} & {
        unit for unit, _ in query.terms.unigrams
    }
    words = {word for word, _ in meaning("俄新社", names).terms.words}
    assert words.isdisjoint({"俄罗斯", "新闻"})


def test_short_queries_keep_widened_numbers() -> None:
    """A partial match of a short query has the number in any variant; of a long one it need not."""
    fallback = meaning("五人死亡").fallback
    assert fallback is not None
    assert matches(fallback, "死亡人数为5人") and matches(fallback, "五人受伤")
    assert not matches(fallback, "15人死亡") and not matches(fallback, "死亡")
    long = meaning("五人死亡，多人受伤送往医院").fallback
    assert long is not None and matches(long, "死亡")


def test_a_number_alone_needs_its_measure() -> None:
    """Where a number is all there is to share, the fallback has no other number."""
    fallback = meaning("5人").fallback
    assert fallback is not None and not matches(fallback, "十五人") and matches(fallback, "五人")


NAMES = ["泽连斯基", "澤倫斯基", "zelensky", "俄新社", "俄罗斯新闻社", "哈国", "机场", "报导", "报道"]
PIECES = [
    *NAMES,
    "五",
    "5",
    "15",
    "十",
    "人",
    "第",
    "次",
    "月",
    "1",
    "13:30",
    "13时30分",
    "2022年",
    "，",
    " ",
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
QUERY = st.lists(st.sampled_from([*PIECES, ' "', '" ', " OR ", " -", "("]), max_size=10).map("".join)


@given(QUERY, TEXT)
def test_expansion_never_loses_a_match(names: Names, query: str, text: str) -> None:
    """Matches of the exact query are matches of the expanded query."""
    if matches(meaning(query, exact=True).match, text):
        assert matches(meaning(query, names).match, text)


@given(QUERY, TEXT)
def test_partial_matches_include_full_ones(names: Names, query: str, text: str) -> None:
    """The fallback of an expanded query finds all full matches; nodes satisfy their contracts."""
    logical = meaning(query, names)
    check(logical.match)
    if logical.fallback is not None:
        check(logical.fallback)
        assert not matches(logical.match, text) or matches(logical.fallback, text)


@given(TEXT)
def test_a_quoted_text_finds_itself(names: Names, text: str) -> None:
    """Any text is found by quoting it, however it is expanded."""
    assert not text.strip(" ，") or matches(meaning(f'"{text}"', names).match, text)


def test_many_spans_have_a_bounded_number_of_combinations() -> None:
    """A text with many numbers has a bounded logical query, quoted or not."""
    text = "，".join(f"{n}人" for n in range(1, 150))
    for query in (text, f'"{text}"'):
        assert len(str(meaning(query).match)) < 200_000


# -- through the product -----------------------------------------------------------------------------------


def ids(searcher: Searcher, query: str, **options: object) -> set[str]:
    """Return the ids of the full matches."""
    return {hit.id for hit in searcher.search(query, **options).hits if not hit.partial}  # type: ignore[arg-type]


@pytest.fixture
def news(home: Home) -> Searcher:
    """Entries of two times that name the same people differently."""
    entries = [
        row("old", "鲁比奥发言", time="2024-06-01T08:00:00+08:00"),
        row("new", "鲁比奥发言", time="2025-06-01T08:00:00+08:00"),
        row("typed", "卢比奥发言", time="2024-06-01T09:00:00+08:00"),
        row("tw", "澤倫斯基發言", headline="澤倫斯基"),
        row("both", "泽连斯基与5人会面"),
        row("fifteen", "泽连斯基与十五人会面"),
        row("clock", "13点30分抵达"),
        row("colon", "于１３：３０抵达"),
    ]
    write_rows(home, "news.jsonl", entries)
    home.aliases.write_text(ALIASES, encoding="utf-8")
    reindex(home)
    return Searcher(home)


def test_a_range_limits_the_names(news: Searcher) -> None:
    """Dated aliases match entries of their time, and are not listed when no such entry can match."""
    assert ids(news, "卢比奥") == {"new", "typed"}
    assert news.search("卢比奥").also_searched == ("鲁比奥",)
    assert news.search("卢比奥 时间:2025").also_searched == ("鲁比奥",)
    for limits in ({"to": "2024-12-31"}, {"asof": "2024-12-31"}):
        assert news.search("卢比奥", **limits).also_searched == ()  # type: ignore[arg-type]
    for query in ("卢比奥 时间:2024", "卢比奥 截至:2024-12-31"):
        assert (ids(news, query), news.search(query).also_searched) == ({"typed"}, ())


def test_aliases_are_read_again_while_running(news: Searcher) -> None:
    """A change of the file applies to the next search, without a reindex."""
    assert ids(news, "泽连斯基") == {"tw", "both", "fifteen"}
    assert ids(news, "泽连斯基", exact=True) == {"both", "fifteen"}
    news.home.aliases.write_text("发言 = 会面\n", encoding="utf-8")
    assert ids(news, "泽连斯基") == {"both", "fifteen"}
    assert ids(news, "泽连斯基发言") == {"both", "fifteen"}
    news.home.aliases.unlink()
    assert ids(news, "泽连斯基发言") == set()


def test_hits_show_the_other_name(news: Searcher) -> None:
    """A match by another name is highlighted and has a score."""
    (hit,) = (hit for hit in news.search("泽连斯基").hits if hit.id == "tw")
    assert hit.highlights["headline"] == "<mark>澤倫斯基</mark>"
    assert hit.score > 0


def test_clock_times_find_each_other(news: Searcher) -> None:
    """With a colon or in words, plain or quoted."""
    for query in ("13:30", '"13:30"', '"13时30分抵达"', '"13：30抵达"'):
        assert ids(news, query) == {"clock", "colon"}
    assert ids(news, '"13:30"', exact=True) == {"colon"}


def test_the_parts_of_a_query_are_expanded(news: Searcher) -> None:
    """Without full matches, each part is counted with its variants."""
    parts = {part.text: part.total for part in news.search("泽连斯基地震").parts}
    assert parts == {"泽连斯基": 3, "地震": 0}


def test_matches_agree_with_search(news: Searcher) -> None:
    """Exact matches are among the expanded ones."""
    for query in ("泽连斯基", "五人", "卢比奥 OR 5人"):
        assert news.matches(query, exact=True) <= news.matches(query) == ids(news, query)


def test_the_case_of_the_two_renderings(home: Home) -> None:
    """With an aliases file in the home, the mainland name finds the Taiwan one and the reverse."""
    write_rows(home, "entries.jsonl", rows(shared("acceptance/entries.jsonl")))
    home.aliases.write_text("泽连斯基 = 澤倫斯基\n", encoding="utf-8")
    reindex(home)
    for query, exact in itertools.product(("泽连斯基", "澤倫斯基", '"泽连斯基"'), (False, True)):
        assert ({"F04", "F05"} <= ids(Searcher(home), query, exact=exact)) is not exact


def test_the_sample_finds_by_other_names(home: Home) -> None:
    """The sample aliases fit the sample data."""
    for path in (Path(__file__).parents[3] / "data").glob("*.txt"):
        (home.data / path.name).write_bytes(path.read_bytes())
    report = reindex(home)
    assert (report.entries, report.problems) == (71, ())
    searcher = Searcher(home)
    for query, least in {"Tokayev": 10, "托卡葉夫": 10, "Almaty": 15, "RIA": 10, "Erdogan": 3}.items():
        assert searcher.search(query).total >= least, query
