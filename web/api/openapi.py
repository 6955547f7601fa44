"""The OpenAPI description, made from the table of parameters and from the dataclasses of the answers.

Promise: every address for programs is described with all its statuses, media types and shapes; a test
compares the description with the answers of a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, jsonify, request

from search import __version__
from search.entry import Entry
from search.figures import KINDS
from search.language.message import Message
from search.output.export import MANIFEST, MEDIA_TYPES
from search.results import Results
from search.suggest import Suggestion
from web.language.i18n import LANGUAGES
from web.request.params import MAX_VALUES, PARAMETERS

__all__ = ["document", "openapi"]

openapi = Blueprint("openapi", __name__)

_JSON: Final = "application/json"
_HTML: Final = "text/html"
_SHAPES: Final = "#/components/schemas/"
#: Fields that an answer has only on request.
_ON_REQUEST: Final = frozenset({"copies", "explanation", "folded"})
#: Fields with a time, which is a string in JSON.
_TIMES: Final = frozenset({"time", "asof", "start", "end"})
#: Parameters of each address.
_ALL: Final = tuple(parameter.name for parameter in PARAMETERS)
_SUGGEST: Final = ("q", "asof")
_SIMILAR: Final = ("limit", "asof")
_FIGURES: Final = ("q", "agency", "stream", "from", "to", "time", "asof", "exact", "corrected")
_EXPORT: Final = tuple(name for name in _ALL if name not in ("page", "limit", "explain"))
_FEED: Final = tuple(name for name in _ALL if name != "explain")

Schema = dict[str, Any]


@openapi.get("/api/v1/openapi.json")
def described() -> Response:
    """Answer with the OpenAPI description."""
    return jsonify({**document(), "servers": [{"url": request.script_root or "/"}]})


@cache
def document() -> dict[str, Any]:
    """Return the description as plain JSON values."""
    about = "Full-text search for Chinese rolling news. All requests are GET; all state is in the address."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Xunwen 寻闻", "version": __version__, "description": about},
        "paths": {path: {"get": operation} for path, operation in _operations().items()},
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY_SCHEMES},
        # Any one of these; a server without keys needs none.
        "security": [{}, *({name: []} for name in _SECURITY_SCHEMES)],
    }


_SECURITY_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, where the server has keys."},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user name, and a key as password."},
}


_ENTRY_ID: Final[Schema] = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The entry's id; it may hold slashes, which may be written as they are.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def _operations() -> dict[str, Schema]:
    similar = [_ENTRY_ID, *_parameters(_SIMILAR)]
    figures = [*_parameters(_FIGURES), _choice("kind", KINDS)]
    operations = {
        "/api/v1/search": _json("Search", _ref("Results"), _parameters(_ALL)),
        "/api/v1/suggest": _suggest(),
        "/api/v1/entries/{id}": _json("One entry", _ref("Entry"), [_ENTRY_ID], ("404",)),
        "/api/v1/entries/{id}/similar": _json(
            "The entries most similar to one", _ref("Similar"), similar, ("400", "404", "413")
        ),
        "/api/v1/figures": _json(
            "The figures in the entries of a search, over time", _ref("Figures"), figures
        ),
        "/figures.csv": _file("The figures as a table", "text/csv", figures),
        "/api/v1/openapi.json": _json("This document", {"type": "object"}, [], ()),
        "/healthz": _open(_json("The state of the index", _ref("Health"), [], ())),
        "/metrics": _file("Metrics for Prometheus", "text/plain", [], ()),
        "/opensearch.xml": _file(
            "The OpenSearch description for browsers", "application/opensearchdescription+xml", [], ()
        ),
        **_feeds(),
        **_exports(),
    }
    for path in ("/api/v1/search", "/api/v1/figures", "/feed.atom", "/feed.json"):
        operations[path]["responses"]["304"] = {"description": "Nothing changed since If-None-Match."}
    return operations


def _suggest() -> Schema:
    parameters = [*_parameters(_SUGGEST), _choice("format", ("json", "opensearch"))]
    suggest = _json("Suggestions for a typed text", _ref("Suggestions"), parameters)
    opensearch = {"schema": _ref("OpenSearchSuggestions")}
    suggest["responses"]["200"]["content"]["application/x-suggestions+json"] = opensearch
    return suggest


def _feeds() -> dict[str, Schema]:
    atom = _file("A search as a feed, newest first", "application/atom+xml", _parameters(_FEED))
    json_feed = _file("The same as a JSON Feed", "application/feed+json", _parameters(_FEED))
    json_feed["responses"]["200"]["content"]["application/feed+json"] = {"schema": {"type": "object"}}
    return {"/feed.atom": atom, "/feed.json": json_feed}


def _exports() -> dict[str, Schema]:
    summary = f"All hits of a search as one file; `{MANIFEST}` in it holds the request"
    parameters = [*_parameters(_EXPORT), _IDS, _choice("lang", tuple(LANGUAGES))]
    return {
        f"/export.{format}": _file(summary, media_type.partition(";")[0], parameters)
        for format, media_type in MEDIA_TYPES.items()
    }


def _json(
    summary: str, schema: Schema, parameters: list[Schema], errors: tuple[str, ...] = ("400", "413")
) -> Schema:
    """Describe an address that answers in JSON, errors included."""
    return _operation(summary, {_JSON: schema}, {_JSON: _ref("Error")}, parameters, errors)


def _file(
    summary: str, media_type: str, parameters: list[Schema], errors: tuple[str, ...] = ("400", "413")
) -> Schema:
    """Describe an address that answers with text of another type, and with a page for errors."""
    return _operation(summary, {media_type: _TEXT}, {_HTML: _TEXT}, parameters, errors)


def _operation(
    summary: str,
    content: dict[str, Schema],
    error: dict[str, Schema],
    parameters: list[Schema],
    errors: tuple[str, ...],
) -> Schema:
    responses = {"200": _response("The answer", content)}
    for status in (*_REFUSALS, *errors, "500", "503"):
        responses[status] = _response(_ERRORS[status], error) | _REFUSALS.get(status, {})
    return {"summary": summary, "parameters": parameters, "responses": responses}


def _choice(name: str, values: Sequence[str]) -> Schema:
    """Describe a parameter that is not in the table, with the values it may have."""
    return {"name": name, "in": "query", "schema": {"type": "string", "enum": list(values)}}


def _open(operation: Schema) -> Schema:
    """Describe an address that needs no key and has no rate limit."""
    responses = {
        status: response for status, response in operation["responses"].items() if status not in _REFUSALS
    }
    return {**operation, "responses": responses, "security": []}


def _header(name: str, description: str, type: str = "string") -> Schema:
    return {"headers": {name: {"description": description, "required": True, "schema": {"type": type}}}}


#: Responses of keys and rate limits, with their headers.
_REFUSALS: Final[dict[str, Schema]] = {
    "401": _header("WWW-Authenticate", "How to present a key."),
    "403": {},
    "429": _header("Retry-After", "Seconds until the next request is allowed.", "integer"),
}
_ERRORS: Final = {
    "400": "A parameter cannot be used.",
    "401": "The request has no valid key.",
    "403": "The key lacks the right for this address.",
    "404": "No entry has this id.",
    "413": "The query is too long.",
    "429": "The client has exceeded its rate limit; try again later.",
    "500": "An internal error.",
    "503": "There is no index, or the keys cannot be read; try again later.",
}


def _response(description: str, content: dict[str, Schema]) -> Schema:
    return {
        "description": description,
        "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
    }


def _parameters(names: tuple[str, ...]) -> list[Schema]:
    """Describe parameters of the table."""
    return [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "schema": parameter.schema(),
        }
        for parameter in PARAMETERS
        if parameter.name in names
    ]


def _ref(name: str) -> Schema:
    return {"$ref": f"{_SHAPES}{name}"}


def _message_schema(kind: type) -> Schema:
    """Describe messages, which are strings in JSON."""
    if kind is Message:
        return {"type": "string"}
    raise NotImplementedError


def _schemas() -> dict[str, Schema]:
    """Describe the shapes of answers, those of dataclasses first."""
    _, schemas = msgspec.json.schema_components(
        (Results, Entry, Suggestion), schema_hook=_message_schema, ref_template=f"{_SHAPES}{{name}}"
    )
    # In JSON, entry and correction links are fields of the hit itself, and spans become HTML.
    hit, ties = schemas["Hit"]["properties"], schemas.pop("CorrectionLinks")["properties"]
    schemas["Hit"]["properties"] = {
        **schemas["Entry"]["properties"],
        **{name: schema for name, schema in hit.items() if name not in ("entry", "title", "snippet", "ties")},
        "highlights": {"type": "object", "additionalProperties": _TEXT},
        **ties,
    }
    schemas["Entry"]["properties"] |= ties
    del schemas["Highlighted"], schemas["TimeRange"]
    del schemas["Results"]["properties"]["period"], schemas["DuplicateOf"]["properties"]["ties"]
    for schema in schemas.values():
        _adapt_to_json(schema)
    return {**schemas, **_OTHERS, "SimilarEntry": _similar(schemas["Entry"])}


def _adapt_to_json(shape: Schema) -> None:
    """Adapt the schema of a dataclass to its JSON: all fields are present, except those on request."""
    shape.pop("title", None)
    shape["description"] = " ".join(shape.get("description", "").split())
    for name, field in shape["properties"].items():
        field.pop("default", None)
        if name in _TIMES:
            for kind in field.get("anyOf", [field]):
                kind |= {"format": "date-time"} if kind.get("type") == "string" else {}
    shape["required"] = [name for name in shape["properties"] if name not in _ON_REQUEST]


def _similar(entry: Schema) -> Schema:
    score = {"score": {"type": "number"}}
    return {
        "type": "object",
        "properties": {**entry["properties"], **score},
        "required": [*entry["required"], *score],
    }


def _object(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


_TEXT: Final = {"type": "string"}
#: The entries of an export, by id.
_IDS: Final = {
    "name": "id",
    "in": "query",
    "description": "Only these of the matches; may be repeated.",
    "schema": {"type": "array", "items": _TEXT, "maxItems": MAX_VALUES},
}
_COUNT: Final = {"type": "integer", "minimum": 0}
_NONE_OR_TEXT: Final = {"type": ["string", "null"]}
_OTHERS: Final[dict[str, Schema]] = {
    "Figure": _object(
        kind=_TEXT,
        term=_TEXT,
        unit=_TEXT,
        who=_TEXT,
        place=_TEXT,
        agency=_TEXT,
        entry_id=_TEXT,
        stream=_TEXT,
        scope=_NONE_OR_TEXT,
        bound=_NONE_OR_TEXT,
        value=_COUNT,
        high={"type": ["integer", "null"]},
        time=_NONE_OR_TEXT | {"format": "date-time"},
        start=_COUNT,
        end=_COUNT,
        headline=_TEXT,
        sentence=_TEXT,
    ),
    "Figures": _object(
        query=_TEXT,
        total=_COUNT,
        entries=_COUNT,
        figures={"type": "array", "items": _ref("Figure")},
        conflicts={"type": "array", "items": _object(why=_TEXT, rows={"type": "array", "items": _COUNT})},
    ),
    "Error": _object(error=_object(("position",), code=_TEXT, message=_TEXT, position=_COUNT)),
    "Health": _object(ok={"const": True}, entries=_COUNT, generation=_COUNT),
    "Similar": _object(id=_TEXT, hits={"type": "array", "items": _ref("SimilarEntry")}),
    "Suggestions": _object(query=_TEXT, suggestions={"type": "array", "items": _ref("Suggestion")}),
    "OpenSearchSuggestions": {
        "type": "array",
        "description": "The typed text and a list of suggestions.",
        "items": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "minItems": 2,
        "maxItems": 2,
    },
}
