"""Problems of a file are counted by kind, and each kind that is repeated is one sentence."""

from hypothesis import given
from hypothesis import strategies as st

from search.errors import Problem
from search.language.catalogue import translate
from search.language.message import Message
from search.readers.problems import MAX_LISTED, bounded, condensed
from tests.support.readers import items, split


def narrow(count: int) -> list[Problem]:
    """Return problems of one kind, a line each."""
    return [Problem("a.csv", n, Message("这一行有 {cells} 格", cells=n)) for n in range(2, count + 2)]


def test_ten_thousand_equal_problems_are_one_sentence() -> None:
    """With the first of them as an example, their number, and some of their lines."""
    rows = "".join(f"甲,{n}\n" for n in range(10_000))
    problems = condensed(split(items(f"标题\n{rows}", "a.csv"))[1])
    (problem,) = problems
    assert problem.line == 2 and "2 格" in problem.message
    assert "10,000 处" in problem.message and "2、3、4" in problem.message
    assert "10,000 times" in translate(problem.message, "en")


def test_a_few_problems_are_listed_one_by_one() -> None:
    """Up to ten of a kind, with their lines."""
    assert condensed(narrow(MAX_LISTED)) == tuple(narrow(MAX_LISTED))
    assert len(condensed(narrow(MAX_LISTED + 1))) == 1


def test_kinds_are_counted_apart() -> None:
    """By template, that of a reason in it included."""
    reasons = [Message("第 {column} 个字符处有误", column=n) for n in range(20)] + [Message("嵌套过深")] * 2
    faults = [Problem("a.jsonl", 1, Message("不是 JSON（{reason}）", reason=reason)) for reason in reasons]
    problems = condensed([*faults, *narrow(3)])
    assert len(problems) == 1 + 2 + 3 and "20 处" in problems[0].message


@given(st.lists(st.integers(0, 30), max_size=4))
def test_bounding_first_changes_nothing(counts: list[int]) -> None:
    """Whether problems are bounded where they arise or not, the sentences are the same."""
    problems = [
        Problem("a", line, Message(f"{{n}} 种类{kind}", n=line))
        for kind, count in enumerate(counts)
        for line in range(count)
    ]
    passed = list(bounded(problems))
    assert condensed(item for item in passed if isinstance(item, Problem)) == condensed(problems)
    assert len(passed) <= len(counts) * (MAX_LISTED + 1)
