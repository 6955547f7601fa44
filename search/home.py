"""Home: the folder of one collection, and the paths inside it.

`data/` holds the source files; Xunwen never changes them. `index/` is built from `data/` and is safe to
delete. With the URL of a cluster, the index is on that cluster, and `index/` holds only the manifest and the
correction links.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from search.errors import UsageError

__all__ = ["DEFAULT_ZONE", "MANIFEST_NAME", "Home"]

#: The zone of times that do not name one.
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
#: Name of the manifest in `Home.state_dir`; a reindex writes it last.
MANIFEST_NAME = "files.json"
_INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths and settings of one collection; nothing needs to exist yet.

    `engine` is the URL of a cluster, "" for the index folder; the default is the variable XUNWEN_ENGINE.

    >>> Home("/srv/news").data.name
    'data'
    """

    path: Path
    zone: ZoneInfo = DEFAULT_ZONE
    engine: str = ""

    def __init__(self, path: str | Path, zone: ZoneInfo = DEFAULT_ZONE, engine: str | None = None) -> None:
        object.__setattr__(self, "path", Path(path).expanduser())
        object.__setattr__(self, "zone", zone)
        object.__setattr__(self, "engine", os.environ.get("XUNWEN_ENGINE", "") if engine is None else engine)

    def __repr__(self) -> str:
        # A URL may hold a password.
        return f"Home({str(self.path)!r})"

    @property
    def data(self) -> Path:
        """The folder of data files."""
        return self.path / "data"

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return self.path / "index"

    @property
    def engine_location(self) -> str | Path:
        """The folder of the index, or the URL of a cluster and the index name (default: the home's)."""
        engine = self.engine.strip()
        if not engine:
            return self.index
        last = re.fullmatch(r"\A(?:.*,)?\s*https?://[^/,?#]+(/?.*)", engine, re.I | re.S)
        if last is None:
            raise UsageError("看不懂集群地址；请写成 https://主机:9200/名字 这样，多台之间用逗号")
        return engine if last[1].strip("/") else f"{engine.rstrip('/')}/{self._index_name()}"

    def _index_name(self) -> str:
        """Return the name of the folder, or a hash of it if it is not valid as the name of an index."""
        name = self.path.resolve().name.lower()
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        return name if _INDEX_NAME.match(name) else f"home-{digest}"

    @property
    def state_dir(self) -> Path:
        """The folder of the manifest and the correction links: one for each engine."""
        if not self.engine:
            return self.index
        hosts = re.sub(r"//[^/@]*@", "//", str(self.engine_location))
        return self.index / f"cluster-{blake2b(hosts.encode(), digest_size=6).hexdigest()}"

    @property
    def words(self) -> Path:
        """The user dictionary, in jieba's format; may be absent."""
        return self.data / "words.txt"

    @property
    def aliases(self) -> Path:
        """The groups of names that mean the same; may be absent."""
        return self.data / "aliases.txt"
