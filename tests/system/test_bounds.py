"""Bounds: what a hostile query costs, in calls that are counted and never in seconds."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from search import Home, Searcher, reindex
from search.entry import Entry
from search.highlight import Marker, mark
from search.query.logical import Filters, Phrase
from search.results import MAX_EXPLAINED_TERMS
from search.searcher.hits import matched_phrases
from tests.support.homes import row, write_rows
from tests.support.oracle import ANALYZER
from tests.unit.test_highlight import BODIES, ROWS

_FIRST = 0x4E00
_ENTRIES = 40
#: A character that 200 different ones follow.
_HUB = "鿕"


def characters(count: int) -> list[str]:
    """Return different Han characters that the entries have."""
    return [chr(_FIRST + number) for number in range(count)]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Entries that have all the characters that the queries ask for, some in headlines, and numbers."""
    home = Home(tmp_path_factory.mktemp("home"))
    text = "".join(characters(900))
    hub = "".join(f"{_HUB}{one}" for one in text[:200])
    rows = [
        row(
            f"e{n}",
            f"{text[n:]}。{text[:n]}。{n}人死亡，a{n} kaz{n}。{hub}",
            headline=_HUB + text[n : n + 30],
        )
        for n in range(_ENTRIES)
    ]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    return Searcher(home)


def calls(run: Callable[[], object], *names: str) -> int:
    """Count the function calls that something takes, or only those of functions of these names."""
    profile = cProfile.Profile()
    profile.runcall(run)
    stats: dict[tuple[str, int, str], tuple[int, int]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(own[1] for (_, _, name), own in stats.items() if not names or name in names)


KINDS: dict[str, Callable[[int], str]] = {
    "characters": lambda n: "".join(characters(n)),
    "one character": lambda n: "一" * n,
    "one digit": lambda n: "9" * n,
    "runs": lambda n: " ".join(characters(n // 2)),
    "alternatives": lambda n: " OR ".join(characters(n // 5)),
    "alternatives in headlines": lambda n: " OR ".join(f"标题:{one}" for one in characters(n // 8)),
    "prefixes": lambda n: " OR ".join(f"{one}*" for one in ["a", "k", "1", *characters(n // 6)]),
    "exclusions": lambda n: " ".join(f"-{one}" for one in characters(n // 3)),
    "exclusions of exclusions": lambda n: "NOT " * (n // 4) + "一",
    "brackets": lambda n: "(" * (n // 2) + "一" + ")" * (n // 2),
    "quotes": lambda n: '"' * n,
    "quoted": lambda n: " ".join(f'"{one}{one}"' for one in characters(n // 5)),
    "fields": lambda n: " ".join(f"来源:{one}" for one in characters(n // 5)),
    "times": lambda n: " OR ".join(f"时间:20{one:02}" for one in range(n // 11)),
    "moments": lambda n: " ".join(f"截至:20{one:02}" for one in range(n // 8)),
    "numbers": lambda n: "、".join(f"{one}人" for one in range(n // 4)),
    "numerals": lambda n: ("一二三四五六七八九十百千万亿" * n)[:n],
    "letters": lambda n: "a1-" * (n // 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_work_grows_no_faster_than_the_query(searcher: Searcher, kind: str) -> None:
    """Twice the text takes about twice the calls, explanations of all hits included."""

    def work(length: int) -> int:
        query = KINDS[kind](length)
        searcher.search(query, limit=_ENTRIES, explain=True)
        return calls(lambda: searcher.search(query, limit=_ENTRIES, explain=True))

    assert work(900) < 2.6 * work(450) + 2_000


def test_a_text_is_read_once_for_all_rows(searcher: Searcher) -> None:
    """However many rows a query has, the texts of a hit are folded as often."""

    def folded(count: int) -> int:
        query = " ".join(characters(count))
        logical = searcher.resolve(query)
        entry = searcher.entry("e0")
        return calls(lambda: matched_phrases(entry, Marker(logical.highlights, ANALYZER)), "fold")

    assert 0 < folded(20) == folded(400)


def test_scores_are_looked_up_for_a_page_at_once(searcher: Searcher) -> None:
    """A page in order of time takes as many look-ups in the postings for one hit as for all of them."""
    query = "".join(characters(300))

    def looked_up(limit: int) -> int:
        return calls(lambda: searcher.search(query, limit=limit, sort="newest"), "scores_at", "codes_at")

    searcher.search(query, sort="newest")
    assert 0 < looked_up(1) == looked_up(_ENTRIES)


@pytest.mark.parametrize("query", [f"标题:{_HUB}", f"标题:{_HUB}*", "a*", "标题:a*", "kaz*"])
def test_the_places_of_a_unit_are_unpacked_at_once(searcher: Searcher, query: str) -> None:
    """However many different units follow a unit, or begin with a prefix, they are one list to unpack."""
    node = searcher.resolve(query).match
    count = calls(lambda: searcher._engine.snapshot().count([node], Filters()), "decode", "decode_all")
    assert 0 < count < 10


@given(BODIES, ROWS)
@settings(deadline=None)
def test_matched_rows_are_those_that_would_be_marked(text: str, rows: list[Phrase]) -> None:
    """A row is named with a field exactly when something of that field is marked by it alone."""
    rows = list(dict.fromkeys(rows))
    entry = Entry("x", headline=text[:20].strip() or "x", body=text)
    named = {
        (found.row, found.where, name)
        for found in matched_phrases(entry, Marker(rows, ANALYZER))
        for name in found.fields
    }
    texts = {"headline": entry.headline, "body": entry.body}
    assert named == {
        (str(one).removeprefix("headline:")[1:-1], one.where, name)
        for one in rows
        for name, own in texts.items()
        if mark(own, [one], ANALYZER, where="headline" if name == "headline" else "text")
    }


def test_an_explanation_of_a_long_text_names_its_largest_shares(searcher: Searcher) -> None:
    """Then the answer says so; the score is whole, and a short query is explained in full.

    Of the hits, the first ones are explained, at least one; the answer has their number.
    """
    results = searcher.search("".join(characters(900)), explain=True)
    explanations = [hit.explanation for hit in results.hits if hit.explanation]
    assert 1 <= len(explanations) < len(results.hits)
    assert explanations == [hit.explanation for hit in results.hits[: len(explanations)]]
    told = [problem.message for problem in results.problems]
    assert any(str(MAX_EXPLAINED_TERMS) in one for one in told)
    assert any(str(len(explanations)) in one for one in told)
    for explanation in explanations:
        assert len(explanation.terms) == MAX_EXPLAINED_TERMS
        shares = [share.weight for share in explanation.terms]
        assert shares == sorted(shares, reverse=True)
        assert explanation.stages["first"] > sum(shares)
    short = searcher.search("".join(characters(50)), explain=True)
    assert short.problems == () and all(hit.explanation for hit in short.hits)


def test_hostile_kinds_are_answered(searcher: Searcher) -> None:
    """Each kind is answered at its full length, in every order and folded."""
    for kind, make in KINDS.items():
        for fold in (False, True):
            results = searcher.search(make(1_000), fold=fold, sort="oldest", explain=True)
            assert results.total >= 0 and results.page == 1, kind
