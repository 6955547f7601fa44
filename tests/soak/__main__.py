"""Run the soak, or some of its parts, and print one row for each.

    python -m tests.soak [kill|flips|requests|schema|fuzz …] [--count N] [--seed S] [--work DIR]
    python -m tests.soak flips --only FILE:BYTE:BIT

Everything is bounded in count and time and uses the loopback interface only. Exit 1 where a part falls short.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tests.soak.outcome import Outcome, progress, report

#: The parts in order, and the count of a full run of each.
FULL_COUNTS = {"kill": 1_000, "flips": 2_000, "requests": 1_000_000, "schema": 10_000, "fuzz": 100_000}


def main() -> int:
    """Run the parts that were named."""
    options = _options()
    outcomes: list[Outcome] = []
    for part in options.parts or FULL_COUNTS:
        started = perf_counter()
        with tempfile.TemporaryDirectory(prefix=f"xunwen-soak-{part}-", dir=options.work) as folder:
            outcomes.append(_run(part, Path(folder), options))
        progress(part, f"took {perf_counter() - started:.0f} s")
    return 0 if report(outcomes) else 1


def _run(part: str, folder: Path, options: argparse.Namespace) -> Outcome:
    module = importlib.import_module(f"tests.soak.{part}")
    count = options.count or FULL_COUNTS[part]
    more = {"only": options.only} if options.only else {}
    outcome: Outcome = module.run(folder, count, options.seed, **more)
    return outcome


def _options() -> argparse.Namespace:
    assert __doc__
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[[], *FULL_COUNTS], help="all by default")
    parser.add_argument("--count", type=int, default=0, help="cases of each part named")
    parser.add_argument("--seed", type=int, default=20220105)
    parser.add_argument("--only", help="repeat one damage of `flips`, as it was printed")
    parser.add_argument("--work", type=Path, help="where homes are made (the system's temporary folder)")
    options = parser.parse_args()
    if options.only and options.parts != ["flips"]:
        parser.error("--only goes with flips alone")
    return options


if __name__ == "__main__":
    sys.exit(main())
