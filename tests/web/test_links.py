"""Links: what is put together here is what Flask itself would say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, url_for
from hypothesis import given
from hypothesis import strategies as st

from search import Home
from web import create_app
from web.request.links import address, link, stretches
from web.request.params import Params


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    home: Path = tmp_path_factory.mktemp("home")
    return create_app(Home(home))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
PARAMS = st.builds(
    Params,
    q=TEXTS,
    agency=st.lists(TEXTS.filter(bool), max_size=2).map(tuple),
    to=TEXTS,
    sort=st.sampled_from(["relevance", "newest"]),
    page=st.integers(1, 3),
    exact=st.booleans(),
    fold=st.sampled_from([None, True, False]),
)


def plainly(params: Params, entry: str | None, **changes: object) -> str:
    """The same by way of Flask alone."""
    state = replace(params, **{"page": 1, **changes} if changes else {}).state()  # type: ignore[arg-type]
    return url_for("pages.search" if entry is None else "pages.entry", id=entry, **state)


@given(PARAMS, TEXTS.filter(str.strip), TEXTS, st.sampled_from(["", "/news", "/a b"]))
def test_links_are_those_of_flask(app: Flask, params: Params, entry: str, value: str, root: str) -> None:
    """With any state, any change, wherever the application is mounted; asked once or again."""
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        for _ in range(2):
            assert link(params) == plainly(params, None)
            assert link(params, page=2) == plainly(params, None, page=2)
            assert link(params, q=value, from_="") == plainly(params, None, q=value, from_="")
            assert link(params, agency=[value]) == plainly(params, None, agency=[value])
            assert link(params, stream=(value,)) == plainly(params, None, stream=(value,))
            assert stretches(params, [(value or "1", "2")]) == [link(params, from_=value or "1", to="2")]
            assert link(params, entry=entry, page=3) == plainly(params, entry, page=3)
        assert address("pages.search") == url_for("pages.search")


def test_a_change_of_nothing_known_is_a_fault(app: Flask) -> None:
    """A template with a misspelt field raises an error."""
    with app.test_request_context("/"), pytest.raises(TypeError, match="agencies"):
        link(Params(), agencies=("俄新社",))
