"""RSS and Atom feeds: nothing is fetched, nothing in them is executed.

RSS 0.9 to 2.0 and Atom 0.3 and 1.0 have different names for the same fields; several elements of an entry may
hold its text, its time or its link. Each field takes the first element of its list that has a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.readers.base import EntryBuilder, EntryDraft, Item
from search.readers.decoding.decode import read_text
from search.readers.elements import Element, Feed, scan
from search.readers.elements import Item as FeedItem
from search.readers.markup import read_markup
from search.readers.source import Source, short_hash
from search.times.stamps import parse_instant

__all__ = ["read"]

#: Elements with the time of an entry; published before updated.
_TIMES = (
    "pubdate", "published", "issued", "dcterms:issued", "dc:date", "date", "dcterms:created", "created",
    "updated", "modified", "dcterms:modified",
)  # fmt: skip
#: Elements with the report itself; of several, the one with the longest text counts.
_BODIES = ("content:encoded", "content", "xhtml:body", "body", "description", "summary", "dc:description")
#: Elements that describe a picture, a film or a recording: the text of an entry that has no other.
_DESCRIPTIONS = ("itunes:summary", "itunes:subtitle")
_PICTURES = ("media:content", "media:thumbnail")
_AUTHORS = ("author", "dc:creator", "creator", "itunes:author")
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp)(?:[?#]|\Z)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![^\s()<>])[^\s@()<>]++@[^\s()<>]*+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_SCHEMES = ("http://", "https://")
_BLANK = re.compile(r"\s+")


def read(source: Source) -> Iterator[Item]:
    """Read the entries of a feed; raises UnreadableFile."""
    text = read_text(source)
    if not text.strip("\ufeff \t\n"):
        yield source.problem(0, "文件是空的，没有条目")
        return
    builder = EntryBuilder(source)
    text = _clean(text, builder)
    feed = scan(text)
    if not feed.items:
        _refuse_other(feed, text, source)
        yield source.problem(0, "订阅源里没有条目")
    if feed.entities:
        builder.note(1, "XML 里自定义的实体（ENTITY）不会展开，文字里保留原样；请在文件中直接写出文字")
    stream, base = _plain(_first(feed.elements, ("title", "dc:title"))), _base(feed)
    for item in feed.items:
        if not item.complete and (feed.complete or item is not feed.items[-1]):
            builder.note(item.line, "XML 有误：这一条没有结束标记，内容可能不全；请检查文件")
        yield from builder.build(_draft(item, stream, base, source))
    if not feed.complete:
        builder.note(text.count("\n") + 1, "XML 有误：文件在这里中断，其后的内容可能不全；请重新保存文件")
    yield from builder.problems()


def _clean(text: str, builder: EntryBuilder) -> str:
    """Remove control characters, and report the line of the first."""
    first = _CONTROL.search(text)
    return builder.clean(text, text.count("\n", 0, first.start()) + 1) if first else text


def _refuse_other(feed: Feed, text: str, source: Source) -> None:
    """Raise UnreadableFile for a file that is not a whole feed."""
    if text.lstrip("\ufeff \t\n").startswith(("{", "[")):
        raise source.refuse("这是 JSON，不是 RSS 或 Atom；请把扩展名改为 .json 或 .jsonl")
    if feed.root in ("html", "head", "body", "title"):
        raise source.refuse("这是网页（HTML），不是 RSS 或 Atom；请重新保存订阅源")
    if not feed.complete:
        raise source.refuse("不是可以读取的 RSS 或 Atom；请检查文件，或改用 .jsonl、.csv")


def _draft(item: FeedItem, stream: str, base: str, source: Source) -> EntryDraft:
    headline = _plain(_first(item.elements, ("title", "dc:title", "media:title")))
    body, captions = _body(item.elements)
    agency, author = _source(item.elements), _author(item.elements)
    url = _url(item, _joined(base, item.attributes.get("xml:base", "")))
    name = _first(item.elements, ("guid", "id")) or item.attributes.get("rdf:about", "").strip() or url
    return EntryDraft(
        item.line,
        id=f"{source.stem}/{short_hash(name)}" if name else "",
        time=_time(item.elements, source.zone),
        headline=headline,
        body=body,
        captions=tuple(caption for caption in captions if caption != headline),
        agencies=agency or author,
        credit=author if agency else "",
        stream=stream,
        url=url,
        plain=True,
    )


# -- fields -----------------------------------------------------------------------------------------------


def _named(elements: Iterable[Element], names: Sequence[str]) -> list[Element]:
    """Return the elements of these names, in the order of the names."""
    found = [element for element in elements if element.name in names]
    return sorted(found, key=lambda element: names.index(element.name))


def _read(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without its HTML, and the captions in it; a no-break space is a blank."""
    return read_markup(text.replace("\xa0", " "))


def _plain(text: str) -> str:
    return _read(text)[0].strip()


def _first(elements: Iterable[Element], names: Sequence[str]) -> str:
    """Return the first text that is not blank; empty without one."""
    texts = (element.text.strip() for element in _named(elements, names))
    return next(filter(None, texts), "")


