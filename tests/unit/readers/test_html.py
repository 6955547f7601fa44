"""HTML to text: paragraphs, rows, captions, white space; and that no markup breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.readers.html import plain_text
from tests.support.homes import row, write_rows


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("甲<br>乙", "甲\n乙"),
        ("<p>一<p>二</p>\n\n  三", "一\n二\n三"),
        ("<script>alert(1)</script>甲<style>p{}</style>", "甲"),
        ("5 &lt; 6 &amp; 7", "5 < 6 & 7"),
        ("<ul><li>甲<li>乙</ul>", "甲\n乙"),
        ("<![if x]>甲", "甲"),
        ("没有标记", "没有标记"),
    ],
)
def test_html_becomes_paragraphs(html: str, text: str) -> None:
    """Blocks are lines, marks are gone, scripts are no text."""
    assert plain_text(html)[0] == text


@given(st.text(st.sampled_from("<>/!-[]&;=\"' 甲pbrscript#x0"), max_size=40))
def test_any_html_gives_text(html: str) -> None:
    """Broken markup never fails."""
    body, captions = plain_text(html)
    assert isinstance(body, str) and captions == ()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>甲<!-- <b>乙</b> -->丙</p>", "甲丙"),
        ("甲<![CDATA[<b>乙</b>]]>丙", "甲丙"),
        ("甲<![if !IE]>乙<![endif]>丙", "甲乙丙"),
        ("甲<!--[if mso]><xml>乙</xml><![endif]-->丙", "甲丙"),
        ("甲 < 乙 <b>丙</b>", "甲 < 乙 丙"),
        ("甲<!--乙", "甲<!--乙"),
    ],
)
def test_comments_and_sections_are_no_text(html: str, text: str) -> None:
    """What is closed goes; a sign that opens nothing stays as text."""
    assert plain_text(html)[0] == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<table><tr><th>车次</th><th>到站</th></tr><tr><td>甲</td><td>乙</td></tr></table>",
            "车次 到站\n甲 乙",
        ),
        ("<dl><dt>渡口</dt><dd>停航</dd></dl>", "渡口\n停航"),
        ('<p>详见<a href="https://example.org/">公告</a>。</p>', "详见公告。"),
        ("<p>甲</p><p>&nbsp;</p><p>&nbsp;&nbsp;乙</p>", "甲\n乙"),
        ("<p>大雾&nbsp;散去</p>", "大雾 散去"),
        ("<p>大雾\n   散去， \r\n列车\tAB\nCD</p>", "大雾散去，列车 AB CD"),
        ("<p>大\u200b雾&shy;散\ufeff去</p>", "大雾散去"),
        ("<noscript>请打开脚本</noscript>甲", "甲"),
        ("<head><title>题</title></head><body>甲</body>", "甲"),
    ],
)
def test_white_space_and_structure(html: str, text: str) -> None:
    """Cells are apart, blanks are single, and a line end between Han characters is none."""
    assert plain_text(html)[0] == text


@pytest.mark.parametrize("tag", ["noscript", "svg", "iframe", "template", "head"])
def test_what_is_never_closed_hides_nothing(tag: str) -> None:
    """A hidden element without an end would take the rest of the text with it."""
    assert plain_text(f"<{tag}><p>渡口恢复通行</p>")[0] == "渡口恢复通行"
    assert plain_text(f"<{tag}>甲</{tag}><{tag}><p>渡口恢复通行</p>")[0] == "渡口恢复通行"


@pytest.mark.parametrize(
    "text", ["<人民日报>发文", "1 < 2 且 3 > 2", "若 a<b 则 c", "AT&T", "R&D;", "<<甲>>"]
)
def test_signs_of_prose_stay_within_html(text: str) -> None:
    """Only names of ASCII with an end of their own are tags, and only whole entities are replaced."""
    assert plain_text(f"<p>{text}</p>")[0] == text


def test_descriptions_of_pictures_are_captions() -> None:
    """The caption of a figure, and the text in place of a picture that has Han characters; each once."""
    html = (
        '<figure><img src="1.jpg" alt="渡轮靠岸"><figcaption>渡轮&nbsp;靠岸</figcaption></figure>'
        '<p>甲<img alt="渡轮靠岸"><img alt="图片"><img alt="IMG_0042.jpg"><img alt=""></p>'
    )
    assert plain_text(html) == ("甲", ("渡轮靠岸", "渡轮 靠岸"))


HAN = st.text(st.sampled_from("渡口恢复通行大雾散去"), min_size=1, max_size=8)


@given(st.lists(HAN, min_size=1, max_size=6), st.sampled_from(("p", "div", "li", "h2", "blockquote", "tr")))
def test_blocks_are_lines(texts: list[str], tag: str) -> None:
    """Whatever is inside them, in whatever inline elements."""
    html = "".join(f"<{tag} class='x'><b><span>{text[0]}</b>{text[1:]}</{tag}>\n" for text in texts)
    assert plain_text(html)[0].split("\n") == texts


@pytest.mark.parametrize(
    "written", ["大雾&nbsp;散去", "大雾\u00a0散去", "大雾<b>散</b>去", "<p>大雾\n散去</p>"]
)
def test_formatting_does_not_part_what_is_searched(home: Home, written: str) -> None:
    """A quotation without blanks finds text with formatting inside it."""
    write_rows(home, "a.jsonl", [row("1", f"<p>{written}，船开了。</p>")])
    reindex(home)
    assert Searcher(home).search('"大雾散去"').total == 1
