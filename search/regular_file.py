"""Open untrusted paths: regular files only, read up to a bound.

Opening a named pipe blocks, a link to `/dev/zero` never ends, and a file may grow faster than it is read.
Every path that Xunwen does not create itself is opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from search.language.message import Message, reason_of

__all__ = ["NotRegular", "describe_failure", "open_regular", "read_chunks", "read_regular"]

_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_KINDS: Final = {
    stat.S_IFIFO: Message("命名管道"),
    stat.S_IFSOCK: Message("套接字"),
    stat.S_IFCHR: Message("字符设备"),
    stat.S_IFBLK: Message("块设备"),
    stat.S_IFDIR: Message("文件夹"),
}
_CHUNK_BYTES: Final = 1 << 18


class NotRegular(OSError):
    """A path leads to a pipe, a socket, a device or a folder."""


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file, or a link to one, for reading; never blocks.

    Raises NotRegular, another OSError, or ValueError for an impossible path.
    """
    _refuse_special(os.stat(path), path)
    handle = os.open(path, os.O_RDONLY | _FLAGS)
    try:
        _refuse_special(os.fstat(handle), path)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_chunks(path: str | os.PathLike[str], chunk_bytes: int = _CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a regular file up to its size when opened; raises like `open_regular`."""
    with open_regular(path) as file:
        remaining = os.fstat(file.fileno()).st_size
        while remaining > 0 and (chunk := file.read(min(chunk_bytes, remaining))):
            remaining -= len(chunk)
            yield chunk


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a regular file; raises OSError, EFBIG for more than `max_bytes`."""
    with open_regular(path) as file:
        content = file.read(max_bytes + 1) if os.fstat(file.fileno()).st_size <= max_bytes else None
    if content is None or len(content) > max_bytes:
        raise OSError(errno.EFBIG, Message("超过 {mib} MiB", mib=max_bytes >> 20), os.fspath(path))
    return content


def describe_failure(error: OSError | ValueError) -> Message:
    """Return the reason why a file could not be opened, and the next step."""
    reason = reason_of(error)
    if isinstance(error, NotRegular):
        return Message("{reason}；请移走，或换成普通文件", reason=reason)
    if getattr(error, "errno", None) == errno.EFBIG:
        return Message("文件{reason}；请拆分或删减", reason=reason)
    return Message("文件无法打开（{reason}）；请检查文件是否存在、有无读取权限", reason=reason)


def _refuse_special(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), Message("特殊文件"))
        raise NotRegular(errno.EINVAL, Message("这是{kind}，不是普通文件", kind=kind), os.fspath(path))
