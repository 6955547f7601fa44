"""The sample streams of the checkout's own `data/`, for laws that hold without the shared folder."""

import shutil

from search import Home
from tests.support.homes import ROOT

__all__ = ["DATA", "STREAMS", "copy_samples"]

DATA = ROOT / "data"
#: Names of the streams' files in `data/`.
STREAMS = ("2022-01-06-kazakhstan.txt", "2023-02-07-turkey-earthquake.txt")


def copy_samples(home: Home) -> None:
    """Fill the `data/` of a home with the sample streams, their aliases and their words."""
    home.data.mkdir(parents=True, exist_ok=True)
    for name in (*STREAMS, "aliases.txt", "words.txt"):
        shutil.copyfile(DATA / name, home.data / name)
