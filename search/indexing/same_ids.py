"""Entries whose id another entry has: the first file by name keeps it."""

from __future__ import annotations

from dataclasses import replace

from search.errors import Problem
from search.language.message import Message
from search.readers.base import Record

__all__ = ["renamed", "taken"]


def renamed(record: Record) -> Record:
    """Return an entry with the id that no other file has; its line alone no longer determines it."""
    return replace(record, entry=replace(record.entry, id=record.other_id), own_id=False, other_id="")


def taken(record: Record, name: str, owner: str) -> Problem:
    """Return the problem of an entry of the file `name` whose id the file `owner` has."""
    where = Message("本文件") if owner == name else owner
    message = Message(
        "编号「{id}」已被 {file} 使用，这一条未收录；请改用另一个编号", id=record.entry.id, file=where
    )
    return Problem(name, record.line, message)
