"""How often the rules for agencies and reporters are right, on sentences labelled by reading alone.

The file is kept apart from the rules: their examples are in test_readers_attribution.py and
test_readers_credit.py. Labels, scoring and missed cases: docs/extraction.md.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from search.readers.extraction.attribution import attributions
from search.readers.extraction.byline import split_credit

FILE = Path(__file__).parents[2] / "fixtures" / "attribution.tsv"
#: A name and the part it has: origin, via or credit.
Claim = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, what a reader takes from it, and what the rules do."""

    sentence: str
    expected: frozenset[Claim]
    found: frozenset[Claim]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of claims: in both, only found, only expected."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.1%}, recall {self.recall:.1%} "
            f"({self.right} right, {self.wrong} wrong, {self.missed} missed)"
        )


def _claims(role: str, names: str) -> Iterator[Claim]:
    separator = "、" if role != "credit" else "\n"
    return ((role, name) for name in names.split(separator) if name)


def _read(text: str) -> Iterator[Claim]:
    """Read a sentence as a reader of files does: first its credit, then the rest."""
    body, credit = split_credit(text)
    yield from _claims("credit", credit)
    yield from ((one.role, one.agency) for one in attributions("", body))


def _labelled() -> list[Labelled]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Labelled(
            row["sentence"],
            frozenset(claim for role in ("origin", "via", "credit") for claim in _claims(role, row[role])),
            frozenset(_read(row["sentence"])),
        )
        for row in rows
    ]


SENTENCES = _labelled()


def _score(*roles: str) -> Score:
    counts: Counter[str] = Counter()
    for one in SENTENCES:
        expected = {claim for claim in one.expected if claim[0] in roles}
        found = {claim for claim in one.found if claim[0] in roles}
        counts.update(right=len(expected & found), wrong=len(found - expected), missed=len(expected - found))
    return Score(counts["right"], counts["wrong"], counts["missed"])


@pytest.mark.parametrize("roles", [("origin", "via"), ("origin",), ("via",), ("credit",)], ids="+".join)
def test_precision_and_recall(roles: tuple[str, ...]) -> None:
    """At least 95 and 90 in a hundred, over all and for each part; a name in the wrong part is wrong."""
    score = _score(*roles)
    print(f"\n{'+'.join(roles)}: {score}")
    assert score.precision >= 0.95 and score.recall >= 0.90, _differences()


def test_the_file_is_what_it_claims_to_be() -> None:
    """Some 150 sentences, none twice, forty and more that credit nobody, and names that stand in them."""
    assert len(SENTENCES) >= 150
    assert len({one.sentence for one in SENTENCES}) == len(SENTENCES)
    assert sum(not one.expected for one in SENTENCES) >= 40
    for one in SENTENCES:
        plain = one.sentence.replace("《", "").replace("》", "")
        assert all(name in plain for _, name in one.expected), one.sentence


def test_the_documents_tell_the_figures_and_every_miss() -> None:
    """docs/extraction.md cannot fall behind."""
    text = (Path(__file__).parents[3] / "docs" / "extraction.md").read_text(encoding="utf-8")
    for roles in (("origin", "via"), ("origin",), ("via",), ("credit",)):
        score = _score(*roles)
        figures = (
            f"| {score.precision:.1%} | {score.recall:.1%} | {score.right} | {score.wrong} | {score.missed} |"
        )
        assert figures in text, f"{roles}: {figures}"
    for one in SENTENCES:
        assert one.expected == one.found or one.sentence in text, one.sentence


def _differences() -> str:
    """List every sentence that was read otherwise than labelled."""
    lines = (
        f"{one.sentence}  expected {sorted(one.expected)}, found {sorted(one.found)}"
        for one in SENTENCES
        if one.expected != one.found
    )
    return "\n".join(lines)
