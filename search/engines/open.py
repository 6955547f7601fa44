"""Open the engine of a location: a local folder, or the URL of a cluster."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from search.analysis import Analyzer
from search.engines.base import Engine
from search.errors import UsageError
from search.home import DEFAULT_ZONE

__all__ = ["open_engine"]


def open_engine(
    location: str | Path, analyzer: Analyzer | None = None, zone: ZoneInfo = DEFAULT_ZONE
) -> Engine:
    """Return the engine for a folder or the URL of a cluster; nothing is read, created or requested yet.

    Histograms and times are in `zone`. Raises UsageError for an invalid URL, or if the client library is
    not installed.
    """
    if isinstance(location, str) and location.strip().lower().startswith(("http://", "https://")):
        return _open_cluster(location, analyzer, zone)
    from search.engines.whoosh import WhooshEngine

    return WhooshEngine(Path(location), analyzer, zone)


def _open_cluster(location: str, analyzer: Analyzer | None, zone: ZoneInfo) -> Engine:
    try:
        from search.engines.opensearch import OpenSearchEngine, read_address
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opensearchpy":
            raise
        raise UsageError("要用集群，还需安装客户端：pip install 'xunwen[opensearch]'") from None
    return OpenSearchEngine(read_address(location), analyzer, zone)
