"""Mending: a whole query that finds next to nothing → queries that find something, one part corrected.

Only plain runs are mended, and only those that find next to nothing alone. In a run of several words the
fault is where two characters stand together that never do in this index. A number is never taken for a slip:
who asks for 五人死亡 is not helped by 余人死亡. Every suggestion has been counted: it finds something, and no
less than the query does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from search.analysis import Analyzer, Units
from search.deadline import check
from search.query.logical import Node, Phrase
from search.query.numbers import has_numbers, number_spans
from search.query.syntax import And, Parsed, Run
from search.suggest.deadline import Deadline
from search.suggest.spelling import LONGEST, Candidate, SpellChecker, spelling

__all__ = ["DID_YOU_MEAN_BELOW", "QueryCorrector", "plain_runs"]

#: A query, or a part of it, that finds fewer entries than this may hold a mistake.
DID_YOU_MEAN_BELOW: Final = 3
_SUGGESTIONS: Final = 3
#: Longer queries are no slip of the hand.
_MOST_UNITS: Final = 16
#: How many candidates of one part, and how many queries in all, are counted.
_TRIED: Final = 12
#: How many queries are counted at a time, with a look at the clock before each time.
_COUNTED_AT_ONCE: Final = 4
#: A longer stretch that fits says more than a shorter one, in doublings of frequency for each character.
_PER_UNIT: Final = 2.0
#: What is less likely than the best by more than this is noise, in doublings of frequency.
_NOISE: Final = 10.0


def plain_runs(parsed: Parsed) -> tuple[Run, ...]:
    """Return the runs of a query that consists of nothing else and was understood; none otherwise."""
    tree = parsed.tree
    children = tree.children if isinstance(tree, And) else (tree,)
    runs = tuple(child for child in children if isinstance(child, Run))
    return runs if len(runs) == len(children) and not parsed.problems else ()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the query text that is to be replaced, and by what."""

    start: int
    end: int
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class QueryCorrector:
    """Mends queries over one generation, whose corrections are fetched only when they are needed.

    `meaning` resolves a query text; `count` counts nodes among all entries that may be seen, `count_here`
    among those that the filters of the search leave. With `past`, what may be seen ends at a moment; how
    frequent words became later then decides nothing. After the deadline nothing further is tried.
    """

    analyzer: Analyzer
    corrections: Callable[[], SpellChecker]
    meaning: Callable[[str], Node]
    count: Callable[[Sequence[Node]], list[int]]
    count_here: Callable[[Sequence[Node]], list[int]]
    deadline: Deadline
    past: bool = False

    def mend(self, parsed: Parsed, total: int) -> tuple[str, ...]:
        """Return up to three queries in place of one that found `total` entries, most likely first."""
        runs = plain_runs(parsed)
        if not runs or sum(len(self.analyzer.units(run.text)) for run in runs) > _MOST_UNITS:
            return ()
        counts = self.count([self.meaning(run.text) for run in runs])
        failing = [run for run, count in zip(runs, counts, strict=True) if count < DID_YOU_MEAN_BELOW]
        texts = self._written(parsed.text, self._stretches(runs, failing))
        found = [(text, count) for text, count in self._counted(texts) if count >= max(total, 1)]
        if self.past:
            found.sort(key=lambda pair: -pair[1])
        return tuple(text for text, _ in found[:_SUGGESTIONS])

    def _counted(self, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield queries with what they find, until the deadline passes."""
        for start in self.deadline.limit(range(0, len(texts), _COUNTED_AT_ONCE)):
            some = texts[start : start + _COUNTED_AT_ONCE]
            yield from zip(some, self.count_here([self.meaning(text) for text in some]), strict=True)

    def _stretches(self, runs: Sequence[Run], failing: Sequence[Run]) -> list[_Stretch]:
        if not failing:
            return []
        if (joined := self._spelled_apart(runs)) is not None:
            return [joined]
        stretches = [
            _Stretch(run.start, run.end, self._candidates(run.text)) for run in self.deadline.limit(failing)
        ]
        return [stretch for stretch in stretches if stretch.candidates]

    def _spelled_apart(self, runs: Sequence[Run]) -> _Stretch | None:
        """Return the whole query as one stretch where it is the pinyin of one word in several runs."""
        typed = spelling(" ".join(run.text for run in runs)) if len(runs) > 1 else ""
        candidates = self.corrections().spelled(typed, self.deadline) if typed else []
        return _Stretch(runs[0].start, runs[-1].end, candidates[:_TRIED]) if candidates else None

    def _written(self, text: str, stretches: Sequence[_Stretch]) -> list[str]:
        """Return the query with every stretch replaced, the most likely replacements first."""
        texts = [(0.0, text)]
        # From the end, so that places further in front stay where they are.
        for stretch in sorted(stretches, key=lambda one: -one.start):
            texts = [
                (score + one.score, f"{before[: stretch.start]}{one.text}{before[stretch.end :]}")
                for score, before in texts
                for one in stretch.candidates
            ]
            texts = sorted(texts, key=lambda scored: (-scored[0], scored[1]))[:_TRIED]
        return list(dict.fromkeys(one for _, one in texts if one != text))

    def _candidates(self, text: str) -> list[Candidate]:
        """Return what may stand in place of one run, best first."""
        folded = self.analyzer.fold(text)
        units = self.analyzer.units(text)
        found = self.corrections().spelled(typed, self.deadline) if (typed := spelling(folded)) else []
        found += self.corrections().candidates("".join(units.texts), self.deadline)
        found = [Candidate(one.text, one.score + _PER_UNIT * len(units)) for one in found]
        found += self._inside(text, units)
        scores: dict[str, float] = {}
        for one in found:
            scores[one.text] = max(one.score, scores.get(one.text, one.score))
        if numbers := self._numbers(text):
            scores = {one: score for one, score in scores.items() if numbers <= self._numbers(one)}
        least = max(scores.values(), default=0) - _NOISE
        best = sorted((t for t in scores if scores[t] >= least), key=lambda text: (-scores[text], text))
        return [Candidate(text, scores[text]) for text in best[:_TRIED]]

    def _numbers(self, text: str) -> set[str]:
        """Return the numbers and clock times of a text, with what is counted, as they are written."""
        units = self.analyzer.units(text)
        if not has_numbers(units.texts):
            return set()
        found = number_spans(units, self.analyzer.tiles(text))
        return {"".join(units.texts[one.start : one.end]) for one in found}

    def _inside(self, text: str, units: Units) -> list[Candidate]:
        """Return a run of several words with one stretch of it corrected."""
        found: list[Candidate] = []
        broken = self._broken(units)
        for i in range(len(units)):
            check()
            for j in self.deadline.limit(range(i + 2, min(i + LONGEST, len(units)) + 1)):
                if j - i < len(units) and any(i <= place < j - 1 for place in broken):
                    before, after = text[: units.starts[i]], text[units.ends[j - 1] :]
                    part = "".join(units.texts[i:j])
                    for one in self.corrections().candidates(part, self.deadline)[:_TRIED]:
                        score = one.score + _PER_UNIT * (j - i)
                        found.append(Candidate(f"{before}{one.text}{after}", score))
        return found

    def _broken(self, units: Units) -> list[int]:
        """Return the places whose unit and the next one never stand together."""
        if len(units) < 3:
            return []
        pairs = [Phrase(tuple(units.texts[k : k + 2]), (0, 1)) for k in range(len(units) - 1)]
        return [place for place, count in enumerate(self.count(pairs)) if not count]
