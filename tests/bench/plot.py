"""The plot of growth: a small SVG, written by hand, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10
from typing import Any

__all__ = ["draw_growth"]

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 52, 48
#: Key of the figures, label, colours on a light and on a dark page.
_SERIES = (
    ("same", "Xunwen, same work as Tantivy", "#1f6feb", "#6cb6ff"),
    ("tantivy", "Tantivy", "#6e7781", "#a5b0bb"),
    ("product", "Xunwen, whole product", "#c2410c", "#ff9d5c"),
)
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-size: 14px; font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5 }
%s
@media (prefers-color-scheme: dark) {
text { fill: #ddd }
.grid { stroke: #444c56 }
%s
}
"""


class _Scale:
    """Logarithmic axes: entries to the right, milliseconds upwards."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        times = [row[key]["p50"] for row in rows for key, *_ in _SERIES]
        self.low, self.high = (
            floor(log10(min(times))),
            max(ceil(log10(max(times))), floor(log10(min(times))) + 1),
        )
        self.first, self.last = log10(rows[0]["entries"]), log10(rows[-1]["entries"])

    def x(self, entries: float) -> float:
        share = (log10(entries) - self.first) / ((self.last - self.first) or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, milliseconds: float) -> float:
        share = (log10(milliseconds) - self.low) / (self.high - self.low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def draw_growth(rows: list[dict[str, Any]]) -> str:
    """Return the SVG of p50 over the number of entries, both logarithmic."""
    scale = _Scale(rows)
    parts = [*_grid(scale, rows), *_lines(scale, rows), *_legend()]
    light = "\n".join(
        f".{key} {{ stroke: {colour} }} .{key}-dot {{ fill: {colour} }}" for key, _, colour, _ in _SERIES
    )
    dark = "\n".join(
        f".{key} {{ stroke: {colour} }} .{key}-dot {{ fill: {colour} }}" for key, _, _, colour in _SERIES
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-labelledby="t">'
    )
    title = '<title id="t">Median time of a query against the number of entries</title>'
    return "\n".join([head, title, f"<style>{_STYLE % (light, dark)}</style>", *parts, "</svg>"]) + "\n"


def _grid(scale: _Scale, rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f'<text class="title" x="{_LEFT}" y="18">Median time of a query</text>'
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10**power)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:g} ms</text>'
    for row in rows:
        x, bottom = scale.x(row["entries"]), _HEIGHT - _BOTTOM
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 5}"/>'
        yield f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{row["entries"]:,}</text>'
    yield f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">entries</text>'


def _lines(scale: _Scale, rows: list[dict[str, Any]]) -> Iterator[str]:
    for key, *_ in _SERIES:
        points = [(scale.x(row["entries"]), scale.y(row[key]["p50"])) for row in rows]
        yield f'<polyline class="line {key}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'
        yield from (f'<circle class="{key}-dot" cx="{x}" cy="{y}" r="3.5"/>' for x, y in points)


def _legend() -> Iterator[str]:
    x = _LEFT
    for key, label, *_ in _SERIES:
        yield f'<line class="line {key}" x1="{x}" x2="{x + 20}" y1="30" y2="30"/>'
        yield f'<text x="{x + 26}" y="34">{label}</text>'
        x += 50 + 7 * len(label)
