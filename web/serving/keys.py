"""Access keys: a name, the hash of a secret and rights, one key a line.

    # name      hash of the key      rights
    newsroom    sha256:60303ae2…     read
    grafana     sha256:fd61a03a…     metrics

`XUNWEN_KEYS` is the path of a file of such lines, or the lines themselves. A secret is 192 random bits, so
one round of SHA-256 protects it; a slow password hash would only slow down every request.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final, Protocol

from search.errors import UsageError
from search.language.message import InvalidValue, Message, reason_of
from search.language.terminal import say

__all__ = ["METRICS", "READ", "VARIABLE", "Key", "KeySource", "configured_keys", "find_key", "new_key"]

#: The environment variable that holds the keys, or the path of their file.
VARIABLE: Final = "XUNWEN_KEYS"
READ: Final = "read"
METRICS: Final = "metrics"
#: The rights column of a key without rights, which is answered 403 instead of 401.
_NO_RIGHTS: Final = "none"
_SECRET_BYTES: Final = 24
_MAX_FILE_BYTES: Final = 1 << 20
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")
#: Names without blanks and without the separators of a line and of Basic credentials.
_NAME: Final = re.compile(r"[^\s;:#,/@\x00-\x1f\x7f]{1,64}")

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    name: str
    digest: bytes = field(repr=False)
    rights: frozenset[str]

    def line(self) -> str:
        """Return the line for the keys file."""
        rights = ",".join(sorted(self.rights, reverse=True)) or _NO_RIGHTS
        return f"{self.name}  sha256:{self.digest.hex()}  {rights}"


class KeySource(Protocol):
    """Provides the current keys, at every request, so that a change applies at once."""

    def current(self) -> tuple[Key, ...] | None:
        """Return the current keys, None if they cannot be read; the reason is logged."""


def new_key(name: str, rights: str = READ) -> tuple[str, Key]:
    """Make a key; returns its secret, which is stored nowhere, and the key. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError("密钥的名称须为 1 到 64 个字符，不含空白和 ; : # , / @；请换一个名称")
    granted = _read_rights(rights)
    if granted is None:
        raise UsageError("--rights 须为 read、metrics 或 read,metrics；请改正后再试")
    secret = secrets.token_hex(_SECRET_BYTES)
    return secret, Key(name, _digest(secret), granted)


def find_key(keys: tuple[Key, ...], secret: str) -> Key | None:
    """Return the key of a secret, or None.

    Every hash is compared, each in constant time, so that timing reveals nothing about the keys.
    """
    digest = _digest(secret)
    matches = [key for key in keys if compare_digest(key.digest, digest)]
    return matches[0] if matches else None


def configured_keys(*, running: bool = False) -> KeySource | None:
    """Return the keys that the environment configures, None without XUNWEN_KEYS.

    Raises UsageError for invalid keys. A process of a `running` server starts even with an invalid file,
    which may be corrected at any moment.
    """
    value = os.environ.get(VARIABLE)
    if value is None:
        return None
    if not value.strip():
        raise UsageError("{variable} 是空的；请写上密钥文件的路径，或取消这个变量", variable=VARIABLE)
    # Paths do not contain this text. No message quotes the value, which may be a secret.
    if "sha256:" in value:
        return _FixedKeys(_parse(re.sub(";", "\n", value), Message("{variable}", variable=VARIABLE)))
    path = Path(value).expanduser()
    if not running:
        _read_keys(path)
    return _KeyFile(path)


@dataclass(frozen=True, slots=True)
class _FixedKeys:
    """Keys written in the environment variable."""

    fixed: tuple[Key, ...]

    def current(self) -> tuple[Key, ...]:
        return self.fixed


_Stamp = tuple[int, ...]
_NEVER_READ: Final[_Stamp] = ()


class _KeyFile:
    """The keys of a file, read again when it has changed; safe to share between threads.

    An unreadable file gives no keys, not the former ones: they may have been revoked, and processes started
    later would not have them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cached: tuple[_Stamp | None, tuple[Key, ...] | None] = _NEVER_READ, None

    def current(self) -> tuple[Key, ...] | None:
        stamp, (cached_stamp, keys) = self._stamp(), self._cached
        if stamp != cached_stamp:
            keys = self._read()
            # One assignment, as other threads may be reading.
            self._cached = stamp, keys
        return keys

    def _read(self) -> tuple[Key, ...] | None:
        try:
            return _read_keys(self._path)
        except UsageError as error:
            _log.error("%s", say("{reason}；改好之前一概不提供服务", reason=error.message))
            return None

    def _stamp(self) -> _Stamp | None:
        """Return times, size and inode of the file; taken before reading, so that no change is missed."""
        try:
            status = os.stat(self._path)
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _read_keys(path: Path) -> tuple[Key, ...]:
    """Read a keys file; raises UsageError, without the path, which may be a secret."""
    source = Message("{variable} 所指的密钥文件", variable=VARIABLE)
    try:
        content = _read_regular_file(path)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise UsageError(
            "{source}读不到（{reason}）；请检查路径和权限", source=source, reason=reason
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("{source}不是 UTF-8 编码；请另存为 UTF-8", source=source) from None
    return _parse(text, source)


def _read_regular_file(path: Path) -> bytes:
    """Read a regular file of limited size; raises OSError or ValueError."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InvalidValue("不是普通文件，或超过 1 MiB")
    with path.open("rb") as file:
        content = file.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        raise InvalidValue("不是普通文件，或超过 1 MiB")
    return content


def _parse(text: str, source: Message) -> tuple[Key, ...]:
    """Read lines of keys; raises UsageError with the number of the line, not its text."""
    keys: list[Key] = []
    for number, line in enumerate(text.split("\n"), 1):
        columns = line.partition("#")[0].split()
        if columns:
            place = Message("{source}第 {number} 行", source=source, number=number)
            key = _parse_line(columns, place)
            if any(key.name == other.name or key.digest == other.digest for other in keys):
                raise UsageError(
                    "{place}的名称或散列与前面的重复；请为每人各生成一个：xunwen key 名称", place=place
                )
            keys.append(key)
    if not keys:
        raise UsageError(
            "{source}里没有密钥；请用 xunwen key 名称 生成一行，或取消 {variable}",
            source=source,
            variable=VARIABLE,
        )
    return tuple(keys)


def _parse_line(columns: list[str], place: Message) -> Key:
    if len(columns) != 3:
        raise UsageError(
            "{place}须有名称、散列、权限三列，以空白分开；请用 xunwen key 名称 生成这一行", place=place
        )
    name, hashed, written_rights = columns
    if not _NAME.fullmatch(name):
        raise UsageError("{place}的名称须为 1 到 64 个字符，不含 ; : # , / @；请换一个名称", place=place)
    digest, rights = _HASH.fullmatch(hashed), _read_rights(written_rights)
    if digest is None:
        raise UsageError(
            "{place}的散列须为 sha256: 和 64 位十六进制数；请用 xunwen key 名称 生成这一行", place=place
        )
    if rights is None:
        raise UsageError("{place}的权限须为 read、metrics、read,metrics 或 none；请改正这一列", place=place)
    return Key(name, bytes.fromhex(digest[1]), rights)


def _read_rights(text: str) -> frozenset[str] | None:
    """Read the column of rights, None if it is invalid."""
    rights = frozenset() if text == _NO_RIGHTS else frozenset(text.split(","))
    return rights if rights <= {READ, METRICS} else None


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
