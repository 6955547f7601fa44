"""Open the engine that a location names: a folder of this machine, or the URL of a cluster."""

from __future__ import annotations

from pathlib import Path

from search.analysis import Analyzer
from search.engines.base import Engine
from search.errors import UsageError

__all__ = ["open_engine"]


def open_engine(where: str | Path, analyzer: Analyzer | None = None) -> Engine:
    """Return the engine for a folder or the URL of a cluster; nothing is read, created or asked yet.

    Raises UsageError for a URL that cannot be used, or where the client is not installed.
    """
    if isinstance(where, str) and where.strip().lower().startswith(("http://", "https://")):
        return _open_cluster(where, analyzer)
    from search.engines.whoosh import WhooshEngine

    return WhooshEngine(Path(where), analyzer)


def _open_cluster(where: str, analyzer: Analyzer | None) -> Engine:
    try:
        from search.engines.opensearch import OpenSearchEngine, read_address
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opensearchpy":
            raise
        raise UsageError("要用集群，还需安装客户端：pip install 'xunwen[opensearch]'") from None
    return OpenSearchEngine(read_address(where), analyzer)
