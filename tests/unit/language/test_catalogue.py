"""The catalogues hold every message of the source, with the same places."""

import string
from collections import Counter

from search.language.catalogue import MESSAGES, read_catalogue
from tests.support.templates import HAN, templates

CLICK = MESSAGES.parents[2] / "zh" / "LC_MESSAGES" / "click.po"


def places(template: str) -> Counter[str]:
    """Return the names that a template fills in."""
    return Counter(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def test_every_template_has_its_english() -> None:
    """None is missing, and none is left that the source no longer has."""
    known, used = read_catalogue(), templates()
    assert len(used) > 350
    assert {text: place for text, place in used.items() if text not in known} == {}
    assert known.keys() - used.keys() == set()


def test_translations_have_the_places_of_their_templates() -> None:
    """Each place once as often, apart from a number that occurs twice."""
    for chinese, english in read_catalogue().items():
        assert set(places(chinese)) == set(places(english)), chinese


#: Chinese in an English message: what to type, and names of columns and zones.
SHOWN = ("1月5日 13:35", "1月5日", "昨天", "近7天", "1月6日13:59", "（标题）", "标题", "正文", "时间")


def test_translations_are_english() -> None:
    """Chinese is left only where it shows what to type."""
    for english in read_catalogue().values():
        for text in SHOWN:
            english = english.replace(text, "")
        assert not HAN.search(english), english


def test_the_words_of_click_have_their_chinese() -> None:
    """Singular and plural forms too, with places of the text only; no compiled file is read."""
    words = read_catalogue(CLICK)
    assert len(words) > 50
    for text in ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", "Usage:"):
        assert HAN.search(words[text])
    for text, chinese in words.items():
        assert set(places(chinese)) <= set(places(text)), text
