"""RSS and Atom feeds: every dialect, and the readable part of broken ones."""

import cProfile
import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from search.readers.elements import scan
from tests.support.readers import FIXTURES, entries, items, refusal, split

RSS = (FIXTURES / "rss.xml").read_bytes()


def test_rss_items_become_entries() -> None:
    """Titles, bodies as plain paragraphs, times, sources and links; a wrong date costs the time only."""
    (first, second, third, fourth), (problem,) = split(items(RSS, "port.rss"))
    assert first.headline == "港口起重机 & 拖轮恢复作业" and first.stream == "港口快讯"
    assert first.body == "三号泊位已恢复作业。\n航道水深 <12 米。"
    assert first.time is not None and first.time.isoformat() == "2022-03-09T14:00:00+08:00"
    assert (first.agencies, first.credit, first.url) == (
        ("海港通讯社",),
        "林远",
        "https://example.org/news/1",
    )
    assert second.agencies == ("海港气象台",)
    assert second.time is not None and second.time.isoformat() == "2022-03-09T09:30:00+08:00"
    assert fourth.time is None and fourth.agencies == ("海港通讯社",)
    assert third.time is None and problem.line == 23 and "从前" in problem.message


def test_ids_follow_the_guid() -> None:
    """They are short, and stay when the item is corrected or another one is added above."""
    first, second, *_ = split(items(RSS, "port.rss"))[0]
    assert re.fullmatch("port/[0-9a-f]{12}", first.id)
    corrected = RSS.replace("恢复作业</title>".encode(), "再次作业</title>".encode())
    assert [entry.id for entry in split(items(corrected, "port.rss"))[0]][:2] == [first.id, second.id]


def test_atom_entries_and_captions() -> None:
    """The content goes before the summary, and a figure's caption is a caption."""
    (entry,) = entries((FIXTURES / "atom.xml").read_bytes(), "fire.atom")
    assert (entry.headline, entry.body, entry.captions) == (
        "南坡火线得到控制",
        "明火已灭。",
        ("消防员清理火场",),
    )
    assert entry.time is not None and entry.time.isoformat() == "2022-03-09T06:00:00+00:00"


@pytest.mark.parametrize(
    "content",
    [
        "不是 XML",
        "<html><body>页面</body></html>",
        "<rss><channel><item",
        "https://example.org/feed",
        "/etc/passwd",
        "\x00\x01",
    ],
)
def test_what_is_no_feed_is_refused(content: str) -> None:
    """Neither a page, nor a piece of a feed, nor an address or path, which is never followed."""
    error = refusal(content, "a.xml")
    assert error is not None and "RSS" in str(error)


def test_a_feed_that_breaks_off_gives_what_it_has() -> None:
    """The items before the fault are read, and the problem has the line of the fault."""
    found, problems = split(items(RSS[: RSS.index("<title>日期有误".encode())], "port.rss"))
    assert [entry.headline for entry in found][:2] == ["港口起重机 & 拖轮恢复作业", "大雾预警解除"]
    assert any("XML 有误" in problem.message and problem.line > 20 for problem in problems)


def test_entities_do_not_reach_outside() -> None:
    """An external entity is not read, and nested ones do not grow."""
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    item = "<item><title>甲&x;乙</title></item>"
    content = f"{outside}<rss version='2.0'><channel><title>源</title>{item}</channel></rss>"
    found, _ = split(items(content, "a.xml"))
    assert found
    assert all("root:" not in entry.text for entry in found)


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("editor@example.org (王斌)", "王斌"),
        ("王斌 &lt;editor@example.org&gt;", "王斌"),
        ("editor@example.org", ""),
        ("@" * 1000, ""),
        ("王斌", "王斌"),
    ],
)
def test_an_author_with_an_address_is_the_name(author: str, name: str) -> None:
    """An address is no agency, alone, before a name or behind it."""
    rss = (
        f'<rss version="2.0"><channel><item><title>甲</title><author>{author}</author></item></channel></rss>'
    )
    (entry,) = entries(rss, "a.xml")
    assert [one.agency for one in entry.attributions] == ([name] if name else [])


