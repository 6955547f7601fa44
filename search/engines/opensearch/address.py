"""The address of a cluster and its credentials: a URL, and secrets from the environment.

    https://one:9200,https://two:9200/kazakhstan     hosts of one cluster, and the name of the index

| variable                  | meaning                                                          |
|---------------------------|------------------------------------------------------------------|
| XUNWEN_ENGINE_USER        | user of basic authentication                                     |
| XUNWEN_ENGINE_PASSWORD    | its password                                                     |
| XUNWEN_ENGINE_API_KEY     | an API key, instead                                              |
| XUNWEN_ENGINE_CA          | file of trusted certificates, if the cluster has its own         |
| XUNWEN_ENGINE_TIMEOUT     | seconds to wait for a response (30)                              |
| XUNWEN_ENGINE_SHARDS      | shards of a new index (1)                                        |
| XUNWEN_ENGINE_REPLICAS    | replicas of each; by default 1 if there is a second node         |

A user and password in the URL work, too, and are removed from it before anything is printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from search.errors import UsageError

__all__ = ["Address", "read_address"]

DEFAULT_NAME: Final = "xunwen"
_TIMEOUT: Final = 30.0
_MAX_SHARDS, _MAX_REPLICAS = 1024, 20
#: A valid index name, short enough for a prefix and a suffix.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """A cluster, and the name of an index on it. Secrets are not printed."""

    hosts: tuple[str, ...]
    name: str = DEFAULT_NAME
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca: str = ""
    timeout: float = _TIMEOUT
    shards: int = 1
    replicas: int | None = None

    def __str__(self) -> str:
        return f"{','.join(self.hosts)}/{self.name}"


def read_address(location: str, environ: Mapping[str, str] | None = None) -> Address:
    """Read a URL and the environment; raises UsageError."""
    env = os.environ if environ is None else environ
    hosts, logins, name = [], set(), ""
    for part in filter(None, map(str.strip, location.split(","))):
        host, login, path = _host(part)
        hosts.append(host)
        logins.add(login)
        name = path or name
    if len(logins) > 1:
        raise UsageError("集群地址里的用户名不一致；请只写一个，或改用 XUNWEN_ENGINE_USER")
    user, password = logins.pop() if logins else ("", "")
    if name and not _NAME.match(name):
        raise UsageError(
            "索引名「{name}」不合规则；请用小写拉丁字母、数字、- 和 _，以字母或数字开头", name=name[:50]
        )
    return Address(
        tuple(hosts),
        name or DEFAULT_NAME,
        user or env.get("XUNWEN_ENGINE_USER", ""),
        password or env.get("XUNWEN_ENGINE_PASSWORD", ""),
        env.get("XUNWEN_ENGINE_API_KEY", ""),
        env.get("XUNWEN_ENGINE_CA", ""),
        _number(env, "XUNWEN_ENGINE_TIMEOUT", _TIMEOUT, 3600),
        int(_number(env, "XUNWEN_ENGINE_SHARDS", 1, _MAX_SHARDS)) or 1,
        int(_number(env, "XUNWEN_ENGINE_REPLICAS", 0, _MAX_REPLICAS))
        if env.get("XUNWEN_ENGINE_REPLICAS")
        else None,
    )


def _host(text: str) -> tuple[str, tuple[str, str], str]:
    """Return scheme, host and port of one URL, the name and password in it, and its path."""
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("看不懂集群地址；请写成 https://主机:9200/名字 这样，多台之间用逗号")
    if parts.query or parts.fragment:
        raise UsageError("集群地址不能带 ? 和 #；请写成 https://主机:9200/名字 这样")
    shown = f"[{host}]" if ":" in host else host
    user = (unquote(parts.username or ""), unquote(parts.password or ""))
    return f"{parts.scheme}://{shown}:{port or 9200}", user, parts.path.strip("/")


def _number(env: Mapping[str, str], name: str, default: float, maximum: int) -> float:
    text = env.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= maximum:
        raise UsageError("环境变量 {name} 须为 0 到 {max} 的数", name=name, max=maximum)
    return value
