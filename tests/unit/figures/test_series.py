"""Series of figures: what may stand in one chart."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from search.figures.figure import Figure, Scope
from search.figures.series import is_total, series_of
from search.figures.tally import Row


def row(value: int, day: int, *, scope: Scope = "total", place: str = "海滨市", sentence: str = "") -> Row:
    """Return a row of one day."""
    time = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(days=day)
    figure = Figure("死亡", value, "人", scope=scope, place=place, entry_id=str(day), time=time)
    return Row(figure, "", sentence, (0, len(sentence)))


def values(rows: list[Row]) -> list[tuple[bool, list[int]]]:
    """Return whether a series has totals, and its values, for each series."""
    return [(one.is_total, [rows[index].figure.value for index in one.rows]) for one in series_of(rows)]


def test_totals_and_single_reports_are_apart() -> None:
    """A day's deaths never stand in the line of all deaths."""
    rows = [row(900, 0), row(12, 1, scope=""), row(912, 2), row(15, 3, scope="new"), row(930, 4)]
    assert values(rows) == [(True, [900, 912, 930]), (False, [12, 15])]


def test_a_total_since_another_day_is_another_series() -> None:
    """The total since a truce does not follow that of the war; a small correction downwards does."""
    rows = [row(67_000, 0), row(226, 1), row(69_000, 2), row(447, 3), row(68_900, 4), row(900, 5)]
    assert values(rows) == [(True, [67_000, 69_000, 68_900]), (True, [226, 447, 900])]


def test_a_count_since_a_day_is_a_total() -> None:
    """Also where the text does not say 累计."""
    assert is_total(row(69_169, 0, scope="", sentence="自2023年10月冲突爆发以来，军事行动已导致69169人死亡"))
    assert not is_total(row(50, 0, scope="", sentence="当天的行动导致50人死亡"))
    assert not is_total(row(50, 0, scope="new", sentence="自周一以来，新增50人死亡"))


def test_a_report_far_above_the_others_is_left_out() -> None:
    """It is a total that was not recognized, and would make the others invisible."""
    rows = [row(value, day, scope="") for day, value in enumerate((5, 8, 156_000, 7))]
    assert values(rows) == [(False, [5, 8, 7])]


def test_places_stand_alone() -> None:
    """And a figure without a place is in no series where others have one."""
    rows = [row(5, 0), row(7, 1, place="山城"), row(9, 2, place="")]
    assert values(rows) == [(True, [5]), (True, [7])]
    assert values([row(9, 0, place="")]) == [(True, [9])]


@given(st.lists(st.tuples(st.integers(0, 100_000), st.sampled_from(["total", "", "new"])), max_size=20))
def test_a_series_of_totals_never_falls_far(figures: list[tuple[int, Scope]]) -> None:
    """Each row is in at most one series, in order of time, and a total is at least half of the last."""
    rows = [row(value, day, scope=scope) for day, (value, scope) in enumerate(figures)]
    series = series_of(rows)
    indexes = [index for one in series for index in one.rows]
    assert len(indexes) == len(set(indexes))
    for one in series:
        assert list(one.rows) == sorted(one.rows)
        found = [rows[index].figure for index in one.rows]
        assert {figure.scope == "total" for figure in found} == {one.is_total}
        if one.is_total:
            pairs = itertools.pairwise(found)
            assert all(later.value >= earlier.value / 2 for earlier, later in pairs)
