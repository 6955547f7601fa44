"""Structured data of pages (schema.org, JSON-LD): an entry as NewsArticle, a stream as LiveBlogPosting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import url_for

from search.entry import Entry
from search.results import Hit
from web.pages.format import web_url

__all__ = ["live_blog", "news_article", "summary"]

#: Characters of a description.
_SUMMARY_CHARACTERS: Final = 120
#: Characters of the body that stand in for a missing headline.
_HEADLINE_CHARACTERS: Final = 40


def summary(text: str) -> str:
    """Return the beginning of a text in one line, for descriptions.

    >>> summary("首批人员已经抵达。\\n任务为期有限。")
    '首批人员已经抵达。 任务为期有限。'
    """
    line = " ".join(text.split())
    return line if len(line) <= _SUMMARY_CHARACTERS else f"{line[: _SUMMARY_CHARACTERS - 1]}…"


def news_article(entry: Entry) -> dict[str, Any]:
    """Return an entry as NewsArticle."""
    return {"@context": "https://schema.org", "@type": "NewsArticle", **_article(entry)}


def live_blog(stream: str, hits: Sequence[Hit], address: str) -> dict[str, Any]:
    """Return the hits of one stream, in any order, as LiveBlogPosting."""
    times = sorted(hit.time.isoformat() for hit in hits if hit.time)
    covered = {"coverageStartTime": times[0], "dateModified": times[-1]} if times else {}
    updates = [{"@type": "BlogPosting", **_article(hit.entry)} for hit in hits]
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": stream,
        "url": address,
        **covered,
        "liveBlogUpdate": updates,
    }


def _article(entry: Entry) -> dict[str, Any]:
    address = url_for("pages.entry", id=entry.id, _external=True)
    return {
        "headline": entry.headline or entry.body[:_HEADLINE_CHARACTERS],
        "url": address,
        "mainEntityOfPage": address,
        "description": summary(entry.body or entry.headline),
        **({"datePublished": entry.time.isoformat()} if entry.time else {}),
        **({"author": _authors(entry)} if entry.agencies or entry.credit else {}),
        **({"isBasedOn": entry.url} if web_url(entry.url) else {}),
    }


def _authors(entry: Entry) -> list[dict[str, str]]:
    agencies = [{"@type": "Organization", "name": name} for name in entry.agencies]
    return agencies or [{"@type": "Person", "name": entry.credit}]
