# Two commands do everything: `make run` shows the whole job at work, `make test` proves it.
# Python 3.11 or later, make and git are all it takes. `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help run test test-live-odoo lint format bench sim sbom audit fuzz image-test clean

# The first interpreter that is new enough; `make run PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
DAYS ?= 1
SEEDS ?= 100000
MINUTES ?= 30
ARGS ?=
# One more than there are cores: tests of real processes wait as often as they reckon.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Tests handed to a worker at a time: as many as ask a real Tryton, which come first, and not many
# more, so that no worker is still at its share when the others have ended.
CHUNK := 120
VENV := .venv
BIN := $(VENV)/bin
ODOO_LIVE_DIR ?= $(or $(TMPDIR),/tmp)/odoo-live
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run-ready  ## the real job against two sandbox ledgers; DAYS=30 plays a month
	@$(BIN)/python -m syncer sandbox tour --directory .run --config config/demo.yaml --days $(DAYS)

test: lint  ## everything that must hold before a change goes in
	$(BIN)/python -m pytest -n $(WORKERS) --maxschedchunk $(CHUNK) $(ARGS)

test-live-odoo: $(VENV)/.test-ready  ## the connector on a real Odoo 19, installed from Debian (1.5 GB, 10 minutes)
	bash tests/live/odoo/install.sh $(ODOO_LIVE_DIR)
	ODOO_LIVE_DIR=$(ODOO_LIVE_DIR) $(BIN)/python -m pytest -n0 --timeout 900 tests/live/odoo $(ARGS); \
	    status=$$?; bash tests/live/odoo/stop.sh $(ODOO_LIVE_DIR); exit $$status

lint: $(VENV)/.test-ready  ## style, types and the layers, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.test-ready  ## lay the code out and settle what the linter can settle itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test-ready  ## time and memory against the figures in docs; a few minutes
	$(BIN)/python -m benchmarks $(ARGS)

sim: $(VENV)/.test-ready  ## many seeded stories in at most MINUTES; SEED=n replays one, PAIRS=1 plays all pairs
	$(BIN)/python -m syncer.testing.sim --seeds $(SEEDS) --minutes $(MINUTES) \
	    $(if $(SEED),--seed $(SEED)) $(if $(PAIRS),--pairs) $(ARGS)

sbom:  ## the bill of materials (CycloneDX) of what ships, from the lock: .run/sbom.cdx.json
	@"$(PYTHON)" .ci/sbom

audit:  ## known vulnerabilities of the locked packages; exit code 3 where nobody could be asked
	@"$(PYTHON)" .ci/audit

# atheris guides it by coverage; it is no part of the lock: pip install atheris, where it has a wheel.
fuzz: $(VENV)/.test-ready  ## every parser for ten minutes; SECONDS=3600 for longer
	$(BIN)/python -m tests.security.fuzz --seconds $(or $(SECONDS),600) $(ARGS)

image-test:  ## build the image and run it read-only, without a network
	bash .ci/image-test

clean:  ## forget the demonstration's state; the next `make run` starts new books
	rm -rf .run

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it: make run PYTHON=/path/to/python3"; exit 2; }
	@echo "Creating $(VENV) with $(PYTHON) ..."
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.run-ready: requirements.lock | $(VENV)/bin/python
	@echo "Installing requirements.lock (once; hashes are checked) ..."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

# The development lock holds the runtime lock, so one installation serves both.
$(VENV)/.test-ready: requirements.lock requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing requirements-dev.lock (once; hashes are checked) ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@ $(VENV)/.run-ready
