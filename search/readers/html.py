"""HTML to plain paragraphs: the visible text, without scripts."""

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
#: A `<` that opens no tag: another `<` or the end comes before its `>`. The parser would scan the rest of the
#: text for each of them: 16,000 characters of them took two seconds.
_OPENS_NO_TAG = re.compile("<(?![^<>]*+>)")
#: <![if !IE]> and <![endif]>; the parser scans the rest of the text for their end, too.
_MARKED_SECTION = re.compile(r"<!\[[^<>]*+>")


class _Text(HTMLParser):
    """Collects text with a newline at each border of a block, and captions of figures separately."""

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
    parser = _Text()
    try:
        parser.feed(_tags_only(source))
        parser.close()
    except (AssertionError, ValueError):  # broken declarations
        return _lines(html.unescape(re.sub("<[^<>]*>", "\n", source))), ()
    captions = ("".join(caption).strip() for caption in parser.captions)
    return _lines("".join(parser.body)), tuple(caption for caption in captions if caption)


def _lines(text: str) -> str:
    """Remove blank lines, and the blanks around the others."""
    return "\n".join(line for line in (part.strip() for part in text.split("\n")) if line)
