"""Chinese numerals: reading and writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis.numerals import read_han, write_han


@pytest.mark.parametrize(
    "text", ["", "人", "百", "十十", "三五", "一百五", "五百千", "两两", "一百零", "〇五", "万"]
)
def test_doubtful_numerals_have_no_value(text: str) -> None:
    """Ambiguous and invalid numerals have no value."""
    assert read_han(text) is None


@given(st.integers(0, 9999))
def test_a_written_number_is_read_again(number: int) -> None:
    """Reading is the inverse of writing."""
    assert read_han(write_han(number)) == number
