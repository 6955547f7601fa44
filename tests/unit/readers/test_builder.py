"""Building an entry: the same cleaning, dating and crediting for every format."""

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.markup import read_markup
from tests.support.readers import entries, items, split

WRITTEN = {
    "a.jsonl": lambda fields: json.dumps(fields, ensure_ascii=False),
    "a.json": lambda fields: json.dumps([fields], ensure_ascii=False),
    "a.csv": lambda fields: "\n".join(
        ",".join('"' + text.replace('"', '""') + '"' for text in row) for row in (fields, fields.values())
    ),
}
FORMS = pytest.mark.parametrize("name", WRITTEN)


@FORMS
def test_markup_is_read_as_its_text(name: str) -> None:
    """Headline, body, agency and credit lose their tags; the caption of a figure is kept."""
    fields = {
        "headline": "大坝<em>泄洪</em>",
        "body": "<p>水位&nbsp;回落。</p><figure><img src='1.jpg'><figcaption>坝顶</figcaption></figure>",
        "source": "<a href='https://example.org/?a=1;b=2'>水文报</a>、<b>库区台</b>",
        "credit": "<i>记者 林远</i>",
    }
    (entry,) = entries(WRITTEN[name](fields), name)
    assert (entry.headline, entry.body, entry.captions) == ("大坝泄洪", "水位 回落。", ("坝顶",))
    assert (entry.agencies, entry.credit) == (("水文报", "库区台"), "记者 林远")


@FORMS
def test_a_credit_is_split_off_in_every_format(name: str) -> None:
    """The reporter at the end of the body; a credit of its own leaves the body as it is."""
    (entry,) = entries(WRITTEN[name]({"headline": "大坝泄洪", "body": "水位回落。（本站记者 林远）"}), name)
    assert (entry.body, entry.credit) == ("水位回落。", "本站记者 林远")
    fields = {"headline": "大坝泄洪", "body": "水位回落。（本站记者 林远）", "credit": "编辑 苏禾"}
    (entry,) = entries(WRITTEN[name](fields), name)
    assert (entry.body, entry.credit) == (fields["body"], "编辑 苏禾")


@FORMS
@pytest.mark.parametrize("written", ["2022-02-30 10:00", "待定", "2022-01-05 25:10"])
def test_a_wrong_time_costs_the_time_only(name: str, written: str) -> None:
    """The entry stays, and the problem names the time as it is written."""
    (entry,), (problem,) = split(items(WRITTEN[name]({"headline": "大坝泄洪", "time": written}), name))
    assert entry.time is None and entry.headline == "大坝泄洪"
    assert written in problem.message and "没有时间" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2", "若 a<b>c 则 d", "x<y>z", "<王某>发言", "3 <5> 2", "a<p 且 q>r", "R&D; A&B", "AT&T",
        "<<甲>>", "温度<-5℃，风力>6级", "见<甲>、<乙>", "List<String>", "价格&lt", "https://example.org/?a=1&copy=2",
    ],
)  # fmt: skip
def test_signs_of_prose_are_no_tags(text: str) -> None:
    """Angle brackets and ampersands stay where they are."""
    assert read_markup(text) == (text, ())


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("甲<br>乙<BR/>丙", "甲\n乙\n丙"),
        ("甲\n乙<a href=x>丙</a>", "甲\n乙丙"),
        ("<div>甲\n乙 丙</div>", "甲乙 丙"),
        ("<p>甲<p>若 1 < 2 且 x<y>z", "甲\n若 1 < 2 且 x<y>z"),
        ("<span class='a'>甲", "甲"),
        ("甲&lt;乙&gt;丙&#39;&#x4E01;", "甲<乙>丙'丁"),
        ("<strong>甲</strong>与<王某>", "甲与<王某>"),
        ("甲<!-- 注 -->乙", "甲乙"),
        ("甲&amp;lt;乙", "甲&lt;乙"),
    ],
)
def test_markup_to_text(markup: str, text: str) -> None:
    """Lines are paragraphs unless the markup has its own; entities are decoded once."""
    assert read_markup(markup)[0] == text


@given(st.text(st.sampled_from("甲乙 <>&;/apbr=\n"), max_size=30))
def test_escaped_text_comes_back(text: str) -> None:
    """Text that was escaped for a page is read as it was, whatever its signs."""
    assert read_markup(html.escape(text))[0] == text


@given(st.text(st.sampled_from("甲乙丙<>& x1"), max_size=30))
def test_no_character_of_a_text_is_lost_in_markup(text: str) -> None:
    """All characters of a paragraph are in its text, in their order."""
    shown = read_markup(f"<p>{html.escape(text)}</p>")[0]
    assert "".join(shown.split()) == "".join(text.split())
