"""What browsers and crawlers read of a page: icons, descriptions, structured data; and the first page."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.support.web import AIRPORT, HOSTILE, Page, build_home, state
from web import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the application over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


def meta(page: Page) -> dict[str, str]:
    """Return the meta elements of a page by name or property."""
    named = (e.attrs for e in page.all("meta") if "content" in e.attrs)
    return {attrs.get("name") or attrs.get("property", ""): attrs["content"] for attrs in named}


def structured(page: Page) -> Any:
    """Return the structured data of a page, None without."""
    data = [e.text for e in page.all("script") if e.attrs.get("type") == "application/ld+json"]
    return json.loads(data[0]) if data else None


def canonical(page: Page) -> list[str]:
    """Return the canonical address of a page."""
    return [e.attrs["href"] for e in page.all("link") if e.attrs["rel"] == "canonical"]


def test_an_entry_describes_itself(client: FlaskClient) -> None:
    """Description, OpenGraph and NewsArticle have its text and its address without the search."""
    page = Page(client.get(f"/entries/{AIRPORT}?q=机场&hit=1").text)
    address = f"http://localhost/entries/{AIRPORT}"
    said = meta(page)
    assert said["description"] == said["og:description"] == "机场一度被占领。"
    assert said["og:title"] == "阿拉木图机场恢复运行：寻闻" and said["og:type"] == "article"
    assert canonical(page) == [said["og:url"]] == [address]
    article = structured(page)
    assert article["@type"] == "NewsArticle" and article["headline"] == "阿拉木图机场恢复运行"
    assert article["datePublished"] == "2022-01-06T05:48:00+08:00"
    assert article["author"] == [{"@type": "Organization", "name": "国际文传电讯社"}]


def test_hostile_text_stays_data(client: FlaskClient) -> None:
    """Nothing of an entry ends the element of the structured data."""
    answer = client.get("/", query_string={"q": "恶意正文"}).text
    url = next(link for link in Page(answer).links() if link.startswith("/entries/x"))
    text = client.get(url).text
    data = text.partition('application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(data)["headline"] == "<script>alert('恶意')</script> & \"标题\"" and "<" not in data
    assert HOSTILE not in data


def test_a_stream_is_a_live_blog(client: FlaskClient) -> None:
    """Only on pages without other parameters; a search has none, and is not indexed."""
    page = Page(client.get("/?stream=哈萨克斯坦").text)
    blog = structured(page)
    assert blog["@type"] == "LiveBlogPosting" and len(blog["liveBlogUpdate"]) == 4
    assert blog["coverageStartTime"] == "2022-01-05T04:12:00+08:00"
    assert canonical(page) == [blog["url"]]
    search = Page(client.get("/?stream=哈萨克斯坦&q=机场").text)
    assert structured(search) is None and not canonical(search)
    assert meta(search)["robots"] == "noindex, follow"


def test_the_first_page_says_what_it_is(client: FlaskClient) -> None:
    """One sentence, three things to try that have hits, and the streams by their latest update."""
    page = Page(client.get("/").text)
    welcome = page.one("section", "welcome")
    assert "何时、由谁、报道了什么" in welcome.text
    tried = [url for url in page.links() if url.startswith(("/?q=", "/?agency="))][:3]
    assert len(tried) == 3
    for url in tried:
        assert client.get("/api/v1/search", query_string=state(url)).get_json()["total"] > 0
    streams = page.one("ul", "streams").text
    assert streams.split()[0].startswith("土耳其地震30") and "更新至 2023年2月7日" in streams
    assert page.one("h1").text == "最新条目" and len(page.hit_ids()) == 10
    for url in ("/?q=机场", "/?stream=其他", "/?page=2", "/?sort=oldest"):
        assert not Page(client.get(url).text).all("section", "welcome")


def test_an_empty_index_has_a_first_page(tmp_path: Path) -> None:
    """Without entries there is nothing to try."""
    page = Page(create_app(build_home(tmp_path, [])).test_client().get("/").text)
    assert not page.all("p", "trials") and not page.all("ul", "streams")


def test_a_missing_page_helps_on(client: FlaskClient) -> None:
    """It has the search box and the newest five entries."""
    answer = client.get("/nothing")
    page = Page(answer.text)
    assert answer.status_code == 404 and [e for e in page.all("input") if e.attrs["name"] == "q"]
    entries = [url for url in page.links() if url.startswith("/entries/")]
    assert len(entries) == 5
    assert all(client.get(url).status_code == 200 for url in entries)
    assert "条目" not in Page(client.get("/?q=" + "长" * 10_001).text).one("main").text


@pytest.mark.parametrize("root", ["", "/news"])
def test_icons_and_manifest_are_there(client: FlaskClient, root: str) -> None:
    """They have their types, and the manifest leads to the first page, also below another path."""
    head = Page(client.get("/", environ_overrides={"SCRIPT_NAME": root}).text)
    links = {e.attrs["rel"]: e.attrs["href"] for e in head.all("link")}
    assert all(links[rel].startswith(f"{root}/static/") for rel in ("icon", "apple-touch-icon", "manifest"))
    manifest = json.loads(client.get(links["manifest"].removeprefix(root), buffered=True).data)
    assert manifest["start_url"] == "../" and len(manifest["icons"]) == 2
    for url, size in (("/favicon.ico", 32), (links["apple-touch-icon"].removeprefix(root), 180)):
        assert Image.open(io.BytesIO(client.get(url, buffered=True).data)).size == (size, size)


def test_crawlers_are_told_what_repeats(client: FlaskClient) -> None:
    """Pages of entries are open; exports, feeds and the API are not."""
    rules = client.get("/robots.txt").text.splitlines()
    assert rules[0] == "User-agent: *"
    closed = [rule.removeprefix("Disallow: ") for rule in rules[1:]]
    for path in ("/api/v1/search", "/export.csv", "/feed.atom", "/figures", "/cite/a"):
        assert any(path.startswith(one) for one in closed)
    assert not any("/entries/a".startswith(one) or "/help".startswith(one) for one in closed)
