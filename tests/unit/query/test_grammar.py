"""The grammar: any text gives a tree and clear problems, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import QueryError
from search.query.grammar import MAX_DEPTH, MAX_LENGTH, parse, parse_strict
from tests.support.growth import growth

HEADLINE = '托卡耶夫称,阿拉木图的机场和包括外国航班的5架飞机被"恐怖分子"扣押'

TREES = [
    # runs
    ("", ""),
    (" \u3000\t\n", ""),
    ("阿拉木图机场", "阿拉木图机场"),
    ("爆炸 叙利亚", "(and 爆炸 叙利亚)"),
    ("爆炸\u3000叙利亚\u00a0大马士革", "(and 爆炸 叙利亚 大马士革)"),
    ("俄新社：", "俄新社："),
    ("13:30", "13:30"),
    ("俄媒:“和平”", "俄媒:“和平”"),
    ("https://example.org/?q=1", "https://example.org/?q=1"),
    ("a\x00b\ud800c\x85d", "(and a b c d)"),
    ("or and not", "(and or and not)"),
    ("ORANGE ANDES NOTE", "(and ORANGE ANDES NOTE)"),
    ("A&B AT&T", "(and A&B AT&T)"),
    ("+机场 ＋航班", "(and 机场 航班)"),
    ("欧佩克+ 欧佩克＋", "(and 欧佩克+ 欧佩克＋)"),
    ("+", "+"),
    # hyphens and negation
    ("北溪-2 F-16 2022-01-05", "(and 北溪-2 F-16 2022-01-05)"),
    ("拜登 -普京", "(and 拜登 (not 普京))"),
    ("拜登　－普京 −泽连斯基", "(and 拜登 (not 普京) (not 泽连斯基))"),
    ("-普京", "(not 普京)"),
    ("--普京", "--普京"),
    ("——", "——"),
    ("NOT 普京", "(not 普京)"),
    ("ＮＯＴ 普京 拜登", "(and (not 普京) 拜登)"),
    ("NOT NOT 普京", "普京"),
    ("NOT -普京", "普京"),
    ("-(-普京)", "普京"),
    ("-(拜登 普京) -“北溪-2”", '(and (not (and 拜登 普京)) (not "北溪-2"))'),
    ("NOT(拜登 OR 普京)", "(not (or 拜登 普京))"),
    ("(-普京)", "(not 普京)"),
    # OR, AND and their precedence
    ("a OR b", "(or a b)"),
    ("a | b ｜ c", "(or a b c)"),
    ("a|b||c", "(or a b c)"),
    ("a ＯＲ b", "(or a b)"),
    ("a b OR c d", "(or (and a b) (and c d))"),
    ("a (b OR c) d", "(and a (or b c) d)"),
    ("a OR -b c", "(or a (and (not b) c))"),
    ("a AND b & c && d", "(and a b c d)"),
    ("a AND (b AND c)", "(and a b c)"),
    ("(a OR b) OR c", "(or a b c)"),
    # brackets
    ("（俄新社 OR 塔斯社） 机场", "(and (or 俄新社 塔斯社) 机场)"),
    ("((((机场))))", "机场"),
    ("(a b)(c d)", "(and a b c d)"),
    ("(a OR b)c", "(and (or a b) c)"),
    ("阿拉木图市(图片)外", "阿拉木图市(图片)外"),
    ("(阿拉木图市(图片) OR 机场)", "(or 阿拉木图市(图片) 机场)"),
    ("秩序(总台记者 王斌) 完", "(and 秩序(总台记者 王斌) 完)"),
    ("1)首先 2)其次", "(and 1)首先 2)其次)"),
    # quotes
    ('"阿拉木图 机场"', '"阿拉木图 机场"'),
    ("“北溪-2”", '"北溪-2"'),
    ("「北溪」 『机场』 ＂航班＂", '(and "北溪" "机场" "航班")'),
    ('“机场" "航班”', '"机场" "航班"'),
    ('“机场" 航班', '(and "机场" 航班)'),
    ('"甲称“乙”丙" 丁', '(and "甲称“乙”丙" 丁)'),
    ("“甲“乙”丙” 丁", '(and "甲“乙”丙" 丁)'),
    ("「甲『乙』丙」", '"甲『乙』丙"'),
    ("“北溪-2”？ 管道", '(and "北溪-2" 管道)'),
    ('"机场""航班"', '(and "机场" "航班")'),
    ('("机场" OR "航班")', '(or "机场" "航班")'),
    ('"(机场 OR -航班)"', '"(机场 OR -航班)"'),
    ('"a|b"c', '"a|b"c'),
    ('"机场 航班"停飞', '(and "机场 航班" 停飞)'),
    ("“和平”国际广播电视公司", "“和平”国际广播电视公司"),
    ("5架飞机被“恐怖分子”扣押", "5架飞机被“恐怖分子”扣押"),
    (HEADLINE, HEADLINE),
    # fields
    ("标题:机场", "headline:机场"),
    ("标题：机场 headline:航班 Headline:a 標題:b", "(and headline:机场 headline:航班 headline:a headline:b)"),
    ("来源:俄新社 來源:塔斯社 agency:路透社", "(and agency:俄新社 agency:塔斯社 agency:路透社)"),
    ("首发:俄新社 首發：塔斯社 origin:路透社", "(and origin:俄新社 origin:塔斯社 origin:路透社)"),
    ("转引:俄新社 轉引：塔斯社 VIA:路透社", "(and via:俄新社 via:塔斯社 via:路透社)"),
    ("-转引:(俄新社 OR 塔斯社)", "(not via:(or 俄新社 塔斯社))"),
    ("机场首发:俄新社", "机场首发:俄新社"),
    ("专题:2022-01-06-kazakhstan", "stream:2022-01-06-kazakhstan"),
    ('标题:"机场 航班"', 'headline:"机场 航班"'),
    ("标题:(机场 OR 航班)", "headline:(or 机场 航班)"),
    ("标题:(机场 来源:俄新社)", "headline:(and 机场 agency:俄新社)"),
    ("-来源:俄新社", "(not agency:俄新社)"),
    ("标题:阿拉*", "headline:阿拉*"),
    ("(来源:俄新社)", "agency:俄新社"),
    ("时间:2022-01-05..2022-01-06", "time:2022-01-05..2022-01-06"),
    ("时间:>2022-01-05 机场", "(and time:>2022-01-05 机场)"),
    ("时间:1月5日 截至：昨天", "(and time:1月5日 asof:昨天)"),
    ("截至:2022-01-05 13:35 机场", "(and asof:2022-01-05 13:35 机场)"),
    ("(时间:1月5日 13时35分)", "time:1月5日 13时35分"),
    ("时间:2022-01-05 13人", "(and time:2022-01-05 13人)"),
    ("标题:机场 13:35", "(and headline:机场 13:35)"),
    ("俄媒:机场 12:30", "(and 俄媒:机场 12:30)"),
    # prefixes
    ("阿拉* 阿拉＊", "(and 阿拉* 阿拉*)"),
    ("-阿拉*", "(not 阿拉*)"),
    ("5*8", "5*8"),
]

QUOTE = "引号没有配对，后面的内容按普通文字检索"
LEFT, RIGHT = "左括号没有配对，已当作在末尾关闭", "右括号没有配对，已忽略"
EMPTY = "括号里没有检索词，已忽略"
MINUS, STAR = "「-」后面要紧跟排除的词，已忽略", "「*」只能紧跟在词的后面，已忽略"
OR, NOT = "「OR」两边都要有检索词，已忽略", "NOT 后面要有排除的词，已忽略"

PROBLEMS = [
    ('"', "", [(0, QUOTE)]),
    ('机场 "航班', "(and 机场 航班)", [(3, QUOTE)]),
    ("机场 「航班 停飞", "(and 机场 航班 停飞)", [(3, QUOTE)]),
    ('-"航班', "(not 航班)", [(1, QUOTE)]),
    ('机场 ""', "机场", [(3, "引号里没有检索词，已忽略")]),
    ("(机场", "机场", [(0, LEFT)]),
    ("机场 (", "机场", [(3, LEFT), (3, EMPTY)]),
    ("机场)", "机场", [(2, RIGHT)]),
    (") 机场 )", "机场", [(0, RIGHT)]),
    ("机场 （）", "机场", [(3, EMPTY)]),
    ("-() 机场", "机场", [(0, EMPTY)]),
    ("-", "", [(0, MINUS)]),
    ("机场 - 航班", "(and 机场 航班)", [(3, MINUS)]),
    ("机场 -", "机场", [(3, MINUS)]),
    ("OR", "", [(0, OR)]),
    ("OR 机场", "机场", [(0, OR)]),
    ("机场 OR", "机场", [(3, OR)]),
    ("机场 OR OR 航班", "(or 机场 航班)", [(6, OR)]),
    ("(机场 OR) 航班", "(and 机场 航班)", [(4, OR)]),
    ("| 机场", "机场", [(0, "「|」两边都要有检索词，已忽略")]),
    ("机场 AND", "机场", [(3, "「AND」两边都要有检索词，已忽略")]),
    ("机场 AND OR 航班", "(and 机场 航班)", [(7, OR)]),
    ("NOT", "", [(0, NOT)]),
    ("机场 NOT", "机场", [(3, NOT)]),
    ("机场 NOT OR 航班", "(or 机场 航班)", [(3, NOT)]),
    ("*", "", [(0, STAR)]),
    ("*机场 ** ＊", "机场", [(0, STAR)]),
    ('"机场"*', '"机场"', [(4, STAR)]),
    ("来源:", "", [(0, "「来源:」后面要紧跟检索的内容，已忽略")]),
    ("转引: 机场", "机场", [(0, "「转引:」后面要紧跟检索的内容，已忽略")]),
    ("标题： 机场", "机场", [(0, "「标题：」后面要紧跟检索的内容，已忽略")]),
    ("-标题:) 机场", "机场", [(0, "「标题:」后面要紧跟检索的内容，已忽略"), (4, RIGHT)]),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_tree(text: str, tree: str) -> None:
    """Well-formed queries give this tree and no problem."""
    parsed = parse(text)
    assert (str(parsed), parsed.problems) == (tree, ())


@pytest.mark.parametrize(("text", "tree", "problems"), PROBLEMS)
def test_problems(text: str, tree: str, problems: list[tuple[int, str]]) -> None:
    """Unusable parts are reported with their positions, and the rest is parsed."""
    parsed = parse(text)
    assert str(parsed) == tree
    assert [(problem.position, problem.message) for problem in parsed.problems] == problems


@pytest.mark.parametrize("text", [text for text, _, _ in PROBLEMS])
def test_strict_parsing_refuses_every_problem(text: str) -> None:
    """Strict and forgiving parsing have the same problems; strict raises the first, with its position."""
    with pytest.raises(QueryError) as caught:
        parse_strict(text)
    first = parse(text).problems[0]
    assert (str(caught.value), caught.value.position) == (first.message, first.position)


def test_strict_parsing_accepts_queries_without_problems() -> None:
    """Without a problem strict parsing gives the same tree."""
    assert parse_strict("拜登 -普京") == parse("拜登 -普京")


def test_only_the_first_characters_of_a_long_query_are_used() -> None:
    """A longer query is cut at the limit, with a problem."""
    parsed = parse("机" * (MAX_LENGTH + 1))
    assert str(parsed) == "机" * MAX_LENGTH
    assert [problem.position for problem in parsed.problems] == [MAX_LENGTH]
    assert parse("机" * MAX_LENGTH).problems == ()


def test_brackets_beyond_the_depth_are_ignored() -> None:
    """Deep nesting is reported once; the tree loses only the brackets, which close in the right places."""
    depth = MAX_DEPTH + 5
    parsed = parse("(a OR " * depth + "b" + ")" * depth + " c")
    assert [problem.position for problem in parsed.problems] == [6 * MAX_DEPTH]
    assert str(parsed).startswith("(and (or a a")
    assert str(parsed).endswith(" c)")


SYNTAX = st.sampled_from('"“”「」()（）|-−－*: OR标题时间AND')


@given(st.text(st.one_of(st.characters(), SYNTAX), max_size=60))
def test_any_text_has_a_tree(text: str) -> None:
    """Parsing never fails; problems are ordered, lie in the text, and have distinct messages."""
    parsed = parse(text)
    positions = [problem.position for problem in parsed.problems]
    assert positions == sorted(positions)
    assert all(0 <= position < len(text) for position in positions)
    assert len({problem.message for problem in parsed.problems}) == len(parsed.problems)
    str(parsed)


@given(st.text(alphabet="机场a1", min_size=1))
def test_plain_text_is_one_run(text: str) -> None:
    """Text without blanks and marks comes through as it is."""
    assert str(parse(text)) == text


PIECES = ["(", "（a ", '"', "「", "「|", '"a"b|', "-(", "标题:(", "NOT ", "a OR ", "*", ")", "a(", "|"]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear_in_the_length_of_the_query(piece: str) -> None:
    """Up to the longest query that is read, twice the operators take twice the time."""
    assert growth(_read, MAX_LENGTH // 8 // len(piece), lambda count: piece * count) < 3


@pytest.mark.parametrize("piece", PIECES)
def test_text_after_the_limit_takes_no_time(piece: str) -> None:
    """A hundred thousand characters neither overflow a stack nor take longer than twelve thousand."""
    assert growth(_read, 12_500 // len(piece), lambda count: piece * count) < 1.5


def _read(text: str) -> str:
    return str(parse(text))
