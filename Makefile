# winloss: `make help` lists what there is. Only git, make and python >= 3.11 are needed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_HOME := .uv
UV := $(shell command -v uv 2>/dev/null || echo $(UV_HOME)/bin/uv)
export UV_PYTHON_DOWNLOADS := never
OUT := out
PORT ?= 8700

.PHONY: help install dev demo stop test lint unit reference property journeys docs-test audit prove bench docs lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

$(UV_HOME)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit("winloss needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(UV_HOME) && $(UV_HOME)/bin/python -m pip install -q --disable-pip-version-check uv

$(BIN)/python: | $(if $(filter $(UV_HOME)/%,$(UV)),$(UV))
	@$(UV) venv -q --python $(PYTHON) $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@test -e $(VENV)/.dev || $(UV) pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements.txt
	@test -e $(VENV)/.dev || $(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@$(UV) pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.txt
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed ## make .venv with winloss in it
	@echo "winloss is in $(BIN)/winloss"

dev: $(VENV)/.dev ## the same with everything the tests need

demo: $(VENV)/.installed ## invent the demo company, write its report, open the application with it
	@mkdir -p $(OUT)
	@$(BIN)/winloss demo $(OUT)/demo --home $(OUT)/home
	@$(BIN)/winloss serve --home $(OUT)/home --port $(PORT) --detach

stop: ## end the application that make demo opened
	@$(BIN)/winloss stop --home $(OUT)/home

test: $(VENV)/.dev ## lint, types, contracts and all tests but the long proofs
	@$(BIN)/python tools/rings.py

lint: $(VENV)/.dev ## format, lint, types and import contracts
	@$(BIN)/python tools/rings.py lint types contracts

audit: $(VENV)/.dev ## ask the package index whether a pinned library has a known hole
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt

prove: $(VENV)/.dev ## the long proofs: fuzzing, kill loops, simulations, the web application on both databases
	@$(BIN)/python tools/prove.py
	@LONG_PROOFS=1 $(BIN)/pytest tests/web -m "not browser"
	@LONG_PROOFS=1 $(BIN)/python tools/with_postgres.py $(BIN)/pytest tests/web -m "not browser"

bench: $(VENV)/.dev ## time import, aggregates, report, segment search and verdicts against references
	@$(BIN)/python tools/bench.py
	@$(BIN)/python tools/bench_mine.py --peers
	@$(BIN)/python tools/bench_act.py
	@$(BIN)/python tools/bench_web.py

docs: $(VENV)/.dev ## write the generated pages of docs/
	@$(BIN)/python tools/docs.py

lock: $(BIN)/python ## pin the requirements with hashes
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml --extra fast --extra web --extra postgresql -o requirements.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml --extra fast --extra spark --extra web --extra postgresql --group dev -o requirements-dev.txt

clean: ## remove what was made
	@test ! -x $(BIN)/winloss || $(BIN)/winloss stop --home $(OUT)/home >/dev/null 2>&1 || true
	@rm -rf $(VENV) $(UV_HOME) $(OUT) dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
