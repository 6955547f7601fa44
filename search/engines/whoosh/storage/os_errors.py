"""Translates errors of the operating system while an index is written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from search.errors import CannotWrite
from search.language.message import reason_of

__all__ = ["translate_os_errors"]

_FULL: Final = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def translate_os_errors(folder: Path) -> Iterator[None]:
    """Raise CannotWrite with the next step in place of OSError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise CannotWrite(
                "磁盘空间不足，无法写入 {folder}；请腾出空间后再运行 xunwen reindex，原索引未受影响",
                folder=folder,
            ) from error
        if error.errno in _FORBIDDEN:
            raise CannotWrite(
                "没有权限写入 {folder}；请检查权限后再运行 xunwen reindex", folder=folder
            ) from error
        reason = reason_of(error)
        raise CannotWrite(
            "无法写入 {folder}（{reason}）；原索引未受影响，请排除后再试", folder=folder, reason=reason
        ) from error
