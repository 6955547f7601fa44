"""Options: the choices that are written out are those of the types."""

from typing import get_args

from search.cli.options import FORMATS, KINDS, SORTS
from search.figures import KINDS as ALL_KINDS
from search.output.export import WRITERS
from search.results import Sort


def test_the_choices_are_those_of_the_types() -> None:
    """A new sort, kind or format that the command line lacks fails here."""
    assert get_args(Sort) == SORTS
    assert KINDS == ALL_KINDS
    assert tuple(WRITERS) == FORMATS
