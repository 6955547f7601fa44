"""HTML to plain paragraphs: what a reader of the page would see as text, and nothing that could run."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

__all__ = ["plain_text"]

#: Elements that begin and end a paragraph.
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption",
     "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
     "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul")
)  # fmt: skip
#: Elements whose content is not text.
_HIDDEN = frozenset(("script", "style", "template", "head"))


class _Text(HTMLParser):
    """Collects text, a newline at each border of a block, and the captions of figures apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body: list[str] = []
        self.captions: list[list[str]] = []
        self._hidden = 0
        self._caption = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if tag == "figcaption":
            self._caption = True
            self.captions.append([])
        if tag in _BLOCKS:
            self.body.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in ("figcaption", "figure"):
            self._caption = False
        if tag in _BLOCKS:
            self.body.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self._caption:
            self.captions[-1].append(text)
        else:
            self.body.append(text)


def plain_text(source: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a piece of HTML, paragraphs on lines of their own, and its figures' captions.

    >>> plain_text("<p>机场<b>恢复</b>运行。<p>航班 &lt;3 架<script>x</script>")
    ('机场恢复运行。\\n航班 <3 架', ())
    """
    parser = _Text()
    try:
        parser.feed(_closed(source))
        parser.close()
    except (AssertionError, ValueError):  # broken declarations such as <![if
        return _lines(html.unescape(re.sub("<[^<>]*>", "\n", source))), ()
    captions = ("".join(caption).strip() for caption in parser.captions)
    return _lines("".join(parser.body)), tuple(caption for caption in captions if caption)


def _closed(source: str) -> str:
    """Make text of what is opened and never closed; the parser would look for each end to the last."""
    comments = source.rfind("-->") + 3 if "-->" in source else 0
    source = source[:comments] + source[comments:].replace("<!--", "&lt;!--")
    tags = source.rfind(">") + 1
    return source[:tags] + source[tags:].replace("<", "&lt;")


def _lines(text: str) -> str:
    """Drop blank lines and the blanks around the others."""
    return "\n".join(line for line in (part.strip() for part in text.split("\n")) if line)
