"""The examples of docs/extraction.md: each rule of the page is run."""

import re

import pytest

from search.readers.extraction.attribution import attributions
from tests.support.page_tables import table


def credited(example: str) -> list[str]:
    """Read an example as a report, its first part as the headline if it has no full stop."""
    headline, body = (example, "") if not re.search("[。…]", example) else ("", example)
    return [one.agency + ("→" if one.role == "via" else "") for one in attributions(headline, body)]


@pytest.mark.parametrize(("rule", "example", "expected"), table("Recognized phrases"))
def test_what_is_credited(rule: str, example: str, expected: str) -> None:
    """The names of the example, the ones that pass a report on with an arrow."""
    assert sorted(credited(example)) == sorted(expected.split("、")), rule


@pytest.mark.parametrize(("rule", "example"), table("Not credited"))
def test_what_credits_nobody(rule: str, example: str) -> None:
    """No sentence of the example credits an agency."""
    assert not credited(example), rule
