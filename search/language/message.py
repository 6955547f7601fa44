"""Message, a sentence as its Chinese template and arguments, so that an edge can translate it.

The template names the message in the catalogue, as a msgid does in gettext. A Message is a `str`, the Chinese
sentence, so it can be compared, sorted, joined and written to JSON as before.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Self

__all__ = ["InvalidValue", "Message", "filled", "reason_of"]

#: Between the items of a list.
_COMMA: Final = "、"


class Message(str):
    """A sentence with named places; an argument may itself be a Message, or a tuple of texts (a list).

    >>> Message("端口 {port} 已被占用", port=80)
    '端口 80 已被占用'
    >>> Message("须为 {choices} 之一", choices=("a", "b"))
    '须为 a、b 之一'
    """

    __slots__ = ("args", "template")

    template: str
    args: Mapping[str, object]

    def __new__(cls, template: str, /, **args: object) -> Self:
        if isinstance(template, cls):
            return template
        self = super().__new__(cls, filled(template, args))
        self.template, self.args = template, MappingProxyType(args)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Message.unpacked, (self.packed(),)

    def packed(self) -> dict[str, Any]:
        """Return template and arguments as plain JSON values."""
        return {"template": self.template, "args": {key: _packed(value) for key, value in self.args.items()}}

    @classmethod
    def unpacked(cls, fields: Mapping[str, Any]) -> Message:
        """Rebuild a message from `packed()`; raises KeyError, TypeError or ValueError."""
        return cls(
            str(fields["template"]), **{key: _unpacked(value) for key, value in fields["args"].items()}
        )


def filled(template: str, args: Mapping[str, object], comma: str = _COMMA) -> str:
    """Put arguments into the places of a template."""
    lists = {key: comma.join(map(str, value)) for key, value in args.items() if isinstance(value, tuple)}
    return template.format_map({**args, **lists})


def _packed(value: object) -> object:
    if isinstance(value, Message):
        return value.packed()
    if isinstance(value, tuple):
        return [_packed(item) for item in value]
    return value if isinstance(value, int | float) else str(value)


def _unpacked(value: Any) -> object:
    if isinstance(value, dict):
        return Message.unpacked(value)
    return tuple(map(_unpacked, value)) if isinstance(value, list) else value


class InvalidValue(ValueError):
    """A value that cannot be used; `message` says why."""

    def __init__(self, template: str, /, **args: object) -> None:
        self.message = Message(template, **args)
        super().__init__(self.message)


#: The errors of the system that a user can meet.
_SYSTEM: Final = {
    errno.EACCES: Message("没有权限"),
    errno.EPERM: Message("系统不允许"),
    errno.ENOENT: Message("不存在"),
    errno.ENOTDIR: Message("不是文件夹"),
    errno.EISDIR: Message("是文件夹"),
    errno.ENOSPC: Message("磁盘空间不足"),
    errno.EDQUOT: Message("超过磁盘限额"),
    errno.EROFS: Message("文件系统只读"),
    errno.EIO: Message("输入输出错误"),
    errno.EFBIG: Message("文件过大"),
    errno.EMFILE: Message("打开的文件过多"),
    errno.ENFILE: Message("打开的文件过多"),
    errno.ENAMETOOLONG: Message("名称过长"),
    errno.ELOOP: Message("符号链接成环"),
    errno.ENOMEM: Message("内存不足"),
    errno.EADDRNOTAVAIL: Message("地址不属于本机"),
    errno.EADDRINUSE: Message("地址已被占用"),
    errno.ENOTEMPTY: Message("文件夹不是空的"),
    errno.EEXIST: Message("已经存在"),
    errno.EXDEV: Message("跨越了文件系统"),
    errno.ETXTBSY: Message("文件正在使用"),
    errno.EBUSY: Message("文件正在使用"),
}


def reason_of(error: Exception) -> str:
    """Return why something failed, a Message wherever the cause has one."""
    message = getattr(error, "message", None) or getattr(error, "strerror", None)
    if isinstance(message, Message):
        return message
    number = getattr(error, "errno", None)
    if number is None:
        return str(error)
    return _SYSTEM.get(number) or Message("系统错误 {number}", number=number)
