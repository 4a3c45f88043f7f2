# make setup   install everything into .venv, as pinned in requirements.lock
# make demo    setup, then the recipe brain_tissue from objective to report
# make test    setup, then lint, types, import contracts and all tests (slow ones too)
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test test-fast lint docs bench lock clean

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/stagewright schema > /dev/null
	touch $@

demo: setup
	$(BIN)/stagewright run brain_tissue

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy framework
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -q -n 2 --dist worksteal

test-fast: setup
	$(BIN)/pytest -q -n 2 -m "not slow"

# The pages of docs/plugins/, from contracts, examples, signatures and presets.
docs: setup
	$(BIN)/stagewright plugins --docs docs/plugins

bench: setup
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/kill.py

# Resolve anew from pyproject.toml, then pin what was installed. The CPU build of torch goes by its plain version.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --upgrade pip
	.venv-lock/bin/pip install --quiet torch==2.13.0
	.venv-lock/bin/pip install --quiet --editable '.[brain,flights,catalogues,ray,shared]' --group dev
	.venv-lock/bin/pip freeze --exclude-editable | sed 's/+cpu//' > requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf .stagewright .mypy_cache .ruff_cache .pytest_cache
