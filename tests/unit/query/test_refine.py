"""Query refinement: a query and one more condition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.grammar import parse
from search.query.refine import Narrowing
from search.query.syntax import And, Field, Quoted, Run, Tree


@pytest.mark.parametrize(
    ("query", "value", "expected"),
    [
        ("", "俄新社", "转引:俄新社"),
        ("机场", "俄新社", "机场 转引:俄新社"),
        (" 机场  航班 ", "俄新社", "机场  航班 转引:俄新社"),
        ("机场 | 航班", "俄新社", "(机场 | 航班) 转引:俄新社"),
        ("机场 via:俄新社", "俄新社", "机场 via:俄新社"),
        ("(机场 OR 转引:俄新社)", "俄新社", "((机场 OR 转引:俄新社)) 转引:俄新社"),
        ('机场 "航班', "俄新社", "机场 航班 转引:俄新社"),
        ("机场 (", "俄新社", "机场 转引:俄新社"),
        ("机场 OR", "俄新社", "机场 转引:俄新社"),
        ("", '说 "好"', '转引:「说 "好"」'),
        ("", "Al Jazeera", '转引:"Al Jazeera"'),
        ("", "“和平”电视", "转引:“和平”电视"),
    ],
)
def test_the_condition_stands_behind_what_was_typed(query: str, value: str, expected: str) -> None:
    """An OR gets brackets, open brackets and quotes are closed, and no condition is repeated."""
    assert Narrowing(query).by("via", value) == expected


@given(
    st.lists(st.sampled_from(["机场", "a", " ", '"航班"', "（停飞）", "(停 飞) ", " | ", "-", " OR "])).map(
        "".join
    ),
    st.text('俄新社a "“|()*-：', min_size=1, max_size=8).filter(str.strip),
)
def test_it_asks_for_both_whatever_was_typed(query: str, value: str) -> None:
    """The conditions of the new query are those of the old one and the new one, once."""
    before, after = conjuncts(query), conjuncts(Narrowing(query).by("origin", value))
    added = [Field("origin", kind(value)) for kind in (Run, Quoted)]
    assert [tree for tree in after if tree not in added] == [tree for tree in before if tree not in added]
    assert sum(tree in added for tree in after) == 1


def conjuncts(query: str) -> tuple[Tree, ...]:
    tree = parse(query).tree
    return tree.children if isinstance(tree, And) else (tree,) if tree else ()
