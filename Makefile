# Two commands do everything: `make pack` and `make test`. Each builds .venv when it is missing or stale.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPEC ?= packs/quarterly.toml
OUT ?= outputs
ARGS ?=

# Compiled modules are kept, whatever the shell asks for: a second run starts at once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help pack test lab lint format lock docs gallery bench evidence newest clean venv

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F '\t' '{printf "  make %-9s %s\n", $$1, $$2}'

venv: $(READY) ## Make or refresh .venv from requirements.lock

$(READY): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set it with: make PYTHON=python3.11 venv")'
	@echo "Making $(VENV) from requirements.lock (once; a minute or so the first time)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 policy_methods notebook_reports nhsi_analysis
	@touch $@

pack: $(READY) ## Run the quarterly pack into outputs/ and say which file to open
	@$(BIN)/nhsi pack $(SPEC) --out $(OUT) $(ARGS)

test: $(READY) ## Run every test
	@$(BIN)/python -m pytest $(or $(ARGS),-m "not alone" -n logical --dist loadfile)
	@$(if $(ARGS),,$(BIN)/python -m pytest -m alone tests/notebook_reports)

lab: $(READY) ## Open JupyterLab at the start page
	@$(BIN)/nhsi lab $(ARGS)

lint: $(READY) ## Check style, types and which room imports which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Put every file into the house format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY) ## Resolve the lock files again
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --generate-hashes --all-extras --python-version 3.11 --custom-compile-command "make lock" --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet requirements-bootstrap.in --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --output-file requirements-bootstrap.lock

docs: $(READY) ## Build the documentation into site/
	@$(BIN)/mkdocs build --quiet --strict
	@echo "open site/index.html"

gallery: $(READY) ## Draw every chart type on real data into one page
	@$(BIN)/nhsi gallery --out $(OUT)

bench: $(READY) ## Measure speed and memory against what users would otherwise run
	@$(BIN)/python -m bench $(ARGS)

evidence: $(READY) ## Simulate how often the methods are right, for the reports' appendices
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.evidence $(ARGS)

newest: $(READY) ## Try each newer Python here with the newest of all packages, outside the lock
	@$(BIN)/python -m bench.newest

clean: ## Remove what can be made again; tables read by nhsi data ingest stay
	@rm -rf outputs/* data/processed/cache site build .pytest_cache .mypy_cache .ruff_cache
