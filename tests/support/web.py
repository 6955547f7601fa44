"""What the tests of page and API share: a small home, and a reader of HTML that sees what a browser sees."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from search import Home, reindex
from tests.support.waiting import HANG_SECONDS

ROOT = Path(__file__).resolve().parents[2]

AIRPORT = "almaty/airport"
HOSTILE = 'x/<b>&"1'

_NEWS = [
    (
        "almaty/unrest",
        "2022-01-05T04:12:00+08:00",
        "阿拉木图实施宵禁",
        "总统令当晚生效，机场照常运行。",
        ["俄新社"],
    ),
    (
        "almaty/airport",
        "2022-01-06T05:48:00+08:00",
        "阿拉木图机场恢复运行",
        "机场一度被占领。",
        ["国际文传电讯社"],
    ),
    (
        "almaty/tanks",
        "2022-01-06T10:19:00+08:00",
        "装甲车进入广场",
        "阿拉木图市中心传出枪声。",
        ["俄新社", "卫星网"],
    ),
    (
        "almaty/csto",
        "2022-01-06T13:59:00+08:00",
        "集安组织派出维和人员",
        "首批人员已经抵达。\n任务为期有限。",
        [],
    ),
]


def entries() -> list[dict[str, object]]:
    """Describe the entries: four of one stream, thirty of another, two that mean harm, one without a time."""
    news: list[dict[str, object]] = [
        {
            "id": id,
            "time": time,
            "headline": headline,
            "body": body,
            "agencies": agencies,
            "stream": "哈萨克斯坦",
        }
        for id, time, headline, body, agencies in _NEWS
    ]
    quakes: list[dict[str, object]] = [
        {
            "id": f"quake/{number:02d}",
            "time": f"2023-02-07T{number % 24:02d}:{number:02d}:00+08:00",
            "headline": f"土耳其地震第{number}次通报",
            "body": f"灾害管理局说，地震已造成{number}00人遇难。" + ("机场关闭。" if number % 7 == 0 else ""),
            "agencies": ["阿纳多卢通讯社"] if number % 2 else ["新华社"],
            "credit": "记者 王斌",
            "stream": "土耳其地震",
            "url": f"https://example.org/{number}",
        }
        for number in range(1, 31)
    ]
    hostile: dict[str, object] = {
        "id": HOSTILE,
        "time": "2021-05-01T08:00:00+08:00",
        "headline": "<script>alert('恶意')</script> & \"标题\"",
        "body": "恶意正文</mark><img src=x onerror=alert(1)>&amp;<style>*{display:none}</style>",
        "captions": ["<i>恶意图片</i>"],
        "agencies": ['"><svg onload=alert(1)>'],
        "credit": "<u>恶意记者</u>",
        "stream": "'\"><b>恶意专题",
        "url": "javascript:alert(1)",
    }
    return [*news, *quakes, hostile, {"id": "loose", "body": "没有时间的条目只有正文。", "stream": "其他"}]


def build_home(folder: Path, rows: Sequence[Mapping[str, object]] | None = None) -> Home:
    """Write a home with one JSON-lines file and index it."""
    home = Home(folder)
    home.data.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_escaped(row), ensure_ascii=False) for row in (entries() if rows is None else rows)]
    (home.data / "news.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reindex(home)
    return home


def _escaped(row: Mapping[str, object]) -> dict[str, object]:
    """Return an entry as a site writes it, with the signs of HTML in its texts as entities."""
    kept = ("id", "time", "url")
    return {name: value if name in kept else _escape(value) for name, value in row.items()}


def _escape(value: object) -> object:
    if isinstance(value, list):
        return list(map(_escape, value))
    return escape(value, quote=False) if isinstance(value, str) else value


@dataclass
class Element:
    """One start tag, and the text up to its end tag, that of its children included."""

    tag: str
    attrs: dict[str, str]
    text: str = ""

    def has(self, name: str) -> bool:
        """Tell whether the element has a class."""
        return name in self.attrs.get("class", "").split()


_VOID = {"input", "link", "meta", "img", "br", "hr", "wbr"}


@dataclass
class Page(HTMLParser):
    """All elements of a page in order; the text is what a reader sees, entities resolved."""

    html: str
    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> says an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1].tag == tag, f"</{tag}> closes nothing"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1].tag != "script":
            self.text += data
        for element in self._open:
            element.text += data

    def all(self, tag: str, css: str = "") -> list[Element]:
        """Return the elements with a tag, and with a class if one is given."""
        return [e for e in self.elements if e.tag == tag and (not css or e.has(css))]

    def one(self, tag: str, css: str = "") -> Element:
        """Return the only such element."""
        (element,) = self.all(tag, css)
        return element

    def links(self) -> list[str]:
        """Return where the links lead."""
        return [e.attrs["href"] for e in self.all("a")]

    def hit_ids(self) -> list[str]:
        """Return the ids of the hits, in order."""
        inside = [b for a, b in zip(self.elements, self.elements[1:], strict=False) if a.tag == "h3"]
        return [unquote(urlsplit(e.attrs["href"]).path.removeprefix("/entries/")) for e in inside]


def state(url: str) -> dict[str, list[str]]:
    """Return the parameters of a URL."""
    return parse_qs(urlsplit(url).query)


#: The limit is far, so that no test depends on how fast the machine is.
_SERVE = """
import sys
from web import serve
serve(sys.argv[1], port=0, workers=int(sys.argv[2]), timeout=600)
"""


@contextmanager
def served(home: Path, workers: int = 2, code: str = _SERVE) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run the real server on a free port; gives its address and process, and ends it.

    `code` starts it, by other options for example.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home), str(workers)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        address = re.search(r"http://\S+", line)
        assert address, f"the server did not start: {line}{process.stderr.read()}"
        yield address[0].rstrip("/"), process
    finally:
        process.terminate()
        process.wait(timeout=HANG_SECONDS)
        process.stderr.close()