# -- dialects ---------------------------------------------------------------------------------------------

HEAD = "<title>渡口快讯</title><link>https://ferry.example/news/</link>"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def rss(*items: str, head: str = HEAD) -> str:
    """Return a feed in RSS 2.0 with these items."""
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>{head}{joined}</channel></rss>'


def one(item: str, head: str = HEAD) -> Entry:
    """Return the entry of a feed with one item and nothing wrong."""
    (entry,) = entries(rss(item, head=head), "a.xml")
    return entry


DIALECTS = {
    "RSS 0.91": '<rss version="0.91"><channel><title>渡口快讯</title><item><title>大雾散去</title>'
    "<link>https://ferry.example/1</link><description>首班船离港。</description></item></channel></rss>",
    "RSS 0.90": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>渡口快讯</title></channel>'
    "<item><title>大雾散去</title><link>https://ferry.example/1</link><description>首班船离港。</description>"
    "</item></rdf:RDF>",
    "RSS 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/">'
    '<channel rdf:about="https://ferry.example/"><title>渡口快讯</title><items><rdf:Seq>'
    '<rdf:li resource="https://ferry.example/1"/></rdf:Seq></items></channel>'
    '<item rdf:about="https://ferry.example/1"><title>大雾散去</title><description>首班船离港。</description>'
    "<d:date>2022-03-09T14:00:00+08:00</d:date></item></rdf:RDF>",
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>渡口快讯</title><entry>'
    '<title>大雾散去</title><link rel="alternate" type="text/html" href="https://ferry.example/1"/>'
    "<issued>2022-03-09T14:00:00+08:00</issued><content>首班船离港。</content></entry></feed>",
    "Atom 1.0": '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>渡口快讯</a:title><a:entry>'
    '<a:title>大雾散去</a:title><a:link rel="self" href="https://ferry.example/self"/>'
    '<a:link href="https://ferry.example/1"/><a:updated>2022-03-09T14:00:00+08:00</a:updated>'
    '<a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>首班船离港。</p></div></a:content>'
    "</a:entry></a:feed>",
    "no declarations": "<rss><channel><title>渡口快讯</title><item><title>大雾散去</title>"
    "<link>https://ferry.example/1</link><content:encoded><![CDATA[<p>首班船离港。</p>]]></content:encoded>"
    "<dc:date>2022-03-09T14:00:00+08:00</dc:date></item></channel></rss>",
    "capitals": "<RSS><CHANNEL><TITLE>渡口快讯</TITLE><ITEM><TITLE>大雾散去</TITLE>"
    "<LINK>https://ferry.example/1</LINK><DESCRIPTION>首班船离港。</DESCRIPTION></ITEM></CHANNEL></RSS>",
}


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_has_the_same_entry(name: str) -> None:
    """Names, namespaces and their prefixes differ; the entry does not."""
    (entry,) = entries(DIALECTS[name], "a.xml")
    assert (entry.headline, entry.body, entry.stream) == ("大雾散去", "首班船离港。", "渡口快讯")
    assert entry.url == "https://ferry.example/1"
    if "2022" in DIALECTS[name]:
        assert entry.time is not None and entry.time.isoformat() == "2022-03-09T14:00:00+08:00"


# -- text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("R&D 与 M&A 部门", "R&D 与 M&A 部门"),
        ("甲&nbsp;&mdash;&nbsp;乙&hellip;", "甲 — 乙…"),
        ("&#20013;&#x6587;&amp;", "中文&"),
        ("&none; &copy=1 &", "&none; &copy=1 &"),
        ("1 < 2，a<b，3 > 2", "1 < 2，a<b，3 > 2"),
        ("1 &lt; 2", "1 < 2"),
        ("<人民日报>发文", "<人民日报>发文"),
        ("<![CDATA[AT&T <b>与</b> R&D]]>", "AT&T 与 R&D"),
        ("前言<![CDATA[<p>正文</p>]]>", "前言\n正文"),
        ("<p>甲</p><p>乙<br>丙</p>", "甲\n乙\n丙"),
        ("甲<!-- 注 -->乙", "甲乙"),
        ("甲&#0;&#x1f;乙", "甲\ufffd乙"),
    ],
)
def test_text_is_read_as_it_is_meant(written: str, text: str) -> None:
    """Bare `&` and `<` are text; entities of HTML need no definition; markup without CDATA is markup."""
    entry = one(f"<title>标题</title><description>{written}</description><link>https://a.example/1</link>")
    assert (entry.body, entry.url) == (text, "https://a.example/1")


