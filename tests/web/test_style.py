"""The design's promises that a program can check: contrast, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
CSS = (WEB / "static" / "style.css").read_text(encoding="utf-8")


def colours() -> dict[str, dict[str, str]]:
    """Read the named colours of both schemes; dark ones stand on top of the light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    named = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    return {
        "light": dict(named.findall(light)),
        "dark": dict(named.findall(light)) | dict(named.findall(dark)),
    }


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "soft", "link", "visited", "seal", "fault")
        for ground in ("paper", "raised")
    ),
    *(("on-mark", "mark"), ("on-action", "action"), ("ink", "notice"), ("link", "notice")),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    """Every colour of text has 4.5 to 1 on what it stands on (AA), in light and dark, in marks too."""
    named = colours()[scheme]
    assert contrast(named[ink], named[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fields_can_be_seen(scheme: str) -> None:
    """The edge of a field has 3 to 1 on the page."""
    named = colours()[scheme]
    assert contrast(named["field-line"], named["paper"]) >= 3


def test_contrast_is_computed_as_defined() -> None:
    """Black on white is 21 to 1, and #767676 is the lightest grey that passes on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")


def test_colours_are_named_once() -> None:
    """No rule holds a colour of its own: all are in the two lists at the top."""
    rules = re.sub(r":root \{.*?\}", "", CSS, count=2, flags=re.S)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules)


@pytest.mark.parametrize(
    "path",
    sorted(path for path in WEB.rglob("static/*") if path.suffix not in (".ico", ".png")),
    ids=lambda path: path.name,
)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    """Static files load nothing from other places."""
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w|@import|url\(", re.sub(r"(?m)^//.*", "", text))


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_inline_and_trust_nothing(path: Path) -> None:
    """No inline style, script or handler, and no text is declared safe outside web/pages/format.py."""
    text = path.read_text(encoding="utf-8")
    # Structured data is a script element that browsers do not run.
    text = text.replace('<script type="application/ld+json">{{ structured | tojson }}</script>', "")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)|\|\s*safe|autoescape", text)
