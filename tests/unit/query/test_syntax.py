"""The tree of a query: compact printing, equality, and queries written from trees."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.query.grammar import parse
from search.query.syntax import And, Field, Not, Or, Prefix, Quoted, Run, Tree, typed

TEXT = st.text("阿拉木图机场abz019", min_size=1, max_size=6)
PHRASE = st.text("机场 a，OR-(|", min_size=1).filter(str.strip)
LEAVES = st.one_of(TEXT.map(Run), TEXT.map(Prefix), PHRASE.map(Quoted))
NAMES = st.sampled_from(["headline", "agency", "origin", "via", "stream", "time", "asof"])


def several(kind: type[And] | type[Or], children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    other = children.filter(lambda child: not isinstance(child, kind))
    return st.lists(other, min_size=2, max_size=4).map(lambda nodes: kind(tuple(nodes)))


def branches(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        several(And, children),
        several(Or, children),
        children.filter(lambda child: not isinstance(child, Not)).map(Not),
        st.builds(Field, NAMES, children),
    )


TREES = st.recursive(LEAVES, branches, max_leaves=8)


@given(TREES)
def test_a_tree_written_as_a_query_parses_to_itself(tree: Tree) -> None:
    """`typed` loses nothing: its query is understood without a problem, as the same tree."""
    parsed = parse(typed(tree))
    assert parsed.tree == tree, typed(tree)
    assert parsed.problems == ()


@given(TREES, TREES)
def test_different_trees_print_differently(one: Tree, other: Tree) -> None:
    """The compact form tells trees apart, so parse tests may compare it."""
    assert (str(one) == str(other)) == (one == other)


def test_places_stay_out_of_equality() -> None:
    """Two trees with the same words are equal wherever the words stood."""
    assert Run("机场", 0, 2) == Run("机场", 7, 9)
    assert parse("机场  航班").tree == parse(" 机场 航班 ").tree


def test_places_lead_back_to_the_text() -> None:
    """`start` and `end` of every part give its typed form."""
    text = 'NOT 普京 -来源:"俄新社" (拜登 OR 机场*) “北溪 2”'
    tree = parse(text).tree
    assert isinstance(tree, And)
    pieces = [text[child.start : child.end] for child in tree.children]
    assert pieces == ["NOT 普京", '-来源:"俄新社"', "(拜登 OR 机场*)", "“北溪 2”"]


def test_quotes_inside_a_quoted_text_survive() -> None:
    """A text with double quotes is written in corner brackets."""
    assert parse(typed(Quoted('说"好"'))).tree == Quoted('说"好"')
