# `make help` lists what can be done.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-dev run test lint format bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Darkroom needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "Installing Darkroom into $(VENV)/ (once) ..."
	@$(BIN)/pip install -q --require-hashes --no-deps -r requirements/run.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing Darkroom and its test tools into $(VENV)/ (once) ..."
	@$(BIN)/pip install -q --require-hashes --no-deps -r requirements/dev.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

setup: $(VENV)/run.stamp ## Install what `make run` needs into .venv/

setup-dev: $(VENV)/dev.stamp ## Install what `make test` and `make lint` need into .venv/

run: setup ## Start everything in one process and print a link (PORT=8000, DATA_DIR=.darkroom)
	@exec $(BIN)/darkroom run

test: setup-dev ## Run all tests, those against a real RabbitMQ too
	@$(BIN)/python -m pytest $(TESTS)

lint: setup-dev ## Check format, lint, types and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-dev ## Run the benchmarks and print a table
	@$(BIN)/python -m tests.bench

lock: ## Renew the lock files (needs uv)
	@for set in "run:--group build" "dev:--group build --group dev"; do \
	  uv pip compile -q pyproject.toml --extra standalone $${set#*:} --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-emit-index-url --no-header -o requirements/$${set%%:*}.lock || exit 1; done
	@! grep -n '://' requirements/*.lock

clean: ## Remove what was installed and built (not the data in .darkroom/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .test