@pytest.mark.parametrize(
    ("elements", "body"),
    [
        ("<description>摘要。</description><content:encoded>全文，很长。</content:encoded>", "全文，很长。"),
        ("<content:encoded>阅读全文</content:encoded><summary>全文，很长。</summary>", "全文，很长。"),
        ("<content:encoded>&lt;img src='1.jpg'&gt;</content:encoded><summary>短讯。</summary>",
         "短讯。"),
        ("<content type='image/png'>iVBORw0KGgoAAAANSUhEUgAAAAE</content><summary>短讯。</summary>",
         "短讯。"),
        ("<media:description>图说</media:description><description>短讯。</description>", "短讯。"),
        ("<summary>短讯。</summary><media:group><media:description>影片的说明</media:description></media:group>",
         "短讯。"),
        ("<itunes:summary>节目简介很长很长</itunes:summary><description>短讯。</description>", "短讯。"),
        ("<itunes:summary>节目简介</itunes:summary>", "节目简介"),
        ("<description></description><media:description>影片说明</media:description>", "影片说明"),
    ],
)  # fmt: skip
def test_the_report_is_the_longest_text(elements: str, body: str) -> None:
    """The content before its teaser; descriptions of media only where nothing else is."""
    assert one(f"<title>标题</title>{elements}").body == body


def test_descriptions_of_pictures_become_captions() -> None:
    """Of pictures only, each once, and never the headline again."""
    entry = one(
        "<title>渡口恢复通行</title><description>首班船离港。</description>"
        + "".join(
            f"<media:content url='https://a.example/{kind}>"
            f"<media:description>{text}</media:description></media:content>"
            for kind, text in (
                ("1.jpg'", "渡轮靠岸"),
                ("2' medium='image'", "渡口恢复通行"),
                ("3.mp4'", "影片"),
            )
        )
        + "<content:encoded><![CDATA[<figure><figcaption>渡轮靠岸</figcaption></figure>]]></content:encoded>"
    )
    assert (entry.body, entry.captions) == ("首班船离港。", ("渡轮靠岸",))


# -- links, names, times ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>2.html</link>", "https://ferry.example/news/2.html"),
        ("<link>/2.html</link>", "https://ferry.example/2.html"),
        ("<link>//cdn.example/2.html</link>", "https://cdn.example/2.html"),
        ("<link>\n https://a.example/一 二.html \n</link>", "https://a.example/一%20二.html"),
        ("<link/><guid>https://a.example/3</guid>", "https://a.example/3"),
        ("<guid isPermaLink='false'>https://a.example/3</guid>", ""),
        ("<guid>3</guid>", ""),
        ("<link rel='self' href='/self'/><link rel='alternate' href='/4'/><link>/5</link>",
         "https://ferry.example/4"),
        ("<link rel='enclosure' href='/1.mp3'/><link href='/5'/>", "https://ferry.example/5"),
    ],
)  # fmt: skip
def test_links_are_whole(item: str, url: str) -> None:
    """A relative one is resolved against the link of the feed; a guid counts only as a whole URL."""
    assert one(f"<title>标题</title>{item}").url == url


