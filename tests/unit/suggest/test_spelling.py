"""How often the right word is among the first three corrections, for words with one mistake each.

The figures of docs/suggest.md are what `pytest -s` prints here.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pypinyin
import pytest

from search import Home, Searcher, reindex
from search.engines import open_engine
from tests.support.shared import shared

WORDS = 500
SEED = 20220106
Mistake = Callable[[random.Random, str], str]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """2,767 short news items."""
    lines = shared("collections/dxy_covid_news/entries.jsonl")
    home = Home(tmp_path_factory.mktemp("dxy"))
    home.data.mkdir()
    (home.data / "entries.jsonl").write_bytes(lines.read_bytes())
    reindex(home)
    return Searcher(home)


@pytest.fixture(scope="module")
def words(searcher: Searcher) -> list[str]:
    """All words of the index with 2 to 6 Han characters."""
    found = open_engine(searcher.home.index).snapshot().vocabulary(0).words
    return sorted(word for word in found if 2 <= len(word) <= 6 and all("一" <= c <= "鿿" for c in word))


@pytest.fixture(scope="module")
def homophones(words: list[str]) -> dict[str, list[str]]:
    """The characters of the index by their sound."""
    sounds = defaultdict(list)
    for char in sorted(set("".join(words))):
        sounds[pypinyin.lazy_pinyin(char)[0]].append(char)
    return sounds


def drop(rng: random.Random, word: str) -> str:
    """Leave one character out."""
    place = rng.randrange(len(word))
    return word[:place] + word[place + 1 :]


def swap(rng: random.Random, word: str) -> str:
    """Swap two neighbours."""
    place = rng.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def misspelled(
    searcher: Searcher, words: list[str], mistake: Mistake
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield words with the corrections of a misspelling that is not in the index itself."""
    rng = random.Random(SEED)
    drawn = 0
    for word in rng.sample(words, len(words)):
        typed = mistake(rng, word)
        if typed == word or (results := searcher.search(typed, limit=1)).total:
            continue
        yield word, results.did_you_mean
        drawn += 1
        if drawn == WORDS:
            return


def share(kind: str, searcher: Searcher, words: list[str], mistake: Mistake) -> float:
    """Return and print the share of cases with the right word among the corrections."""
    cases = list(misspelled(searcher, words, mistake))
    assert len(cases) == WORDS
    among_three = sum(word in offers for word, offers in cases) / WORDS
    first = sum(word in offers[:1] for word, offers in cases) / WORDS
    print(f"\n{kind}: {among_three:.1%} among the first three, {first:.1%} first")
    return among_three


def test_homophones(searcher: Searcher, words: list[str], homophones: dict[str, list[str]]) -> None:
    """A character written for another of the same sound: at least 85 in 100 words are offered."""

    def mistake(rng: random.Random, word: str) -> str:
        place = rng.randrange(len(word))
        others = homophones[pypinyin.lazy_pinyin(word)[place]]
        return word[:place] + rng.choice([*others, word[place]]) + word[place + 1 :]

    assert share("homophone", searcher, words, mistake) >= 0.85


@pytest.mark.parametrize("mistake", [drop, swap])
def test_characters_left_out_or_swapped(searcher: Searcher, words: list[str], mistake: Mistake) -> None:
    """A character left out, or two swapped: at least 75 in 100 words are offered."""
    assert share(mistake.__name__, searcher, words, mistake) >= 0.75
