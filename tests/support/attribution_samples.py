"""The samples of foreign sentences on which attribution is measured: how they were drawn from collections.

The drawing is repeatable: a fixed seed, sentences in the order of the file. See docs/extraction.md.
"""

import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["COLLECTIONS", "draw", "read_entries", "sentences"]

COLLECTIONS = {
    "cctv_news": "collections/cctv_news/entries.jsonl.gz",
    "dxy_covid_news": "collections/dxy_covid_news/entries.jsonl",
}
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]+[”」』）)]*|[^。！？!?\n]+$")
#: Words of the first sample, a wider list than the rules, and of the two later ones.
_WIDE = re.compile(
    "报道|报导|消息|获悉|了解到|通报|发布|公布|来源|表示|称|援引|据|记者|显示|介绍|统计|声明|公告|指出"
)
_NARROW = re.compile("报道|报导|消息|获悉|了解到|通报|发布|公布|来源|援引|据|显示|统计|声明|公告")
#: Characters of the shortest and the longest sentence of a sample.
_SHORTEST, _LONGEST = 8, 300

#: A sentence: the id of its entry, its number in the body, its text.
Sentence = tuple[str, int, str]


def sentences(text: str) -> list[str]:
    """Split a body into the sentences of the samples."""
    return [part for part in (match.group().strip() for match in _SENTENCE.finditer(text)) if part]


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Read the entries of a collection, packed or not."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.splitlines()]


def draw(name: str, entries: Iterable[dict[str, Any]]) -> Iterator[list[Sentence]]:
    """Yield the three samples of a collection; no sentence is in two of them or in the development sample."""
    pool = list(_pool(entries))
    first = _draw_mixed(f"{name}-frozen-1", pool, 80, 20)
    development = _draw_mixed(f"{name}-development-1", _without(pool, first), 240, 60)
    rest = [one for one in _without(pool, [*first, *development]) if _NARROW.search(one[2])]
    second = random.Random(f"{name}-frozen-2").sample(rest, 60)
    third = random.Random(f"{name}-frozen-3").sample(_without(rest, second), 45)
    yield from (first, second, third)


def _pool(entries: Iterable[dict[str, Any]]) -> Iterator[Sentence]:
    """Yield the sentences of a collection that can be drawn, each text once."""
    seen: set[str] = set()
    for entry in entries:
        for number, text in enumerate(sentences(entry["text"])):
            if _SHORTEST <= len(text) <= _LONGEST and text not in seen:
                seen.add(text)
                yield entry["id"], number, text


def _draw_mixed(seed: str, pool: list[Sentence], with_words: int, any_other: int) -> list[Sentence]:
    """Draw sentences that have a word of the wide list, and others."""
    rng = random.Random(seed)
    drawn = rng.sample([one for one in pool if _WIDE.search(one[2])], with_words)
    return drawn + rng.sample(_without(pool, drawn), any_other)


def _without(pool: list[Sentence], drawn: Iterable[Sentence]) -> list[Sentence]:
    taken = {(entry, number) for entry, number, _ in drawn}
    return [one for one in pool if one[:2] not in taken]
