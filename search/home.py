"""Home: the folder that holds one collection, and where everything in it lies.

`data/` is what people wrote and is never changed by Xunwen; `index/` is what is built from it and is
safe to delete. Where an engine is named by its URL, the index is on that cluster, and `index/` keeps notes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from search.errors import UsageError

__all__ = ["DEFAULT_ZONE", "Home"]

#: The zone of times that do not name one.
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths and settings of one collection; nothing needs to exist yet.

    `engine` is the URL of a cluster, "" for the index folder; by default what XUNWEN_ENGINE says.

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
        """Where the streams lie, one file each."""
        return self.path / "data"

    @property
    def index(self) -> Path:
        """Where the index is built."""
        return self.path / "index"

    @property
    def where(self) -> str | Path:
        """Where the engine has the index: a folder, or a URL with its name, that of the home unless given."""
        engine = self.engine.strip()
        if not engine:
            return self.index
        last = re.fullmatch(r"\A(?:.*,)?\s*https?://[^/,?#]+(/?.*)", engine, re.I | re.S)
        if last is None:
            raise UsageError("看不懂集群地址；请写成 https://主机:9200/名字 这样，多台之间用逗号")
        return engine if last[1].strip("/") else f"{engine.rstrip('/')}/{self._name()}"

    def _name(self) -> str:
        """Return the name of the folder, or where it is no name for an index, a hash of it."""
        name = self.path.resolve().name.lower()
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        return name if _NAME.match(name) else f"home-{digest}"

    @property
    def notes(self) -> Path:
        """Where to remember what the index was built from and what followed: a folder for each engine."""
        if not self.engine:
            return self.index
        hosts = re.sub(r"//[^/@]*@", "//", str(self.where))
        return self.index / f"cluster-{blake2b(hosts.encode(), digest_size=6).hexdigest()}"

    @property
    def words(self) -> Path:
        """The user dictionary, in jieba's format; may be absent."""
        return self.data / "words.txt"

    @property
    def aliases(self) -> Path:
        """The groups of names that mean the same; may be absent."""
        return self.data / "aliases.txt"