def _time(elements: Sequence[Element], zone: ZoneInfo) -> str | None:
    """Return the first time as written that can be read; if none can, the first one."""
    texts = [text for element in _named(elements, _TIMES) if (text := element.text.strip())]
    for text in texts if len(texts) > 1 else ():
        with suppress(TimeError):
            parse_instant(text, zone=zone)
            return text
    return texts[0] if texts else None


def _body(elements: Sequence[Element]) -> tuple[str, tuple[str, ...]]:
    """Return the longest text of an entry, and the captions in all of its texts."""
    texts = [_read(element.text) for element in _named(elements, _BODIES) if _is_text(element)]
    texts.sort(key=lambda text: -len(text[0].strip()))
    body = texts[0][0] if texts else ""
    described, pictures = _media(elements)
    if not body.strip():
        body = described or _plain(_first(elements, _DESCRIPTIONS))
    elif described and pictures is not None:
        pictures = [described, *pictures]
    captions = [caption for _, more in texts for caption in more]
    return body, tuple(dict.fromkeys([*captions, *(pictures or ())]))


def _is_text(element: Element) -> bool:
    """Return whether the content is text: not a file, as `type="image/png"` says."""
    kind = element.attributes.get("type", "").lower()
    return "/" not in kind or kind.startswith("text/") or "xml" in kind or "html" in kind


def _media(elements: Sequence[Element]) -> tuple[str, list[str] | None]:
    """Return the description of the media of an entry, and those of its pictures; None without any."""
    groups = [element for element in elements if element.name == "media:group"]
    media = [*elements, *(child for group in groups for child in group.children())]
    described = _plain(_first(media, ("media:description",)))
    pictures = [element for element in media if element.name in _PICTURES and _is_image(element)]
    if not pictures:
        return described, None
    texts = [_first(picture.children(), ("media:description",)) for picture in pictures]
    return described, [text for text in map(_plain, texts) if text]


def _is_image(element: Element) -> bool:
    kind, medium = element.attributes.get("type", ""), element.attributes.get("medium", "")
    if kind or medium:
        return medium == "image" or kind.startswith("image/")
    return element.name == "media:thumbnail" or bool(_IMAGE.search(element.attributes.get("url", "")))


def _source(elements: Iterable[Element]) -> str:
    """Return the name of the feed or medium that an entry comes from."""
    for element in _named(elements, ("source", "dc:source", "dc:publisher")):
        name = _first(element.children(), ("title",)) or _plain(element.text)
        if name and not name.startswith(_SCHEMES):
            return name
    return ""


def _author(elements: Iterable[Element]) -> str:
    """Return the names of the authors, from the first kind of element that has any."""
    for kind in _AUTHORS:
        names = [_person(element) for element in elements if element.name == kind]
        if any(names):
            return "、".join(dict.fromkeys(filter(None, names)))
    return ""


def _person(element: Element) -> str:
    """Return the name in `<name>…</name>`, `editor@example.org (王斌)` or `王斌 <editor@example.org>`."""
    name = _plain(_first(element.children(), ("name",)) or element.text)
    if "@" not in name:
        return name
    return _ADDRESS.sub("", name).strip(" \t\n()<>@,;")


# -- links ------------------------------------------------------------------------------------------------


def _url(item: FeedItem, base: str) -> str:
    """Return the link of an entry; a guid or id counts only as a whole URL."""
    links = [link for link in map(_href, _named(item.elements, ("link",))) if link]
    for element in _named(item.elements, ("guid", "id")):
        text = element.text.strip()
        if text.startswith(_SCHEMES) and element.attributes.get("ispermalink") != "false":
            links.append(text)
    links.append(item.attributes.get("rdf:about", ""))
    whole = [_joined(base, link) for link in links if link]
    return next((link for link in whole if link.startswith(_SCHEMES)), next(iter(whole), ""))


def _href(element: Element) -> str:
    """Return the target of a link to the entry itself, relative to its own base."""
    attributes = element.attributes
    if attributes.get("rel", "alternate") != "alternate":
        return ""
    target = element.text.strip() or attributes.get("href", "").strip()
    return _joined(attributes.get("xml:base", ""), target) if target else ""


def _base(feed: Feed) -> str:
    """Return what relative links of a feed are relative to."""
    links = [_href(element) for element in _named(feed.elements, ("link",))]
    links += [element.attributes.get("href", "") for element in feed.elements if element.name == "link"]
    base = next((link for link in links if link.startswith(_SCHEMES)), "")
    return _joined(base, feed.attributes.get("xml:base", ""))


def _joined(base: str, link: str) -> str:
    """Join a link to its base; blanks within it are escaped, and a broken link stays as it is.

    >>> _joined("https://news.example/a/", "../b c.html")
    'https://news.example/b%20c.html'
    """
    link = _BLANK.sub("%20", link.strip())
    try:
        return urljoin(base or ("https:" if link.startswith("//") else ""), link)
    except ValueError:
        return link
