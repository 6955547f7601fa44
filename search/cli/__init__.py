"""The command line: `main` is what `xunwen` runs."""

from search.cli.commands import main

__all__ = ["main"]
