"""What corrects a report, and which earlier entry it means; both from the texts alone."""

import re

import pytest

from search.analysis import default_analyzer
from search.corrections.detect import CUES, correction_in
from search.corrections.target import corrected_by
from search.entry import Entry
from tests.support.correction_sentences import CORRECTING, NOT_CORRECTING
from tests.support.correction_stream import TIES, entries


def _entry(headline: str, body: str) -> Entry:
    return Entry(id="a/1", headline=headline, body=body)


@pytest.mark.parametrize(("kind", "headline", "body"), CORRECTING)
def test_a_correction_is_seen(kind: str, headline: str, body: str) -> None:
    """The result has the kind and the phrase, as a slice of the original text."""
    entry = _entry(headline, body)
    found = correction_in(entry)
    assert found is not None and found.kind == kind
    text = entry.headline if found.field == "headline" else entry.body
    said = text[found.start : found.end]
    assert said and re.search("更正|[订訂]正|勘误|误|否[认認]|辟谣|实|實|谣言|澄清|撤|不符|不准确|虚构", said)


@pytest.mark.parametrize(("headline", "body"), NOT_CORRECTING)
def test_what_only_looks_like_a_correction_is_none(headline: str, body: str) -> None:
    """Charges, general rumours, demands and parts of other words deny no report."""
    assert correction_in(_entry(headline, body)) is None


@pytest.mark.parametrize(("kind", "headline", "body"), CORRECTING)
def test_whatever_corrects_has_a_cue(kind: str, headline: str, body: str) -> None:
    """The index is searched for the cues, so every correction must contain one."""
    bigrams = set(default_analyzer().terms(headline).bigrams) | set(default_analyzer().terms(body).bigrams)
    assert bigrams & set(CUES)


def test_the_words_are_a_slice_of_the_original_where_folding_changes_lengths() -> None:
    """㎞ folds to two characters, and the span still counts in those that were written."""
    entry = _entry("", "桥长3㎞。此前的报道有误")
    found = correction_in(entry)
    assert found and entry.body[found.start : found.end] == "此前的报道有误"


def _ties(stream: list[Entry]) -> set[tuple[str, str, str]]:
    found = set()
    for entry in stream:
        if correction := correction_in(entry):
            target = corrected_by(entry, correction, stream, default_analyzer())
            found |= {(entry.id, correction.kind, target.id)} if target else set()
    return found


def test_each_correction_finds_its_report() -> None:
    """And a denial of what was never reported finds none."""
    assert _ties(entries()) == TIES


def test_nothing_later_and_no_order_changes_a_tie() -> None:
    """The stream may be given whole or in part, in any order."""
    stream = entries()
    for count in range(len(stream) + 1):
        early = stream[:count]
        wanted = {tie for tie in TIES if tie[0] in {entry.id for entry in early}}
        assert _ties(early) == _ties(early[::-1]) == wanted


def test_without_its_report_a_correction_finds_nothing() -> None:
    """A wrong tie is worse than none: the next best is not taken instead."""
    for late, _, early in TIES:
        left = [entry for entry in entries() if entry.id != early]
        assert not [tie for tie in _ties(left) if tie[0] == late]


def test_two_different_reports_that_share_as_much_are_not_chosen_between() -> None:
    """Two cities report the same number of wounded; a correction that names neither is tied to none."""
    first, second = (
        Entry(
            id=key,
            time=one.time,
            headline=f"{city}：爆炸造成31人受伤",
            body=f"{city}警方说，仓库爆炸造成31人受伤。",
        )
        for key, city, one in zip(("x1", "x2"), ("临江", "海门"), entries(), strict=False)
    )
    late = Entry(
        id="x3", time=entries()[-1].time, headline="更正：爆炸造成13人受伤", body="不是31人受伤。特此更正。"
    )
    assert _ties([first, second, late]) == set()
    assert _ties([first, late]) == {("x3", "correction", "x1")}


def test_a_quoted_time_of_publication_decides() -> None:
    """The same two reports, and a correction that names the minute of one."""
    when = [one.time for one in entries()]
    first = Entry(
        id="x1", time=when[0], headline="临江：爆炸造成31人受伤", body="警方说，仓库爆炸造成31人受伤。"
    )
    second = Entry(
        id="x2", time=when[3], headline="海门：爆炸造成31人受伤", body="警方说，仓库爆炸造成31人受伤。"
    )
    late = Entry(
        id="x3",
        time=when[-1],
        headline="更正：爆炸造成13人受伤",
        body="6时00分的条目把受伤人数写作31人，特此更正。",
    )
    assert _ties([first, second, late]) == {("x3", "correction", "x1")}


def test_an_entry_without_a_time_is_tied_to_nothing() -> None:
    """Nothing tells what is earlier."""
    timeless = Entry(
        id="x", headline="更正：遇难人数应为5人", body="8时40分的条目称暴雨已致7人遇难，特此更正。"
    )
    correction = correction_in(timeless)
    assert correction and corrected_by(timeless, correction, entries(), default_analyzer()) is None
