"""Whatever can be read can be found: random pieces of real texts find the entries they were cut from.

This is what Ctrl-F does in one file. The pieces are drawn with a fixed seed, so that a failure comes back.
"""

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from search import Home, Searcher, reindex
from search.analysis import FIELD_BREAK, default_analyzer
from search.engines import open_engine
from tests.support.homes import write_rows
from tests.support.shared import SEED, rows, shared

NEWS = "collections/dxy_covid_news/entries.jsonl"
#: What takes no position between Han characters.
SILENT = re.compile(r"[ \t“”‘’\"'「」『』《》〈〉·-]+")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
#: What the query language reads as an operator where a word may begin; such a piece must be quoted.
OPERATOR = re.compile(r"(?:^|[\s(（|])(?:[-－−﹣|｜(（]|(?:标题|来源|首发|转引|专题|时间|截至)[:：])")


@dataclass(frozen=True)
class Material:
    """A home and texts of its entries, by id, from which pieces are drawn."""

    searcher: Searcher
    texts: list[tuple[str, str]]
    runs: int

    def run_pieces(self, count: int = 0) -> Iterator[tuple[str, str]]:
        """Draw an entry, a run of Han characters of its text, and 1 to 8 characters of that."""
        draw = random.Random(20220106)
        choices = [(id, found) for id, text in self.texts if (found := HAN.findall(text))]
        for _ in range(count or self.runs):
            id, found = draw.choice(choices)
            (run,) = draw.choices(found, weights=[len(one) for one in found])
            length = min(len(run), draw.randint(1, 8))
            start = draw.randrange(len(run) - length + 1)
            yield id, run[start : start + length]

    def mixed_pieces(self) -> Iterator[tuple[str, str]]:
        """Draw pieces of 1 to 8 units, cut at the borders of units, that are not Han characters alone."""
        draw, analyzer = random.Random(20200122), default_analyzer()
        count = self.runs // 6
        while count:
            id, text = draw.choice(self.texts)
            units = analyzer.units(text)
            length = min(len(units.texts), draw.randint(1, 8))
            start = draw.randrange(len(units.texts) - length + 1)
            piece = text[units.starts[start] : units.ends[start + length - 1]]
            if not HAN.fullmatch(piece):
                count -= 1
                yield id, piece


@pytest.fixture(scope="module", params=["samples", "shared"])
def material(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """The sample streams; and the live blog and the rolling news of the shared folder in one home."""
    if request.param == "samples":
        searcher = Searcher(request.getfixturevalue("samples"))
        return Material(searcher, stored_texts(searcher), 1200)
    shared(NEWS)
    home = Home(tmp_path_factory.mktemp("parity"))
    home.data.mkdir()
    shutil.copyfile(shared(SEED), home.data / "2022-01-06-kazakhstan.txt")
    write_rows(home, "news.jsonl", rows(shared(NEWS)))
    reindex(home)
    searcher = Searcher(home)
    news = stored_texts(searcher, "news.jsonl")
    blog = stored_texts(searcher, "2022-01-06-kazakhstan.txt")
    assert (len(news), len(blog)) == (2767, 28)
    # As many draws from the blog as make its 28 entries count.
    return Material(searcher, blog * 25 + news, 3000)


def stored_texts(searcher: Searcher, *files: str) -> list[tuple[str, str]]:
    """Return ids and texts of the entries of some files, or of all, as they are stored."""
    stored = open_engine(searcher.home.index).snapshot().indexed_entries(set(files) or None)
    entries = (searcher.entry(one.id) for one in stored)
    return [
        (one.id, FIELD_BREAK.join(filter(None, (one.headline, one.body, *one.captions)))) for one in entries
    ]


def quoted(piece: str) -> str:
    """Put a piece into quotes that it does not hold itself."""
    left, right = "「」" if re.search('["“”＂]', piece) else '""'
    assert left not in piece and right not in piece
    return f"{left}{piece}{right}"


def missed(searcher: Searcher, asked: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (id, query) of those queries that do not find the entry among their full matches."""
    answers: dict[str, set[str]] = {}
    missing = []
    for id, query in asked:
        if query not in answers:
            answers[query] = searcher.matches(query)
        if id not in answers[query]:
            missing.append((id, query))
    return missing


def test_any_run_of_characters_finds_its_entry(material: Material) -> None:
    """Runs of 1 to 8 Han characters, typed plainly: the source is a full match of each."""
    assert missed(material.searcher, material.run_pieces()) == []


def test_any_run_of_characters_in_quotes_finds_its_entry(material: Material) -> None:
    """The same runs in quotes."""
    assert missed(material.searcher, ((id, quoted(run)) for id, run in material.run_pieces())) == []


def test_pieces_with_figures_letters_and_punctuation_find_their_entry(material: Material) -> None:
    """Pieces that hold other things than Han characters, plain where no operator is in them."""
    pieces = list(material.mixed_pieces())
    plain = [(id, piece) for id, piece in pieces if not OPERATOR.search(piece)]
    assert len(plain) > 0.9 * len(pieces) > 150
    assert missed(material.searcher, iter(plain)) == []


def test_such_pieces_in_quotes_find_their_entry(material: Material) -> None:
    """The same pieces in quotes, punctuation and all."""
    assert missed(material.searcher, ((id, quoted(piece)) for id, piece in material.mixed_pieces())) == []


def test_a_quoted_run_finds_nothing_that_does_not_hold_it(material: Material) -> None:
    """As typed, 300 quoted runs find exactly the entries that have the run in them, as Ctrl-F would."""
    searcher = material.searcher
    stored = open_engine(searcher.home.index).snapshot().indexed_entries()
    analyzer = default_analyzer()
    held = {one.id: searcher.entry(one.id) for one in stored}
    everything = {
        id: "。".join(map(analyzer.fold, (one.headline, one.body, *one.captions, *one.agencies, one.credit)))
        for id, one in held.items()
    }
    for _, run in material.run_pieces(300):
        expected = {id for id, text in everything.items() if run in SILENT.sub("", text)}
        assert searcher.matches(quoted(run), exact=True) == expected, run
