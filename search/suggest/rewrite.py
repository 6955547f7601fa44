"""Correction of a whole query with almost no matches.

Only plain runs are corrected, and only those without matches alone. In a run of several words the mistake is
assumed where two neighbouring characters never occur together in the index, otherwise in any of its words. A
correction with which the whole run stands in one piece in some entry comes before the others. Numbers are
never corrected: 余人死亡 is no correction of 五人死亡. Every suggestion is counted: it matches at least one
entry, and no fewer than the query.

A short run of several words with few matches is corrected as well if no entry has it in one piece, and only
by what sounds the same or has two characters in another order, and is in one piece in more entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from search.analysis import Analyzer, Units
from search.deadline import Deadline, check
from search.query.logical import Node, Nothing, Phrase, phrase
from search.query.numbers import has_numbers, number_spans
from search.query.syntax import And, Parsed, Run
from search.suggest.spelling import MAX_HAN, Candidate, SpellChecker, spelling

__all__ = ["FEW_MATCHES", "QueryCorrector", "plain_runs"]

_MAX_SUGGESTIONS: Final = 3
#: Units of the longest query that is corrected.
_MAX_UNITS: Final = 16
#: Candidates of one part, and corrected queries, that are counted.
_MAX_CANDIDATES: Final = 12
#: A query with fewer matches than this may be corrected: without any, or where none has it in one piece.
FEW_MATCHES: Final = 10
#: Candidates of one run that are looked for in one piece.
_MAX_LOOKED_FOR: Final = 24
#: The score of occurring in one piece in some entry, in doublings of frequency.
_IN_ONE_PIECE: Final = 12.0
#: Queries counted between two checks of the deadline.
_QUERIES_PER_COUNT: Final = 4
#: The score of each unit of a corrected part, in doublings of frequency.
_SCORE_PER_UNIT: Final = 2.0
#: The largest score difference to the best candidate, in doublings of frequency.
_MAX_SCORE_GAP: Final = 10.0


def plain_runs(parsed: Parsed) -> tuple[Run, ...]:
    """Return the runs of a query that consists of plain runs and has no problems; none otherwise."""
    tree = parsed.tree
    children = tree.children if isinstance(tree, And) else (tree,)
    runs = tuple(child for child in children if isinstance(child, Run))
    return runs if len(runs) == len(children) and not parsed.problems else ()


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A part of the query text, and the candidates in its place."""

    start: int
    end: int
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class QueryCorrector:
    """Corrects queries over one generation.

    `spell_checkers` loads the spell checkers: that of the index, then others for whole runs. `to_node`
    resolves a query text, `count` counts nodes among all visible entries and `count_filtered` among those
    that pass the filters. With `is_past` the visible entries end at `asof`, and suggestions are sorted by
    their counts. Work ends at the deadline.
    """

    analyzer: Analyzer
    spell_checkers: Callable[[], Sequence[SpellChecker]]
    to_node: Callable[[str], Node]
    count: Callable[[Sequence[Node]], list[int]]
    count_filtered: Callable[[Sequence[Node]], list[int]]
    deadline: Deadline
    is_past: bool = False

    def correct(self, parsed: Parsed, total: int) -> tuple[str, ...]:
        """Return up to three corrections of a query with `total` full matches, most likely first."""
        runs = plain_runs(parsed)
        if not runs or sum(len(self.analyzer.units(run.text)) for run in runs) > _MAX_UNITS:
            return ()
        counts = self.count([self.to_node(run.text) for run in runs])
        failing = [run for run, count in zip(runs, counts, strict=True) if not count]
        if not failing:
            return self._close(runs, counts) if len(runs) == 1 else ()
        texts = self._replaced(parsed.text, self._replacements(runs, failing))
        counted = [(text, count) for text, count in self._counted(texts) if count >= max(total, 1)]
        if self.is_past:
            counted.sort(key=lambda pair: -pair[1])
        return tuple(text for text, _ in counted[:_MAX_SUGGESTIONS])

    def _close(self, runs: Sequence[Run], counts: Sequence[int]) -> tuple[str, ...]:
        """Return the close corrections of the only run, which has few matches and none in one piece."""
        text, found = runs[0].text, counts[0]
        if len(self.analyzer.units(text)) > MAX_HAN or len(self.analyzer.tiles(text)) < 2:
            return ()
        if found >= FEW_MATCHES or self._in_one_piece([text])[0]:
            return ()
        close = [candidate.text for candidate in self._scored(text, words=True) if candidate.close][
            :_MAX_CANDIDATES
        ]
        pieces = zip(close, self._in_one_piece(close), strict=True)
        frequent = [candidate for candidate, count in pieces if count > max(found, FEW_MATCHES)]
        return tuple(text for text, count in self._counted(frequent) if count > found)[:_MAX_SUGGESTIONS]

    def _counted(self, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield queries with their counts until the deadline passes."""
        for start in self.deadline.limit(range(0, len(texts), _QUERIES_PER_COUNT)):
            batch = texts[start : start + _QUERIES_PER_COUNT]
            yield from zip(batch, self.count_filtered(list(map(self.to_node, batch))), strict=True)

    def _replacements(self, runs: Sequence[Run], failing: Sequence[Run]) -> list[_Replacement]:
        if not failing:
            return []
        if (joined := self._spelled_apart(runs)) is not None:
            return [joined]
        replacements = [
            _Replacement(run.start, run.end, self._candidates(run.text))
            for run in self.deadline.limit(failing)
        ]
        return [replacement for replacement in replacements if replacement.candidates]

    def _spelled_apart(self, runs: Sequence[Run]) -> _Replacement | None:
        """Return a replacement of the whole query where it is pinyin in several runs."""
        typed = spelling(" ".join(run.text for run in runs)) if len(runs) > 1 else ""
        candidates = self._spelled(typed) if typed else []
        return _Replacement(runs[0].start, runs[-1].end, candidates[:_MAX_CANDIDATES]) if candidates else None

    def _replaced(self, text: str, replacements: Sequence[_Replacement]) -> list[str]:
        """Return the query with all parts replaced, the most likely candidates first."""
        texts = [(0.0, text)]
        # From the end, so that earlier offsets remain valid.
        for part in sorted(replacements, key=lambda part: -part.start):
            texts = [
                (score + candidate.score, f"{before[: part.start]}{candidate.text}{before[part.end :]}")
                for score, before in texts
                for candidate in part.candidates
            ]
            texts = sorted(texts, key=lambda scored: (-scored[0], scored[1]))[:_MAX_CANDIDATES]
        return list(dict.fromkeys(replaced for _, replaced in texts if replaced != text))

    def _candidates(self, text: str) -> list[Candidate]:
        """Return the candidates for one run, best first."""
        candidates = self._scored(text)[:_MAX_LOOKED_FOR]
        pieces = self._in_one_piece([candidate.text for candidate in candidates])
        scores = {
            candidate.text: candidate.score + (_IN_ONE_PIECE if count else 0.0)
            for candidate, count in zip(candidates, pieces, strict=True)
        }
        least = max(scores.values(), default=0) - _MAX_SCORE_GAP
        best = sorted((t for t in scores if scores[t] >= least), key=lambda text: (-scores[text], text))
        return [Candidate(text, scores[text]) for text in best[:_MAX_CANDIDATES]]

    def _scored(self, text: str, *, words: bool = False) -> list[Candidate]:
        """Return all candidates for one run that keep its numbers, each once, best first.

        With `words` the mistake may be in any word.
        """
        units = self.analyzer.units(text)
        whole = self._spelled(typed) if (typed := spelling(self.analyzer.fold(text))) else []
        written = "".join(units.texts)
        whole += [c for checker in self.spell_checkers() for c in checker.candidates(written, self.deadline)]
        candidates = [replace(c, score=c.score + _SCORE_PER_UNIT * len(units)) for c in whole]
        best: dict[str, Candidate] = {}
        for candidate in (*candidates, *self._inside(text, units, words=words)):
            known = best.setdefault(candidate.text, candidate)
            if candidate.score > known.score:
                best[candidate.text] = candidate
        if numbers := self._numbers(text):
            best = {text: candidate for text, candidate in best.items() if numbers <= self._numbers(text)}
        return sorted(best.values(), key=lambda candidate: (-candidate.score, candidate.text))

    def _spelled(self, typed: str) -> list[Candidate]:
        """Return the candidates of all spell checkers for a text in pinyin."""
        return [c for checker in self.spell_checkers() for c in checker.spelled(typed, self.deadline)]

    def _in_one_piece(self, texts: Sequence[str]) -> list[int]:
        """Count the entries that have each text in one piece."""
        units = map(self.analyzer.units, texts)
        return self.count([phrase(u, 0, len(u)) if len(u) else Nothing() for u in units]) if texts else []

    def _numbers(self, text: str) -> set[str]:
        """Return the numbers with their measures, and the clock times, of a text as written."""
        units = self.analyzer.units(text)
        if not has_numbers(units.texts):
            return set()
        spans = number_spans(units, self.analyzer.tiles(text))
        return {"".join(units.texts[span.start : span.end]) for span in spans}

    def _inside(self, text: str, units: Units, *, words: bool) -> list[Candidate]:
        """Return a run of several words with one part of it corrected."""
        candidates: list[Candidate] = []
        checker = self.spell_checkers()[0]
        breaks = [] if words else self._breaks(units)
        # Without a break, the mistake may be in any word of a short run.
        short = not breaks and len(units) <= MAX_HAN
        borders = {border for tile in self.analyzer.tiles(text) for border in tile} if short else set[int]()
        for i in range(len(units)):
            check()
            for j in self.deadline.limit(range(i + 2, min(i + MAX_HAN, len(units)) + 1)):
                broken = any(i <= k < j - 1 for k in breaks) or (i in borders and j in borders)
                if j - i < len(units) and broken:
                    before, after = text[: units.starts[i]], text[units.ends[j - 1] :]
                    part = "".join(units.texts[i:j])
                    for candidate in checker.candidates(part, self.deadline)[:_MAX_CANDIDATES]:
                        score = candidate.score + _SCORE_PER_UNIT * (j - i)
                        whole = f"{before}{candidate.text}{after}"
                        candidates.append(Candidate(whole, score, candidate.close))
        return candidates

    def _breaks(self, units: Units) -> list[int]:
        """Return the units that are never directly before the next unit in the index."""
        if len(units) < 3:
            return []
        pairs = [Phrase(tuple(units.texts[k : k + 2]), (0, 1)) for k in range(len(units) - 1)]
        return [k for k, count in enumerate(self.count(pairs)) if not count]
