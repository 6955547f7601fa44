"""Query parser: any text → a syntax tree and positioned problems.

`parse` returns a tree for any text and reports unusable parts as problems; `parse_strict` raises the first
problem. One pass from left to right with a stack of open brackets and no recursion: time is linear, and
nesting cannot overflow the call stack.

    query   = choice                     choice  = all { ("OR" | "|") all }
    all     = part { ["AND"] part }      part    = { "NOT" } [ "-" ] [ field ":" ] value
    value   = run | run"*" | quoted | "(" choice ")"

Operators are recognized only where a run can begin: after a blank, a bracket, a bar or a quoted text. Inside
a run, quotes, brackets and hyphens are text, so a pasted sentence with its punctuation is one run.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from search.errors import QueryError, QueryProblem
from search.language.message import Message
from search.query.syntax import And, Field, FieldName, Not, Or, Parsed, Prefix, Quoted, Run, Tree

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse", "parse_strict"]

#: Characters of a query that are read; a longer query has a problem.
MAX_LENGTH = 1_000
#: Levels of nested brackets; deeper ones are ignored with a problem.
MAX_DEPTH = 20

_OPENING, _CLOSING, _BARS = "(（", ")）", "|｜"
_MINUS, _PLUS, _STARS = "-－−﹣", "+＋", "*＊"
_DOUBLE = '"“”＂'
#: The marks that close a quotation, the own kind of its opening mark first.
_QUOTES: Final = {'"': '"＂“”', "＂": '＂"“”', "“": '”"＂“', "”": '”"＂“', "「": "」", "『": "』"}
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD = re.compile(
    r"""(?:(?P<either>OR|ＯＲ)|(?P<both>AND|ＡＮＤ|&&?|＆＆?)|(?P<negation>NOT|ＮＯＴ))
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
_FIELD = re.compile(f"({'|'.join(_NAMES)})[:：]", re.IGNORECASE)


def parse(text: str) -> Parsed:
    """Parse any text; problems are in order of position, one for each message.

    >>> str(parse("拜登 -普京"))
    '(and 拜登 (not 普京))'
    """
    parser = _Parser(_UNREADABLE.sub(" ", text[:MAX_LENGTH]))
    tree = parser.parse()
    if len(text) > MAX_LENGTH:
        parser.problem(MAX_LENGTH, "查询超过 {max} 个字符，只用了前 {max} 个", max=MAX_LENGTH)
    problems = (QueryProblem(position, message) for message, position in parser.problems.items())
    return Parsed(parser.text, tree, tuple(sorted(problems)))


def parse_strict(text: str) -> Parsed:
    """Parse a text without problems.

    Raises:
        QueryError: The first problem, with its position.
    """
    parsed = parse(text)
    for problem in parsed.problems:
        raise QueryError(problem.message, problem.position)
    return parsed


@dataclass(slots=True)
class _Level:
    """The state of one open bracket, or of the whole query.

    `branches` are the finished alternatives of OR, `parts` the conjuncts of the current one. `text_brackets`
    counts opening brackets that are text, whose closing brackets are text too. `operator` is the position
    and the text of an operator without a right side so far.
    """

    start: int = 0
    excluded: bool = False
    name: FieldName | None = None
    branches: list[Tree] = field(default_factory=list)
    parts: list[Tree] = field(default_factory=list)
    text_brackets: int = 0
    operator: tuple[int, str] | None = None
    negations: int = 0
    negated_at: int | None = None

    def tree(self, start: int, end: int) -> Tree | None:
        """Return the tree of the bracket, which spans `start` to `end`."""
        branches = [*self.branches, *([_all(self.parts)] if self.parts else [])]
        if len(branches) < 2:
            tree = branches[0] if branches else None
        else:
            tree = Or(tuple(c for b in branches for c in (b.children if isinstance(b, Or) else (b,))))
        return replace(tree, start=start, end=end) if isinstance(tree, And | Or) else tree


def _all(parts: list[Tree]) -> Tree:
    children = tuple(c for part in parts for c in (part.children if isinstance(part, And) else (part,)))
    return And(children, children[0].start, children[-1].end) if len(children) > 1 else children[0]


