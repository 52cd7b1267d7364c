# Cahier's commands. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Which Python builds .venv: make run PYTHON=/usr/bin/python3.12
PYTHON ?= python3
# What is passed on to the command underneath: make run ARGS="--tls", make test ARGS="-k signing"
ARGS ?=
# How many tests run at once
JOBS ?= 2

BIN := .venv/bin
STAMPS := .venv/.stamps
# Only what the lock names by hash, and only as built wheels: nothing that is not in the lock is fetched or run.
INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
LOCKED := --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock'

##@ For everybody

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(STAMPS)/runtime debian-run ## Start Cahier with its demonstration on http://localhost:8000 (ARGS="--tls" for HTTPS)
	@exec $(BIN)/cahier run --demo $(ARGS)

.PHONY: test
test: $(STAMPS)/development debian-test ## Run every test, on SQLite and PostgreSQL, and in a browser (ARGS="-k word")
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

##@ For people who change Cahier

.PHONY: install
install: $(STAMPS)/development ## Make .venv with all that tests and checks need, and run nothing

.PHONY: lint
lint: $(STAMPS)/development ## Run every check that needs no running program; all of them, even if one fails
	@$(MAKE) --no-print-directory --keep-going check-style check-types check-rooms check-words

.PHONY: check-style
check-style: $(STAMPS)/development ## Style and likely bugs (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: check-types
check-types: $(STAMPS)/development ## Types (mypy, strict)
	@$(BIN)/mypy

.PHONY: check-rooms
check-rooms: $(STAMPS)/development ## Which room imports which (import-linter)
	@$(BIN)/lint-imports

.PHONY: check-words
check-words: $(STAMPS)/development ## Every text has its French, Dutch and German
	@$(BIN)/python -m pytest --quiet tests/house/test_translations.py

.PHONY: format
format: $(STAMPS)/development ## Lay the code out and mend what can be mended without thought
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(STAMPS)/development debian-test ## Measure Cahier's figures, on SQLite and PostgreSQL
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: rooms
rooms: $(STAMPS)/development ## Write docs/rooms.md anew from what the rooms say of themselves
	@$(BIN)/python -m tests.house.rooms_page

.PHONY: verifier
verifier: $(STAMPS)/development ## Join the parts of the offline verifier into one file
	@$(BIN)/python -m app.verifier.build

.PHONY: moodle-plugin
moodle-plugin: $(STAMPS)/runtime ## Pack the plug-in for Moodle into build/local_cahier.zip
	@$(BIN)/python -m plugins.moodle.pack build/local_cahier.zip

.PHONY: lock
lock: $(STAMPS)/development ## Write the locked requirements anew from requirements/*.in (ARGS="--upgrade")
	@cd requirements && ../$(COMPILE) $(ARGS) runtime.in --output-file runtime.txt
	@cd requirements && ../$(COMPILE) $(ARGS) development.in --output-file development.txt
	@cd requirements && ../$(COMPILE) $(ARGS) tools.in --output-file tools.txt
	@cd requirements && ../$(COMPILE) $(ARGS) ralph.in --output-file ralph.txt

.PHONY: clean
clean: ## Remove .venv and all caches; var/ and its data stay
	@rm -rf .venv build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -not -path './var/*' -exec rm -rf {} +

# The pieces

# Without them Cahier runs, and makes no PDFs; so a machine on which they cannot be installed goes on all the same.
.PHONY: debian-run
debian-run:
	@requirements/install-debian run || echo 'Going on without: until then no record can be taken away.' >&2

.PHONY: debian-test
debian-test:
	@requirements/install-debian test

.venv/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || { echo 'Cahier needs Python 3.11 or newer, and there is no $(PYTHON).' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Cahier needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo 'Name another one, such as: make run PYTHON=/usr/bin/python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || requirements/install-debian build
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

# The package itself is installed as a path to this folder, so that a change is there at once.
$(STAMPS)/runtime: requirements/runtime.txt setup.cfg pyproject.toml | .venv/pyvenv.cfg
	@echo 'Installing what Cahier needs to run (about half a minute, the first time)'
	@$(INSTALL) $(LOCKED) --requirement requirements/runtime.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/development: requirements/development.txt $(STAMPS)/runtime
	@echo 'Installing what the tests and checks need (about a minute, the first time)'
	@$(INSTALL) $(LOCKED) --requirement requirements/development.txt
	@mkdir -p $(STAMPS) && touch $@
