"""Logical nodes: flat conjunctions and disjunctions, and their values for no nodes at all."""

from search.query.logical import AllOf, AnyOf, Everything, Not, Nothing, Phrase, all_of, anchored, any_of

AIRPORT, FLIGHT = Phrase(("机", "场"), (0, 1)), Phrase(("航", "班"), (0, 1))


def test_no_nodes() -> None:
    """A conjunction of nothing matches everything, a disjunction of nothing matches nothing."""
    assert all_of([]) == Everything()
    assert any_of([]) == Nothing()


def test_joined_nodes_are_flat_and_distinct() -> None:
    """Nested nodes of the same kind are merged, duplicates dropped, and a single child returned as it is."""
    assert any_of([AIRPORT]) == all_of([AIRPORT]) == AIRPORT
    assert any_of([AnyOf((AIRPORT, FLIGHT)), AIRPORT]) == AnyOf((AIRPORT, FLIGHT))
    assert all_of([Everything(), AllOf((AIRPORT, FLIGHT)), FLIGHT]) == AllOf((AIRPORT, FLIGHT))


def test_a_not_is_anchored_except_beside_a_positive_node() -> None:
    """A Not without a positive sibling gets Everything; a single Not is anchored by `anchored`."""
    assert all_of([Not(AIRPORT)]) == Not(AIRPORT)
    assert any_of([Not(AIRPORT)]) == anchored(Not(AIRPORT)) == AllOf((Everything(), Not(AIRPORT)))
    assert all_of([Not(AIRPORT), Not(FLIGHT)]) == AllOf((Everything(), Not(AIRPORT), Not(FLIGHT)))
    assert all_of([AIRPORT, Not(FLIGHT)]) == AllOf((AIRPORT, Not(FLIGHT)))
