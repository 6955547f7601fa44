"""What a full match is, what a partial one lacks, and which entry comes first."""

import random
import re
import shutil
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.query.groups import grouped
from search.query.numbers import number_spans
from tests.support.homes import row, write_rows
from tests.support.shared import shared

ANALYZER = default_analyzer()


def searcher_of(home: Home, *headlines: str, **fields: object) -> Searcher:
    """Index entries with these headlines, oldest first."""
    rows = [
        row(
            f"long-identifier-{n}", "正文。", headline=text, time=f"2024-03-0{n + 1}T08:00:00+08:00", **fields
        )
        for n, text in enumerate(headlines)
    ]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    return Searcher(home)


def full(searcher: Searcher, query: str, **options: object) -> list[str]:
    """Return the headlines of the full matches."""
    return [hit.headline for hit in searcher.search(query, **options).hits if not hit.partial]


def groups(text: str) -> list[str]:
    """Return the groups of a run."""
    units, tiles = ANALYZER.units(text), ANALYZER.tiles(text)
    numbers = [(span.start, span.end) for span in number_spans(units, tiles)]
    return ["".join(units.texts[i:j]) for i, j in grouped(units, tiles, numbers)]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("日韩", ["日韩"]),
        ("日韩会谈", ["日韩", "会谈"]),
        ("40人失踪", ["40人", "失踪"]),
        ("3月9日泄洪", ["3月9日", "泄洪"]),
        ("120公里封闭", ["120公里", "封闭"]),
        ("普京与拜登", ["普京", "拜登"]),
        ("大坝的闸门", ["大坝", "闸门"]),
        ("B-52轰炸机", ["b52", "轰炸机"]),
        ("水库泄洪", ["水库", "泄洪"]),
        ("的", ["的"]),
    ],
)
def test_groups_of_a_run(run: str, expected: Sequence[str]) -> None:
    """Words are groups of their own, single characters form groups, function characters are left out."""
    assert groups(run) == expected


@given(st.text("日韩水库泄洪3月9日的与40人B-", min_size=1, max_size=16))
@settings(max_examples=300, deadline=None)
def test_groups_are_pieces_of_their_run(run: str) -> None:
    """In order, without overlaps, and never nothing where a run has units."""
    units, tiles = ANALYZER.units(run), ANALYZER.tiles(run)
    found = grouped(units, tiles, [(span.start, span.end) for span in number_spans(units, tiles)])
    assert bool(found) == bool(len(units))
    assert all(i < j for i, j in found) and all(a[1] <= b[0] for a, b in pairwise(found))


def test_scattered_characters_are_no_full_match(home: Home) -> None:
    """Neither single characters nor a date, nor a number beside another measure."""
    searcher = searcher_of(
        home, "日韩开会", "日本与韩国开会", "3月9日泄洪", "9月3日泄洪", "40人获救", "40辆车"
    )
    assert full(searcher, "日韩") == ["日韩开会"]
    assert full(searcher, "3月9日") == ["3月9日泄洪"]
    assert full(searcher, "40人") == ["40人获救"]
    assert set(full(searcher, "日本同韩国")) == {"日本与韩国开会"}


def test_a_partial_match_says_what_it_lacks(home: Home) -> None:
    """As typed; a number that no entry has does not empty the answer, one that some entry has is required."""
    searcher = searcher_of(home, "菲律宾强震", "菲律宾台风", "智利8.8级强震")
    results = searcher.search("菲律宾 9.9级 强震")
    assert (results.total, results.hits[0].headline) == (0, "菲律宾强震")
    assert results.hits[0].missing == ("9.9级",)
    assert {hit.headline: hit.missing for hit in results.hits}["菲律宾台风"] == ("9.9级", "强震")
    assert [hit.headline for hit in searcher.search("菲律宾 8.8级").hits] == ["智利8.8级强震"]
    assert searcher.search("菲律宾强震").hits[0].missing == ()


def test_facets_describe_partial_matches_where_there_is_no_full_one(home: Home) -> None:
    """So that a reader can narrow them; with full matches, they count these alone."""
    searcher = searcher_of(home, "菲律宾强震", "菲律宾台风", agencies=["甲社"])
    assert searcher.search("菲律宾海啸").facets["agency"][0].count == 2
    assert searcher.search("菲律宾强震").facets["agency"][0].count == 1


def test_exports_and_figures_have_full_matches(home: Home) -> None:
    """Partial ones only on request."""
    searcher = searcher_of(home, "菲律宾强震", "菲律宾台风")
    assert [scored.entry.headline for scored, _ in searcher.export("菲律宾强震").hits] == ["菲律宾强震"]
    assert len(list(searcher.export("菲律宾强震", partial=True).hits)) == 2


