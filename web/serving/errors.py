"""Answers for exceptions: one JSON shape for programs, one page for people.

    {"error": {"code": "bad_query", "message": "…", "position": 3}}

`position` is present only for errors at a position of the text. Internal errors are logged with their
traceback and answered with a general sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, request
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized

from search.errors import (
    DeadlineExceeded,
    EntryNotFound,
    IndexProblem,
    NoIndex,
    RequestTooLarge,
    TooBusy,
    UsageError,
    XunwenError,
)
from search.language.catalogue import translate
from search.language.message import Message
from search.results import Hit
from web.language.i18n import api_language
from web.language.templates import render
from web.request.searching import searcher

__all__ = ["RETRY_SECONDS", "Failure", "answers_json", "failure_of", "handle_errors"]

#: Value of Retry-After in a 503, in seconds.
RETRY_SECONDS = 30
#: Newest entries on the page for an address that does not exist.
_NEWEST = 5

#: Status by exception class, the first that matches; any other exception is an internal error.
_STATUS: tuple[tuple[type[XunwenError], int], ...] = (
    (RequestTooLarge, 413),
    (UsageError, 400),
    (IndexProblem, 503),
    (DeadlineExceeded, 503),
    (TooBusy, 503),
)

_HTTP = {
    400: ("bad_request", Message("请求无法理解；请检查地址")),
    401: (
        "unauthorized",
        Message("没有密钥，或密钥不对；请向管理员要一个密钥，作为密码填写，或放在 Authorization 头里"),
    ),
    403: ("forbidden", Message("这个密钥没有所需的权限；请管理员在密钥文件里加上")),
    404: ("not_found", Message("没有这个页面；请检查地址，或回到首页检索")),
    405: ("method_not_allowed", Message("这个地址只接受 GET 请求")),
    413: ("too_large", Message("请求太大；请缩短后再试")),
    414: ("too_large", Message("地址太长；请缩短查询后再试")),
    429: ("too_many_requests", Message("请求太频繁；请稍后再试")),
    503: ("keys_unavailable", Message("密钥文件有误，暂时不能提供服务；请管理员查看日志并改正")),
}
_APOLOGY = Message("服务器出错了，错误已记入日志；请稍后再试")


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as status, code and message."""

    status: int
    code: str
    message: Message
    position: int | None = None
    no_index: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape of an error."""
        error: dict[str, Any] = {"code": self.code, "message": translate(self.message, api_language())}
        if self.position is not None:
            error["position"] = self.position
        return {"error": error}


def failure_of(error: Exception) -> Failure:
    """Return status, code and message of an exception."""
    if isinstance(error, EntryNotFound):
        message = Message("没有编号为「{id}」的条目；它可能已改名或移走，请重新检索", id=error.entry_id)
        return Failure(404, error.code, message)
    if isinstance(error, NoIndex):
        # The exception's message names a folder of this machine.
        return Failure(503, error.code, Message("尚无索引，请先运行 xunwen reindex"), no_index=True)
    if isinstance(error, XunwenError):
        for kind, status in _STATUS:
            if isinstance(error, kind):
                return Failure(status, error.code, error.message, getattr(error, "position", None))
    elif isinstance(error, HTTPException) and error.code and (error.code < 500 or error.code in _HTTP):
        code, message = _HTTP.get(error.code, ("bad_request", Message("请求无法完成；请检查地址")))
        return Failure(error.code, code, message)
    return Failure(500, "internal_error", _APOLOGY)


def handle_errors(app: Flask) -> None:
    """Answer every exception of the application."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response:
    """Answer an exception as JSON or as a page, as the address requires."""
    if isinstance(error, HTTPException) and error.code and error.code < 400:
        return make_response(error.get_response())
    failure = failure_of(error)
    if failure.status == 500:
        current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    response = _response(failure)
    response.status_code = failure.status
    if failure.status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if failure.status == 405:
        response.headers["Allow"] = "GET, HEAD, OPTIONS"
    if isinstance(error, TooManyRequests | Unauthorized):
        # Retry-After, or WWW-Authenticate.
        response.headers.update(item for item in error.get_headers() if item[0] != "Content-Type")
    return response


def answers_json() -> bool:
    """Return whether the address of the request answers in JSON."""
    return request.path.startswith("/api/") or request.path == "/healthz"


def _response(failure: Failure) -> Response:
    if answers_json():
        return jsonify(failure.as_dict())
    newest = _newest() if failure.status == 404 else ()
    return make_response(render("error.html", failure=failure, newest=newest))


def _newest() -> tuple[Hit, ...]:
    """Return the newest entries, none where they cannot be read."""
    try:
        return searcher().search("", limit=_NEWEST).hits
    except XunwenError:
        return ()
