# One command each. Needs Python 3.11 or newer, nothing else; PYTHON picks the interpreter.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
export PORT BUS

.DEFAULT_GOAL := help

help: ## Show what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: environment ## Start Accord on this machine (PORT=8000, BUS=postgres or kafka); Ctrl-C stops it
	@exec $(BIN)/accord up

reset: environment ## Empty what `make up` keeps in .accord (or ACCORD_HOME)
	@exec $(BIN)/accord reset --yes

test: test-environment ## Run every test; what this machine lacks is named at the end
	@exec $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

check: test-environment ## What to run before a commit: style, types, import contracts, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) test

faults: test-environment ## Kill every process in turn a hundred times, on both buses (about an hour)
	@exec $(BIN)/python -m pytest tests/faults -m faults --timeout 7200 $(ARGS)

bench: test-environment ## Print the figures beside their goals and the bare baseline
	@exec $(BIN)/python -m benchmarks

lock: test-environment ## Write requirements*.txt anew from requirements*.in
	@test -x build/lock/bin/uv || { $(BIN)/python -m venv build/lock && build/lock/bin/pip install --quiet uv; }
	@for kind in requirements requirements-dev; do \
		build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links --no-header --no-annotate --upgrade $$kind.in -o $$kind.txt || exit 1; done

words: environment ## Take every sentence out for translation, into build/messages.pot
	@mkdir -p build && $(BIN)/python -m babel.messages.frontend -q extract -F babel.cfg -k _l -k lazy_gettext -o build/messages.pot . && echo build/messages.pot

clean: ## Remove what the build made; .accord stays
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

environment: python
	@"$(PYTHON)" accord/environment.py run

test-environment: python
	@"$(PYTHON)" accord/environment.py test

python:
	@test -n "$(PYTHON)" || { echo "Accord needs Python 3.11 or newer. Install it, or name it: make up PYTHON=/path/to/python3"; exit 1; }

.PHONY: help up reset test check faults bench lock words clean environment test-environment python
