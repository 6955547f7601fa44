"""Times as microseconds since 1970 UTC, as all engines store them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["microseconds", "moment"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Return a time as microseconds since 1970 UTC, exactly."""
    return (time - _EPOCH) // _TICK


def moment(time: int) -> datetime:
    """Return the time of a number of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=time)
