# What people do with carmarket, one word each; `make help` lists them.

PYTHON ?= python3
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
UV_INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python
MARKET = sqlite:///$(abspath $(DATA))/carmarket.db

.DEFAULT_GOAL := help
.PHONY: help run test check format bench promises servers servers-stop stock docs lock clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/uv: requirements/uv.txt
	@echo "Making a Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "carmarket needs Python 3.11 or later")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# With all that the tests need the environment can run the shop too, so the larger one is never shrunk.
$(VENV)/run.stamp: $(BIN)/uv requirements/run.txt pyproject.toml
	@echo "Installing what the shop needs"
	@$(UV_INSTALL) --require-hashes -r requirements/run.txt
	@$(UV_INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: $(BIN)/uv requirements/dev.txt pyproject.toml
	@echo "Installing what the tests need"
	@$(UV_INSTALL) --require-hashes -r requirements/dev.txt
	@$(UV_INSTALL) --no-deps --editable .
	@touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: $(VENV)/dev.stamp requirements/bench.txt
	@echo "Installing what the benchmarks compare with"
	@$(UV_INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

run: $(VENV)/run.stamp ## Open the demo shop on 127.0.0.1 (PORT=8123 DATA=some/folder for others)
	@mkdir -p $(DATA)
	@$(BIN)/carmarket --market $(MARKET) demo
	@exec $(BIN)/carmarket --market $(MARKET) serve --port $(PORT)

test: $(VENV)/dev.stamp ## Run all tests, with branch coverage
	@$(BIN)/python -m pytest -n 2 -m "not alone" --cov --cov-report= -q
	@$(BIN)/python -m pytest -m alone --cov --cov-append --cov-report=term:skip-covered -q

check: $(VENV)/dev.stamp ## Format, lint, types, rings, docs: everything but the tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sphinx-build --quiet --fail-on-warning docs docs/_build

format: $(VENV)/dev.stamp ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: $(VENV)/bench.stamp ## Print the speed goals, ours beside limit and peer (CARS=1000000 for the large index)
	@$(BIN)/python -m tests.bench

promises: $(VENV)/dev.stamp ## Run the tests of the safety promises (FULL=1 for all of them) and print a line each
	@CARMARKET_FULL=$(FULL) $(BIN)/python -m pytest -p tests.promise_report -m "promise or mutant" -q

servers: $(VENV)/dev.stamp ## Start the genuine servers of the six stores, and print where they are
	@$(BIN)/python -m tests.servers start

servers-stop: ## End them again
	@$(BIN)/python -m tests.servers stop

stock: $(VENV)/dev.stamp ## Make the demo stock anew from its seed
	@$(UV_INSTALL) --require-hashes -r requirements/demo.txt
	@$(BIN)/python scripts/make_demo_stock.py

docs: $(VENV)/dev.stamp ## Build the docs into docs/_build
	@$(BIN)/sphinx-build --quiet --fail-on-warning docs docs/_build && echo "docs/_build/index.html"

lock: $(BIN)/uv ## Pin every dependency anew, with hashes
	@scripts/lock.sh

clean: ## Remove what was built, but no data
	@rm -rf $(VENV) build dist docs/_build .coverage* .mypy_cache .ruff_cache .hypothesis .import_linter_cache
