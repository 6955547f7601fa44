"""Inputs that make backtracking visible, and the growth of processor time over them.

The inputs come from the parsed pattern: every repeat is pumped with examples of its own body behind an
example of the text before it, and every character of the pattern is repeated by itself.
"""

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import truediv
from typing import Any

__all__ = ["Growth", "Pump", "doubling", "growth", "pumps", "runs", "superlinear"]

#: Characters of the kinds that texts are made of, tried with every pattern.
GENERAL = "a1 \n中一@（.,-"
#: Text after the repeats at which a match must fail: nothing, a control character, a line end.
ENDS = ("", "\0", "\n")
#: Examples of one part of a pattern, of what a repeat repeats, and characters that are tried for all of it.
EXAMPLES, UNITS, CHARACTERS = 4, 64, 32
#: Families, apart from those of single characters, that are kept of one pattern, evenly spread.
FAMILIES = 100
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)

#: Processor time in seconds below which a single measurement says nothing, and above which it is trusted.
_NOISE, _FLOOR = 30e-6, 1e-3
#: t(2n) / t(n) is 2 for a linear function and 4 for a quadratic one.
LIMIT = 3.0
#: The ratio of the fourth power, and the processor time in seconds up to which growth must last below it.
_HIGH, _LASTING = 16.0, 0.05
#: Characters of the longest input of the screening, in which each quadratic function shows; and at all.
_SCREENED, _LONGEST = 2_000, 4_000_000
#: Processor time in seconds from which growth of a whole function counts; characters of its longest text.
_FELT, _LONG_TEXT = 0.01, 64_000


@dataclass(frozen=True)
class Pump:
    """A family of inputs: `unit` any number of times between two fixed ends."""

    before: str
    unit: str
    after: str

    def text(self, count: int) -> str:
        """Return the input with `count` units."""
        return self.before + self.unit * count + self.after


@dataclass(frozen=True)
class Growth:
    """How many times as long twice the input took."""

    ratio: float
    count: int
    seconds: float


