"""Words: both segmenters cut Han text alike, whole, and many stretches as each alone."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import Analyzer
from search.analysis.words import Segmenter, pure_segmenter, rust_segmenter, segmenter
from tests.support.shared import find_shared, shared

SAMPLE = 100
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5), min_size=1, max_size=30)
common = st.text(st.sampled_from("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出"), min_size=1)
stretches = st.lists(han | common, max_size=5)


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Segmenter]:
    """Jieba in Python; its cache files go into a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("jieba")))
        pure = pure_segmenter()
        pure.cut(["机场"])
        yield pure


@pytest.fixture(scope="module")
def rust() -> Segmenter:
    """Jieba in Rust."""
    pytest.importorskip("rjieba", reason="there is no wheel of rjieba for this machine")
    return rust_segmenter()


@pytest.fixture(scope="module")
def both(pure: Segmenter, rust: Segmenter) -> tuple[Segmenter, Segmenter]:
    """Both segmenters."""
    return pure, rust


@given(stretches)
@settings(max_examples=300)
def test_words_joined_are_the_text(given_stretches: list[str]) -> None:
    """For each stretch, in order."""
    assert ["".join(words) for words in segmenter().cut(given_stretches)] == given_stretches


@given(stretches)
@settings(max_examples=200)
def test_many_stretches_are_cut_as_each_alone(given_stretches: list[str]) -> None:
    """A stretch is cut independently of its neighbours."""
    cutter = segmenter()
    assert cutter.cut(given_stretches) == [cutter.cut([stretch])[0] for stretch in given_stretches]
    assert cutter.search(given_stretches) == [cutter.search([stretch])[0] for stretch in given_stretches]
    joined = cutter.search_joined("".join(f"\n{stretch}" for stretch in given_stretches))
    expected = [token for words in cutter.search(given_stretches) for token in ("\n", *words)]
    assert joined == expected


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_both_segmenters_cut_alike(both: tuple[Segmenter, Segmenter], data: st.DataObject) -> None:
    """Rare characters and common ones, in either mode."""
    python, rust = both
    texts = data.draw(stretches)
    assert rust.cut(texts) == python.cut(texts)
    assert rust.search(texts) == python.search(texts)


def sample(path: Path) -> list[str]:
    """Return the texts of some entries of a collection, always the same ones."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        lines = list(islice(file, 3000))
    rows = map(json.loads, random.Random(7).sample(lines, SAMPLE))
    return [f"{row.get('title', '')}\n{row['text']}"[:3000] for row in rows]


@pytest.mark.parametrize("name", ["dxy_covid_news", "csl_papers", "cctv_news"])
def test_both_segmenters_agree_on_real_texts(both: tuple[Segmenter, Segmenter], name: str) -> None:
    """All terms of a hundred entries of each collection are the same with either."""
    packed = find_shared(f"collections/{name}/entries.jsonl.gz")
    python, rust = map(Analyzer, both)
    for text in sample(packed or shared(f"collections/{name}/entries.jsonl")):
        assert rust.terms(text) == python.terms(text)
        assert rust.tiles(text) == python.tiles(text)


def test_the_fastest_is_taken(rust: Segmenter) -> None:
    """With the wheel of rjieba, it is used."""
    assert segmenter().name == rust.name == "rjieba"


def test_nothing_cut_is_nothing() -> None:
    """No stretches, no words."""
    assert (segmenter().cut([]), segmenter().search([]), segmenter().search_joined("")) == ([], [], [])
