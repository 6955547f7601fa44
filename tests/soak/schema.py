"""Cases that schemathesis makes of the project's own OpenAPI document: no 5xx, and answers as described."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, checks

from search import Home, reindex
from tests.soak.corpus import News, fill_home
from tests.soak.outcome import Failures, Outcome, progress
from tests.soak.processes import in_child
from web import create_app

_ENTRIES = 400
_SHARE_OF_MISFITS = 0.4
_CONFORMS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Ask every described address, as it should be asked and as it should not."""
    home, failures, statuses = Home(folder), Failures("schema"), Counter[int]()
    fill_home(home, News(seed, _ENTRIES).entries())
    in_child(reindex, home)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", create_app(home))
    started = time.monotonic()
    while statuses.total() < count:
        before = statuses.total()
        for operation, mode, share in _shares(described):
            examples = max(1, round((count - before) * share))
            _ask(operation, mode, min(examples, 500), seed + before, statuses, failures)
        progress("schema", f"{statuses.total():,} cases, {len(failures)} failed")
        if statuses.total() == before:
            break
    rate = statuses.total() / (time.monotonic() - started)
    counts = ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    figure = f"{len(failures)} failed; {rate:.0f} cases/s; statuses {counts}"
    aim = "no 5xx, every answer as described"
    ok = not failures.messages and statuses.total() >= count
    return Outcome("schema", statuses.total(), figure, aim, ok)


def _shares(described: Any) -> list[tuple[Any, GenerationMode, float]]:
    """Return each address with a mode and its share of the cases; those without parameters get few."""
    operations = [result.ok() for result in described.get_all_operations()]
    weighted = [
        (operation, mode, weight * share)
        for operation in operations
        for weight in (len(operation.query) + len(operation.path_parameters),)
        for mode, share in (
            (GenerationMode.POSITIVE, 1 - _SHARE_OF_MISFITS),
            (GenerationMode.NEGATIVE, _SHARE_OF_MISFITS),
        )
        if weight
    ]
    total = sum(weight for _, _, weight in weighted)
    return [(operation, mode, weight / total) for operation, mode, weight in weighted]


def _ask(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    number: int,
    statuses: Counter[int],
    failures: Failures,
) -> None:
    """Send some cases to one address."""

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def conforms(case: Any) -> None:
        response = case.call()
        statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=_CONFORMS)
        except Exception as error:
            failures.add(f"{case.as_curl_command()[:600]}: {error}")

    conforms()
