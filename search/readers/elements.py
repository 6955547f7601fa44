"""The elements of a feed in XML that may be broken.

Feeds are often not well-formed: bare `&` and `<`, tags of HTML that nothing closes, prefixes that nothing
declares, a file that ends in the middle. An element ends at its own end tag, whatever is open inside it, so
that a fault in one element leaves the others as they are. No entity but those of HTML is replaced, and
nothing is fetched. The time is linear in the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Element", "Feed", "Item", "scan", "unescape"]

#: Prefixes of the known namespaces, in lower case and without `/` or `#` at the end; empty for the elements
#: of RSS and Atom themselves.
_NAMESPACES = {
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns": "",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
#: Prefixes that mean RSS and Atom where nothing declares them.
_OWN_PREFIXES = {"atom": "", "rss": ""}
_ROOTS = frozenset(("rss", "feed", "rdf", "rdf:rdf", "channel"))
_ITEMS = frozenset(("item", "entry"))

#: Levels of elements inside an element of an item that are distinguished.
_MAX_DEPTH = 100
#: Elements of one item without an end tag that are ended where the next field of the item begins.
_MAX_UNCLOSED = 20
_FIELDS = frozenset(
    ("title", "link", "guid", "id", "pubdate", "published", "updated", "description", "summary", "content",
     "content:encoded", "author", "source", "category", "dc:date", "dc:creator", "enclosure", "comments")
)  # fmt: skip

_NAME = r"[A-Za-z_][A-Za-z0-9._:-]*+"
_MARKUP = re.compile(
    rf"""<(?:(?P<special>!\[CDATA\[|!--|\?|!DOCTYPE\b)|(?P<close>/?)(?P<name>{_NAME})(?=[\s/>])"""
    r"""(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+(?=>)|[^<>]*+)>)""",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    rf"""(?<![A-Za-z0-9._:-])({_NAME})\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)'|([^\s"'<>]++))"""
)
_ENDS = {"![cdata[": "]]>", "!--": "-->", "?": "?>"}
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_LITERAL = re.compile(r"<!(?:\[CDATA\[|--)")
#: Characters of a document type before the entities that it defines.
_MAX_DOCTYPE = 1000
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_Scope = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its name with the usual prefix (`dc:date`), attributes, and its content as written."""

    name: str
    attributes: Mapping[str, str]
    markup: str
    scope: _Scope

    @property
    def text(self) -> str:
        """The content as plain text or, where it has markup, as HTML."""
        pieces = list(_pieces(self.markup))
        if any(_MARKUP.search(piece) for piece, literal in pieces if not literal):
            return "".join(piece for piece, _ in pieces)
        return "".join(piece if literal else unescape(piece) for piece, literal in pieces)

    def children(self) -> list[Element]:
        """Return the elements directly inside this one."""
        owner = Item(0, {}, self.scope)
        _fill(owner, self.markup, list(_tags(self.markup, 0)), len(self.markup))
        return owner.elements


@dataclass(slots=True)
class Item:
    """An item of a feed: its line, its own attributes and its elements in their order."""

    line: int
    attributes: Mapping[str, str]
    scope: _Scope
    elements: list[Element] = field(default_factory=list)
    complete: bool = False


