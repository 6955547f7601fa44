"""JSON files with a digest of their content, so that a changed byte is detected.

The files are valid JSON: `{"digest": "<32 hexadecimal digits>", …}`.
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
#: Largest file, in bytes: the manifest of a million data files.
_MAX_BYTES: Final = 1 << 28


def read_checksummed(path: Path) -> dict[str, Any]:
    """Return the content of a file; raises OSError, or ValueError if its digest does not match."""
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