def growth(
    run: Callable[[str], object], text: Callable[[int], str], longest: int = _SCREENED
) -> Growth | None:
    """Return the growth of a function over inputs if it is more than linear, None if it is not.

    The count of units grows slowly from 8 and growth stops it, so even an exponential function ends here.
    """
    count, before = 8, 0.0
    while len(text(count)) < longest:
        larger = max(count + 1, int(count * (1.25 if count < 64 else 2)))
        taken = _seconds(run, text(larger))
        if taken > _NOISE and before > 0 and taken > 2 * before * larger / count:
            return _confirmed(run, text, larger)
        count, before = larger, taken
        if taken > _FLOOR:
            break
    if before < _NOISE:
        return None
    half = _least(run, text(count // 4), 2)
    if before > 8 * half and _least(run, text(count), 2) > 8 * half:
        return _confirmed(run, text, count)
    return None


def _confirmed(run: Callable[[str], object], text: Callable[[int], str], count: int) -> Growth | None:
    """Return the growth at a count that takes long enough to be measured, None if it is linear from there on.

    A repeat with a bound may grow like a power up to its bound, so growth must last until one run takes long;
    what grows like a high power or faster is returned at once.
    """
    while len(text(count)) < _LONGEST:
        taken = _least(run, text(count), 2)
        if taken >= _FLOOR:
            found = Growth(taken / max(_least(run, text(count // 2), 3), 1e-9), count, taken)
            if found.ratio <= LIMIT:
                return None
            if found.ratio > _HIGH or taken > _LASTING:
                return found
        count = count * 5 // 4 + 1
    return None


def _least(run: Callable[[str], object], text: str, times: int) -> float:
    return min(_seconds(run, text) for _ in range(times))


def _seconds(run: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    run(text)
    return time.thread_time() - started


def superlinear(pattern: re.Pattern[Any]) -> tuple[Pump, str, Growth] | None:
    """Return the first input family over which a pattern is more than linear, None when there is none."""
    for pump in pumps(pattern):
        for name, run in runs(pattern):
            if found := growth(run, pump.text):
                return pump, name, found
    return None


def runs(pattern: re.Pattern[Any]) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield what a pattern is used for: all matches of a text, and a match of the whole."""
    as_bytes = isinstance(pattern.pattern, bytes)

    def read(text: str) -> Any:
        return text.encode("latin-1", "replace") if as_bytes else text

    yield "finditer", lambda text: [None for _ in pattern.finditer(read(text))]
    yield "fullmatch", lambda text: pattern.fullmatch(read(text))


def pumps(pattern: re.Pattern[Any]) -> list[Pump]:
    """Return the input families of a pattern."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    items = sre_parser.parse(
        source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    letters = "".join(islice(dict.fromkeys([*GENERAL, *_characters(items)]), CHARACTERS))
    made = [("", char) for char in letters]
    made += [("", one) for one in _examples(items, letters)]
    for before, unit in _repeats(items, letters, [""]):
        made += [(before, unit), ("", before + unit), ("", before)]
    made = [pair for pair in dict.fromkeys(made) if pair[1]]
    step = len(made) // FAMILIES + 1
    kept = dict.fromkeys([*made[: len(letters)], *made[::step]])
    return [Pump(before, unit, end) for before, unit in kept for end in ENDS]


def _characters(items: Any) -> Iterator[str]:
    """Yield the characters that a parsed pattern names, and the first of each range."""
    for name, value in items:
        if name in (sre.LITERAL, sre.NOT_LITERAL):
            yield chr(value)
        elif name is sre.RANGE:
            yield chr(value[0])
        elif name is sre.IN:
            yield from _characters(value)
        else:
            for part in _parts(name, value):
                yield from _characters(part)


def _parts(name: Any, value: Any) -> Sequence[Any]:
    """Return the sub-patterns of one item."""
    if name is sre.BRANCH:
        return list(value[1])
    if name is sre.SUBPATTERN:
        return [value[3]]
    if name in _REPEATS:
        return [value[2]]
    if name in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if name is sre.ATOMIC_GROUP:
        return [value]
    if name is sre.GROUPREF_EXISTS:
        return [part for part in value[1:] if part]
    return []


def _examples(items: Iterable[Any], letters: str, most: int = EXAMPLES) -> list[str]:
    """Return a few texts that a parsed pattern matches, lookarounds aside."""
    texts = [""]
    for name, value in items:
        choices = _choices(name, value, letters, most) or [""]
        joined = [text + choice for choice in choices for text in texts[:EXAMPLES]]
        texts = list(dict.fromkeys(joined))[:most]
    return texts


def _choices(name: Any, value: Any, letters: str, most: int = EXAMPLES) -> list[str]:
    if name is sre.BRANCH:
        return [text for part in value[1] for text in _examples(part, letters)[:2]][: 2 * most]
    if name is sre.SUBPATTERN:
        return _examples(value[3], letters, most)
    if name is sre.ATOMIC_GROUP:
        return _examples(value, letters, most)
    if name in _REPEATS:
        return [text * max(value[0], 1) for text in _examples(value[2], letters, most)]
    if name in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return [char for char in letters if _is_in(char, name, value)][: 2 * most] or _outside(name, value)
    return [""]


def _outside(name: Any, value: Any) -> list[str]:
    """Return the character of a literal, or the first of a class, that is not among those tried."""
    return list(islice(_characters([(name, value)]), 1))


def _is_in(char: str, name: Any, value: Any) -> bool:
    """Say whether an item that stands for one character matches this one."""
    if name is sre.ANY:
        return char != "\n"
    if name is sre.IN:
        negated = value[0][0] is sre.NEGATE
        return any(_is_in(char, *part) for part in value[negated:]) != negated
    if name is sre.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    if name is sre.CATEGORY:
        return _CATEGORIES[str(value)](char)
    return (ord(char) == value) != (name is sre.NOT_LITERAL)


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    f"CATEGORY_{name}": (lambda char, escape=escape: re.match(escape, char) is not None)
    for name, escape in {
        "DIGIT": r"\d",
        "NOT_DIGIT": r"\D",
        "SPACE": r"\s",
        "NOT_SPACE": r"\S",
        "WORD": r"\w",
        "NOT_WORD": r"\W",
    }.items()
}


def _repeats(items: Any, letters: str, before: list[str]) -> Iterator[tuple[str, str]]:
    """Yield an example of the text before each repeat, and examples of the repeated text."""
    for name, value in items:
        for part in _parts(name, value):
            if name in _REPEATS and value[1] > 1:
                yield from ((text, unit) for text in before for unit in _examples(part, letters, UNITS))
            yield from _repeats(part, letters, before)
        choices = _choices(name, value, letters)[:2] or [""]
        before = list(dict.fromkeys(text + choice for text in before for choice in choices))[:2]


def doubling(run: Callable[[str], object], unit: str) -> float | None:
    """Return the ratio of growth of a function of texts if it is more than linear, None if it is not.

    The text is doubled until a run takes long enough for fixed costs not to matter, or the text is long.
    """
    length, half = 2_000, 0.0
    while True:
        taken = _seconds(run, unit * (length // len(unit)))
        if half and taken > _FELT and taken > LIMIT * half:
            texts = [unit * (size // len(unit)) for size in (length // 2, length)]
            # Other processes slow a measurement down, not three in a row by the same factor.
            ratio = min(truediv(*(_least(run, text, 3) for text in reversed(texts))) for _ in range(3))
            if ratio > LIMIT:
                return ratio
        if taken > _LASTING or length >= _LONG_TEXT:
            return None
        length, half = 2 * length, taken
