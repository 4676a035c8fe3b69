# `make demo` sets everything up and opens nine real cities and one to practise in; `make test` sets everything up and passes the tests.
# Needs Python 3.11 or newer and make. Node is taken from this machine when it is 20.19 or newer, else from PyPI.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
PAGES := src/madang/web/pages/index.html
FRONTEND := $(shell find frontend -type f -not -path 'frontend/node_modules/*' -not -path 'frontend/dist/*' 2>/dev/null)
WORKERS ?= 3
DATA ?= $(wildcard ../shared/data)

.PHONY: demo test lint docs bench wheel pages clean help

help:
	@grep -E '^# |^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^# //; s/:.*## /\t/'

demo: $(VENV)/installed $(PAGES) ## build nine cities with policies compared and one to practise in, and open them at http://127.0.0.1:8080
	$(BIN)/madang demo --port $(PORT) $(if $(DATA),--data $(DATA))

test: $(VENV)/installed-dev $(PAGES) ## run all tests (Python, browser, frontend)
	@$(BIN)/python scripts/debian_packages.py chromium fonts-noto-cjk gdal-bin mosquitto mosquitto-clients default-jre-headless
	@$(BIN)/python scripts/clients.py
	@$(BIN)/python scripts/frontend.py test
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/installed-dev ## style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/python scripts/frontend.py check

docs: $(VENV)/installed-dev ## regenerate the pages that are made from measurements, then check every page
	$(BIN)/python scripts/how_good.py
	$(BIN)/python -m pytest tests/docs

bench: $(VENV)/installed-dev ## measure, as ratios within one run
	$(BIN)/python -m bench

wheel: $(VENV)/installed-dev $(PAGES) ## a wheel that carries the built pages
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

pages: $(PAGES) ## build the browser pages

$(PAGES): $(VENV)/installed $(FRONTEND)
	@$(BIN)/python scripts/frontend.py build
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Madang needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/installed

clean: ## remove what was built
	rm -rf $(VENV) dist build frontend/node_modules src/madang/web/pages demo-cities test-screenshots
