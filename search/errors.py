"""Every failure that Xunwen can name, so that each edge translates it once.

Messages are for the person who reads them: what happened, then the next step. Nothing here is ever
raised for a fault of our own; such a fault stays a traceback in the log and a plain apology to the user.

    XunwenError
    ├── UsageError               a request that cannot be carried out          CLI 2 · HTTP 400
    │   ├── QueryError           a query that strict parsing refuses, with its position
    │   ├── TimeError            a date or range that cannot be understood
    │   └── RequestTooLarge      a query or page beyond the limits              HTTP 413
    ├── EntryNotFound            no entry has this id                           CLI 1 · HTTP 404
    ├── DataError                something in data/ cannot be used              CLI 1
    │   └── UnreadableFile       a whole file that could not be read
    ├── DeadlineExceeded         a request took longer than allowed             HTTP 503
    ├── TooBusy                  as many exports as may run at once are running HTTP 503
    └── IndexProblem             the index cannot answer or be written          CLI 1 · HTTP 503
        ├── NoIndex              nothing has been indexed yet
        ├── DamagedIndex         a file of the index is missing or not as it was written
        ├── DamagedLinks         the file of corrections is not as it was written
        ├── OtherVersion         the index was built by another version
        ├── IndexLocked          another reindex is at work
        ├── CannotWrite          a full disk, a read-only folder
        └── ClusterUnavailable   a cluster does not answer, or refuses
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """Something in a data file that was left out or put right, and where.

    `line` counts from 1; 0 speaks of the file as a whole.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}：{self.message}"


@dataclass(frozen=True, slots=True, order=True)
class QueryProblem:
    """Something in a query that was not understood; `position` counts characters from 0."""

    position: int
    message: str


class XunwenError(Exception):
    """Anything that Xunwen can explain; `str()` is the sentence to show."""

    code = "error"


class UsageError(XunwenError):
    """A request that cannot be carried out as it was made."""

    code = "bad_request"


class QueryError(UsageError):
    """A query that strict parsing refuses."""

    code = "bad_query"

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class TimeError(UsageError):
    """A date, time or range that cannot be understood; `position` counts into the text given."""

    code = "bad_time"

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class RequestTooLarge(UsageError):
    """A query or a page beyond the limits."""

    code = "too_large"


class EntryNotFound(XunwenError):
    """No entry has this id."""

    code = "not_found"

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"没有编号为「{entry_id}」的条目；请核对编号，或用 xunwen search 查找")
        self.entry_id = entry_id


class DeadlineExceeded(XunwenError):
    """A request took longer than it may."""

    code = "timed_out"

    def __init__(self) -> None:
        super().__init__("这次检索超过了时间上限，已经停止；请缩短查询或缩小时间范围，或稍后再试")


class TooBusy(XunwenError):
    """As many exports as may run at once are running."""

    code = "too_busy"

    def __init__(self) -> None:
        super().__init__("同时进行的导出已经太多；请稍后再试")


class DataError(XunwenError):
    """Something in `data/` cannot be used."""

    code = "bad_data"


class UnreadableFile(DataError):
    """A whole data file that could not be read; its earlier entries stay in the index."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class IndexProblem(XunwenError):
    """The index cannot answer or cannot be written."""

    code = "index_unavailable"


class NoIndex(IndexProblem):
    """Nothing has been indexed yet."""

    code = "no_index"

    def __init__(self, where: object = "index/") -> None:
        super().__init__(f"{where} 尚无索引，请先运行 xunwen reindex")


class DamagedIndex(IndexProblem):
    """A file of the index is missing or not as it was written."""

    code = "damaged_index"

    def __init__(self, detail: str) -> None:
        super().__init__(f"索引已损坏（{detail}）；请运行 xunwen reindex --full 重建，data/ 不受影响")


class DamagedLinks(IndexProblem):
    """The file that says what corrects what is not as it was written; a reindex makes it anew."""

    code = "damaged_index"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} 已损坏；请运行 xunwen reindex 重建，data/ 不受影响")


class OtherVersion(IndexProblem):
    """The index was built by another version of Xunwen."""

    code = "other_version"

    def __init__(self, found: object, wanted: object) -> None:
        super().__init__(
            f"索引由另一版本建立（格式 {found}，本版本为 {wanted}）；请运行 xunwen reindex --full 重建"
        )


class IndexLocked(IndexProblem):
    """Another reindex is at work on this index."""

    code = "index_locked"

    def __init__(self, where: object) -> None:
        super().__init__(f"另一个 reindex 正在写 {where}；请等它结束后再试（检索不受影响）")


class CannotWrite(IndexProblem):
    """The disk is full or the index folder may not be written."""

    code = "cannot_write"


class ClusterUnavailable(IndexProblem):
    """A cluster that cannot be reached, does not answer in time, or refuses."""

    code = "cluster_unavailable"
