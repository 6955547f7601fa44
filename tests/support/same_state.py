"""What each face of a search shows of one state: page, JSON, feed, table and lines, as ids in order."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import feedparser
from flask.testing import FlaskClient

from tests.support.web import Page

__all__ = ["Faces", "table_of"]

QueryState = dict[str, str | list[str]]


def table_of(text: str) -> list[dict[str, str]]:
    """Read an exported table."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@dataclass(frozen=True)
class Faces:
    """One application, asked the same thing in every form it has; what is said of `fold` holds for all."""

    client: FlaskClient

    def get(self, path: str, state: QueryState, **more: str) -> Any:
        """Fetch one form; it must answer."""
        # Buffered, so that an export that has been read is closed.
        response = self.client.get(path, query_string={**state, **more}, buffered=True)
        assert response.status_code == 200, (path, state, more, response.text[:300])
        return response

    def json(self, state: QueryState, limit: int) -> list[str]:
        """All pages of the API, laid end to end."""
        found: list[str] = []
        page = 1
        while hits := self.get("/api/v1/search", state, limit=str(limit), page=str(page)).json["hits"]:
            found += [hit["id"] for hit in hits]
            page += 1
        return found

    def page(self, state: QueryState) -> list[str]:
        """All pages for people, laid end to end."""
        found: list[str] = []
        number = 1
        while ids := Page(self.get("/", state, page=str(number)).text).hit_ids():
            found += ids
            number += 1
        return found

    def feed(self, state: QueryState, **more: str) -> list[str]:
        """The feed, by the tags of its entries."""
        parsed = feedparser.parse(self.get("/feed.atom", state, **more).data)
        assert not parsed.bozo, parsed.get("bozo_exception")
        return [unquote(entry.id.partition(":entries/")[2]) for entry in parsed.entries]

    def json_feed(self, state: QueryState, **more: str) -> list[str]:
        """The JSON Feed, by the tags of its items."""
        items = self.get("/feed.json", state, **more).get_json(force=True)["items"]
        return [unquote(item["id"].partition(":entries/")[2]) for item in items]

    def ticked(self, state: QueryState, ids: list[str]) -> list[list[str]]:
        """The lines and the rows of an export of some entries."""
        state = {**state, "id": ["", *ids]}
        _, *lines = self.get("/export.jsonl", state).data.decode().removesuffix("\n").split("\n")
        return [[json.loads(line)["id"] for line in lines], self.table(state)]

    def lines(self, state: QueryState) -> list[str]:
        """The lines after the first, which repeats the request."""
        # Only a line feed ends a line of JSON: texts may hold what Unicode takes for line ends as well.
        first, *rest = self.get("/export.jsonl", state).data.decode().removesuffix("\n").split("\n")
        asked = json.loads(first)["xunwen_export"]
        found = [json.loads(line)["id"] for line in rest]
        assert asked["total"] + asked["partial_total"] - asked.get("folded", 0) == len(found)
        return found

    def table(self, state: QueryState) -> list[str]:
        """The rows of the table."""
        return [row["id"].removeprefix("'") for row in table_of(self.get("/export.csv", state).data.decode())]