@dataclass(slots=True)
class Feed:
    """A feed: the name of its root, empty if there is none, its own elements and its items."""

    root: str
    attributes: Mapping[str, str]
    elements: list[Element]
    items: list[Item]
    complete: bool
    entities: bool


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag: where it begins and ends, and its name as written, in lower case."""

    start: int
    end: int
    name: str
    attributes: str
    closes: bool

    @property
    def empty(self) -> bool:
        return self.attributes.endswith("/")


def scan(text: str) -> Feed:
    """Return the feed in a text; without one, only the name of the first element."""
    tags = _tags(text, 0)
    first = ""
    for tag in tags:
        first = first or tag.name
        if not tag.closes and _local(tag.name) in _ROOTS:
            return _feed(text, tag, tags)
    return Feed(first, {}, [], [], complete=False, entities=False)


def unescape(text: str) -> str:
    """Replace the entities that XML or HTML defines; any other `&` stays as it is.

    >>> unescape("AT&T &amp; R&D&nbsp;&#20013;&copy=1 &none;")
    'AT&T & R&D\\xa0中&copy=1 &none;'
    """
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


# -- helpers ----------------------------------------------------------------------------------------------


def _feed(text: str, root: _Tag, tags: Iterator[_Tag]) -> Feed:
    """Return the feed whose root was found; `tags` are those behind it."""
    attributes = _attributes(root.attributes)
    own = Item(0, attributes, _scope(attributes, _OWN_PREFIXES))
    items: list[Item] = []
    item, held, closed = own, list[_Tag](), False
    line, counted = 1, 0

    def end(place: int) -> None:
        _fill(item, text, held, place)
        held.clear()

    for tag in tags:
        name = _canonical(tag.name, item.scope)
        if name in _ITEMS and not (tag.closes and item is own):
            end(tag.start)
            item.complete = tag.closes
            item = own
            if not tag.closes:
                line, counted = line + text.count("\n", counted, tag.start), tag.start
                item = Item(line, _attributes(tag.attributes), own.scope)
                item.scope = _scope(item.attributes, own.scope)
                items.append(item)
        elif name in _ROOTS and (name != "channel" or root.name != "channel" or tag.closes):
            end(tag.start)
            if not tag.closes:
                own.attributes = {**own.attributes, **_attributes(tag.attributes)}
                own.scope = _scope(_attributes(tag.attributes), own.scope)
            closed = closed or (tag.closes and tag.name == root.name)
            item = own
        else:
            held.append(tag)
    end(len(text))
    entities = "<!ENTITY" in text[: root.start]
    return Feed(root.name, own.attributes, own.elements, items, complete=closed, entities=entities)


def _fill(owner: Item, text: str, tags: list[_Tag], end: int) -> None:
    """Add the elements that these tags make up; the content of the last one ends at `end`.

    An element without an end tag ends where the next field begins.
    """
    opened: list[_Tag] = []
    first = unclosed = index = 0
    while opened or index < len(tags):
        if index == len(tags):
            unclosed += 1
            index = _next_field(tags, first + 1, owner.scope) if unclosed < _MAX_UNCLOSED else index
            stop = tags[index].start if index < len(tags) else end
            owner.elements.append(_element(opened[0], text[opened[0].end : stop], owner.scope))
            opened.clear()
            continue
        tag = tags[index]
        if tag.closes:
            level = next((n for n in reversed(range(len(opened))) if opened[n].name == tag.name), None)
            if level == 0:
                owner.elements.append(_element(opened[0], text[opened[0].end : tag.start], owner.scope))
            del opened[len(opened) if level is None else level :]
        elif tag.empty:
            owner.elements += [] if opened else [_element(tag, "", owner.scope)]
        elif len(opened) < _MAX_DEPTH:
            first = first if opened else index
            opened.append(tag)
        index += 1


def _next_field(tags: list[_Tag], index: int, scope: _Scope) -> int:
    while index < len(tags) and (tags[index].closes or _canonical(tags[index].name, scope) not in _FIELDS):
        index += 1
    return index


def _element(tag: _Tag, markup: str, scope: _Scope) -> Element:
    attributes = _attributes(tag.attributes)
    scope = _scope(attributes, scope)
    return Element(_canonical(tag.name, scope), attributes, markup, scope)


def _tags(text: str, place: int) -> Iterator[_Tag]:
    """Yield the tags of a text, without those in comments and literal sections."""
    missing: set[str] = set()
    while match := _MARKUP.search(text, place):
        if match["special"]:
            place = _behind(text, match, missing)
            continue
        place = match.end()
        yield _Tag(
            match.start(), place, match["name"].lower(), match["attributes"].strip(), bool(match["close"])
        )


def _behind(text: str, match: re.Match[str], missing: set[str]) -> int:
    """Return the end of a comment, a literal section or a declaration; without an end it is text.

    `missing` holds the ends that the rest of the text does not have, so that none is searched twice.
    """
    mark = _ENDS.get(match["special"].lower(), ">")
    if mark == ">" and text.find("[", match.end(), match.end() + _MAX_DOCTYPE) in range(
        match.end(), text.find(">", match.end())
    ):
        mark = "]>"
    end = -1 if mark in missing else text.find(mark, match.end())
    if end >= 0:
        return end + len(mark)
    missing.add(mark)
    return len(text) if mark == _CDATA_END else match.end()


def _pieces(markup: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a content without comments, and whether each is literal."""
    place = 0
    while match := _LITERAL.search(markup, place):
        yield markup[place : match.start()], False
        literal = match[0] == _CDATA
        mark = _CDATA_END if literal else "-->"
        end = markup.find(mark, match.end())
        if end < 0:
            yield markup[match.end() :], literal
            return
        if literal:
            yield markup[match.end() : end], True
        place = end + len(mark)
    yield markup[place:], False


def _attributes(written: str) -> dict[str, str]:
    if "=" not in written:
        return {}
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(written)
    }


def _scope(attributes: Mapping[str, str], outer: _Scope) -> _Scope:
    """Return the prefixes of an element: those outside it, and those that it declares."""
    declared = {
        name.partition(":")[2]: _NAMESPACES.get(uri.lower().rstrip("/#"), name.partition(":")[2])
        for name, uri in attributes.items()
        if name == "xmlns" or name.startswith("xmlns:")
    }
    return {**outer, **declared} if declared else outer


def _canonical(name: str, scope: _Scope) -> str:
    """Return a name with the usual prefix of its namespace."""
    prefix, _, local = name.rpartition(":")
    prefix = scope.get(prefix, prefix)
    return f"{prefix}:{local}" if prefix else local


def _local(name: str) -> str:
    return name.rpartition(":")[2]
