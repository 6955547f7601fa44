"""The API in OpenAPI's words, made from the code: what can be asked comes from the table of parameters that
requests are read by, what is answered from the dataclasses that answers are made of.

Promise: an address that programs may use is described here, with every status, media type and shape that it
can answer with; a test asks the real server and compares.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, jsonify, request

from search import __version__
from search.entry import Entry
from search.figures import KINDS
from search.output.export import MANIFEST, MEDIA_TYPES
from search.results import Results
from search.suggest import Suggestion
from web.parameters import PARAMETERS

__all__ = ["document", "openapi"]

openapi = Blueprint("openapi", __name__)

_JSON: Final = "application/json"
_HTML: Final = "text/html"
_SHAPES: Final = "#/components/schemas/"
#: Fields that an answer has only when they were asked for.
_ON_REQUEST: Final = frozenset({"copies", "explanation", "folded"})
#: Fields that hold moments, of texts that JSON has no other kind for.
_MOMENTS: Final = frozenset({"time", "asof", "start", "end"})
#: What of the table an address reads; the others read everything.
_SUGGEST: Final = ("q", "asof")
_SIMILAR: Final = ("limit", "asof")
_FIGURES: Final = ("q", "agency", "stream", "from", "to", "time", "asof", "exact", "corrected")
_EXPORT: Final = tuple(one.name for one in PARAMETERS if one.name not in ("page", "limit", "explain"))
_FEED: Final = tuple(one.name for one in PARAMETERS if one.name != "explain")
_ALL: Final = tuple(one.name for one in PARAMETERS)

Schema = dict[str, Any]


@openapi.get("/api/v1/openapi.json")
def described() -> Response:
    """Answer with the description of all addresses for programs."""
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
        # Any of these: a server without keys asks for none.
        "security": [{}, *({name: []} for name in _SECURITY_SCHEMES)],
    }


_SECURITY_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, where the server has keys."},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user name, and a key as password."},
}


def _operations() -> dict[str, Any]:
    entry = {"type": "string", "minLength": 1, "maxLength": 200}
    named = {"name": "id", "in": "path", "required": True, "schema": entry}
    named["description"] = "The entry's id; it may hold slashes, which may be written as they are."
    opensearch = {
        "name": "format",
        "in": "query",
        "schema": {"type": "string", "enum": ["json", "opensearch"]},
    }
    suggested = {_JSON: _ref("Suggestions"), "application/x-suggestions+json": _ref("OpenSearchSuggestions")}
    api, page = {_JSON: _ref("Error")}, {_HTML: {"type": "string"}}
    asked = ("400", "413", "503")
    kind = {"name": "kind", "in": "query", "schema": {"type": "string", "enum": list(KINDS)}}
    return {
        "/api/v1/search": _operation("Search", {_JSON: _ref("Results")}, api, asked, _parameters(_ALL)),
        "/api/v1/suggest": _operation(
            "Ways to go on from what is typed", suggested, api, asked, [*_parameters(_SUGGEST), opensearch]
        ),
        "/api/v1/entries/{id}": _operation("One entry", {_JSON: _ref("Entry")}, api, ("404", "503"), [named]),
        "/api/v1/entries/{id}/similar": _operation(
            "The entries most like one",
            {_JSON: _ref("Similar")},
            api,
            ("400", "404", "413", "503"),
            [named, *_parameters(_SIMILAR)],
        ),
        "/api/v1/figures": _operation(
            "The figures that a search finds in reports, over time",
            {_JSON: _ref("Figures")},
            api,
            asked,
            [*_parameters(_FIGURES), kind],
        ),
        "/figures.csv": _operation(
            "The same as a table",
            {"text/csv": {"type": "string"}},
            page,
            asked,
            [*_parameters(_FIGURES), kind],
        ),
        "/api/v1/openapi.json": _operation("This document", {_JSON: {"type": "object"}}, api, ()),
        "/healthz": _open(_operation("What is being served", {_JSON: _ref("Health")}, api, ("503",))),
        "/metrics": _operation("Counts for Prometheus", {"text/plain": {"type": "string"}}, page, ()),
        "/feed.atom": _operation(
            "A search as a feed, newest first",
            {"application/atom+xml": {"type": "string"}},
            page,
            asked,
            _parameters(_FEED),
            {"304": {"description": "The feed is as If-None-Match has it."}},
        ),
        "/opensearch.xml": _operation(
            "How browsers ask", {"application/opensearchdescription+xml": {"type": "string"}}, page, ()
        ),
        **{
            f"/export.{form}": _operation(
                f"All that a search finds, as one file; `{MANIFEST}` in it says what was asked",
                {media_type.partition(";")[0]: {"type": "string"}},
                page,
                asked,
                _parameters(_EXPORT),
            )
            for form, media_type in MEDIA_TYPES.items()
        },
    }


def _operation(
    summary: str,
    answer: dict[str, Schema],
    error: dict[str, Schema],
    statuses: tuple[str, ...],
    parameters: list[Schema] | None = None,
    others: dict[str, Schema] | None = None,
) -> Schema:
    """Describe what one address is asked and answers, errors of ours included."""
    responses = {"200": _response("The answer", answer), **(others or {})}
    for status in (*_REFUSALS, *statuses, "500", "503"):
        responses[status] = _response(_ERRORS[status], error) | _REFUSALS.get(status, {})
    return {"summary": summary, "parameters": parameters or [], "responses": responses}


def _open(operation: Schema) -> Schema:
    """Describe an address that needs no key and has no rate limit."""
    answers = {status: one for status, one in operation["responses"].items() if status not in _REFUSALS}
    return {**operation, "responses": answers, "security": []}


def _header(name: str, description: str, type: str = "string") -> Schema:
    return {"headers": {name: {"description": description, "required": True, "schema": {"type": type}}}}


#: What keys and rate limits answer, with their headers.
_REFUSALS: Final[dict[str, Schema]] = {
    "401": _header("WWW-Authenticate", "How to present a key."),
    "403": {},
    "429": _header("Retry-After", "Seconds until it is worth asking again.", "integer"),
}
_ERRORS: Final = {
    "400": "A parameter cannot be used.",
    "401": "The server has keys, and the request none of them.",
    "403": "The key has not the right that this address needs.",
    "404": "There is no such entry.",
    "413": "The query is too long.",
    "429": "This client has asked too often; ask again later.",
    "500": "A fault of Xunwen's.",
    "503": "There is no index to answer from, or the keys cannot be read; ask again later.",
}


def _response(description: str, content: dict[str, Schema]) -> Schema:
    return {
        "description": description,
        "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
    }


def _parameters(names: tuple[str, ...]) -> list[Schema]:
    """Describe parameters of the table."""
    return [
        {"name": one.name, "in": "query", "description": one.about, "schema": one.schema()}
        for one in PARAMETERS
        if one.name in names
    ]


def _ref(name: str) -> Schema:
    return {"$ref": f"{_SHAPES}{name}"}


def _schemas() -> dict[str, Schema]:
    """Describe the answers, those of dataclasses first."""
    kinds = (Results, Entry, Suggestion)
    _, made = msgspec.json.schema_components(kinds, ref_template=f"{_SHAPES}{{name}}")
    # What ties a hit to others stands in the hit itself.
    hit, ties = made["Hit"]["properties"], made.pop("CorrectionLinks")["properties"]
    del hit["ties"]
    hit |= ties
    made["Entry"]["properties"] |= ties
    for shape in made.values():
        _say_as_json(shape)
    return {**made, **_OTHERS, "SimilarEntry": _similar(made["Entry"])}


def _say_as_json(shape: Schema) -> None:
    """Say of a dataclass what its JSON keeps: every field is there, but for those that must be asked for."""
    shape.pop("title", None)
    shape["description"] = " ".join(shape.get("description", "").split())
    for name, field in shape["properties"].items():
        field.pop("default", None)
        if name in _MOMENTS:
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
        "description": "What was typed, and a list of completions.",
        "items": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "minItems": 2,
        "maxItems": 2,
    },
}
