"""The scoring terms of a query: counts of terms, without question words unless there are no others."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.ranking import (
    RECENCY_AGES,
    ScoringTerms,
    is_question_word,
    ranked_by_age,
    recency,
    scoring_terms,
)

ANALYZER = default_analyzer()


def names(text: str) -> tuple[list[str], list[str], list[str]]:
    terms = scoring_terms(ANALYZER, [text])
    return tuple([term for term, _ in field] for field in (terms.words, terms.unigrams, terms.bigrams))  # type: ignore[return-value]


def test_question_words_do_not_score() -> None:
    """Neither the words, nor their characters, nor a bigram of two such characters."""
    words, unigrams, bigrams = names("机场在哪里")
    assert words == ["机场", "在"]
    assert unigrams == ["机", "场", "在", "里"]
    assert bigrams == ["机场", "场在", "在哪", "哪里"]
    assert names("请问谁")[0] == ["请问", "谁"]
    assert "什么" not in names("什么是机场")[2]


def test_a_query_of_question_words_keeps_them() -> None:
    """A field with no other terms keeps its question words."""
    assert names("什么") == (["什么"], ["什", "么"], ["什么"])
    assert names("谁") == (["谁"], ["谁"], [])


def test_terms_are_counted_over_all_texts() -> None:
    """How often the query has a term is part of the formula."""
    terms = scoring_terms(ANALYZER, ["机场", "机场 F-16", "场"])
    assert dict(terms.words) == {"机场": 2, "f": 1, "16": 1, "场": 1}
    assert dict(terms.unigrams) == {"机": 2, "场": 3, "f": 1, "16": 1}
    assert dict(terms.bigrams) == {"机场": 2, "场f": 1, "f 16": 1}


@given(st.lists(st.text(st.sampled_from("机场哪里谁什么5F。 "), max_size=12), max_size=4))
def test_scoring_terms_are_terms_of_the_texts(texts: list[str]) -> None:
    """Each term once, with its count over all texts; a field is empty only when the texts have none."""
    terms = scoring_terms(ANALYZER, texts)
    for name in ("words", "unigrams", "bigrams"):
        counts = Counter(term for text in texts for term in getattr(ANALYZER.terms(text), name))
        scored = dict(getattr(terms, name))
        assert len(scored) == len(getattr(terms, name))
        assert scored.items() <= counts.items()
        assert bool(scored) == bool(counts)


@pytest.mark.parametrize("texts", [[], [""], ["。，"]])
def test_texts_without_units_have_no_terms(texts: list[str]) -> None:
    """All fields are empty."""
    assert scoring_terms(ANALYZER, texts) == ScoringTerms()


def test_question_words_are_known() -> None:
    """Examples of question words and others."""
    assert all(map(is_question_word, ["什么", "哪里", "多少", "如何"]))
    assert not any(map(is_question_word, ["机场", "里", "", "f16"]))


@pytest.mark.parametrize(
    ("texts", "counts"),
    [
        (["机场"], True),
        (["机场 恢复"], True),
        (["机场", "恢复"], True),
        (["什么机场"], True),
        (["机场 恢复 运行"], False),
        (["机场机场机场"], False),
        ([], False),
        (["。"], False),
    ],
)
def test_age_counts_in_queries_of_one_or_two_words(texts: list[str], counts: bool) -> None:
    """Question words do not count as words."""
    assert ranked_by_age(scoring_terms(ANALYZER, texts)) == counts


@given(st.timedeltas(min_value=-RECENCY_AGES[0]), st.timedeltas(min_value=-RECENCY_AGES[0]))
def test_an_older_entry_never_has_more_for_being_recent(one: timedelta, other: timedelta) -> None:
    """The prior falls with age and never goes below 0."""
    younger, older = sorted((one, other))
    assert recency(younger) >= recency(older) >= 0
