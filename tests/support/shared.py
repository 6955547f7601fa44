"""Where the real live blog, the acceptance cases and the collections lie: beside the checkout, if at all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

__all__ = ["find_shared", "rows", "shared"]

SEED = "seeds/000_3a2ad7a414f21038.txt"

_FOLDER = Path(os.environ.get("XUNWEN_SHARED") or Path(__file__).resolve().parents[3] / "shared")


def find_shared(name: str) -> Path | None:
    """Return a path below the shared folder, or None where it is not there."""
    path = _FOLDER / name
    return path if path.exists() else None


def shared(name: str) -> Path:
    """Return a path below the shared folder; skips the test where it is not there."""
    path = find_shared(name)
    if path is None:
        pytest.skip(f"no {name} in ../shared or $XUNWEN_SHARED")
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
