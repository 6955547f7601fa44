"""The searcher: the one call that command line and web share.

text ── query ── LogicalQuery ── engine ── Answer ── highlight ── Results
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, get_args

from search import clock
from search.aliases import AliasFile
from search.analysis import Analyzer
from search.copies import Seen
from search.corrections import Ties
from search.dictionary import home_analyzer, is_settled, words_stamp
from search.engines import Answer, Engine, Found, Request, State, open_engine
from search.entry import Entry
from search.errors import QueryError, RequestTooLarge, UsageError
from search.folded import SimilarEntry, search_folded, similar_entries
from search.highlight import Marker, matched_rows, snippet, to_html, within
from search.home import Home
from search.query.grammar import parse, parse_strict
from search.query.logical import Everything, Filters, LogicalQuery, Node, Where
from search.query.resolve import Context, match_of, resolve
from search.results import Facet, Hit, PartCount, Results, Sort
from search.suggest import FEW, Suggester, Suggestion
from search.ties import TieFile, check_ties

__all__ = ["MAX_LIMIT", "MAX_QUERY", "Searcher", "Status"]

#: Longer queries are refused; beyond 1,000 characters they are cut with a problem told.
MAX_QUERY: Final = 10_000
MAX_LIMIT: Final = 1_000
MAX_PAGE: Final = 1_000_000
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Status:
    """What is indexed in a home."""

    home: str
    state: State

    def as_dict(self) -> dict[str, Any]:
        """Return the status as plain JSON values."""
        return {
            "home": self.home,
            "generation": self.state.generation,
            "entries": self.state.entries,
            "stale": self.state.stale,
            "bytes": self.state.bytes,
            "oldest": self.state.oldest.isoformat() if self.state.oldest else None,
            "newest": self.state.newest.isoformat() if self.state.newest else None,
        }


class Searcher:
    """Searches one home. Cheap to keep, safe to share between threads; sees a new index by itself."""

    def __init__(self, home: Home, engine: Engine | None = None) -> None:
        self.home = home
        self._words = words_stamp(home)
        self._words_settled = is_settled(self._words)
        self._analyzer: Analyzer = home_analyzer(home)
        self._engine: Engine = engine or open_engine(home.index, self._analyzer)
        self._engine.use(self._analyzer)
        self._suggester = Suggester(self._engine, self._analyzer)
        self._seen = Seen(self._analyzer)
        self._ties = TieFile(home.index, self._engine)
        self._aliases = AliasFile(home.aliases, self._analyzer, home.zone)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        page: int = 1,
        sort: Sort = "relevance",
        agency: Sequence[str] = (),
        stream: Sequence[str] = (),
        from_: str | datetime | None = None,
        to: str | datetime | None = None,
        asof: str | datetime | None = None,
        exact: bool = False,
        strict: bool = False,
        fold: bool = False,
        explain: bool = False,
        corrected: bool = False,
    ) -> Results:
        """Return one page of ranked, highlighted entries; an empty query finds everything, newest first.

        With `fold`, near-copies among the first 100 entries count as one hit, which is the earliest of them.
        `corrected` keeps the entries that a later one corrects or denies.

        `from_`, `to` and `asof` take what `clock` understands, in the home's zone. Raises QueryError (only
        with `strict`), TimeError, RequestTooLarge, UsageError and IndexProblem.
        """
        started = perf_counter()
        _check(query, limit, page, sort)
        filters = self._filters(agency, stream, from_, to, self._asof(asof))
        logical = self.resolve(query, exact=exact, strict=strict, filters=filters)
        filters = replace(filters, asof=_earliest(filters.asof, logical.asof))
        if corrected:
            filters = replace(filters, ids=self._ties.corrected(filters.asof))
        order: Sort = "newest" if sort == "relevance" and isinstance(logical.match, Everything) else sort
        request = Request(logical, filters, order, (page - 1) * limit, limit, explain=explain)
        folded = search_folded(self._engine, request, self._seen) if fold else None
        answer = folded.answer if folded else self._engine.search(request)
        full, loose = Marker(logical.marks, self._analyzer), Marker(logical.loose_marks, self._analyzer)
        hits = tuple(
            self._hit(found, loose if found.partial else full, self._ties.ties(found.entry.id, filters.asof))
            for found in answer.found
        )
        if folded:
            hits = tuple(replace(hit, copies=own) for hit, own in zip(hits, folded.copies, strict=True))
        meant = self._did_you_mean(query, answer.total, filters, exact)
        return Results(
            query=query,
            total=answer.total,
            partial_total=answer.partial_total,
            page=page,
            limit=limit,
            sort=sort,
            took_ms=(perf_counter() - started) * 1000,
            asof=filters.asof,
            hits=hits,
            facets=dict(answer.facets),
            histogram=answer.histogram,
            did_you_mean=meant,
            also_searched=logical.also_searched,
            problems=logical.problems,
            parts=self._parts(logical, filters, answer),
            folded=folded.away if folded else None,
        )

    def suggest(self, prefix: str, *, limit: int = 8, asof: str | datetime | None = None) -> list[Suggestion]:
        """Return ways to go on from what is typed, by characters, pinyin or initials; each finds something.

        Raises TimeError and IndexProblem.
        """
        self._follow_words()
        until = self._asof(asof)
        return self._suggester.suggest(prefix, limit, self._meaning(Filters(asof=until)), until)

    def _meaning(self, filters: Filters, exact: bool = False) -> Callable[[str], Node]:
        context = self._context(exact, filters)
        return lambda query: match_of(parse(query), context)

    def _did_you_mean(self, query: str, total: int, filters: Filters, exact: bool) -> tuple[str, ...]:
        """Return other queries only where this one finds next to nothing."""
        if total >= FEW:
            return ()
        meaning = self._meaning(filters, exact)
        return self._suggester.did_you_mean(parse(query), total, filters, meaning)

    def resolve(
        self, query: str, *, exact: bool = False, strict: bool = False, filters: Filters | None = None
    ) -> LogicalQuery:
        """Return what a query means here and now, among what the filters leave; raises QueryError only
        with `strict`."""
        self._follow_words()
        parsed = parse_strict(query) if strict else parse(query)
        logical = resolve(parsed, self._context(exact, filters))
        for problem in logical.problems if strict else ():
            raise QueryError(problem.message, problem.position)
        return logical

    def _context(self, exact: bool, filters: Filters | None) -> Context:
        now, newest, names = datetime.now(self.home.zone), self._engine.newest(), self._aliases.names()
        within = clock.TimeRange(filters.start, filters.end) if filters else clock.TimeRange()
        if filters and filters.asof:
            within &= clock.TimeRange(None, filters.asof + _TICK)
        return Context(self._analyzer, self.home.zone, now, newest, exact, names, within)

    def _follow_words(self) -> None:
        """Take the user dictionary as it is now; one look at the file where it did not change."""
        stamp = words_stamp(self.home)
        if stamp != self._words or not self._words_settled:
            self._analyzer = home_analyzer(self.home)
            self._engine.use(self._analyzer)
            self._suggester = Suggester(self._engine, self._analyzer)
            self._words = stamp
            self._words_settled = is_settled(stamp)

    def ranked_ids(self, query: str, limit: int) -> list[str]:
        """Return just the ids of the best entries, in the order of `search`."""
        request = Request(self.resolve(query), limit=limit, facets=False)
        return [found.entry.id for found in self._engine.search(request).found]

    def matches(self, query: str, *, exact: bool = False) -> set[str]:
        """Return the ids of all full matches, however many there are."""
        logical = self.resolve(query, exact=exact)
        (total,) = self._engine.count([logical.match], Filters())
        found = self._engine.search(Request(logical, limit=total, facets=False)).found
        return {one.entry.id for one in found if not one.partial}

    def _filters(
        self,
        agency: Sequence[str],
        stream: Sequence[str],
        from_: str | datetime | None,
        to: str | datetime | None,
        asof: datetime | None,
    ) -> Filters:
        start = from_ if isinstance(from_, datetime) else self._range(from_).start
        end = to if isinstance(to, datetime) else self._range(to).end
        return Filters(tuple(agency), tuple(stream), self._aware(start), self._aware(end), asof)

    def _range(self, text: str | None) -> clock.TimeRange:
        if not text or not text.strip():
            return clock.TimeRange(None, None)
        now, latest = datetime.now(self.home.zone), self._engine.newest()
        return clock.parse_range(text, zone=self.home.zone, now=now, latest=latest)

    def _asof(self, asof: str | datetime | None) -> datetime | None:
        if asof is None or isinstance(asof, datetime):
            return self._aware(asof)
        if not asof.strip():
            return None
        now, latest = datetime.now(self.home.zone), self._engine.newest()
        return clock.last_moment(asof, zone=self.home.zone, now=now, latest=latest)

    def _aware(self, time: datetime | None) -> datetime | None:
        if time is None or time.tzinfo is not None:
            return time
        return time.replace(tzinfo=self.home.zone)

    def _parts(self, query: LogicalQuery, filters: Filters, answer: Answer) -> tuple[PartCount, ...]:
        """Count each part alone, only when nothing matched in full."""
        if answer.total or not query.parts:
            return ()
        counts = self._engine.count([part.node for part in query.parts], filters)
        return tuple(PartCount(part.text, count) for part, count in zip(query.parts, counts, strict=True))

    def _hit(self, found: Found, marker: Marker, ties: Ties) -> Hit:
        entry = found.entry
        headline = marker.spans(entry.headline, "headline")
        return Hit(
            id=entry.id,
            time=entry.time,
            headline=entry.headline,
            body=entry.body,
            captions=entry.captions,
            agencies=entry.agencies,
            credit=entry.credit,
            stream=entry.stream,
            url=entry.url,
            score=found.score,
            partial=found.partial,
            highlights={
                "headline": to_html(entry.headline, headline),
                "body": _snippet(entry, marker),
            },
            explanation=found.explanation
            and replace(found.explanation, matched=matched_rows(entry, marker.rows, self._analyzer)),
            ties=ties,
        )

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""
        return self._engine.entry(entry_id)

    def context(self, entry_id: str, n: int = 3) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time."""
        return self._engine.neighbours(entry_id, n)

    def ties(self, entry_id: str, asof: str | datetime | None = None) -> Ties:
        """Return which entries correct one, as far as a moment knows, and which one it corrects."""
        return self._ties.ties(entry_id, self._asof(asof))

    def similar(
        self, entry_id: str, n: int = 5, asof: str | datetime | None = None
    ) -> tuple[SimilarEntry, ...]:
        """Return the n entries most like one, best first, no near-copies; raises EntryNotFound, TimeError."""
        filters = Filters(asof=self._asof(asof))
        return similar_entries(self._engine, self._engine.entry(entry_id), n, filters, self._analyzer)

    def marked(self, entry: Entry, query: str) -> dict[str, Any]:
        """Return headline, body and captions (a list) of an entry, whole, as HTML with marks of a query."""
        marker = Marker(self.resolve(query).loose_marks if query.strip() else (), self._analyzer)

        def html(text: str, where: Where = "text") -> str:
            return to_html(text, marker.spans(text, where))

        return {
            "headline": html(entry.headline, "headline"),
            "body": html(entry.body),
            "captions": [html(caption) for caption in entry.captions],
        }

    def status(self) -> Status:
        """Return what is indexed; raises NoIndex."""
        self._follow_words()
        return Status(str(self.home.path), self._engine.state())

    def check(self) -> list[str]:
        """Read the whole index and return what is wrong with it, one sentence each."""
        return self._engine.check() or check_ties(self.home.index, self._engine, self._analyzer)

    def values(self) -> dict[str, tuple[Facet, ...]]:
        """Return the agencies and streams of all entries with their counts."""
        return dict(self._engine.search(Request(LogicalQuery(Everything()), limit=0)).facets)


def _check(query: str, limit: int, page: int, sort: str) -> None:
    if len(query) > MAX_QUERY:
        raise RequestTooLarge(f"查询有 {len(query)} 个字符，最多 {MAX_QUERY} 个；请只保留要找的部分")
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit 须在 1 到 {MAX_LIMIT} 之间")
    if not 1 <= page <= MAX_PAGE:
        raise UsageError(f"page 须在 1 到 {MAX_PAGE} 之间")
    if sort not in get_args(Sort):
        raise UsageError(f"sort 只能是 {'、'.join(get_args(Sort))} 之一")


def _snippet(entry: Entry, marker: Marker) -> str:
    """Return the best slice of the body, or of what stands below it when only that matched."""
    spans = marker.spans(entry.body, "text")
    text = entry.body
    if not spans:
        for below in (*entry.captions, "、".join(entry.agencies), entry.credit):
            if found := marker.spans(below, "text"):
                text, spans = below, found
                break
    start, end = snippet(text, spans)
    return to_html(text[start:end], within(spans, start, end))


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
