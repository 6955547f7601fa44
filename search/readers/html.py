"""HTML to plain paragraphs: the visible text, without scripts."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser

__all__ = ["is_caption", "plain_text"]

#: Elements that begin and end a paragraph.
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hr", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot",
     "thead", "tr", "ul")
)  # fmt: skip
#: Elements with a blank before and behind them: the cells of a row.
_CELLS = frozenset(("td", "th"))
#: Elements whose content is not text, and those of them that count only with an end tag: without one they
#: would hide the rest of the text.
_HIDDEN = frozenset(("script", "style", "template", "head", "noscript", "svg", "iframe"))
_CLOSED = frozenset(("template", "head", "noscript", "svg", "iframe"))
_END_TAG = re.compile(r"</([A-Za-z]++)")
#: White space of HTML, with the no-break space; characters without width.
_BLANKS = re.compile("[ \t\r\n\f\xa0]+")
_INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")
#: A line end of the source between two Han characters is no blank (CSS Text, segment breaks).
_WRAPPED = re.compile(
    r"(?<=[\u3001-\u303f\u4e00-\u9fff\uff00-\uffee])\n[ \t]*+(?=[\u3001-\u303f\u4e00-\u9fff\uff00-\uffee])"
)
_WRAP_END = re.compile(r"(?<![ \t\r])[ \t\r]++\n")
_HAN = re.compile("[\u4e00-\u9fff]")
#: Texts in place of a picture that do not describe it.
_NO_CAPTION = re.compile("图[片像]|[配插]图|照片|圖片|(?:图片|照片)加载(?:中|失败)")
#: A `<` that opens no tag: another `<` or the end comes before its `>`. The parser would scan the rest of the
#: text for each of them: 16,000 characters of them took two seconds.
_OPENS_NO_TAG = re.compile("<(?![^<>]*+>)")
#: <![if !IE]> and <![endif]>; the parser scans the rest of the text for their end, too.
_MARKED_SECTION = re.compile(r"<!\[[^<>]*+>")


class _Text(HTMLParser):
    """Collects text with a newline at each border of a block, and captions of figures separately."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.body: list[str] = []
        self.captions: list[list[str]] = []
        self._ends = Counter(name.lower() for name in _END_TAG.findall(source))
        self._hidden = 0
        self._caption = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden = 0
        if tag in _HIDDEN and (tag not in _CLOSED or self._ends[tag] > 0):
            self._hidden += 1
        if tag == "figcaption":
            self._caption = True
            self.captions.append([])
        if tag == "img" and not self._hidden:
            self._picture(dict(attrs).get("alt") or "")
        self._border(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._ends[tag] -= 1
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in ("figcaption", "figure"):
            self._caption = False
        self._border(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        text = (
            _INVISIBLE.sub("", _WRAPPED.sub("", _WRAP_END.sub("\n", data)))
            if not data.isprintable()
            else data
        )
        text = _BLANKS.sub(" ", text)
        if self._caption:
            self.captions[-1].append(text)
        else:
            self.body.append(text)

    def _border(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.body.append("\n")
        elif tag in _CELLS:
            self.body.append(" ")

    def _picture(self, text: str) -> None:
        """Take the text in place of a picture as its caption, if it is one."""
        if is_caption(text):
            self.captions.append([text])


def is_caption(text: str) -> bool:
    """Whether the text in place of a picture describes it: with Han characters, and not just as 图片.

    >>> is_caption("渡轮靠岸"), is_caption("图片"), is_caption("01.jpeg")
    (True, False, False)
    """
    return _HAN.search(text) is not None and not _NO_CAPTION.fullmatch(text.strip())


def _tags_only(source: str) -> str:
    """Return HTML without comments and marked sections; a `<` that opens no tag becomes text."""
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        source = _without(source, opening, closing)
    return _OPENS_NO_TAG.sub("&lt;", _MARKED_SECTION.sub("", source))


def _without(source: str, opening: str, closing: str) -> str:
    """Return text without the parts between two marks; an unclosed opening mark becomes text."""
    pieces: list[str] = []
    offset = 0
    while (start := source.find(opening, offset)) >= 0:
        end = source.find(closing, start + len(opening))
        if end < 0:
            break
        pieces.append(source[offset:start])
        offset = end + len(closing)
    return "".join([*pieces, source[offset:].replace(opening, f"&lt;{opening[1:]}")])


def plain_text(source: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a piece of HTML, paragraphs on lines of their own, and its figures' captions.

    >>> plain_text("<p>机场<b>恢复</b>运行。<p>航班 &lt;3 架<script>x</script>")
    ('机场恢复运行。\\n航班 <3 架', ())
    """
    tags = _tags_only(source)
    parser = _Text(tags)
    try:
        parser.feed(tags)
        parser.close()
    except (AssertionError, ValueError):  # broken declarations
        return _lines(html.unescape(re.sub("<[^<>]*>", "\n", source))), ()
    captions = (_BLANKS.sub(" ", "".join(caption)).strip() for caption in parser.captions)
    return _lines("".join(parser.body)), tuple(dict.fromkeys(filter(None, captions)))


def _lines(text: str) -> str:
    """Remove blank lines, and the blanks around the others and next to each other."""
    lines = (_BLANKS.sub(" ", part).strip() for part in text.split("\n"))
    return "\n".join(line for line in lines if line)
