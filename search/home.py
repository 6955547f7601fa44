"""Home: the folder that holds one collection, and where everything in it lies.

`data/` is what people wrote and is never changed by Xunwen; `index/` is what is built from it and is
safe to delete.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

__all__ = ["DEFAULT_ZONE", "Home"]

#: The zone of times that do not name one.
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths and settings of one collection; nothing needs to exist yet.

    >>> Home("/srv/news").data.name
    'data'
    """

    path: Path
    zone: ZoneInfo = DEFAULT_ZONE

    def __init__(self, path: str | Path, zone: ZoneInfo = DEFAULT_ZONE) -> None:
        object.__setattr__(self, "path", Path(path).expanduser())
        object.__setattr__(self, "zone", zone)

    @property
    def data(self) -> Path:
        """Where the streams lie, one file each."""
        return self.path / "data"

    @property
    def index(self) -> Path:
        """Where the index is built."""
        return self.path / "index"

    @property
    def words(self) -> Path:
        """The user dictionary, in jieba's format; may be absent."""
        return self.data / "words.txt"

    @property
    def aliases(self) -> Path:
        """The groups of names that mean the same; may be absent."""
        return self.data / "aliases.txt"
