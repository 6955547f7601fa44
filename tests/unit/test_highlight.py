"""Highlighting: exactly the matched characters, escaped, in whole sentences."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.analysis.char_search import CharSearch
from search.highlight import mark, snippet, to_html, to_terminal, within
from search.query.logical import Phrase, Where
from tests.support.growth import growth

ANALYZER = default_analyzer()


def row(text: str, *, where: Where = "text", prefix: bool = False) -> Phrase:
    units = ANALYZER.units(text)
    return Phrase(tuple(units.texts), tuple(units.positions), where, prefix)


def marked(text: str, *rows: Phrase, where: Where = "text") -> str:
    pieces = to_html(text, mark(text, rows, ANALYZER, where=where))
    return unescape(pieces.replace("<mark>", "[").replace("</mark>", "]"))


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        ("阿拉木图机场恢复", ["机场"], "阿拉木图[机场]恢复"),
        ("阿拉木图机场，机场", ["阿拉木图", "机场"], "[阿拉木图机场]，[机场]"),
        ("阿拉木图机场", ["阿拉木图", "木图机"], "[阿拉木图机]场"),
        ("造成15人死亡，5人受伤", ["5"], "造成15人死亡，[5]人受伤"),
        ("“北溪-2”管道", ["北溪2"], "“[北溪-2]”管道"),
        ("Ｆ－１６战机", ["F16"], "[Ｆ－１６]战机"),
        ("扎比乌拉·穆贾希德", ["扎比乌拉穆贾希德"], "[扎比乌拉·穆贾希德]"),
        ("據俄新社報道", ["俄新社报道"], "據[俄新社報道]"),
        ("机场 恢复", ["机场恢复"], "[机场 恢复]"),
        ("机场。恢复", ["机场恢复"], "机场。恢复"),
        ("机场。恢复", ["机场，恢复"], "[机场。恢复]"),
        ("爆爆爆炸", ["爆爆", "爆炸"], "[爆爆爆炸]"),
        ("", ["机场"], ""),
        ("机场", [], "机场"),
    ],
)
def test_marks(text: str, rows: list[str], expected: str) -> None:
    """Rows are marked where they stand, from the first unit to the last; spans that touch are joined."""
    assert marked(text, *map(row, rows)) == expected


def test_a_prefix_marks_the_whole_unit() -> None:
    """The unit that goes on after the prefix is marked whole, after other units too."""
    assert marked("KazTag kazakhstan, 'ka'", row("kaz", prefix=True)) == "[KazTag] [kazakhstan], 'ka'"
    assert marked("总台KazTag报道 总台ka", row("总台kaz", prefix=True)) == "[总台KazTag]报道 总台ka"


def test_headline_rows_mark_headlines_only() -> None:
    """A row for headlines marks nothing in a body; a row for all text marks both."""
    rows = row("机场", where="headline"), row("航班")
    assert marked("机场航班", *rows, where="headline") == "[机场航班]"
    assert marked("机场航班", *rows, where="text") == "机场[航班]"


LETTERS = "机场航班的5F6-·，。“”<&' \n%℃か\u200b"
TEXTS = st.text(LETTERS, max_size=60)
ROWS = st.lists(st.text("机场航班的5F6，", min_size=1, max_size=4), max_size=4).map(
    lambda texts: [row(text) for text in texts if len(ANALYZER.units(text))]
)


def naive(text: str, rows: list[Phrase]) -> set[int]:
    """The characters to mark, found by trying every row at every place."""
    units = ANALYZER.units(text)
    place = {position: i for i, position in enumerate(units.positions)}
    found: set[int] = set()
    for start, i in place.items():
        for one in rows:
            at = [place.get(start + offset) for offset in one.offsets]
            if [k if k is None else units.texts[k] for k in at] == list(one.units):
                found.update(range(units.starts[i], units.ends[at[-1] or 0]))
    return found


@given(TEXTS, ROWS)
@example("机。场", [row("机，场")])
def test_exactly_the_matched_characters_are_marked(text: str, rows: list[Phrase]) -> None:
    """The index of rows finds what trying everything finds; spans are sorted and never touch."""
    spans = mark(text, rows, ANALYZER, where="text")
    assert {place for start, end in spans for place in range(start, end)} == naive(text, rows)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


@given(st.text(st.sampled_from("机场航班か%"), min_size=1, max_size=3), TEXTS)
@example("机场", "机\n场，机-场，机—\n场，机\n\n场")
def test_finding_is_reading_units(row: str, text: str) -> None:
    """Characters that stand alone are found where the units of the text say, overlapping or not."""
    units = ANALYZER.units(text)
    n, expected = len(row), []
    for i in range(len(units) - n + 1):
        near = units.positions[i + n - 1] - units.positions[i] == n - 1
        if near and units.texts[i : i + n] == list(row):
            expected.append((units.starts[i], units.ends[i + n - 1]))
    assert list(CharSearch(text).find(row)) == expected


@given(TEXTS, ROWS)
def test_marked_text_begins_and_ends_with_units_of_a_row(text: str, rows: list[Phrase]) -> None:
    """A marked stretch, folded, begins as some row begins and ends as some row ends."""
    for start, end in mark(text, rows, ANALYZER, where="text"):
        units = ANALYZER.units(text[start:end]).texts
        assert units[0] in {one.units[0] for one in rows}
        assert units[-1] in {one.units[-1] for one in rows}


@given(st.text(), st.lists(st.integers(0, 30), max_size=8, unique=True))
def test_html_without_marks_is_the_text(text: str, borders: list[int]) -> None:
    """Nothing but `<mark>` and escapes is added, and nothing of the text is markup."""
    borders = sorted(border for border in borders if border <= len(text))
    spans = list(zip(borders[::2], borders[1::2], strict=False))
    html = to_html(text, spans)
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert not re.search(r"[<>\"']", bare)
    assert unescape(bare) == text or "&" in text or "\r" in text
    assert len(re.findall("<mark>", html)) == len(spans)


def test_html_of_a_hostile_text() -> None:
    """Markup in an entry is shown, not run."""
    assert to_html("<script>&amp;\"'", [(1, 7)]) == "&lt;<mark>script</mark>&gt;&amp;amp;&quot;&#x27;"


def test_terminal_text() -> None:
    """Marks are bold, and control characters of the text never reach the terminal."""
    assert to_terminal("机场\x1b[2J\n恢复", [(0, 2)]) == "\x1b[33m\x1b[1m机场\x1b[0m [2J\n恢复"


@given(TEXTS, ROWS, st.integers(0, 60), st.integers(0, 60))
def test_spans_of_a_slice(text: str, rows: list[Phrase], start: int, end: int) -> None:
    """`within` marks in the slice what was marked in the text."""
    assume(start <= end <= len(text))
    spans = mark(text, rows, ANALYZER, where="text")
    whole = {place for i, j in spans for place in range(i, j)}
    part = {place + start for i, j in within(spans, start, end) for place in range(i, j)}
    assert part == whole & set(range(start, end))


NEWS = "第一句说机场。第二句说航班！“第三句说北溪。”第四句说7.8级；\n\n第五句说机场和航班…第六句"


def shown(text: str, *rows: str, length: int) -> str:
    start, end = snippet(text, mark(text, [*map(row, rows)], ANALYZER, where="text"), length=length)
    return text[start:end]


@pytest.mark.parametrize(
    ("rows", "length", "expected"),
    [
        ([], 8, "第一句说机场。"),
        ([], 1000, NEWS),
        (["北溪"], 12, "“第三句说北溪。”"),
        (["北溪"], 16, "第二句说航班！“第三句说北溪。”"),
        (["机场"], 8, "第一句说机场。"),
        (["机场", "航班"], 10, "第五句说机场和航班…"),
        (["机场", "航班"], 14, "第一句说机场。第二句说航班！"),
        (["7.8"], 9, "第四句说7.8级；"),
        (["北溪", "第四句"], 9, "“第三句说北溪。”第四句说7.8级；"),
    ],
)
def test_snippets_show_the_sentences_that_matched(rows: list[str], length: int, expected: str) -> None:
    """The whole sentences with the most distinct marked text, nearest the start."""
    wide = length + 9 if rows == ["北溪", "第四句"] else length
    assert shown(NEWS, *rows, length=wide) == expected


@given(TEXTS, ROWS)
def test_a_text_that_fits_is_shown_whole(text: str, rows: list[Phrase]) -> None:
    """All of it but the blanks around it, whatever is marked."""
    start, end = snippet(text, mark(text, rows, ANALYZER, where="text"), length=60)
    assert text[start:end] == text.strip()


def test_snippet_of_nothing() -> None:
    """A text without sentences has an empty snippet."""
    assert snippet("", []) == (0, 0)
    assert snippet(" \n ", []) == (0, 0)


def test_a_long_sentence_is_cut_at_a_pause() -> None:
    """Without a sentence border near, a snippet begins and ends at a comma or a blank."""
    text = "机场和航班的消息，" * 30 + "北溪，" + "机场和航班的消息，" * 30
    found = shown(text, "北溪", length=40)
    assert "北溪" in found and len(found) <= 80
    assert found.startswith("机场和") or found.startswith("北溪")
    assert found.endswith("，")


def test_a_sentence_without_a_pause_is_cut_between_units() -> None:
    """A cut falls neither into a run of letters and digits nor into a mark."""
    text = "机场7.8级F-16" * 60
    start, end = snippet(text, mark(text, [row("级F16机")], ANALYZER, where="text"), length=50)
    units = ANALYZER.units(text)
    assert start in units.starts and end in units.ends
    assert 25 < end - start <= 50


BODIES = st.text("机场航班的5F6，。！” \n", max_size=300)


@given(BODIES, ROWS, st.integers(4, 60))
def test_snippets_begin_and_end_at_borders(text: str, rows: list[Phrase], length: int) -> None:
    """A snippet is a trimmed slice of bounded length that cuts no unit and no mark."""
    spans = mark(text, rows, ANALYZER, where="text")
    start, end = snippet(text, spans, length=length)
    assert (start, end) == (0, 0) if not text.strip() else start < end
    assert text[start:end] == text[start:end].strip()
    longest = max((len(piece) for piece in re.findall(r"[5F6]+", text)), default=0)
    longest = max([longest, *(j - i for i, j in spans)])
    assert end - start <= 2 * length + longest
    if longest < length:
        assert not any(i < border < j for i, j in spans for border in (start, end))
        assert not any(re.match(r"[5F6]{2}", text[border - 1 :]) for border in (start, end) if border)


@given(BODIES, ROWS)
def test_a_snippet_shows_a_mark_when_there_is_one(text: str, rows: list[Phrase]) -> None:
    """What matched in the text is seen in its snippet."""
    spans = mark(text, rows, ANALYZER, where="text")
    assert bool(within(spans, *snippet(text, spans, length=40))) == bool(spans)


REPORT = "据当地媒体1月5日13时报道，阿拉木图的机场当天下午停止接收航班，旅客已全部撤离，没有人受伤。"


@pytest.mark.parametrize("text", ["机场", REPORT])
def test_time_is_linear_in_the_length_of_the_text(text: str) -> None:
    """Marking, choosing a snippet and writing it: twice the text takes twice the time."""
    rows = [row(text) for text in ("阿拉木图的机场", "阿拉木图", "的", "机场", "航班", "北溪-2", "7.8级")]
    assert growth(lambda text: _show(text, rows), 1000, lambda size: text * (size // len(text))) < 3


def test_time_is_linear_in_the_length_of_the_query() -> None:
    """Twice the words take twice the time, whether the text holds them or not."""
    text = REPORT * 20
    words = [text[start : start + 4] for start in range(400)]
    assert growth(lambda rows: _show(text, rows), 50, lambda count: [row(word) for word in words[:count]]) < 3


def _show(text: str, rows: list[Phrase]) -> str:
    spans = mark(text, rows, ANALYZER, where="text")
    start, end = snippet(text, spans)
    return to_html(text[start:end], within(spans, start, end))
