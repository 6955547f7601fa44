"""Batch analysis by arrays and analysis of single texts are equal."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.analyzer import Analyzer
from search.analysis.batch import FIRST_RUN, Vocabulary, join_texts, read_batch, read_batch_words
from search.analysis.units import read_units
from search.analysis.words import segmenter

TRICKY = "阿拉木图机场俄羅斯扎·•７．8,2345-–Ff aZ+%％℃½…。，：“”\n\t\u200bé\u0301①々〇ア한กЯ'|_@"
texts = st.lists(st.text(st.sampled_from(TRICKY) | st.characters(), max_size=30), min_size=1, max_size=6)


def batch_units(given_texts: list[str]) -> list[list[tuple[str, int, bool]]]:
    runs = Vocabulary()
    units, _ = read_batch(join_texts(given_texts), runs)
    names = list(runs)
    result: list[list[tuple[str, int, bool]]] = [[] for _ in given_texts]
    columns = (column.tolist() for column in (units.ids, units.docs, units.positions, units.together))
    for unit, doc, position, together in zip(*columns, strict=True):
        text = chr(unit) if unit < FIRST_RUN else names[unit - FIRST_RUN]
        result[doc].append((text, position, together))
    return result


@given(texts)
@settings(max_examples=400)
def test_units_are_those_of_the_plain_reading(given_texts: list[str]) -> None:
    """Texts, positions and word borders agree, whatever the characters."""
    plain = [read_units(text) for text in given_texts]
    expected = [list(zip(u.texts, u.positions, u.together, strict=True)) for u in plain]
    assert batch_units(given_texts) == expected


@given(texts)
@settings(max_examples=300)
def test_words_are_those_of_the_plain_reading(given_texts: list[str]) -> None:
    """Every text has the same words with the same counts either way."""
    runs, vocabulary = Vocabulary(), Vocabulary()
    units, _ = read_batch(join_texts(given_texts), runs)
    words = read_batch_words(units, vocabulary, list(runs), segmenter())
    names = list(vocabulary)
    counts: list[Counter[str]] = [Counter() for _ in given_texts]
    for word, doc in zip(words.ids.tolist(), words.docs.tolist(), strict=True):
        counts[doc][names[word]] += 1
    analyzer = Analyzer()
    assert counts == [Counter(analyzer.terms(text).words) for text in given_texts]
