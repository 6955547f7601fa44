"""Resolving: the logical query of each query, its fallback and its highlights."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.query.grammar import MAX_LENGTH, parse
from search.query.logical import AllOf, AnyOf, AnyTerm, Everything, LogicalQuery, Node, Not, Phrase
from search.query.resolve import Context, match_of, resolve
from tests.support.growth import growth

ANALYZER = default_analyzer()
ZONE = ZoneInfo("Asia/Shanghai")
NOW, LATEST = datetime(2022, 1, 8, 9, tzinfo=ZONE), datetime(2022, 1, 6, 13, 59, tzinfo=ZONE)
# Expansion has its own tests in test_expand.
CONTEXT = Context(ANALYZER, ZONE, NOW, LATEST, exact=True)


def meaning(text: str) -> LogicalQuery:
    return resolve(parse(text), CONTEXT)


def contains(text: str, phrase: Phrase) -> bool:
    """The reference implementation of a phrase: try every position."""
    units = ANALYZER.units(text)
    at = dict(zip(units.positions, units.texts, strict=True))
    pairs = list(zip(phrase.offsets, phrase.units, strict=True))
    return any(all(at.get(start + offset) == unit for offset, unit in pairs) for start in at)


def matches(node: Node, text: str) -> bool:
    """The reference implementation of nodes over one text, without fields and times."""
    match node:
        case Phrase():
            return contains(text, node)
        case AllOf(children):
            return all(matches(child, text) for child in children)
        case AnyOf(children):
            return any(matches(child, text) for child in children)
        case Not(child):
            return not matches(child, text)
        case Everything():
            return True
        case AnyTerm(words, bigrams):
            terms = ANALYZER.terms(text)
            return not {*words, *bigrams}.isdisjoint([*terms.words, *terms.bigrams])
    raise AssertionError(node)


DAY = "time=2022-01-05 00:00:00+08:00..2022-01-06 00:00:00+08:00"

MEANINGS = [
    ("", "*", None),
    ("俄", "[俄]", None),
    ("机场", "[机场]", None),
    ("阿拉木图机场", "([阿拉木图] & [机场])", "shares(阿拉 阿拉木图 机场 阿拉 拉木 木图 图机 机场)"),
    ("俄新社：", "[俄新社]", "shares(俄新社 俄新 新社)"),
    ("机场 机场", "[机场]", "shares(机场 机场)"),
    ("机场，航班", "([机场] & [航班])", "shares(机场 航班 机场 航班)"),
    ('"机场，航班"', "[机场_航班]", None),
    ('"阿拉木图机场"', "[阿拉木图机场]", None),
    ("“北溪-2”", "[北溪2]", None),
    ("阿拉*", "[阿拉]", None),
    ("kaz*", "[kaz*]", None),
    # explicit parts are kept in partial matches
    ("机场 -航班", "([机场] & -[航班])", None),
    ("机场航班 -普京", "([机场] & [航班] & -[普京])", "(-[普京] & shares(机场 航班 机场 场航 航班))"),
    ("俄新社 来源:俄新社", "([俄新社] & agency=俄新社)", "(agency=俄新社 & shares(俄新社 俄新 新社))"),
    ('俄新社 "航班"', "([俄新社] & [航班])", "([航班] & shares(俄新社 俄新 新社))"),
    ("机场航班 OR 普京", "(([机场] & [航班]) | [普京])", None),
    ("标题:机场航班", "(headline:[机场] & headline:[航班])", None),
    # numbers of short queries stay
    ("5人死亡", "([5人] & [死亡])", "([5] & shares(死亡 5人 人死 死亡))"),
    ("5日", "[5日]", "([5] & shares(5日))"),
    ("怎么 的了", "[的了]", "shares(的了)"),
    # characters that stand alone are one phrase, and function characters between words are not required
    ("中美", "[中美]", "shares(中美)"),
    ("普京同拜登", "([普京] & [拜登])", "shares(普京 拜登 普京 京同 同拜 拜登)"),
    ("机场的", "[机场]", "shares(机场 机场 场的)"),
    ("10月7日", "[10月7日]", "([10] & [7] & shares(10 月 月7 7日))"),
    ("F-16战机", "([f16] & [战机])", "([16] & shares(f 战机 f 16 16 战 战机))"),
    # a sign between blanks asks for nothing
    ("机场 + 航班", "([机场] & [航班])", "shares(机场 航班 机场 航班)"),
    ("5 15", "([5] & [15])", None),
    # words that only ask, and single characters, are not shared
    ("机场怎么了", "[机场]", "shares(机场 机场 场怎 么了)"),
    # negation, OR, fields
    ("-普京", "(* & -[普京])", None),
    ("-普京 -拜登", "(* & -[普京] & -[拜登])", None),
    ("机场 OR -普京", "([机场] | (* & -[普京]))", None),
    ("机场 OR (航班 OR 机场)", "([机场] | [航班])", None),
    ("-(机场 航班)", "(* & -([机场] & [航班]))", None),
    ("-标题:(-机场)", "headline:[机场]", None),
    ("标题:(机场 OR 航班 来源:俄新社)", "(headline:[机场] | (headline:[航班] & agency=俄新社))", None),
    ("来源:(俄新社 OR 塔斯社)", "(agency=俄新社 | agency=塔斯社)", None),
    ("首发:KazTag 转引:俄新社", "(origin=kaztag & via=俄新社)", None),
    ("首發:(俄新社 OR -轉引:塔斯社)", "(origin=俄新社 | (* & -via=塔斯社))", None),
    ('来源:"Al Jazeera" 专题:A', "(agency=aljazeera & stream=a)", None),
    ("時間:1月5日 -来源:俄新社", f"({DAY} & -agency=俄新社)", None),
    ("时间:2022-01-05 ，", DAY, None),
]


@pytest.mark.parametrize(("text", "match", "fallback"), MEANINGS)
def test_meaning(text: str, match: str, fallback: str | None) -> None:
    """Each query has this match and this fallback, and no problems."""
    query = meaning(text)
    assert str(query.match) == match
    assert (str(query.fallback) if query.fallback else None) == fallback
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "match", "position", "words"),
    [
        ("，。", "*", 0, "没有可以检索的文字"),
        ("来源:… ，", "*", 0, "没有可以检索的文字"),
        ("机场 时间:胡说", "[机场]", 6, "胡说"),
        ('机场 时间:"2022-02-30"', "[机场]", 7, "2月30日"),
        ("机场 -截至:昨天", "[机场]", 7, "「截至」不能排除"),
        ("来源:俄新*", "agency=俄新", 3, "「*」不能用于来源"),
        ("转引:俄新*", "via=俄新", 3, "「*」不能用于转引"),
        ("机场 -", "[机场]", 3, "「-」"),
    ],
)
def test_unusable_parts_are_reported(text: str, match: str, position: int, words: str) -> None:
    """One problem has position and message; the rest of the query is resolved."""
    query = meaning(text)
    (problem,) = query.problems
    assert (str(query.match), problem.position) == (match, position)
    assert words in problem.message


def test_asof_is_not_part_of_the_match() -> None:
    """截至 becomes `asof`; the earliest of several is used."""
    query = meaning("机场 截至:2022-01-05 13:35 截至:1月6日")
    assert str(query.match) == "[机场]"
    assert query.asof == datetime(2022, 1, 5, 13, 35, 59, 999999, tzinfo=ZONE)


def test_highlights_are_those_of_parts_that_are_not_excluded() -> None:
    """The whole run, its words, prefixes and quoted texts are highlighted, excluded parts are not."""
    query = meaning('阿拉木图机场 -普京 kaz* "北溪-2" 标题:航班 来源:俄新社')
    rows = ["[阿拉木图机场]", "[阿拉木图]", "[机场]", "[kaz*]", "[北溪2]", "headline:[航班]"]
    assert list(map(str, query.highlights)) == rows
    assert set(query.partial_highlights) - set(query.highlights) == set(
        meaning("阿拉 拉木 木图 图机").highlights
    )


def test_single_characters_of_a_run_are_not_highlighted_in_partial_matches() -> None:
    """的 is no shared term and not required between words, so only a whole run of it is highlighted."""
    assert str(meaning("阿拉木图的机场").partial_highlights[-1]) == "[的机]"
    assert "[的]" not in map(str, meaning("阿拉木图的机场").partial_highlights)
    assert "[的]" not in map(str, meaning("阿拉木图的机场").highlights)
    assert "[的]" in map(str, meaning("阿拉木图机场 的").partial_highlights)


def test_scoring_terms_are_those_of_runs_and_quoted_texts() -> None:
    """Runs, phrases and headline values score; excluded parts, prefixes and other fields do not."""
    terms = meaning('机场 机场 "航班" 标题:停飞 -普京 kaz* 来源:俄新社').terms
    assert terms.words == (("机场", 2), ("航班", 1), ("停飞", 1))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("阿拉木图机场", ["阿拉木图", "机场"]),
        ("Ｆ－１６战机", ["Ｆ－１６", "战机"]),
        ('机场航班 "北溪-2" -普京', ["机场航班", '"北溪-2"', "-普京"]),
        ("(机场 OR 航班) 标题:停飞", ["(机场 OR 航班)", "标题:停飞"]),
        ("机场 ，", ["机场"]),
        ("", []),
    ],
)
def test_parts_are_as_typed(text: str, parts: list[str]) -> None:
    """The parts of a query have the typed text; a single run is split into its words."""
    assert [part.text for part in meaning(text).parts] == parts


NEWS = st.text("阿拉木图机场的航班停飞，。“”：·(） \nF1635.%+kaz", max_size=40)


@given(NEWS, st.data())
def test_any_stretch_of_an_entry_finds_it(text: str, data: st.DataObject) -> None:
    """Whatever can be read can be found: plain, quoted, and among the partial matches."""
    units = ANALYZER.units(text)
    assume(len(units))
    i = data.draw(st.integers(0, len(units) - 1))
    j = data.draw(st.integers(i, len(units) - 1))
    stretch = text[units.starts[i] : units.ends[j]]
    plain = meaning(stretch)
    assert matches(plain.match, text)
    assert plain.fallback is None or matches(plain.fallback, text)
    if "“" not in stretch and "”" not in stretch:
        assert matches(meaning(f'"{stretch}"').match, text)


@given(st.text('机场航班的5F-" ()|*，', max_size=20), st.text("机场航班的5F普京", max_size=20))
def test_partial_matches_include_full_ones(query: str, text: str) -> None:
    """The fallback finds all full matches, so engines may run it alone."""
    logical = meaning(query)
    if logical.fallback is not None and matches(logical.match, text):
        assert matches(logical.fallback, text)


@given(
    st.text(
        st.one_of(st.characters(), st.sampled_from('机场"“”() -|*:5标题时间来源截至\u0301\u200d')),
        max_size=40,
    )
)
def test_any_text_has_a_meaning(text: str) -> None:
    """Resolving never fails, accents without a letter included, and its nodes satisfy their contracts."""
    query = meaning(text)
    for node in (query.match, *(part.node for part in query.parts), *filter(None, [query.fallback])):
        check(node)


@pytest.mark.parametrize(
    "text", ["机场\u0301关闭", "\u0301\u0301", "机场a \u035c 关闭", "任务\u200d\ufeff\u0301，机场"]
)
def test_an_accent_without_its_letter_has_a_meaning(text: str) -> None:
    """Such accents stand for nothing by themselves."""
    query = meaning(text)
    assert all(phrase.units for phrase in (*query.highlights, *query.partial_highlights))


@given(st.text('阿拉木图机场5-" ()|来源:', max_size=20))
def test_the_match_alone_is_that_of_the_whole_meaning(text: str) -> None:
    """`match_of` is the match of `resolve`."""
    assert match_of(parse(text), CONTEXT) == meaning(text).match


def check(node: Node) -> None:
    """Assert the contracts of the logical nodes."""
    assert not isinstance(node, Not)
    if isinstance(node, Phrase):
        assert len(node.units) == len(node.offsets) > 0 and node.offsets[0] == 0
        assert list(node.offsets) == sorted(set(node.offsets))
    if isinstance(node, AllOf | AnyOf):
        assert len(node.children) > 1 and not any(isinstance(c, type(node)) for c in node.children)
        assert not all(isinstance(child, Not) for child in node.children)
        for child in node.children:
            check(child.child if isinstance(child, Not) and isinstance(node, AllOf) else child)


def test_shared_bigrams_are_terms_of_the_index() -> None:
    """Bigrams are written as the analyzer writes them, and none runs across punctuation."""
    fallback = meaning("al/jazeera’s战机，机场 报道").fallback
    assert isinstance(fallback, AnyTerm)
    assert set(fallback.bigrams) <= set(ANALYZER.terms("al/jazeera’s战机，机场").bigrams) | {"报道"}
    assert fallback.bigrams[-3:] == ("战机", "机场", "报道")
    fallback = meaning("G-20峰会 通报").fallback
    assert isinstance(fallback, AllOf) and AnyTerm(
        ("g", "峰会", "通报"), ("g 20", "20 峰", "峰会", "通报")
    ) in (fallback.children)


def test_time_is_linear_in_the_length_of_the_query() -> None:
    """Up to the longest query that is accepted, twice the characters take twice the time."""
    assert growth(meaning, MAX_LENGTH // 8, lambda size: ("阿拉木图机场的航班停飞 " * size)[:size]) < 3


@pytest.mark.parametrize(
    "text",
    [
        "截至:1月6日 机场 恢复",
        "机场 恢复 截至:1月6日",
        "机场 截至:1月6日 恢复",
        "来源:俄新社 机场 恢复",
        "机场 恢复 时间:2022-01-05 截至:1月6日",
    ],
)
def test_conditions_do_not_change_the_headline_that_a_query_is(text: str) -> None:
    """The entry whose headline is the query comes first, under any conditions and as of any moment."""
    assert meaning(text).title == meaning("机场 恢复").title is not None


@pytest.mark.parametrize(
    ("text", "counts"), [("机场", True), ("来源:俄新社 机场 恢复", True), ("阿拉木图机场恢复运行", False)]
)
def test_age_counts_in_short_queries(text: str, counts: bool) -> None:
    """Fields do not count as words."""
    assert meaning(text).recency is counts
