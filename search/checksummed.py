"""JSON files that begin with a digest of all that follows, so that a changed byte is noticed.

The files are JSON as a whole: `{"digest": "<32 hexadecimal digits>", …}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from search.regular_file import read_regular

__all__ = ["read_checksummed", "write_checksummed"]

_PREFIX: Final = b'{"digest": "%s", '
_PREFIX_BYTES: Final = len(_PREFIX % bytes(32))
#: Largest file that is read, in bytes: the manifest of a million data files takes as much.
_MAX_BYTES: Final = 1 << 28


def read_checksummed(path: Path) -> dict[str, Any]:
    """Return the content of a file; raises OSError, or ValueError where it is not as it was written."""
    data = read_regular(path, _MAX_BYTES)
    body = data[_PREFIX_BYTES:]
    if data[:_PREFIX_BYTES] != _prefix(body):
        raise ValueError(path.name)
    content: dict[str, Any] = json.loads(b"{" + body)
    return content


def write_checksummed(path: Path, content: Mapping[str, Any], indent: int | None = None) -> None:
    """Replace a file by this content (not empty) in one step; raises OSError."""
    body = json.dumps(content, ensure_ascii=False, indent=indent).encode()[1:].lstrip()
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(_prefix(body) + body)
    os.replace(fresh, path)


def _prefix(body: bytes) -> bytes:
    return _PREFIX % blake2b(body, digest_size=16).hexdigest().encode()
