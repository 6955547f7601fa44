"""RSS and Atom feeds, and the HTML in them."""

import re

import pytest

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
