"""Every regular expression of the project takes time in proportion to its input, whatever the input is."""

import re
from typing import Any

import pytest

from tests.support.adversarial import superlinear
from tests.support.patterns import Unreadable, pattern_calls, project_patterns


@pytest.mark.parametrize("pattern", [pytest.param(pattern, id=name) for name, pattern in project_patterns()])
def test_a_pattern_is_linear(pattern: re.Pattern[Any]) -> None:
    """Twice the input takes about twice the processor time, for all matches and for a match of the whole."""
    assert superlinear(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"[a-z]+(?:[1-5]?['’\s-]*[a-z]+)*[1-5]?",
        r"(?:据|据说|说)*消息",
        r"(a|b|ab)*c",
        r"^\S+@\S+\s*\((?P<first>[^()]+)\)$|^(?P<second>[^<>]+?)\s*<\S+@\S+>$",
        r"\s+$",
        r"<mark>(.*?)</mark>",
        r"\A(.*)[从由].*([升增].*)\Z",
        r"(?:^|\n)\s*辟谣",
        r"(\d+),?(\d+)人",
    ],
)
def test_what_is_not_linear_is_caught(pattern: str) -> None:
    """Exponential and quadratic patterns are seen, each at an input small enough to end."""
    assert superlinear(re.compile(pattern)) is not None


@pytest.mark.parametrize(
    "pattern", [r"[a-z]+", r"\A(.*[^a-z])([a-z]+)", r"a{0,30}b{0,30}c", r"\A(?:ab|ac)*+d", "[。；]+[”’]*"]
)
def test_what_is_linear_is_not_caught(pattern: str) -> None:
    """Bounded repeats, anchored ones and possessive ones pass."""
    assert superlinear(re.compile(pattern)) is None


def test_no_pattern_escapes() -> None:
    """Patterns of modules, of calls inside functions and in containers are all collected."""
    written = {pattern.pattern for _, pattern in project_patterns()}
    assert {"[、；;，,]", "//[^/@]*@", "[至到达]"} <= written
    assert len(written) > 150


def test_a_pattern_that_cannot_be_read_is_refused(tmp_path: Any) -> None:
    """A call whose pattern is made while the program runs must be listed with what it may become."""
    import types

    module = types.ModuleType("somewhere")
    module.__file__ = str(tmp_path / "somewhere.py")
    (tmp_path / "somewhere.py").write_text("def f(x):\n    return re.sub(x, '', 'a')\n", encoding="utf-8")
    with pytest.raises(Unreadable):
        list(pattern_calls(module))
