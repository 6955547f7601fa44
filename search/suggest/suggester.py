"""The suggester: completion and correction tables of the current generation, rebuilt in the background."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final, Generic, TypeVar

from search.analysis import Analyzer
from search.deadline import Clock, Deadline
from search.engines import Snapshot
from search.jsonable import JsonObject
from search.query.grammar import parse
from search.query.logical import Filters, Node
from search.query.syntax import Parsed
from search.settings.aliases import NO_NAMES, Names
from search.suggest import pinyin
from search.suggest.alias_names import AliasNames
from search.suggest.complete import Completions, Kind, Term, plain
from search.suggest.rewrite import QueryCorrector, plain_runs
from search.suggest.spelling import SpellChecker

__all__ = ["Suggester", "Suggestion"]

#: The newest headlines that are completions and sources of phrases.
MAX_HEADLINES: Final = 20_000
#: Seconds that a request waits for the table of a new generation before it uses the previous one.
_MAX_TABLE_WAIT_SECONDS: Final = 0.3
#: The share of a term's entries in which it is part of a longer term, from which on it is left out.
_PART_SHARE: Final = 0.9
#: Seconds of wall clock for each, tables loaded; slower suggestions are left out.
_COMPLETION_SECONDS = 0.15
_DID_YOU_MEAN_SECONDS = 0.1

#: Terms of the index that come before the names of the aliases.
_BEFORE_ALIASES: Final = 3
#: A date as people write it, with its year.
_DATE: Final = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})\s?年\s?"
    r"(?:(?P<month>0?[1-9]|1[0-2])\s?月\s?(?:份|(?P<day>0?[1-9]|[12][0-9]|3[01])\s?[日号]?)?)?"
)

ToNode = Callable[[str], Node]


Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Suggestion(JsonObject):
    """A suggested query, the kind of its last term, and the number of its matches."""

    text: str
    kind: Kind
    count: int


class Suggester:
    """Suggestions with the terms of one analyzer; thread-safe.

    Tables follow the snapshots: while those of a new generation are built, the previous ones serve. Counts
    are always those of the snapshot.
    """

    def __init__(self, analyzer: Analyzer, clock: Clock = monotonic) -> None:
        self.analyzer, self._clock = analyzer, clock
        self._completions = _LatestTable(
            lambda snapshot: Completions(snapshot.vocabulary(MAX_HEADLINES), analyzer)
        )
        self._named: tuple[Names, AliasNames] | None = None
        self._spell_checker = _LatestTable(lambda snapshot: SpellChecker(snapshot.vocabulary(0), analyzer))

    def load(self, snapshot: Snapshot) -> None:
        """Build the tables of a snapshot ahead of their first use."""
        _load(self._completions, snapshot)
        _load(self._spell_checker, snapshot)

    def suggest(
        self,
        snapshot: Snapshot,
        typed: str,
        limit: int,
        to_node: ToNode,
        asof: datetime | None = None,
        names: Names = NO_NAMES,
    ) -> list[Suggestion]:
        """Return completions of a typed text, each with at least one match up to `asof`.

        Names of the aliases come first. A text without completions has its last run completed.
        Suggestions that take too long are left out;
        loading the tables does not count.
        """
        completions, named = _load(self._completions, snapshot), self._alias_names(names)
        deadline = Deadline(_COMPLETION_SECONDS, self._clock)
        head, last = "", typed
        aliases = named.complete(last, limit, asof, deadline)
        terms = completions.complete(last, 3 * limit, asof, deadline)
        if (
            not (terms or aliases)
            and len(parts := typed.rstrip().rsplit(maxsplit=1)) == 2
            and not typed[-1].isspace()
        ):
            head, last = f"{parts[0]} ", parts[1]
            aliases = named.complete(last, limit, asof, deadline)
            terms = completions.complete(last, 3 * limit, asof, deadline)
        current = completions.generation == snapshot.generation
        suggestions: list[Suggestion] = []
        others = self._without_parts(terms)
        keys = {plain(term.text, self.analyzer) for term in others}
        aliases = [term for term in aliases if plain(term.text, self.analyzer) not in keys]
        terms = [*self._dates(typed), *others[:_BEFORE_ALIASES], *aliases, *others[_BEFORE_ALIASES:]]
        while terms and (missing := limit - len(suggestions)) > 0 and not deadline.passed():
            suggestions += self._counted(snapshot, head, terms[:missing], to_node, asof, current)
            terms = terms[missing:]
        return suggestions

    def _alias_names(self, names: Names) -> AliasNames:
        """Return the completions of these names, made anew when the file of aliases changed."""
        latest = self._named
        if latest is None or latest[0] is not names:
            latest = self._named = names, AliasNames(names, self.analyzer)
        return latest[1]

    @staticmethod
    def _dates(typed: str) -> list[Term]:
        """Return a date that is typed as words as a condition: 2024年2月 is 时间:2024-02."""
        match = _DATE.fullmatch(typed.strip())
        if not match:
            return []
        parts = [match["year"], *(part.zfill(2) for part in (match["month"], match["day"]) if part)]
        return [Term(f"时间:{'-'.join(parts)}", "word", 1)]

    def _counted(
        self,
        snapshot: Snapshot,
        head: str,
        terms: list[Term],
        to_node: ToNode,
        asof: datetime | None,
        current: bool,
    ) -> list[Suggestion]:
        """Return the suggestions with at least one match; `current` terms are those of the snapshot."""
        counts = {term: term.count for term in terms if current and _is_counted(term) and not head}
        rest = [term for term in terms if term not in counts]
        nodes = [to_node(head + term.text) for term in rest]
        counts |= zip(rest, snapshot.count(nodes, Filters(asof=asof)), strict=True)
        return [Suggestion(head + term.text, term.kind, counts[term]) for term in terms if counts[term]]

    def _without_parts(self, terms: list[Term]) -> list[Term]:
        """Leave out terms that occur mostly as part of another: 国际文传 in 国际文传电讯社."""
        keys = [plain(term.text, self.analyzer) for term in terms]
        # Names of streams need not occur in their entries.
        in_entries = ("agency", "word", "phrase")
        counts = [(key, term.count) for key, term in zip(keys, terms, strict=True) if term.kind in in_entries]
        return [
            term
            for key, term in zip(keys, terms, strict=True)
            if not any(key != whole and key in whole and n >= _PART_SHARE * term.count for whole, n in counts)
        ]

    def did_you_mean(
        self,
        snapshot: Snapshot,
        parsed: Parsed,
        total: int,
        filters: Filters,
        to_node: ToNode,
        names: Names = NO_NAMES,
    ) -> tuple[str, ...]:
        """Return up to three corrections of a query with `total` full matches.

        Corrections that take too long are left out; loading the tables does not count.
        """
        deadline = Deadline(_DID_YOU_MEAN_SECONDS, self._clock)

        def spell_checkers() -> tuple[SpellChecker, SpellChecker]:
            with deadline.suspended():
                return _load(self._spell_checker, snapshot), self._alias_names(names).spell_checker

        corrector = QueryCorrector(
            analyzer=self.analyzer,
            spell_checkers=spell_checkers,
            deadline=deadline,
            to_node=to_node,
            count=lambda nodes: snapshot.count(nodes, Filters(asof=filters.asof)),
            count_filtered=lambda nodes: snapshot.count(nodes, filters),
            is_past=filters.asof is not None,
        )
        return corrector.correct(parsed, total)


def _is_counted(term: Term) -> bool:
    """Return whether a headline needs no counting: it is unique, and plain runs as a query."""
    return term.kind == "headline" and term.count == 1 and bool(plain_runs(parse(term.text)))


def _load(table: _LatestTable[Table], snapshot: Snapshot) -> Table:
    """Return the table of a snapshot, with the tables of readings loaded."""
    pinyin.load()
    return table.get(snapshot)


class _LatestTable(Generic[Table]):
    """A table of the newest generation, built in a background thread.

    The first build is waited for; later ones for a short time, after which the previous table is returned.
    """

    def __init__(self, build: Callable[[Snapshot], Table]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._latest: tuple[str, Table] | None = None
        self._building: Future[Table] | None = None

    def get(self, snapshot: Snapshot) -> Table:
        """Return the table of a snapshot, or the previous one during a build.

        Raises:
            Exception: The error of the build.
        """
        with self._lock:
            # A finished build has set the table, so its state is read first.
            is_idle = self._building is None or self._building.done()
            latest = self._latest
            if latest is not None and latest[0] == snapshot.state_id:
                return latest[1]
            if self._building is None or is_idle:
                self._building = Future()
                threading.Thread(target=self._run, args=(self._building, snapshot), daemon=True).start()
            building = self._building
        try:
            return building.result(None if latest is None else _MAX_TABLE_WAIT_SECONDS)
        except TimeoutError:
            if latest is None:
                raise
            return latest[1]

    def _run(self, building: Future[Table], snapshot: Snapshot) -> None:
        try:
            table = self._build(snapshot)
            self._latest = snapshot.state_id, table
            building.set_result(table)
        except BaseException as error:
            building.set_exception(error)
