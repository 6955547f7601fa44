"""The examples of docs/query-language.md: what each rule finds, and what it does not find."""

from __future__ import annotations

from pathlib import Path

import pytest

from search import Home, Searcher, reindex
from tests.support.homes import row, write_rows

#: Query, a text that it finds, and one that it does not find.
RULES = [
    ("苏丹港", "苏丹港恢复供电", "苏丹和港口"),
    ("台风什么时候登陆", "台风今夜登陆", "台风逼近"),
    ("停火了吗", "双方停火", "双方开火了吗"),
    ("十二月十八日", "12月18日地震", "18日，12月"),
    ("2020年1月23日", "1月23日封城", "2019年1月23日降雪"),
    ("5月1日至3日", "5月1日至5月3日放假", "5月1日放假"),
    ("5月1日至3日", "5月1-3日放假", "5月1日，6月3日"),
    ("零下20度", "零下20℃", "20℃"),
    ("零下20度", "零下二十摄氏度", "零下，20度"),
    ("九一八", "9·18事变", "九月一日八人"),
    ("九·一八", "918事变", "九一一"),
]


@pytest.mark.parametrize(("query", "text", "other"), RULES)
def test_a_rule_finds_one_and_not_the_other(tmp_path: Path, query: str, text: str, other: str) -> None:
    """The example finds the first text as a full match, and not the second one."""
    home = Home(tmp_path)
    home.data.mkdir()
    write_rows(
        home, "a.jsonl", [row("text", text, time="2020-02-01"), row("other", other, time="2020-02-01")]
    )
    reindex(home)
    assert Searcher(home).matches(query) == {"text"}
