"""Grammar: what was typed → a tree, whatever was typed.

`parse` gives a tree for any text whatsoever and tells, with positions, what it could not use;
`parse_strict` refuses the same things. One pass from left to right with a stack of open brackets and
no recursion, so the time is linear and no nesting is too deep. Knows only text.

    query   = choice                     choice  = all { ("OR" | "|") all }
    all     = part { ["AND"] part }      part    = { "NOT" } [ "-" ] [ field ":" ] value
    value   = run | run"*" | quoted | "(" choice ")"

What counts as an operator is decided where a run may begin: after a blank, a bracket, a bar or a
quoted piece. Inside a run, quotes, brackets and hyphens are text, so that a sentence pasted with all
its punctuation stays a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final

from search.errors import QueryError, QueryProblem
from search.query.syntax import And, Field, FieldName, Not, Or, Parsed, Prefix, Quoted, Run, Tree

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse", "parse_strict"]

#: Characters of a query that are used; the rest is told as a problem.
MAX_LENGTH = 1_000
#: Brackets within brackets; deeper ones are ignored and told.
MAX_DEPTH = 20

_OPENING, _CLOSING, _BARS = "(（", ")）", "|｜"
_MINUS, _PLUS, _STARS = "-－−﹣", "+＋", "*＊"
_DOUBLE = '"“”＂'
_QUOTES: Final = {**dict.fromkeys(_DOUBLE, _DOUBLE), "「": "」", "『": "』"}
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD = re.compile(
    r"""(?:(?P<either>OR|ＯＲ)|(?P<both>AND|ＡＮＤ|&&?|＆＆?)|(?P<none>NOT|ＮＯＴ))
                       (?=[\s|｜()（）"“”＂「『]|$)""",
    re.VERBOSE,
)
_TAIL = re.compile(r"[^\s|｜()（）]*")
_CLOCK = re.compile(r"(?<!\s)\s+\d{1,2}(?:(?:[:：]\d{2}){1,2}|[时時点點](?:\d{1,2}分?)?)(?=[\s)）]|$)")
_NAMES: Final[dict[str, FieldName]] = {
    **dict.fromkeys(("标题", "標題", "headline"), "headline"),
    **dict.fromkeys(("来源", "來源", "agency"), "agency"),
    **dict.fromkeys(("首发", "首發", "origin"), "origin"),
    **dict.fromkeys(("转引", "轉引", "via"), "via"),
    **dict.fromkeys(("专题", "專題", "stream"), "stream"),
    **dict.fromkeys(("时间", "時間", "time"), "time"),
    **dict.fromkeys(("截至", "asof"), "asof"),
}
_FIELD = re.compile(rf"({'|'.join(_NAMES)})[:：]", re.IGNORECASE)


def parse(text: str) -> Parsed:
    """Read a query and never fail; problems are in order of position, each kind told once.

    >>> str(parse("拜登 -普京"))
    '(and 拜登 (not 普京))'
    """
    parser = _Parser(_UNREADABLE.sub(" ", text[:MAX_LENGTH]))
    tree = parser.parse()
    if len(text) > MAX_LENGTH:
        parser.problem(MAX_LENGTH, f"查询超过 {MAX_LENGTH} 个字符，只用了前 {MAX_LENGTH} 个")
    told = (QueryProblem(position, message) for message, position in parser.problems.items())
    return Parsed(parser.text, tree, tuple(sorted(told)))


def parse_strict(text: str) -> Parsed:
    """Read a query; raises QueryError with the first problem."""
    parsed = parse(text)
    for problem in parsed.problems:
        raise QueryError(problem.message, problem.position)
    return parsed


@dataclass(slots=True)
class _Level:
    """One open bracket, or the whole query: what has been read in it so far.

    `texts` counts the opening brackets that were text, so that their closing ones are text too;
    `waiting` is where an operator stands that still lacks its right side.
    """

    start: int = 0
    excluded: bool = False
    name: FieldName | None = None
    done: list[Tree] = field(default_factory=list)
    parts: list[Tree] = field(default_factory=list)
    texts: int = 0
    waiting: tuple[int, str] | None = None
    negations: int = 0
    negated_at: int | None = None

    def tree(self, start: int, end: int) -> Tree | None:
        """Return what stood in the bracket, which spans `start` to `end`."""
        branches = [*self.done, *([_all(self.parts)] if self.parts else [])]
        if len(branches) < 2:
            whole = branches[0] if branches else None
        else:
            whole = Or(tuple(c for b in branches for c in (b.children if isinstance(b, Or) else (b,))))
        return replace(whole, start=start, end=end) if isinstance(whole, And | Or) else whole


def _all(parts: list[Tree]) -> Tree:
    children = tuple(c for part in parts for c in (part.children if isinstance(part, And) else (part,)))
    return And(children, children[0].start, children[-1].end) if len(children) > 1 else children[0]


class _Parser:
    """The state of one pass: the place in the text, the open brackets, the problems by message."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.levels = [_Level()]
        self.problems: dict[str, int] = {}

    @property
    def level(self) -> _Level:
        return self.levels[-1]

    def problem(self, position: int, message: str) -> None:
        self.problems[message] = min(position, self.problems.get(message, position))

    def peek(self, ahead: int = 0) -> str:
        """Return the character `ahead` of here, or a blank beyond the end."""
        place = self.at + ahead
        return self.text[place] if place < len(self.text) else " "

    def parse(self) -> Tree | None:
        while self.at < len(self.text):
            if self.peek().isspace():
                self.at += 1
            elif self.peek() in _BARS:
                self.bar()
            elif self.peek() in _CLOSING:
                self.closing()
            elif word := _WORD.match(self.text, self.at):
                self.word(word)
            else:
                self.part()
        while len(self.levels) > 1:
            self.problem(self.level.start, "左括号没有配对，已当作在末尾关闭")
            self.leave()
        return self.finish()

    # -- operators ---------------------------------------------------------------------------

    def bar(self) -> None:
        start = self.at
        while self.peek() in _BARS:
            self.at += 1
        self.binary(start, "|", either=True)

    def word(self, word: re.Match[str]) -> None:
        self.at = word.end()
        if word["none"]:
            if self.level.negated_at is None:
                self.level.negated_at = word.start()
            self.level.negations += 1
        else:
            self.binary(word.start(), word[0], either=bool(word["either"]))

    def binary(self, start: int, word: str, *, either: bool) -> None:
        """Take OR, which begins a new branch, or AND, which says what a blank says anyway."""
        level = self.level
        self.settle_not()
        if not level.parts or level.waiting:
            self.lonely(start, word)
            return
        level.waiting = start, word
        if either:
            level.done.append(_all(level.parts))
            level.parts = []

    def lonely(self, start: int, word: str) -> None:
        self.problem(start, f"「{word}」两边都要有检索词，已忽略")

    def settle_not(self) -> None:
        """Tell of a NOT that nothing follows."""
        if self.level.negated_at is not None:
            self.problem(self.level.negated_at, "NOT 后面要有排除的词，已忽略")
        self.level.negated_at, self.level.negations = None, 0

    def closing(self) -> None:
        start = self.at
        self.at += 1
        if self.level.texts:
            self.level.texts -= 1
        elif len(self.levels) > 1:
            self.leave()
        else:
            self.problem(start, "右括号没有配对，已忽略")

    def leave(self) -> None:
        """Close the innermost bracket and hand its tree to the one around it."""
        tree, level = self.finish(), self.levels.pop()
        if tree is None:
            self.problem(level.start, "括号里没有检索词，已忽略")
        self.add(tree, level.start, level.name, excluded=level.excluded)

    def finish(self) -> Tree | None:
        self.settle_not()
        if self.level.waiting:
            self.lonely(*self.level.waiting)
        return self.level.tree(self.level.start, self.at)

    # -- parts -------------------------------------------------------------------------------

    def part(self) -> None:
        """Read `-field:value` at a place where a run may begin."""
        start = self.at
        excluded = self.peek() in _MINUS and self.peek(1) not in _MINUS
        if excluded:
            self.at += 1
            if self.ends():
                self.problem(start, "「-」后面要紧跟排除的词，已忽略")
                return
        if self.peek() in _PLUS and not self.ends(1):
            self.at += 1
        name = self.name()
        if name and self.ends():
            typed = self.text[start : self.at].lstrip(_MINUS + _PLUS)
            self.problem(start, f"「{typed}」后面要紧跟检索的内容，已忽略")
        elif self.peek() in _OPENING and len(self.levels) <= MAX_DEPTH:
            self.levels.append(_Level(start, excluded, name))
            self.at += 1
        elif self.peek() in _OPENING:
            self.problem(self.at, f"括号超过 {MAX_DEPTH} 层，多出的已忽略")
            self.level.texts += 1
            self.at += 1
        else:
            self.add(self.value(name), start, name, excluded=excluded)

    def ends(self, ahead: int = 0) -> bool:
        """Say whether no value can begin here."""
        char = self.peek(ahead)
        return char.isspace() or char in _BARS or char in _CLOSING

    def name(self) -> FieldName | None:
        found = _FIELD.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        return _NAMES[found[1].lower()]

    def add(self, tree: Tree | None, start: int, name: FieldName | None, *, excluded: bool) -> None:
        """Put a part, with its field and its negation, into the innermost bracket."""
        level = self.level
        if tree is None:
            return
        if name:
            tree = Field(name, tree, start, self.at)
        if (level.negations + excluded) % 2:
            begin = start if level.negated_at is None else level.negated_at
            tree = tree.child if isinstance(tree, Not) else Not(tree, begin, self.at)
        level.negations, level.negated_at, level.waiting = 0, None, None
        level.parts.append(tree)

    def value(self, name: FieldName | None) -> Tree | None:
        closers = _QUOTES.get(self.peek())
        if not closers:
            return self.run(name)
        start = self.at
        end = min((i for c in closers if (i := self.text.find(c, start + 1)) > 0), default=None)
        if end is None:
            self.problem(start, "引号没有配对，后面的内容按普通文字检索")
            self.at += 1
            return None if self.ends() else self.run(name)
        content = self.text[start + 1 : end]
        tail = self.tail(end + 1)
        if tail is None and len(content.split()) < 2:
            return self.run(name, end)
        self.at = end + 1 + len(tail or "")
        if not content.strip():
            self.problem(start, "引号里没有检索词，已忽略")
            return None
        return Quoted(content, start, end + 1)

    def tail(self, place: int) -> str | None:
        """Return the punctuation glued behind a quoted piece, or None when text is glued there."""
        found = _TAIL.match(self.text, place)
        tail = found[0] if found else ""
        if tail and (tail[0] in _QUOTES or tail[0] in _STARS):
            return ""
        return None if any(map(_is_text, tail)) else tail

    def run(self, name: FieldName | None, certain: int = 0) -> Tree | None:
        """Read up to the next blank, bar, or bracket that closes something, but at least to `certain`."""
        start = self.at
        while self.peek() in _STARS:
            self.at += 1
        begin, self.at = self.at, max(self.at, certain)
        while not self.run_ends():
            self.at += 1
        text = self.text[begin : self.at].rstrip(_STARS)
        if begin > start:
            self.problem(start, "「*」只能紧跟在词的后面，已忽略")
        if not text:
            return None
        if self.text[self.at - 1] in _STARS:
            return Prefix(text, begin, self.at)
        if name in ("time", "asof") and (clock := _CLOCK.match(self.text, self.at)):
            # A day and its clock time are one value although a blank stands between them.
            self.at = clock.end()
            text = self.text[begin : self.at]
        return Run(text, begin, self.at)

    def run_ends(self) -> bool:
        """Say whether the run ends before this character; counts the brackets that belong to it."""
        char, level = self.peek(), self.level
        if char.isspace() or char in _BARS:
            return True
        if char in _OPENING:
            level.texts += 1
        elif char in _CLOSING and level.texts:
            level.texts -= 1
        elif char in _CLOSING:
            return len(self.levels) > 1 or not _is_text(self.peek(1))
        return False


def _is_text(char: str) -> bool:
    """Say whether a character can be looked for: a letter, a digit, a Han character or a symbol."""
    return char.isalnum() or unicodedata.category(char)[0] == "S"
