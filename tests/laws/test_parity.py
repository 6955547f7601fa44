"""Whatever can be read can be found: random pieces of real texts find the entries they were cut from.

This is what Ctrl-F does in one file. The pieces are drawn with a fixed seed, so that a failure comes back.
"""

import random
import re
import shutil
from collections.abc import Iterator

import pytest

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.engines import open_engine
from tests.support.homes import write_rows
from tests.support.shared import SEED, find_shared, rows, shared

NEWS = "collections/dxy_covid_news/entries.jsonl"
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
#: What the query language reads as an operator where a word may begin; such a piece must be quoted.
OPERATOR = re.compile(r"(?:^|[\s(（|])(?:[-－−﹣|｜(（]|(?:标题|来源|首发|转引|专题|时间|截至)[:：])")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The live blog and the rolling news in one home."""
    home = Home(tmp_path_factory.mktemp("parity"))
    home.data.mkdir()
    shutil.copyfile(shared(SEED), home.data / "2022-01-06-kazakhstan.txt")
    write_rows(home, "news.jsonl", rows(shared(NEWS)))
    reindex(home)
    return Searcher(home)


def texts(searcher: Searcher) -> list[tuple[str, str]]:
    """Return ids and texts: of the news as their file has it, of the blog as it is stored."""
    path = find_shared(NEWS)
    news = [(one["id"], one["text"]) for one in rows(path)] if path else []
    stored = open_engine(searcher.home.index).stored({"2022-01-06-kazakhstan.txt"})
    blog = [(one.id, searcher.entry(one.id).text) for one in stored]
    assert (len(news), len(blog)) == (2767, 28)
    return blog * 25 + news  # as many draws from the blog as make its 28 entries count


def runs(searcher: Searcher, count: int) -> Iterator[tuple[str, str]]:
    """Draw an entry, a run of Han characters as it stands in its text, and 1 to 8 characters of that."""
    draw = random.Random(20220106)
    choices = [(id, found) for id, text in texts(searcher) if (found := HAN.findall(text))]
    for _ in range(count):
        id, found = draw.choice(choices)
        (run,) = draw.choices(found, weights=[len(one) for one in found])
        length = min(len(run), draw.randint(1, 8))
        start = draw.randrange(len(run) - length + 1)
        yield id, run[start : start + length]


def mixed(searcher: Searcher, count: int) -> Iterator[tuple[str, str]]:
    """Draw pieces of 1 to 8 units, cut at the borders of units, that are not Han characters alone."""
    draw, analyzer = random.Random(20200122), default_analyzer()
    choices = texts(searcher)
    while count:
        id, text = draw.choice(choices)
        units = analyzer.units(text)
        length = min(len(units.texts), draw.randint(1, 8))
        start = draw.randrange(len(units.texts) - length + 1)
        piece = text[units.starts[start] : units.ends[start + length - 1]]
        if not HAN.fullmatch(piece):
            count -= 1
            yield id, piece


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


def test_any_run_of_characters_finds_its_entry(searcher: Searcher) -> None:
    """3,000 runs of 1 to 8 Han characters, typed plainly: the source is a full match of each."""
    assert missed(searcher, runs(searcher, 3000)) == []


def test_any_run_of_characters_in_quotes_finds_its_entry(searcher: Searcher) -> None:
    """The same 3,000 runs in quotes."""
    assert missed(searcher, ((id, quoted(run)) for id, run in runs(searcher, 3000))) == []


def test_pieces_with_figures_letters_and_punctuation_find_their_entry(searcher: Searcher) -> None:
    """500 pieces that hold other things than Han characters, plain where no operator is in them."""
    pieces = list(mixed(searcher, 500))
    plain = [(id, piece) for id, piece in pieces if not OPERATOR.search(piece)]
    assert len(plain) > 450
    assert missed(searcher, iter(plain)) == []


def test_such_pieces_in_quotes_find_their_entry(searcher: Searcher) -> None:
    """The same 500 pieces in quotes, punctuation and all."""
    assert missed(searcher, ((id, quoted(piece)) for id, piece in mixed(searcher, 500))) == []


def test_a_quoted_run_finds_nothing_that_does_not_hold_it(searcher: Searcher) -> None:
    """As typed, 300 quoted runs find exactly the entries that have the run in them, as Ctrl-F would."""
    stored = open_engine(searcher.home.index).stored()
    analyzer = default_analyzer()
    held = {one.id: searcher.entry(one.id) for one in stored}
    everything = {
        id: analyzer.fold("\n".join((one.text, *one.agencies, one.credit))) for id, one in held.items()
    }
    for _, run in runs(searcher, 300):
        expected = {id for id, text in everything.items() if run in re.sub(r"[ \t]+", "", text)}
        assert searcher.matches(quoted(run), exact=True) == expected, run