def test_the_headline_itself_is_first(home: Home) -> None:
    """However often another entry repeats the words; punctuation and script do not matter."""
    searcher = searcher_of(home, "大坝泄洪 大坝泄洪 大坝泄洪", "大坝泄洪", "大坝泄洪后恢复")
    for query in ("大坝泄洪", "大壩洩洪", "大坝泄洪。"):
        assert full(searcher, query)[0] == "大坝泄洪"
    assert next(scored.entry.headline for scored, _ in searcher.export("大坝泄洪").hits) == "大坝泄洪"
    assert full(searcher, "大坝泄洪", limit=1, page=2) != ["大坝泄洪"]


def test_spellings_of_a_name_are_one_value(home: Home) -> None:
    """Counted together, each entry once; choosing any spelling finds all."""
    names = (["晨报社"], ["晨报社"], ["晨報社"], ["晨报社", "晨報社"], ["ＡＢＣ"], ["ABC"])
    rows = [row(f"long-identifier-{n}", "水库泄洪。", agencies=list(one)) for n, one in enumerate(names)]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    searcher = Searcher(home)
    facet = {value.value: value.count for value in searcher.search("水库").facets["agency"]}
    assert facet == {"晨报社": 4, "ABC": 2}
    for name in ("晨报社", "晨報社"):
        assert searcher.search("水库", agency=(name,)).total == 4


def test_what_may_be_wrong_is_said_where_nothing_matches(home: Home) -> None:
    """A range the wrong way round, a name that no entry has, a negative number read as an exclusion."""
    searcher = searcher_of(home, "水库泄洪", agencies=["甲社"])

    def told(query: str, **options: object) -> str:
        return " ".join(problem.message for problem in searcher.search(query, **options).problems)

    assert "早于" in told("水库", from_="2024-03-05", to="2024-03-01")
    assert "没有叫「乙社」的来源" in told("水库", agency=("乙社",))
    assert "没有叫" not in told("机场", agency=("甲社",))
    assert "排除" in told("气温 -30度") and "排除" not in told("水库 -30度")


def test_a_sign_between_blanks_asks_for_nothing(home: Home) -> None:
    """But alone it is searched."""
    searcher = searcher_of(home, "水库泄洪 闸门打开", "汇率按€计")
    for query in ("水库 + 闸门", "水库 / 闸门", "水库 = 闸门"):
        assert full(searcher, query) == ["水库泄洪 闸门打开"]
    assert full(searcher, "€") == ["汇率按€计"]


# -- on real news -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, list[str]]:
    """The news of the shared folder, and their texts."""
    home = Home(tmp_path_factory.mktemp("news"))
    home.data.mkdir()
    shutil.copy(shared("collections/cctv_news/entries.jsonl.gz"), home.data / "news.jsonl.gz")
    reindex(home)
    searcher = Searcher(home)
    return searcher, [scored.entry.text for scored, _ in searcher.export("").hits]


@pytest.mark.slow
def test_full_matches_contain_what_was_typed(news: tuple[Searcher, list[str]]) -> None:
    """300 pairs of characters that jieba cuts apart, and 200 dates and numbers with measures."""
    searcher, texts = news
    draw = random.Random(20240309)
    pairs, figures = set[str](), set[str]()
    while len(pairs) < 300 or len(figures) < 200:
        text = draw.choice(texts)
        found = re.findall(r"[1-9][0-9]{0,2}(?:月[1-9][0-9]?日|人|年|公里|万|亿|个|次|岁)", text)
        figures.update(draw.sample(found, min(len(found), 2)) if len(figures) < 200 else ())
        start = draw.randrange(max(1, len(text) - 1))
        pair = text[start : start + 2]
        if len(pairs) < 300 and re.fullmatch("[一-鿿]{2}", pair) and len(ANALYZER.tiles(pair)) == 2:
            pairs.add(pair)
    for query in sorted(pairs) + sorted(figures)[:200]:
        wanted = searcher.resolve(query)
        forms = {re.sub("[^0-9一-鿿]", "", str(one)) for one in wanted.highlights} | {query}
        for hit in searcher.search(query, limit=20, partial=False, sort="newest").hits:
            plain = re.sub(r"[\s“”‘’「」《》·\-—]+", "", ANALYZER.fold(searcher.entry(hit.id).text))
            assert any(ANALYZER.fold(form) in plain for form in forms), (query, hit.id)
