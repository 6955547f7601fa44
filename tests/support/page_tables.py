"""The tables of examples in docs/extraction.md, which tests run."""

import re
from pathlib import Path

__all__ = ["PAGE", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "extraction.md"


def table(heading: str) -> list[list[str]]:
    """Return the rows of the last table of a section."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    lines = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[-1].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
