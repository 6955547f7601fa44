"""Times as text, to the minute."""

from __future__ import annotations

from datetime import datetime, tzinfo

__all__ = ["format_time", "format_zh"]


def format_time(moment: datetime, zone: tzinfo) -> str:
    """Format to the minute: 2022-01-05 23:39."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def format_zh(moment: datetime, zone: tzinfo) -> str:
    """Format to the minute in Chinese: 2022年1月5日 23:39."""
    local = moment.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
