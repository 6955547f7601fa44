"""Queries drawn from the entries of a corpus with a fixed seed."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass

from search.analysis import default_analyzer
from tests.bench.corpus import Corpus

__all__ = ["Queries", "draw"]

_SEED = 3
_HAN_RUN = re.compile("[\u4e00-\u9fa5]{8,}")


@dataclass(frozen=True, slots=True)
class Queries:
    """`words`: 1 to 4 words of one entry. `phrases`: 2 to 8 characters in a row. `strings`: 1 to 4 runs of
    3 to 5 characters of one entry. `headlines`: of 18 to 22 characters.
    """

    words: list[str]
    phrases: list[str]
    strings: list[list[str]]
    headlines: list[str]


def draw(corpus: Corpus, count: int) -> Queries:
    """Draw `count` queries of each kind, each from an entry picked at random (headlines may be fewer)."""
    rng = random.Random(_SEED)
    words: list[str] = []
    phrases: list[str] = []
    strings: list[list[str]] = []
    headlines: list[str] = []
    for headline, body in _sample(corpus, 2 * count, rng):
        runs = _HAN_RUN.findall(body)
        if not runs:
            continue
        words.append(" ".join(_some(rng, _words(body), rng.randint(1, 4))))
        phrases.append(_cut(rng, runs, rng.randint(2, 8)))
        strings.append([_cut(rng, runs, rng.randint(3, 5)) for _ in range(rng.randint(1, 4))])
        if 18 <= len(headline) <= 22:
            headlines.append(headline)
    return Queries(words[:count], phrases[:count], strings[:count], headlines[:count])


def _sample(corpus: Corpus, count: int, rng: random.Random) -> list[tuple[str, str]]:
    """Return headline and body of entries picked at random, in random order, with one pass over the file."""
    wanted = set(rng.sample(range(corpus.entries), min(count, corpus.entries)))
    with corpus.lines.open(encoding="utf-8") as lines:
        records = [json.loads(line) for number, line in enumerate(lines) if number in wanted]
    rng.shuffle(records)
    return [(record.get("headline", ""), record.get("body", "")) for record in records]


def _words(text: str) -> list[str]:
    return [word for word in default_analyzer().words(text) if len(word) > 1]


def _some(rng: random.Random, words: list[str], count: int) -> list[str]:
    return rng.sample(words, min(count, len(words)))


def _cut(rng: random.Random, runs: list[str], length: int) -> str:
    run = rng.choice(runs)
    start = rng.randint(0, len(run) - length)
    return run[start : start + length]
