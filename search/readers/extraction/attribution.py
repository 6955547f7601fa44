"""Extract the agencies that a report credits, by the phrases of Chinese news.

The rules use phrases (据…报道, …援引…, …发布消息称, a headline's 俄媒：) and the endings of the names of
agencies and offices, so that no list of agencies is needed. They prefer precision: a missed agency lowers
the count of a facet by one, a clause taken for an agency is an error on the page.

Patterns match the comparable form of a text, which has its length; names are slices of the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from search.entry import Attribution, Role
from search.readers.extraction import phrases
from search.readers.extraction.comparable import as_written, comparable
from search.readers.extraction.names import (
    clean_name,
    is_medium,
    names_of_list,
)
from search.readers.extraction.sources import is_rubric, names_of_source_line

__all__ = ["attributions"]

#: Largest distance from the start of a match to its required word, in characters.
_CLAUSE_REACH, _WIRE_REACH, _LEARNT_REACH = 140, 24, 180
#: Longest date before a name, in characters.
_MAX_DATE = 60
#: Starts of a text that are not filtered: with few starts, filtering costs more than it saves.
_UNFILTERED_STARTS = 30

#: The position of a credit in the comparable text, the end of the match of its name, the name, its role.
_Mention = tuple[int, int, str, Role]


def attributions(headline: str, body: str) -> tuple[Attribution, ...]:
    """Return the agencies that a report credits, each once, in order of appearance.

    An agency cited by another is the origin; the other has the role "via".

    >>> [(a.agency, a.role) for a in attributions("", "据俄新社援引哈萨克斯坦KazTag通讯社报道，……")]
    [('俄新社', 'via'), ('KazTag通讯社', 'origin')]
    """
    text = f"{headline}\n{body}"
    credited: dict[str, Attribution] = {}
    mentions = _mentions(comparable(text), len(headline) + 1)
    for start, end, name, role in sorted(mentions, key=lambda mention: mention[0]):
        agency = as_written(name, text[start:end])
        credited.setdefault(agency, Attribution(agency, role))
    return tuple(credited.values())


def _mentions(text: str, body: int) -> Iterator[_Mention]:
    """Yield the credits in a comparable text whose body begins at `body`."""
    quoted = list(_according(text))
    for match in quoted:
        yield from _credits(match, text)
    for match in _clauses(text):
        if not any(outer.start() < match.start() < outer.end() for outer in quoted):
            yield from _credits(match, text)
    yield from _learnt(text)
    for match in phrases.FROM.finditer(text):
        yield from _named(match, names_of_list(match["name"]))
    for match in phrases.ACCOUNT.finditer(text):
        yield from _named(match, [clean_name(match["name"])])
    for match in _wires(text):
        yield from _named(match, [clean_name(match["name"])])
    if any(word in text for word in phrases.SOURCE_WORDS):
        for match in phrases.SOURCE_LINE.finditer(text):
            yield from _named(match, names_of_source_line(match["name"]))
    for start in (0, body):
        before = phrases.BEFORE_COLON.match(text, start)
        if before and not is_rubric(before["name"]):
            yield from _named(before, [clean_name(before["name"])])


def _credits(match: re.Match[str], text: str) -> Iterator[_Mention]:
    """Yield the names of a match, with the role "via" where they cite others, and the others."""
    cited = phrases.CITED.match(text, match.end()) if match["cites"] else None
    origins = list(names_of_list(cited["name"], reported=True)) if cited else []
    reported = bool(match["reports"] or match["cites"] or "发表" in match.group())
    names = names_of_list(match["name"], reported=reported)
    yield from _named(match, names, "via" if origins else "origin")
    if cited:
        yield from _named(cited, origins)


def _named(match: re.Match[str], names: Iterable[str], role: Role = "origin") -> Iterator[_Mention]:
    start, end = match.span("name")
    for name in names:
        if name:
            yield start, end, name, role


def _according(text: str) -> Iterator[re.Match[str]]:
    starts = _with_tails(phrases.ACCORDING_STARTS.finditer(text), phrases.ACCORDING_TAILS, text)
    return _matches(phrases.ACCORDING, starts, text)


def _learnt_matches(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in phrases.LEARNT_WORDS.finditer(text))
    starts = _starts_before(words, _LEARNT_REACH, phrases.LEARNT_STARTS, text)
    return _matches(phrases.LEARNT, _with_tails(starts, phrases.LEARNT_TAILS, text), text)


def _learnt(text: str) -> Iterator[_Mention]:
    """Yield the source of a reporter, and the reporter's agency with the role "via"."""
    for match in _learnt_matches(text):
        origins = list(names_of_list(match["name"]))
        reporter = phrases.REPORTER.search(text, max(0, match.start() - 40), match.start())
        house = clean_name(reporter["house"] or "") if origins and reporter else ""
        if reporter and house and (reporter["person"] or is_medium(house)):
            yield *reporter.span("house"), house, "via"
        yield from _named(match, origins)


def _clauses(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in phrases.CLAUSE_WORDS.finditer(text))
    says = (word for word in words if phrases.CLAUSE_SAYS.match(text, word))
    starts = _starts_before(says, _CLAUSE_REACH, phrases.CLAUSE_STARTS, text)
    return _matches(phrases.CLAUSE, _with_tails(starts, phrases.CLAUSE_TAILS, text), text)


def _wires(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in phrases.WIRE_WORDS.finditer(text))
    starts = _starts_before(words, _WIRE_REACH, phrases.WIRE_STARTS, text)
    return _matches(phrases.WIRE, (start.start() for start in starts), text)


# Trying the patterns at every character would take most of the time of a reindex. So they are tried only
# at possible starts, at a bounded distance before a word that the pattern requires. Each of the patterns for
# starts begins with a small set of characters, which `re` finds quickly. A name may end at 41 places, and its
# tail is the expensive part of a pattern. A tail matches at a place or not, whatever the start, so each place
# is tried once for all starts.


def _starts_before(
    words: Iterable[int], reach: int, starts: re.Pattern[str], text: str
) -> Iterator[re.Match[str]]:
    """Yield the starts in the clause of one of the words, at most `reach` characters before it, ascending."""
    done = 0
    for word in words:
        begin, done = max(done, word - reach), word
        begin = max(begin, *(text.rfind(mark, begin, word) + 1 for mark in ",。\n"))
        yield from starts.finditer(text, begin, word)


def _with_tails(starts: Iterator[re.Match[str]], tails: re.Pattern[str], text: str) -> Iterator[int]:
    """Yield the starts that a name and a tail may follow; a name begins where the match of a start ends."""
    # Places below `untried` are tried; `tail` is the last of them at which a tail matches.
    untried, tail = 0, -1
    for start in islice(starts, _UNFILTERED_STARTS):
        yield start.start()
    for start in starts:
        first = start.end() + phrases.NAMES_MIN
        last = _last_name_end(text, start.end())
        if tail < first:
            places = range(max(first, untried), last + 1)
            tail = next((place for place in places if tails.match(text, place)), tail)
            untried = max(untried, tail + 1 if tail >= first else last + 1)
        if first <= tail <= last:
            yield start.start()


def _last_name_end(text: str, begin: int) -> int:
    """Return an upper bound of the end of a list of names, which may follow a date."""
    if phrases.DATE_STARTS.match(text, begin):
        return min(len(text), begin + _MAX_DATE + phrases.NAMES_MAX)
    run = phrases.NAME_RUN.match(text, begin)
    return run.end() if run else begin


def _matches(pattern: re.Pattern[str], starts: Iterable[int], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern at these starts, from left to right, without overlaps."""
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)):
            yield match
            end = match.end()