class _Parser:
    """The state of one pass: the position in the text, the open brackets, the problems by message."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.levels = [_Level()]
        self.problems: dict[Message, int] = {}
        #: Positions of the closing marks of quotations, by opening mark and its position.
        self.pairs: dict[str, dict[int, int]] = {}

    @property
    def level(self) -> _Level:
        return self.levels[-1]

    def problem(self, position: int, template: str, /, **args: object) -> None:
        message = Message(template, **args)
        self.problems[message] = min(position, self.problems.get(message, position))

    def peek(self, ahead: int = 0) -> str:
        """Return the character `ahead` of the position, a blank beyond the end."""
        position = self.at + ahead
        return self.text[position] if position < len(self.text) else " "

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
        if word["negation"]:
            if self.level.negated_at is None:
                self.level.negated_at = word.start()
            self.level.negations += 1
        else:
            self.binary(word.start(), word[0], either=bool(word["either"]))

    def binary(self, start: int, word: str, *, either: bool) -> None:
        """Read OR, which begins a new branch, or AND, which is the same as a blank."""
        level = self.level
        self.settle_not()
        if not level.parts or level.operator:
            self.report_operand(start, word)
            return
        level.operator = start, word
        if either:
            level.branches.append(_all(level.parts))
            level.parts = []

    def report_operand(self, start: int, word: str) -> None:
        self.problem(start, "「{word}」两边都要有检索词，已忽略", word=word)

    def settle_not(self) -> None:
        """Report a NOT without an operand."""
        if self.level.negated_at is not None:
            self.problem(self.level.negated_at, "NOT 后面要有排除的词，已忽略")
        self.level.negated_at, self.level.negations = None, 0

    def closing(self) -> None:
        start = self.at
        self.at += 1
        if self.level.text_brackets:
            self.level.text_brackets -= 1
        elif len(self.levels) > 1:
            self.leave()
        else:
            self.problem(start, "右括号没有配对，已忽略")

    def leave(self) -> None:
        """Close the innermost bracket and add its tree to the enclosing one."""
        tree, level = self.finish(), self.levels.pop()
        if tree is None:
            self.problem(level.start, "括号里没有检索词，已忽略")
        self.add(tree, level.start, level.name, excluded=level.excluded)

    def finish(self) -> Tree | None:
        self.settle_not()
        if self.level.operator:
            self.report_operand(*self.level.operator)
        return self.level.tree(self.level.start, self.at)

    # -- parts -------------------------------------------------------------------------------

    def part(self) -> None:
        """Read `-field:value` where a run can begin."""
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
            self.problem(start, "「{typed}」后面要紧跟检索的内容，已忽略", typed=typed)
        elif self.peek() in _OPENING and len(self.levels) <= MAX_DEPTH:
            self.levels.append(_Level(start, excluded, name))
            self.at += 1
        elif self.peek() in _OPENING:
            self.problem(self.at, "括号超过 {max} 层，多出的已忽略", max=MAX_DEPTH)
            self.level.text_brackets += 1
            self.at += 1
        else:
            self.add(self.value(name), start, name, excluded=excluded)

    def ends(self, ahead: int = 0) -> bool:
        """Return whether no value can begin `ahead` of the position."""
        char = self.peek(ahead)
        return char.isspace() or char in _BARS or char in _CLOSING

    def name(self) -> FieldName | None:
        match = _FIELD.match(self.text, self.at)
        if not match:
            return None
        self.at = match.end()
        return _NAMES[match[1].lower()]

    def add(self, tree: Tree | None, start: int, name: FieldName | None, *, excluded: bool) -> None:
        """Add a part with its field and its negation to the innermost bracket."""
        level = self.level
        if tree is None:
            return
        if name:
            tree = Field(name, tree, start, self.at)
        if (level.negations + excluded) % 2:
            begin = start if level.negated_at is None else level.negated_at
            tree = tree.child if isinstance(tree, Not) else Not(tree, begin, self.at)
        level.negations, level.negated_at, level.operator = 0, None, None
        level.parts.append(tree)

    def value(self, name: FieldName | None) -> Tree | None:
        closers = _QUOTES.get(self.peek())
        if not closers:
            return self.run(name)
        start = self.at
        end = self.closing_mark(start, closers)
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

    def closing_mark(self, start: int, closers: str) -> int | None:
        """Return the position of the mark that closes a quotation: its own kind if it occurs.

        Marks of other kinds are part of the quotation, and so are pairs of its own kind inside it.
        """
        opener, own = self.text[start], closers[0]
        if opener not in self.pairs:
            self.pairs[opener] = _pairs(self.text, opener, own)
        if (closing := self.pairs[opener].get(start)) is not None:
            return closing
        others = (self.text.find(mark, start + 1) for mark in closers)
        return min((position for position in others if position > 0), default=None)

    def tail(self, position: int) -> str | None:
        """Return the punctuation directly after a quoted text, None when other text follows directly."""
        match = _TAIL.match(self.text, position)
        tail = match[0] if match else ""
        if tail and (tail[0] in _QUOTES or tail[0] in _STARS):
            return ""
        return None if any(map(_is_text, tail)) else tail

    def run(self, name: FieldName | None, at_least: int = 0) -> Tree | None:
        """Read up to the next blank, bar or closing bracket, but at least to the position `at_least`."""
        start = self.at
        while self.peek() in _STARS:
            self.at += 1
        begin, self.at = self.at, max(self.at, at_least)
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
            # A date and a clock time after a blank are one value.
            self.at = clock.end()
            text = self.text[begin : self.at]
        return Run(text, begin, self.at)

    def run_ends(self) -> bool:
        """Return whether the run ends before this character; counts the brackets inside it."""
        char, level = self.peek(), self.level
        if char.isspace() or char in _BARS:
            return True
        if char in _OPENING:
            level.text_brackets += 1
        elif char in _CLOSING and level.text_brackets:
            level.text_brackets -= 1
        elif char in _CLOSING:
            return len(self.levels) > 1 or not _is_text(self.peek(1))
        return False


def _pairs(text: str, opener: str, own: str) -> dict[int, int]:
    """Return the position of the mark that closes each opening mark of a kind; pairs may be nested."""
    places = [i for i, char in enumerate(text) if char in (opener, own)]
    if opener == own:
        return dict(pairwise(places))
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for place in places:
        if text[place] == opener:
            waiting.append(place)
        elif waiting:
            pairs[waiting.pop()] = place
    return pairs


def _is_text(char: str) -> bool:
    """Return whether a character is searchable: a letter, a digit, a Han character or a symbol."""
    return char.isalnum() or unicodedata.category(char)[0] == "S"
