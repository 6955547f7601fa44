"""The connection to a cluster: one client for all hosts, and sentences for its errors.

The client skips a host that does not respond for a while, and repeats requests that are rejected with a full
queue. No sentence and no log contains a user name, a password or a key.
"""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from opensearchpy import OpenSearch
from opensearchpy.exceptions import (
    ConnectionError as CannotConnect,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    NotFoundError,
    OpenSearchException,
    SSLError,
    TransportError,
)

from search.engines.opensearch.address import Address
from search.errors import CannotWrite, ClusterUnavailable, IndexProblem, UsageError
from search.language.message import Message, reason_of

__all__ = [
    "BUSY",
    "connect",
    "is_blocked",
    "pauses",
    "translate_bad_answers",
    "translate_errors",
    "translate_os_errors",
    "with_backoff",
]

#: Fewest repetitions of a request by the client, each on another host.
_MIN_RETRIES: Final = 4
#: Open connections to a host that threads share.
_CONNECTIONS: Final = 16
#: Status codes that pass: a full queue, and hosts or gateways that are down.
BUSY: Final = (429, 502, 503, 504)

#: Repetitions of a rejected request, and the first and longest pause in seconds.
_MAX_PAUSES, _FIRST_PAUSE, _MAX_PAUSE = 12, 0.25, 20.0
#: The error of a read-only index, which does not pass.
_BLOCK: Final = "cluster_block_exception"
T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
# The client logs every host that does not respond, with a traceback; the error message says it once.
logging.getLogger("opensearch").setLevel(logging.CRITICAL)


def connect(address: Address) -> OpenSearch:
    """Return a client, not connected yet; raises UsageError."""
    options: dict[str, Any] = {}
    if address.ca:
        options["ssl_context"] = _context(address.ca)
    if address.api_key:
        options["headers"] = {"authorization": f"ApiKey {address.api_key}"}
    elif address.user:
        options["http_auth"] = (address.user, address.password)
    return OpenSearch(
        hosts=list(address.hosts),
        timeout=address.timeout,
        max_retries=max(_MIN_RETRIES, len(address.hosts)),
        retry_on_timeout=True,
        retry_on_status=BUSY,
        http_compress=True,
        pool_maxsize=_CONNECTIONS,
        **options,
    )


def _context(path: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        # An SSLError is an OSError; it has no number of the system.
        reason = Message("不是 PEM 证书") if isinstance(error, ssl.SSLError) else reason_of(error)
        raise UsageError(
            "无法读取证书文件 {path}（{reason}）；请检查 XUNWEN_ENGINE_CA", path=path, reason=reason
        ) from None


@contextmanager
def translate_os_errors(address: Address, *, writing: bool = False) -> Iterator[None]:
    """Turn errors of the client into an IndexProblem with the next step."""
    try:
        yield
    except OpenSearchException as error:
        raise _problem(error, address, writing) from None


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each repetition: exponential, with jitter."""
    for i in range(_MAX_PAUSES):
        yield min(_FIRST_PAUSE * 2**i, _MAX_PAUSE) * random.uniform(0.5, 1.0)


def with_backoff(call: Callable[[], T]) -> T:
    """Repeat a call that is rejected with a full queue (429), for some minutes."""
    for pause in pauses():
        try:
            return call()
        except TransportError as error:
            if error.status_code != 429 or is_blocked(_reason(error)):
                raise
        time.sleep(pause)
    return call()


def is_blocked(error: object) -> bool:
    """Return whether an index rejects all changes because it is read-only."""
    return _BLOCK in str(error)


@contextmanager
def translate_bad_answers() -> Iterator[None]:
    """Turn the errors that an unexpected response causes into ClusterUnavailable, and log them."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        _LOG.exception("unexpected response of a cluster")
        raise ClusterUnavailable("集群的回答看不懂；请检查地址是否真是 OpenSearch 集群") from None


@contextmanager
def translate_errors(address: Address) -> Iterator[None]:
    """Turn all errors of a reading request into an IndexProblem; also a decorator."""
    with translate_os_errors(address), translate_bad_answers():
        yield


def _problem(error: OpenSearchException, address: Address, writing: bool) -> IndexProblem:
    hosts = address.hosts
    if isinstance(error, SSLError):
        return ClusterUnavailable(
            "{hosts} 的证书不可信：{reason}；请检查证书，或用 XUNWEN_ENGINE_CA 指定根证书",
            hosts=hosts,
            reason=_certificate(error),
        )
    if isinstance(error, ConnectionTimeout):
        return ClusterUnavailable(
            "集群 {hosts} 在 {seconds:g} 秒内没有回答；请稍后再试，或检查集群是否正常",
            hosts=hosts,
            seconds=address.timeout,
        )
    if isinstance(error, CannotConnect):
        return ClusterUnavailable("连不上集群 {hosts}；请检查地址、网络和集群是否在运行", hosts=hosts)
    if isinstance(error, NotFoundError) and not writing:
        return ClusterUnavailable("集群 {hosts} 的索引正在更换；请稍后再试", hosts=hosts)
    if isinstance(error, TransportError):
        return _refused(error, hosts, writing)
    return ClusterUnavailable("集群 {hosts} 的回答无法使用；请检查集群是否正常", hosts=hosts)


def _refused(error: TransportError, hosts: tuple[str, ...], writing: bool) -> IndexProblem:
    status, reason = error.status_code, _reason(error)
    if status == 401:
        return ClusterUnavailable(
            "集群 {hosts} 不认这个用户名、密码或密钥；请检查环境变量 "
            "XUNWEN_ENGINE_USER、XUNWEN_ENGINE_PASSWORD 或 XUNWEN_ENGINE_API_KEY",
            hosts=hosts,
        )
    if "read-only" in reason or "read_only" in reason or "disk usage exceeded" in reason:
        return CannotWrite(
            "集群 {hosts} 把索引设成了只读，多半是磁盘快满了；请腾出空间并解除只读，再运行 xunwen reindex",
            hosts=hosts,
        )
    if status == 403:
        return ClusterUnavailable(
            "集群 {hosts} 不许这个用户这样做（403）；请让管理员给它这个索引的读写权限", hosts=hosts
        )
    if status == 429:
        return ClusterUnavailable("集群 {hosts} 太忙，多次拒绝了请求（429）；请稍后再试", hosts=hosts)
    if "too_many" in reason or "maxClauseCount" in reason or "too many clauses" in reason:
        return ClusterUnavailable("查询太复杂，集群没有答复；请减少检索词或通配符后再试")
    if writing:
        return ClusterUnavailable(
            "集群 {hosts} 未能完成写入（{status}）；请稍后再试，或查看集群的日志", hosts=hosts, status=status
        )
    return ClusterUnavailable(
        "集群 {hosts} 未能完成检索（{status}）；请稍后再试，或查看集群的日志", hosts=hosts, status=status
    )


def _reason(error: TransportError) -> str:
    return f"{error.error} {error.info}"


def _certificate(error: SSLError) -> Message:
    text = str(error.info)
    for pattern, reason in (
        ("expired", Message("已经过期")),
        ("self-signed", Message("是自签的")),
        ("self signed", Message("是自签的")),
        ("ostname", Message("不是发给这个主机名的")),
        ("local issuer", Message("签发者不在信任之列")),
    ):
        if pattern in text:
            return reason
    return Message("验证没有通过")
