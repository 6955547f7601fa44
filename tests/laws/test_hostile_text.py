"""Readers and analysis take time in proportion to what they read, whatever it is."""

import contextlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from search.corrections.detect import correction_in
from search.entry import Entry
from search.errors import TimeError, UnreadableFile
from search.figures import figures_of
from search.highlight import snippet
from search.near_duplicates import Fingerprint
from search.query.grammar import parse
from search.readers.extraction.attribution import attributions
from search.readers.extraction.byline import split_credit
from search.readers.html import plain_text
from search.readers.registry import read
from search.times.ranges import parse_range
from tests.support.adversarial import doubling
from tests.support.oracle import ANALYZER
from tests.support.readers import BEIJING

UNITS = (
    *("@", "<", "&", "（", "(", '"', "1", "\n", " ", "a", "中", "[", "{", ",", "\\", "据", "。", "-", "多"),
    *("<a ", "<!--", "<!--a>", "<!--\n", "<?", "<![CDATA[>", "<![if x>", '<a b="', "<script>", "&#1;", "<p>"),
    *("据a", "更正 ", "否认", "5人死亡，", "1月1日 ", "12:30 ", "http://a ", "来源：", "---\n", "]]>", "OR "),
)
HEAD = "---\ntitle: a\n---\n1月1日 12:30 a\n"


def field(name: str) -> Callable[[str], str]:
    """Return what makes a line of JSON with a text in one of its fields."""
    return lambda text: json.dumps({"body": "a", name: text}, ensure_ascii=False)


def element(name: str) -> Callable[[str], str]:
    """Return what makes a feed with a text in one element of its entry."""
    rss = '<rss version="2.0"><channel><title>t</title><item><title>a</title>{}</item></channel></rss>'
    return lambda text: rss.format(f"<{name}>{escape(text)}</{name}>")


FILES: dict[str, Callable[[str], str]] = {
    "blog.txt": lambda text: HEAD + text,
    "head.txt": lambda text: f"---\ntitle: {text}\n---\n1月1日 12:30 a\n",
    "raw.jsonl": str,
    **{f"{name}.jsonl": field(name) for name in ("body", "time", "agencies", "credit")},
    "raw.json": lambda text: f"[{text}",
    "table.csv": lambda text: f"body,time\n{text}",
    "quoted.csv": lambda text: f'body,time\n"{text}',
    "raw.xml": str,
    **{f"{name}.xml": element(name) for name in ("author", "description", "pubDate", "link", "guid")},
}


def read_all(name: str, text: str) -> None:
    """Read a file to its end, or until it is refused."""
    with contextlib.suppress(UnreadableFile):
        list(read(Path(name), name=f"2022-01-01-{name}", zone=BEIJING, data=text.encode()))


def entry(text: str) -> Entry:
    """Return an entry that may correct something."""
    return Entry(id="a/1", headline="更正", body=text, time=datetime(2022, 1, 1, tzinfo=BEIJING))


def ranged(text: str) -> None:
    """Read a range of time, or have it refused."""
    with contextlib.suppress(TimeError):
        parse_range(text, zone=BEIJING, now=datetime(2022, 1, 1, tzinfo=BEIJING))


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "units": ANALYZER.units,
    "terms": ANALYZER.terms,
    "figures": lambda text: figures_of(entry(f"5人死亡{text}")),
    "corrections": lambda text: correction_in(entry(f"{text}否认")),
    "copies": lambda text: Fingerprint(entry(text), ANALYZER).numbers,
    "query": parse,
    "range": ranged,
    "attributions": lambda text: attributions(text[:20], text),
    "credit": split_credit,
    "html": plain_text,
    "snippet": lambda text: snippet(text, []),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_in_linear_time(name: str) -> None:
    """Each format, with each kind of text in each of its places."""
    grown = {u: doubling(lambda text: read_all(name, FILES[name](text)), u) for u in UNITS}
    assert {unit: ratio for unit, ratio in grown.items() if ratio} == {}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_text_is_read_in_linear_time(name: str) -> None:
    """Folding, units, words, figures, corrections, queries, attributions, HTML."""
    grown = {unit: doubling(FUNCTIONS[name], unit) for unit in UNITS}
    assert {unit: ratio for unit, ratio in grown.items() if ratio} == {}


def test_quadratic_work_is_seen() -> None:
    """A loop that looks from each place to the end is caught."""
    assert doubling(lambda text: [text[place:].lower() for place in range(0, len(text), 16)], "a")
    assert not doubling(lambda text: [text[place : place + 9].lower() for place in range(len(text))], "a")