def test_xml_base_goes_before_the_link_of_the_feed() -> None:
    """Of the feed, of the entry and of the link itself, each relative to the one outside it."""
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/x/"><link href="https://b.example/"/>'
        '<entry xml:base="y/"><title>甲</title><link href="1"/></entry>'
        '<entry><title>乙</title><link xml:base="z/" href="1"/></entry></feed>'
    )
    assert [entry.url for entry in entries(atom, "a.atom")] == [
        "https://a.example/x/y/1",
        "https://a.example/x/z/1",
    ]


def test_a_relative_link_without_a_base_is_told() -> None:
    """It is no URL."""
    (entry,), (problem,) = split(items(rss("<title>标题</title><link>/1</link>", head=""), "a.xml"))
    assert entry.url == "" and "http" in problem.message


@pytest.mark.parametrize(
    ("elements", "agencies", "credit"),
    [
        ("<author>desk@ferry.example</author><dc:creator>林远</dc:creator>", ("林远",), ""),
        ("<author><name>林远</name><email>a@b.example</email></author><author>苏禾</author>", ("林远",
         "苏禾"), ""),
        ("<source url='/'>海港通讯社</source><dc:creator>林远</dc:creator>", ("海港通讯社",), "林远"),
        ("<source><title>海港通讯社</title><id>x</id></source>", ("海港通讯社",), ""),
        ("<dc:source>https://a.example/</dc:source><dc:creator>林远</dc:creator>", ("林远",), ""),
        ("<author>&lt;a href='https://a.example/'&gt;海港通讯社&lt;/a&gt;</author>", ("海港通讯社",), ""),
    ],
)  # fmt: skip
def test_names_of_authors_and_sources(elements: str, agencies: tuple[str, ...], credit: str) -> None:
    """An address is no name; a source is the agency, and the author then the reporter."""
    entry = one(f"<title>标题</title>{elements}")
    assert (entry.agencies, entry.credit) == (agencies, credit)


@pytest.mark.parametrize(
    "elements",
    [
        "<updated>2022-03-09T15:00:00+08:00</updated><published>2022-03-09T14:00:00+08:00</published>",
        "<pubDate>从前</pubDate><dc:date>2022-03-09T14:00:00+08:00</dc:date>",
        "<pubDate> </pubDate><dc:date><![CDATA[ 2022-03-09T14:00:00+08:00 ]]></dc:date>",
        "<pubDate>2022年3月9日 14:00</pubDate>",
    ],
)
def test_the_time_is_the_first_that_can_be_read(elements: str) -> None:
    """Published before updated, in the order of a fixed list."""
    time = one(f"<title>标题</title>{elements}").time
    assert time is not None and time.isoformat() == "2022-03-09T14:00:00+08:00"


@pytest.mark.parametrize(
    "written", ["0000-00-00 00:00:00", "2022-02-30 10:00", "昨天上午", "Wed, 32 Mar 2022"]
)
def test_a_time_of_no_calendar_costs_only_itself(written: str) -> None:
    """The entry stays, and the problem has the time as it is written."""
    (entry,), (problem,) = split(items(rss(f"<title>标题</title><pubDate>{written}</pubDate>"), "a.xml"))
    assert (entry.headline, entry.time) == ("标题", None)
    assert written in problem.message and problem.line == 1


# -- broken files -----------------------------------------------------------------------------------------


def test_an_element_without_an_end_costs_only_itself() -> None:
    """The others of its entry, and the other entries, are as they are."""
    broken = "<title>甲<link>https://a.example/1</link><description>首<br>班<b>船</description>"
    found = entries(rss(broken, "<title>乙</title>"), "a.xml")
    assert [(entry.headline, entry.body, entry.url) for entry in found] == [
        ("甲", "首\n班船", "https://a.example/1"),
        ("乙", "", ""),
    ]


def test_an_entry_without_an_end_is_told() -> None:
    """It ends where the next one begins."""
    text = rss("<title>甲</title>\n</item><item><title>乙</title>\n<item><title>丙</title>")
    found, (problem,) = split(items(text, "a.xml"))
    assert [entry.headline for entry in found] == ["甲", "乙", "丙"]
    assert "没有结束标记" in problem.message and problem.line == 2


