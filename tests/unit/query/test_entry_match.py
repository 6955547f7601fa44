"""One entry and one phrase: found where the units of its texts have it, and in no other place."""

from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.entry import Entry
from search.query.entry_match import EntryText
from tests.support.oracle import row, stands

ANALYZER = default_analyzer()
TEXTS = st.text("机场航班5F-，。· \n", max_size=12)
ROWS = st.text("机场航班5F，", min_size=1, max_size=4).filter(lambda text: len(ANALYZER.units(text)) > 0)


@given(TEXTS, TEXTS, ROWS)
@example("", "机\n场", "机场")
@example("", "航班航", "航，航")
@example("航班航", "机", "航，航")
def test_a_phrase_is_found_where_the_units_have_it(headline: str, body: str, text: str) -> None:
    """In all texts, or in the headline alone; a phrase with a mark is not found across another unit."""
    entry = Entry(id="a/1", headline=headline, body=body if body.strip() else "空")
    texts = EntryText(entry, ANALYZER)
    fields = [headline, entry.body]
    anywhere, in_headline = row(text), row(text, "headline")
    assert texts.matches(anywhere) == any(stands(anywhere, ANALYZER.units(field)) for field in fields)
    assert texts.matches(in_headline) == stands(in_headline, ANALYZER.units(headline))
