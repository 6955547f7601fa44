"""The errors that Xunwen raises for its users.

A message says what happened, then the next step, and is translated where it is printed. A bug of the program
raises none of these: it stays a traceback in the log and an apology to the user.

    XunwenError
    ├── UsageError               a request that cannot be carried out          CLI 2 · HTTP 400
    │   ├── QueryError           a query that strict parsing refuses, with its position
    │   ├── TimeError            a date or range that cannot be understood
    │   └── RequestTooLarge      a query or page beyond the limits              HTTP 413
    ├── EntryNotFound            no entry has this id                           CLI 1 · HTTP 404
    ├── DataError                something in data/ cannot be used              CLI 1
    │   └── UnreadableFile       a whole file that could not be read
    ├── DeadlineExceeded         a request exceeded its time limit             HTTP 503
    ├── TooBusy                  the limit of concurrent exports is reached    HTTP 503
    └── IndexProblem             the index cannot answer or be written          CLI 1 · HTTP 503
        ├── NoIndex              nothing has been indexed yet
        ├── DamagedIndex         a file of the index is missing or damaged
        ├── DamagedLinks         the file of corrections is damaged
        ├── OtherVersion         the index was built by another version
        ├── IndexLocked          another reindex is running
        ├── CannotWrite          the disk is full or the folder is read-only
        └── ClusterUnavailable   a cluster does not answer or refuses
"""

from __future__ import annotations

from dataclasses import dataclass

from search.language.message import Message

__all__ = [
    "CannotWrite",
    "ClusterUnavailable",
    "DamagedIndex",
    "DamagedLinks",
    "DataError",
    "DeadlineExceeded",
    "EntryNotFound",
    "IndexLocked",
    "IndexProblem",
    "NoIndex",
    "OtherVersion",
    "Problem",
    "QueryError",
    "QueryProblem",
    "RequestTooLarge",
    "TimeError",
    "TooBusy",
    "UnreadableFile",
    "UsageError",
    "XunwenError",
]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something in a data file that was left out or corrected, with its place.

    `line` counts from 1; 0 is the file as a whole.
    """

    file: str
    line: int
    message: Message

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Message:
        """File, line and message as one message."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return Message("{place}：{message}", place=place, message=self.message)


@dataclass(frozen=True, slots=True, order=True)
class QueryProblem:
    """A part of a query that was not understood; `position` counts characters from 0."""

    position: int
    message: Message


class XunwenError(Exception):
    """An error that Xunwen can explain; `message` is the sentence to show, `str()` its Chinese."""

    code = "error"

    def __init__(self, template: str, /, **args: object) -> None:
        self.message = Message(template, **args)
        super().__init__(self.message)


class UsageError(XunwenError):
    """A request that cannot be carried out as it was made."""

    code = "bad_request"


class QueryError(UsageError):
    """A query that strict parsing refuses."""

    code = "bad_query"

    def __init__(self, template: str, position: int = 0, /, **args: object) -> None:
        super().__init__(template, **args)
        self.position = position


class TimeError(UsageError):
    """A date, time or range that cannot be understood; `position` counts into the text given."""

    code = "bad_time"

    def __init__(self, template: str, position: int = 0, /, **args: object) -> None:
        super().__init__(template, **args)
        self.position = position


class RequestTooLarge(UsageError):
    """A query or page beyond the limits."""

    code = "too_large"


class EntryNotFound(XunwenError):
    """No entry has this id."""

    code = "not_found"

    def __init__(self, entry_id: str) -> None:
        super().__init__("没有编号为「{id}」的条目；请核对编号，或用 xunwen search 查找", id=entry_id)
        self.entry_id = entry_id


class DeadlineExceeded(XunwenError):
    """A request exceeded its time limit."""

    code = "timed_out"

    def __init__(self) -> None:
        super().__init__("这次检索超过了时间上限，已经停止；请缩短查询或缩小时间范围，或稍后再试")


class TooBusy(XunwenError):
    """The limit of concurrent exports is reached."""

    code = "too_busy"

    def __init__(self) -> None:
        super().__init__("同时进行的导出已经太多；请稍后再试")


class DataError(XunwenError):
    """Something in `data/` cannot be used."""

    code = "bad_data"


class UnreadableFile(DataError):
    """A whole data file that could not be read; its earlier entries stay in the index."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class IndexProblem(XunwenError):
    """The index cannot answer or cannot be written."""

    code = "index_unavailable"


class NoIndex(IndexProblem):
    """Nothing has been indexed yet."""

    code = "no_index"

    def __init__(self, where: object = "index/") -> None:
        super().__init__("{place} 尚无索引，请先运行 xunwen reindex", place=where)


class DamagedIndex(IndexProblem):
    """A file of the index is missing or damaged."""

    code = "damaged_index"

    def __init__(self, template: str, /, **args: object) -> None:
        detail = Message(template, **args)
        super().__init__(
            "索引已损坏（{detail}）；请运行 xunwen reindex --full 重建，data/ 不受影响", detail=detail
        )


class DamagedLinks(IndexProblem):
    """The file of correction links is damaged or missing; a reindex builds it again."""

    code = "damaged_index"

    def __init__(self, name: str) -> None:
        super().__init__("{file} 缺失或已损坏；请运行 xunwen reindex 重建，data/ 不受影响", file=name)


class OtherVersion(IndexProblem):
    """The index was built by another version of Xunwen."""

    code = "other_version"

    def __init__(self, version: object, expected: object) -> None:
        super().__init__(
            "索引由另一版本建立（格式 {version}，本版本为 {expected}）；请运行 xunwen reindex --full 重建",
            version=version,
            expected=expected,
        )


class IndexLocked(IndexProblem):
    """Another reindex is writing this index."""

    code = "index_locked"

    def __init__(self, where: object) -> None:
        super().__init__("另一个 reindex 正在写 {place}；请等它结束后再试（检索不受影响）", place=where)


class CannotWrite(IndexProblem):
    """The disk is full or the index folder may not be written."""

    code = "cannot_write"


class ClusterUnavailable(IndexProblem):
    """A cluster cannot be reached, does not answer in time, or refuses."""

    code = "cluster_unavailable"
