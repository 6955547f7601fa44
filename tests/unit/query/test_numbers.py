"""Numbers and clock times in texts, and their other forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.analysis.numerals import write_han
from search.query.numbers import number_spans

ANALYZER = default_analyzer()


def readings(text: str) -> dict[str, list[str]]:
    """Return each number of a text as typed, and its other forms; a gap is a low line."""
    units = ANALYZER.units(text)
    forms: dict[str, list[str]] = {}
    for span in number_spans(units, ANALYZER.tiles(text)):
        typed = text[units.starts[span.start] : units.ends[span.end - 1]]
        forms[typed] = ["_".join(form) if gaps == (0, 2) else "".join(form) for form, gaps in span.forms]
    return forms


CLOCK = ["13_30", "13时30", "13时30分", "13点30", "13点30分"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("五人死亡", {"五人": ["5人"]}),
        ("5人死亡", {"5人": ["五人"]}),
        ("十五人死亡", {"十五人": ["15人"]}),
        ("15 人死亡", {"15 人": ["十五人"]}),
        ("两人受伤", {"两人": ["2人", "二人"]}),
        ("2人受伤", {"2人": ["两人", "二人"]}),
        ("2日", {"2日": ["二日", "02日"]}),
        ("三百余人", {"三百余人": ["300余人"]}),
        ("40多人", {"40多人": ["四十多人"]}),
        ("一千二百名", {"一千二百名": ["1200名"]}),
        ("2,921人", {"2,921人": ["二千九百二十一人", "两千九百二十一人"]}),
        ("五架飞机", {"五架": ["5架"]}),
        ("2万人", {"2万": ["两万", "二万"]}),
        ("四级警报", {"四级": ["4级"]}),
        ("三个月", {"三个月": ["3个月"]}),
        ("第三次会议", {"第三次": ["第3次"]}),
        ("第5次", {"第5次": ["第五次"]}),
        ("二〇二二年", {"二〇二二年": ["2022年", "二零二二年"]}),
        ("一九九一年", {"一九九一年": ["1991年"]}),
        (
            "2022年1月6日",
            {
                "2022年": ["二〇二二年", "二零二二年"],
                "1月": ["一月", "01月"],
                "6日": ["六日", "06日", "六号", "6号", "06号"],
            },
        ),
        ("13:30", {"13:30": CLOCK}),
        ("13：30", {"13：30": CLOCK}),
        ("13点30分左右", {"13点30分": CLOCK}),
    ],
)
def test_numbers_have_other_forms(text: str, expected: dict[str, list[str]]) -> None:
    """A number before a measure word, and a clock time, are read with it."""
    assert readings(text) == expected


STAYS = """
    张三 三星 一带一路 第三方 十一国庆 一点 十分 千万 一年级 五人组 三人行 二十人质 星期五人多 三五人
    两万五千人 一百五人 1点 5。人 五，人 99999人 007人 25:30 13:60 1:5 人 年 五千
"""


@pytest.mark.parametrize("text", ["", *STAYS.split()])
def test_doubtful_numbers_have_no_other_forms(text: str) -> None:
    """Names, sayings, parts of longer words and doubtful numbers have no other form."""
    assert readings(text) == {}


def test_hours_and_minutes_have_a_nought_or_none() -> None:
    """9:05 is 09:05, 9时5分 and 09点05分."""
    (forms,) = readings("9时05").values()
    assert {"9_05", "09_05", "9时5", "9时5分", "09点05分", "9点05分"} <= set(forms)


@given(st.integers(1, 9999), st.sampled_from(["人", "名", "架", "吨"]))
def test_digits_and_numerals_are_forms_of_each_other(number: int, measure: str) -> None:
    """The forms of a number lead back to it."""
    (forms,) = readings(f"共{number}{measure}，").values()
    assert f"{write_han(number)}{measure}" in forms
    for form in forms:
        back = readings(f"{form}，")
        assert back == {} or f"{number}{measure}" in back[form], back


@given(st.text("零〇一二两三四五六七八九十百千万亿5第人日月年时分点:余 ，", max_size=12))
def test_any_text_can_be_read(text: str) -> None:
    """Numbers never overlap, and each form has an offset for each unit."""
    units = ANALYZER.units(text)
    end = 0
    for span in number_spans(units, ANALYZER.tiles(text)):
        assert end <= span.start < span.end <= len(units)
        assert all(len(form) == len(offsets) and offsets[0] == 0 for form, offsets in span.forms)
        end = span.end


@given(st.text("零〇一二两九", min_size=1, max_size=9), st.sampled_from(["人", "年", "架"]))
def test_digits_one_by_one_are_read_up_to_four(digits: str, measure: str) -> None:
    """A longer run has no numeral below ten thousand, and is searched as typed."""
    spans = list(readings(f"{digits}{measure}，"))
    assert spans in ([], [f"{digits}{measure}"])
    assert len(digits) <= 4 or not spans
