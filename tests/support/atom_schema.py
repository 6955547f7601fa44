"""What RFC 4287 asks of a feed document, as a RELAX NG schema that knows no extensions.

It is stricter than the RFC where Xunwen is: times carry their zone, ids and links are absolute.
"""

from lxml import etree

__all__ = ["faults"]

_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+\-][0-9]{2}:[0-9]{2})"
_ABSOLUTE = r"[A-Za-z][A-Za-z0-9+.\-]*:[!#$%&amp;'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+"
_SAID = r"[\s\S]*\S[\s\S]*"


def _data(pattern: str, kind: str = "string") -> str:
    return f'<data type="{kind}"><param name="pattern">{pattern}</param></data>'


def _one_of(*values: str) -> str:
    return f"<choice>{''.join(f'<value>{value}</value>' for value in values)}</choice>"


def _text(name: str, pattern: str, *, typed: bool = False) -> str:
    kind = f'<optional><attribute name="type">{_one_of("text", "html")}</attribute></optional>'
    return f'<element name="{name}">{kind if typed else ""}{_data(pattern)}</element>'


def _moment(name: str) -> str:
    return f'<element name="{name}">{_data(_MOMENT, "dateTime")}</element>'


def _uri(name: str) -> str:
    return f'<attribute name="{name}">{_data(_ABSOLUTE)}</attribute>'


_LINK = f"""<element name="link">{_uri("href")}
  <optional><attribute name="rel">{_one_of("self", "alternate", "via")}</attribute></optional>
  <optional><attribute name="type"/></optional></element>"""
_AUTHOR = f'<element name="author">{_text("name", _SAID)}</element>'
_CATEGORY = f"""<element name="category"><attribute name="term"/>
  <optional><attribute name="label"/></optional><optional>{_uri("scheme")}</optional></element>"""
_COMMON = f"""{_text("id", _ABSOLUTE)}{_text("title", _SAID, typed=True)}
  {_moment("updated")}"""
_SCHEMA = f"""<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"><start>
<element name="feed"><optional><attribute name="xml:lang"/></optional><interleave>{_COMMON}
  <oneOrMore>{_AUTHOR}</oneOrMore><oneOrMore>{_LINK}</oneOrMore>
  <element name="generator"><attribute name="version"/><text/></element>
  <zeroOrMore><element name="entry"><interleave>{_COMMON}
    <zeroOrMore>{_AUTHOR}</zeroOrMore><oneOrMore>{_LINK}</oneOrMore><zeroOrMore>{_CATEGORY}</zeroOrMore>
    <optional>{_moment("published")}</optional>
    <element name="content"><attribute name="type"><value>html</value></attribute><text/></element>
  </interleave></element></zeroOrMore>
</interleave></element></start></grammar>"""


def faults(document: bytes) -> list[str]:
    """Return what is wrong with a feed: broken XML, what the schema refuses, ids that occur twice."""
    tree = etree.fromstring(document)
    schema = etree.RelaxNG(etree.fromstring(_SCHEMA))
    ids = [one.text for one in tree.iter("{http://www.w3.org/2005/Atom}id")]
    told = [] if schema.validate(tree) else [str(one) for one in schema.error_log]
    links = tree.findall("{http://www.w3.org/2005/Atom}link")
    for parent in tree.iter("{*}feed", "{*}entry"):
        kinds = [
            (one.get("type"), one.get("hreflang"))
            for one in parent.findall("{*}link")
            if one.get("rel", "alternate") == "alternate"
        ]
        told += [] if len(kinds) == len(set(kinds)) else ["two alternate links of one kind"]
    told += [] if [one for one in links if one.get("rel") == "self"] else ["no link to itself"]
    return told + ([] if len(ids) == len(set(ids)) else ["an id occurs twice"])
