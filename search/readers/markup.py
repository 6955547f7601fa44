"""Fields that may hold HTML, to plain text.

A text counts as HTML only by its tags: a closed element, one with attributes, an empty one such as `<br>`, or
a block at its beginning. Angle brackets of any other kind (`1 < 2`, `a<b>c`) stay as they are written.
"""

from __future__ import annotations

import html
import re

from search.readers.html import plain_text

__all__ = ["read_markup"]

_BLOCKS = (
    "address|article|aside|blockquote|body|caption|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head"
    "|header|html|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_EMPTY = "br|hr|img|wbr|input|source|track|embed"
_INLINE = (
    "a|abbr|audio|b|bdi|bdo|big|button|canvas|cite|code|data|del|dfn|em|font|i|iframe|ins|kbd|label|mark|noscript|object"
    "|picture|q|rp|rt|ruby|s|samp|script|small|span|strike|strong|style|sub|sup|svg|template|time|title|tt|u|var|video"
)
_KNOWN = f"{_BLOCKS}|{_EMPTY}|{_INLINE}"
_TAG = re.compile(
    rf"</(?:{_KNOWN})\s*+>"
    rf"|<(?:{_EMPTY})(?:\s[^<>]*+|/)?>"
    rf"|<(?:{_KNOWN})\s++[a-z][a-z0-9:_-]*+\s*+=[^<>]*+>"
    rf"|\A\s*+<(?:{_BLOCKS})>"
    r"|<!--|<!DOCTYPE\b",
    re.IGNORECASE,
)
#: Where lines are paragraphs, unless the markup has its own.
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})[\s/>]", re.IGNORECASE)
_BARE_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:._-]*+)>")
_KNOWN_NAME = re.compile(_KNOWN, re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def read_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the plain text of a field, and the captions of figures in it.

    >>> read_markup("<p>机场<b>恢复</b>运行。</p><p>1 &lt; 2</p>")
    ('机场恢复运行。\\n1 < 2', ())
    >>> read_markup("若 a<b>c，则 1 < 2 > 0；R&D&amp;S")
    ('若 a<b>c，则 1 < 2 > 0；R&D&S', ())
    """
    if "<" in text and ">" in text and _TAG.search(text):
        shown = _with_bare_tags(text)
        return plain_text(shown if _BLOCK_TAG.search(shown) else shown.replace("\n", "<br>"))
    if "&" in text and ";" in text:
        return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text), ()
    return text, ()


def _with_bare_tags(text: str) -> str:
    """Escape `<name>` where no element of HTML has this name and nothing closes it."""
    closed = {name.lower() for name in re.findall(r"</([A-Za-z][A-Za-z0-9:._-]*+)", text)}

    def shown(tag: re.Match[str]) -> str:
        name = tag[1].lower()
        return tag[0] if name in closed or _KNOWN_NAME.fullmatch(name) else f"&lt;{tag[1]}>"

    return _BARE_TAG.sub(shown, text)
