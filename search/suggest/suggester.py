"""The suggester: what is known of one generation, kept ready, and renewed when there is another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Final, Generic, Protocol, TypeVar

from search.analysis import Analyzer
from search.engines import Engine
from search.query.grammar import parse
from search.query.logical import Filters, Node
from search.query.syntax import Parsed
from search.suggest import pinyin
from search.suggest.complete import Completions, Kind, Term, plain
from search.suggest.deadline import Clock, Deadline
from search.suggest.rewrite import QueryCorrector, plain_runs
from search.suggest.spelling import SpellChecker

__all__ = ["Suggester", "Suggestion"]

#: So many of the newest headlines are offered, and read for phrases.
HEADLINES: Final = 20_000
#: How long a question waits for a new generation before what is known of the last one answers, in seconds.
_PATIENCE: Final = 0.3
#: A part that is hardly ever seen outside a longer one is not worth a line of its own.
_MOSTLY: Final = 0.9
#: Seconds of wall clock for each, tables loaded; an answer goes out without what takes longer.
_COMPLETION_SECONDS = 0.15
_DID_YOU_MEAN_SECONDS = 0.1

Meaning = Callable[[str], Node]


class _OfGeneration(Protocol):
    generation: int


Table = TypeVar("Table", bound=_OfGeneration)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: a query, what it is, and how many entries it finds."""

    text: str
    kind: Kind
    count: int

    def as_dict(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON values."""
        return {"text": self.text, "kind": self.kind, "count": self.count}


class Suggester:
    """Suggests from one engine. Safe to share between threads; sees a new index by itself."""

    def __init__(self, engine: Engine, analyzer: Analyzer, clock: Clock = perf_counter) -> None:
        self._engine, self._analyzer, self._clock = engine, analyzer, clock
        self._completions = _PerGeneration(lambda: Completions(engine.vocabulary(HEADLINES), analyzer))
        self._corrections = _PerGeneration(lambda: SpellChecker(engine.vocabulary(0), analyzer))

    def suggest(
        self, typed: str, limit: int, meaning: Meaning, asof: datetime | None = None
    ) -> list[Suggestion]:
        """Return how what is typed may go on; every suggestion finds something, up to `asof` if given.

        When all of it leads nowhere, its last run is completed and the rest is kept. What is not found in
        the time given is left out; the loading of tables does not count.
        """
        completions = self._loaded(self._completions)
        deadline = Deadline(_COMPLETION_SECONDS, self._clock)
        head, last = "", typed
        terms = completions.complete(last, 3 * limit, asof, deadline)
        if not terms and len(parts := typed.rstrip().rsplit(maxsplit=1)) == 2 and not typed[-1].isspace():
            head, last = f"{parts[0]} ", parts[1]
            terms = completions.complete(last, 3 * limit, asof, deadline)
        found: list[Suggestion] = []
        terms = self._without_pieces(terms)
        while terms and len(found) < limit and not deadline.passed():
            wanted = limit - len(found)
            found += self._counted(head, terms[:wanted], meaning, asof)
            terms = terms[wanted:]
        return found

    def _counted(
        self, head: str, terms: list[Term], meaning: Meaning, asof: datetime | None
    ) -> list[Suggestion]:
        """Return those that find something."""
        counts = {term: term.count for term in terms if _finds_itself(term) and not head}
        rest = [term for term in terms if term not in counts]
        nodes = [meaning(head + term.text) for term in rest]
        counts |= zip(rest, self._engine.count(nodes, Filters(asof=asof)), strict=True)
        return [Suggestion(head + term.text, term.kind, counts[term]) for term in terms if counts[term]]

    def _loaded(self, kept: _PerGeneration[Table]) -> Table:
        """Return a table of this generation and have those of the readings loaded."""
        pinyin.load()
        return kept.of(self._engine.generation())

    def _without_pieces(self, terms: list[Term]) -> list[Term]:
        """Leave out what is only ever read as part of another: 国际文传 in 国际文传电讯社."""
        keys = [plain(term.text, self._analyzer) for term in terms]
        # A stream's name need not stand in its entries.
        inside = ("agency", "word", "phrase")
        wholes = [(key, term) for key, term in zip(keys, terms, strict=True) if term.kind in inside]
        return [
            term
            for key, term in zip(keys, terms, strict=True)
            if not any(key != w and key in w and whole.count >= _MOSTLY * term.count for w, whole in wholes)
        ]

    def did_you_mean(self, parsed: Parsed, total: int, filters: Filters, meaning: Meaning) -> tuple[str, ...]:
        """Return up to three queries that find more than one that found only `total` entries.

        What is not found in the time given is left out; the loading of tables does not count.
        """
        deadline = Deadline(_DID_YOU_MEAN_SECONDS, self._clock)

        def corrections() -> SpellChecker:
            with deadline.suspended():
                return self._loaded(self._corrections)

        mender = QueryCorrector(
            analyzer=self._analyzer,
            corrections=corrections,
            deadline=deadline,
            meaning=meaning,
            count=lambda nodes: self._engine.count(nodes, Filters(asof=filters.asof)),
            count_here=lambda nodes: self._engine.count(nodes, filters),
            past=filters.asof is not None,
        )
        return mender.mend(parsed, total)


def _finds_itself(term: Term) -> bool:
    """Say whether a headline needs no counting: it is one of a kind, and as a query it means what it says."""
    return term.kind == "headline" and term.count == 1 and bool(plain_runs(parse(term.text)))


class _PerGeneration(Generic[Table]):
    """A table of the newest generation, made aside when it is first asked for.

    While a new one is made, the last one answers; the first is waited for.
    """

    def __init__(self, make: Callable[[], Table]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._ready: Table | None = None
        self._coming: Future[Table] | None = None

    def of(self, generation: int) -> Table:
        """Return the table of a generation, or of the last for a moment; raises what making it raises."""
        with self._lock:
            last = self._ready
            if last is not None and last.generation == generation:
                return last
            if self._coming is None:
                self._coming = Future()
                threading.Thread(target=self._fill, args=(self._coming,), daemon=True).start()
            coming = self._coming
        try:
            return coming.result(None if last is None else _PATIENCE)
        except TimeoutError:
            if last is None:
                raise
            return last

    def _fill(self, coming: Future[Table]) -> None:
        try:
            made = self._make()
        except BaseException as error:
            with self._lock:
                self._coming = None
            coming.set_exception(error)
            return
        with self._lock:
            self._ready, self._coming = made, None
        coming.set_result(made)