@pytest.mark.parametrize(
    "cut", ["", "<item><title>丙", "<item><description>断在", "<item><![CDATA[断在", "<ite"]
)
def test_a_cut_is_told_and_costs_only_what_is_behind_it(cut: str) -> None:
    """The entries before it are whole."""
    whole = rss("<title>甲</title>", "<title>乙</title>")
    found, problems = split(items(whole[: whole.index("</channel>")] + cut, "a.xml"))
    assert [entry.headline for entry in found][:2] == ["甲", "乙"]
    assert len([problem for problem in problems if "中断" in problem.message]) == 1


def test_control_characters_cost_themselves() -> None:
    """Also within tags; the problem has the line of the first."""
    text = rss("<title>甲\x00乙</ti\x01tle>").replace("<channel>", "<channel>\n")
    (entry,), (problem,) = split(items(text, "a.xml"))
    assert entry.headline == "甲乙" and problem.line == 2 and "控制" in problem.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<!DOCTYPE html><html><head><title>404</title></head><body>找不到</body></html>", "网页"),
        ('{"items": [{"title": "甲"}]}', "JSON"),
        ('[{"title": "甲"}]', "JSON"),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "RSS"),
    ],
)
def test_what_is_something_else_is_named(content: str, said: str) -> None:
    """A page of an error or a file with the wrong extension."""
    error = refusal(content, "a.xml")
    assert error is not None and said in str(error) and "请" in str(error)


def test_warnings_before_the_feed_are_passed_over() -> None:
    """As a broken server prints them."""
    (entry,) = entries(
        "\n<br /><b>Warning</b>: x on line <b>3</b><br />\n" + rss("<title>甲</title>"), "a.xml"
    )
    assert entry.headline == "甲"


def test_entities_of_a_document_type_are_told() -> None:
    """They stay as they are written."""
    text = '<!DOCTYPE rss [<!ENTITY who "某社">]>' + rss("<title>据&who;报道</title>").partition("?>")[2]
    (entry,), (problem,) = split(items(text, "a.xml"))
    assert entry.headline == "据&who;报道" and "ENTITY" in problem.message


WORDS = st.text(st.sampled_from("渡口恢复通行大雾散去 &<>'\"/1a"), min_size=1, max_size=12).map(
    lambda text: f"甲{text}乙"
)


@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5, unique_by=lambda pair: pair[0]), st.booleans()
)
def test_any_text_comes_back(pairs: list[tuple[str, str]], literal: bool) -> None:
    """Escaped or in a literal section, whatever signs it has; text that is HTML aside."""

    def written(text: str) -> str:
        return f"<![CDATA[{html.escape(text)}]]>" if literal else html.escape(html.escape(text))

    joined = [
        f"<title>{written(title)}</title><description>{written(body)}</description>" for title, body in pairs
    ]
    found = entries(rss(*joined), "a.xml")
    assert [(entry.headline, entry.body) for entry in found] == pairs


PIECES = st.sampled_from(
    ["<item>", "</item>", "<title>", "</title>", "<link>", "<description>", "</description>", "<br>", "<b",
     "<![CDATA[", "]]>", "<!--", "-->", "<?", "&", "&lt;", "<", ">", '"', "甲", "<!DOCTYPE", "[",
     "</channel>", "</rss>", "<media:group>", "<author><name>", " xmlns:x='a'", "<x:y>", "\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_broken_markup_costs_no_other_entry(broken: str) -> None:
    """The entry before it stays as it is."""
    found, _ = split(items(rss("<title>首</title><link>https://a.example/1</link>", broken), "a.xml"))
    assert (found[0].headline, found[0].url) == ("首", "https://a.example/1")


def test_thousands_of_entries_take_linear_time() -> None:
    """Each tag is looked at once: calls are counted, not seconds."""

    def calls(count: int) -> int:
        text = rss(*(f"<title>甲{n}</title><link>/{n}</link>" for n in range(count)))
        profile = cProfile.Profile()
        profile.runcall(scan, text)
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(2000) < 2.2 * calls(1000)
