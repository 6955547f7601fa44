# Everything that a person or CI does with this checkout. All Python lives in .venv, made from the lock files;
# a stamp in it tells which lock it was made from, so that a second run starts at once.

PYTHON ?= python3
VENV ?= .venv
# Processes that share the tests.
WORKERS ?= 2
HOST ?= 127.0.0.1
PORT ?= 8000
UV_VERSION := 0.13.9

BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run.stamp
DEV_STAMP := $(VENV)/.dev.stamp
BENCH_STAMP := $(VENV)/.bench.stamp
OPENSEARCH_STAMP := $(VENV)/.opensearch.stamp
LOCK_ENV := .venv-lock

PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
LOCKED := $(PIP_INSTALL) --require-hashes --no-build-isolation --requirement

# Libraries that the tests' own interpreter should not pick up from the user's folder.
export PYTHONNOUSERSITE := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve reindex test test-busy lint format bench soak browser cluster cluster-jars opensearch screenshots lock clean check-python

help:  ## list these targets
	@awk 'BEGIN {FS = ":.*## +"} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(RUN_STAMP)  ## make .venv with the program and the libraries that it runs on

serve: reindex  ## index data/ and open the page on http://HOST:PORT (127.0.0.1:8000)
	$(BIN)/xunwen serve --host '$(HOST)' --port '$(PORT)'

reindex: $(RUN_STAMP)  ## bring index/ up to date with data/
	$(BIN)/xunwen reindex

test: $(DEV_STAMP)  ## run every test; those of a cluster and of the browser where there is one
	XUNWEN_COMPILED=0 $(BIN)/python -m pytest -q -n $(WORKERS) $(WITHOUT_COMPILER)
	$(BIN)/python -m pytest -q -n $(WORKERS)

# The tests of what is compiled where a C compiler is; they run a second time on its twin in Python.
WITHOUT_COMPILER := tests/engines tests/laws/test_parity.py tests/unit/analysis tests/unit/test_highlight.py \
	tests/unit/engines/whoosh/test_ranker.py

test-busy: $(DEV_STAMP)  ## run them beside processes that keep every core busy
	$(BIN)/python -m tests.support.busy $(BIN)/python -m pytest -q -n $(WORKERS)

lint: $(DEV_STAMP)  ## check style, formatting, types, layers and house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict search web
	$(BIN)/python -m pytest -q tests/system/test_layers.py tests/system/test_house.py

format: $(DEV_STAMP)  ## put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH_STAMP)  ## measure speed beside other engines (25 minutes, alone)
	$(BIN)/python -m tests.bench

soak: $(DEV_STAMP)  ## try to break it: kills, damaged files, a million requests (two hours, docs/reliability.md)
	$(BIN)/python -m tests.soak

browser:  ## install what the browser tests need (Debian; as root)
	@if [ "$$(id -u)" = 0 ]; then apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-cjk; \
	else echo 'Run: sudo apt-get install -y --no-install-recommends chromium fonts-noto-cjk'; fi

opensearch: $(OPENSEARCH_STAMP)  ## add the client for a cluster to .venv (docs/scaling.md)

cluster-jars: $(DEV_STAMP)  ## download the server that the tests of a cluster run (Java 21 or newer, and Maven)
	$(BIN)/python -m tests.cluster.nodes jars

NODES ?= 1
cluster: $(DEV_STAMP)  ## run a cluster of NODES nodes (1) on this machine until Enter; prints its address
	$(BIN)/python -m tests.cluster.nodes run $(NODES)

screenshots: $(DEV_STAMP)  ## take the README's pictures again (needs what `make browser` installs)
	$(BIN)/python -m tests.browser.screenshots

lock: check-python  ## renew the lock files from pyproject.toml
	$(PYTHON) -m venv $(LOCK_ENV)
	$(LOCK_ENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(COMPILE) --upgrade --group build --output-file requirements-build.lock
	$(COMPILE) --upgrade pyproject.toml --constraint requirements-build.lock --output-file requirements.lock
	$(COMPILE) --upgrade pyproject.toml --extra dev --group build \
		--constraint requirements-build.lock --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --upgrade pyproject.toml --extra opensearch \
		--constraint requirements-dev.lock --output-file requirements-opensearch.lock
	$(COMPILE) --upgrade pyproject.toml --extra bench \
		--constraint requirements-dev.lock --output-file requirements-bench.lock

clean:  ## remove what was built: .venv, caches, the index
	rm -rf $(VENV) $(LOCK_ENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find search web tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find index -mindepth 1 ! -name .gitkeep -delete

# One tree for all Pythons and platforms, so that a failure on one can be repeated on another.
COMPILE := UV_CUSTOM_COMPILE_COMMAND='make lock' $(LOCK_ENV)/bin/uv pip compile --quiet --universal \
	--python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || \
	{ echo "Xunwen needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) -V 2>&1): try make PYTHON=python3.11" >&2; exit 1; }

$(BIN)/python:
	@$(MAKE) --no-print-directory check-python
	$(PYTHON) -m venv $(VENV)

# The build tools go in first: jieba is published as source only, and pip would fetch unpinned ones to build it.
$(RUN_STAMP): requirements-build.lock requirements.lock pyproject.toml | $(BIN)/python
	$(LOCKED) requirements-build.lock
	$(LOCKED) requirements.lock
	$(PIP_INSTALL) --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	$(LOCKED) requirements-dev.lock
	@touch $@

$(OPENSEARCH_STAMP): requirements-opensearch.lock $(RUN_STAMP)
	$(LOCKED) requirements-opensearch.lock
	@touch $@

$(BENCH_STAMP): requirements-bench.lock $(DEV_STAMP)
	$(LOCKED) requirements-bench.lock
	@touch $@
