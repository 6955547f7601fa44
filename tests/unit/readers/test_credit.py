"""The reporter line: where it is taken for a credit, and what only looks like one."""

import pytest

from search.readers.extraction.byline import split_credit


@pytest.mark.parametrize(
    ("body", "rest", "credit"),
    [
        ("部队已经出发。(总台记者 王斌)", "部队已经出发。", "总台记者 王斌"),
        ("列车进站。（央视记者 张三 李四）", "列车进站。", "央视记者 张三 李四"),
        ("列车进站。（总台央视记者张可）。", "列车进站。", "总台央视记者张可"),
        ("船已离港。（記者 陳放；編輯 蘇禾）", "船已离港。", "記者 陳放；編輯 蘇禾"),
    ],
)
def test_a_credit_at_the_end_is_moved_out(body: str, rest: str, credit: str) -> None:
    """With its house and all its names, without its brackets."""
    assert split_credit(body) == (rest, credit)


@pytest.mark.parametrize(
    ("body", "credit"),
    [
        ("新华社巴黎5月2日电（记者 方圆）塞纳河水位回落。", "记者 方圆"),
        ("中新网5月2日电 (记者 方圆、白石)塞纳河水位回落。", "记者 方圆、白石"),
        ("本报讯（记者 陈放）菜价平稳。", "记者 陈放"),
        ("新华社巴黎5月2日电（记者 方圆）水位回落。（编辑 苏禾）", "编辑 苏禾"),
    ],
)
def test_a_credit_behind_a_dateline_is_read(body: str, credit: str) -> None:
    """It stays in the body; one at the end goes before."""
    rest, found = split_credit(body)
    assert found == credit and rest == body.removesuffix(f"（{credit}）")


@pytest.mark.parametrize(
    "body",
    [
        "记者从海关获悉，货轮已经靠岸。",
        "央视记者在现场看到，桥面已经合龙。",
        "新华社巴黎5月2日电 记者方圆看到水位回落。",
        "新华社巴黎5月2日电（图文报道）水位回落。",
        "会议改期（记者会另行通知）",
        "他拨打报警电话（记者 方圆）后离开，后文未完",
    ],
)
def test_what_is_no_credit_stays(body: str) -> None:
    """Reporters who act in the report are a part of it."""
    assert split_credit(body) == (body, "")
