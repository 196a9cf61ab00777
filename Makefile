# Two commands need no preparation: `make demo` and `make test`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo run test check lint types imports crash-night bench docs fmt lock clean

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 demo")'
	@echo "Setting up $(VENV) (once; about half a minute)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Adding what the tests need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## Play the main job against the sandbox: no account, no network
	@$(BIN)/inbox demo

run: $(VENV)/.runtime  ## Serve with the settings in inbox.toml
	@$(BIN)/inbox run --config inbox.toml

test: $(VENV)/.dev  ## Run the tests (uses PostgreSQL where one answers)
	@$(BIN)/python -m pytest

lint: $(VENV)/.dev  ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## Types, strict
	@$(BIN)/mypy

imports: $(VENV)/.dev  ## Which package may import which
	@$(BIN)/lint-imports

check: lint types imports  ## What CI runs: style, types, import rules, tests with coverage
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

crash-night: $(VENV)/.dev  ## Thousands of random kills on both databases; hours
	@$(BIN)/python -m tests.faults.night

bench: $(VENV)/.dev  ## What it costs, beside a floor measured in the same run
	@$(BIN)/python -m bench

docs: $(VENV)/.runtime  ## Play the demo again and redraw its picture
	@$(BIN)/python docs/pictures/make.py

fmt: $(VENV)/.dev  ## Put the code into shape
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

lock:  ## Write the lock files anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## Remove what was set up and written
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov build dist
