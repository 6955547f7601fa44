"""The bag of a query: every term counted, words of asking left out unless they are all there is."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.ranking import ScoringTerms, is_question_word, scoring_terms

ANALYZER = default_analyzer()


def names(text: str) -> tuple[list[str], list[str], list[str]]:
    found = scoring_terms(ANALYZER, [text])
    return tuple([term for term, _ in stream] for stream in (found.words, found.unigrams, found.bigrams))  # type: ignore[return-value]


def test_words_of_asking_do_not_score() -> None:
    """Neither the words, nor their characters, nor a bigram of two such characters."""
    words, unigrams, bigrams = names("机场在哪里")
    assert words == ["机场", "在"]
    assert unigrams == ["机", "场", "在", "里"]
    assert bigrams == ["机场", "场在", "在哪", "哪里"]
    assert names("请问谁")[0] == ["请问", "谁"]
    assert "什么" not in names("什么是机场")[2]


def test_if_nothing_is_left_all_stays() -> None:
    """A query that only asks is scored as it is, in each stream by itself."""
    assert names("什么") == (["什么"], ["什", "么"], ["什么"])
    assert names("谁") == (["谁"], ["谁"], [])


def test_terms_are_counted_over_all_texts() -> None:
    """How often the query has a term is part of the formula."""
    found = scoring_terms(ANALYZER, ["机场", "机场 F-16", "场"])
    assert dict(found.words) == {"机场": 2, "f16": 1, "场": 1}
    assert dict(found.unigrams) == {"机": 2, "场": 3, "f16": 1}
    assert dict(found.bigrams) == {"机场": 2, "场 f16": 1}


@given(st.lists(st.text(st.sampled_from("机场哪里谁什么5F。 "), max_size=12), max_size=4))
def test_a_bag_has_nothing_that_the_texts_have_not(texts: list[str]) -> None:
    """Each term once, with its count over all texts; a stream is empty only when the texts have none."""
    found = scoring_terms(ANALYZER, texts)
    for name in ("words", "unigrams", "bigrams"):
        there = Counter(term for text in texts for term in getattr(ANALYZER.terms(text), name))
        scored = dict(getattr(found, name))
        assert len(scored) == len(getattr(found, name))
        assert scored.items() <= there.items()
        assert bool(scored) == bool(there)


@pytest.mark.parametrize("texts", [[], [""], ["。，"]])
def test_no_terms_no_bag(texts: list[str]) -> None:
    """Nothing to score is an empty bag."""
    assert scoring_terms(ANALYZER, texts) == ScoringTerms()


def test_question_words_are_known() -> None:
    """A few of either kind."""
    assert all(map(is_question_word, ["什么", "哪里", "多少", "如何"]))
    assert not any(map(is_question_word, ["机场", "里", "", "f16"]))
