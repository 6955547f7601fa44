"""The laws of what templates say: marked paragraphs, lists of pages, places in a query, safe addresses."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight import Highlighted
from search.results import Facet
from web.pages.format import VISIBLE_VALUES, Choices, excerpt, page_numbers, paragraphs, web_url


@given(text=st.text("甲乙<&\"'\n", max_size=30), cuts=st.lists(st.integers(0, 30), max_size=6, unique=True))
def test_paragraphs_keep_every_mark_whole(text: str, cuts: list[int]) -> None:
    """Each paragraph opens and closes its own marks: all of two characters or more, and the whole text."""
    ends = sorted(cut for cut in cuts if cut <= len(text))
    highlighted = Highlighted(text, tuple(zip(ends[::2], ends[1::2], strict=False)))
    html, parts = highlighted.__html__(), [str(part) for part in paragraphs(highlighted)]
    for part in parts:
        assert "\n" not in part
        assert re.fullmatch(r"(?:[^<]|<mark>[^<]*</mark>)*", part)
    plain = [re.sub("</?mark>", "", part) for part in parts]
    assert plain == [line for line in re.sub("</?mark>", "", html).split("\n") if line]
    spans = [line.text[a:b] for line in highlighted.lines() if line.text.strip() for a, b in line.spans]
    assert unescape("".join(map(in_marks, parts))) == "".join(span for span in spans if len(span) > 1)


def in_marks(html: str) -> str:
    """Return the text that stands in marks."""
    return "".join(re.findall("<mark>(.*?)</mark>", html, re.S))


@given(pages=st.integers(1, 2000), data=st.data())
def test_page_numbers_lead_everywhere_without_a_crowd(pages: int, data: st.DataObject) -> None:
    """Both ends, the page and its neighbours are there, in order; a gap hides at least two pages."""
    page = data.draw(st.integers(1, pages))
    listed = page_numbers(page, pages)
    numbers = [number for number in listed if number is not None]
    assert numbers == sorted(set(numbers)) and len(listed) <= 9
    assert {1, page, pages} | {n for n in (page - 1, page + 1) if 1 <= n <= pages} <= set(numbers)
    for index, number in enumerate(listed):
        if number is None:
            before, after = listed[index - 1], listed[index + 1]
            assert before is not None and after is not None and after - before > 2


@given(text=st.text('甲乙丙"( ', max_size=40), position=st.integers(-2, 50))
def test_an_excerpt_shows_the_character_meant(text: str, position: int) -> None:
    """The middle is the character at the position, with the text before and after it."""
    before, character, after = excerpt(text, position)
    at = min(max(position, 0), len(text))
    assert character == text[at : at + 1]
    assert text[:at].endswith(before.lstrip("…")) and text[at + 1 :].startswith(after.rstrip("…"))
    assert before.startswith("…") == (at > 8)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://例子.中国/新闻", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:alert(1)", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: bool) -> None:
    """An address that runs something, or leads nowhere, is shown as text."""
    assert web_url(url) == (url if safe else "")


def test_a_chosen_value_is_always_in_sight() -> None:
    """Chosen values come first, even the rarest and those that nothing has any more; none is lost."""
    facets = [Facet(str(n), 50 - n, selected=n == 30) for n in range(40)]
    choices = Choices.of(facets, ["30", "gone"])
    assert [facet.value for facet in choices.visible[:2]] == ["30", "gone"]
    assert len(choices.visible) == VISIBLE_VALUES
    assert {f.value for f in (*choices.visible, *choices.rest)} == {f.value for f in facets} | {"gone"}
    assert not Choices.of([], [])
