# oversell-guard: `make` lists what can be made.
# Everything runs from the source root with .venv/bin/python; `.venv` is made from the lock files.
# Works with GNU make 3.81 and newer, and any POSIX shell.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: FORCE backtest bench check demo help lock observe setup setup-dev test up

VENV    := .venv
PY      := $(VENV)/bin/python
DEV     := $(VENV)/.dev-installed
# The dev lock contains the runtime lock, so an environment for tests also serves the program.
RUNTIME := $(if $(wildcard $(DEV)),$(DEV),$(VENV)/.runtime-installed)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## the whole shop on this machine, to watch (SECONDS=, SEED=, ARGS=)
	@exec $(PY) -m worker demo $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

up: $(RUNTIME) ## all processes in one (ARGS=)
	@exec $(PY) -m worker up $(ARGS)

observe: $(RUNTIME) ## the demo under a real Prometheus: every query has its data (SECONDS=, ARGS=)
	@exec $(PY) deploy/observe.py $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

test: $(DEV) ## every test, on two cores (ARGS=)
	@$(PY) -m pytest -n 2 $(ARGS)

check: $(DEV) ## format, lint, types, import contracts and house rules
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True))'
	@$(PY) -m pytest -q tests/architecture

bench: $(DEV) ## every benchmark, one line of JSON each (ONLY=name)
	@for file in tests/benchmarks/bench_$(if $(ONLY),$(ONLY:bench_%=%),*).py; do \
		test -f "$$file" || { echo "make bench: there is no $$file" >&2; exit 2; }; \
		$(PY) -m "tests.benchmarks.$$(basename "$$file" .py)" || exit; \
	done

# Its files are checked in: the same orders and seed give the same bytes.
RESULTS := tests/benchmarks/backtest
backtest: $(DEV) ## policies tried on recorded orders: figures and charts (ORDERS=FILE, ARGS=)
	@test -n "$(ORDERS)" || { echo "make backtest: name the recorded orders: ORDERS=FILE" >&2; exit 2; }
	@mkdir -p $(RESULTS)
	@$(PY) -m worker backtest --orders "$(ORDERS)" --charts $(RESULTS) --json $(ARGS) \
		> $(RESULTS)/backtest.jsonl

setup: $(RUNTIME) ## .venv with what the program needs

setup-dev: $(DEV) ## .venv with what the tests and checks need as well

# uv works out the locks but is no part of them; an upgrade of everything is `make lock UPGRADE=1`.
LOCK := $(PY) -m uv --quiet pip compile --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url $(if $(UPGRADE),--upgrade) pyproject.toml
lock: $(VENV)/.made ## remake both lock files from pyproject.toml (UPGRADE=1)
	@$(PIP_INSTALL) uv >&2
	@$(LOCK) --output-file requirements.lock >/dev/null
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock >/dev/null


# --- the environment -------------------------------------------------------------------------

# Names are tried in this order; `make PYTHON=/path/to/python3` asks for one and no other.
PYTHON_NAMES := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)

# Prints `ok NAME` for the first that serves, or else what was found. Each is run, because a
# name on the PATH may be a shim that only fails.
define FIND_PYTHON
found=; \
for name in $(PYTHON_NAMES); do \
	command -v "$$name" >/dev/null 2>&1 || continue; \
	version=`"$$name" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null` \
		|| { found="$$found, $$name (does not run)"; continue; }; \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { found="$$found, $$name $$version (too old)"; continue; }; \
	"$$name" -c 'import ensurepip, venv' 2>/dev/null \
		|| { found="$$found, $$name $$version (no venv module; on Debian: apt install python3-venv)"; continue; }; \
	echo "ok $$name"; exit; \
done; \
found="$${found#, }"; echo "$${found:-nothing under the names $(PYTHON_NAMES)}"
endef

SEARCH = $(eval SEARCH := $$(shell $$(FIND_PYTHON)))$(SEARCH)
NO_PYTHON = $(error oversell-guard needs Python 3.11 or newer with its venv module; found: $(SEARCH). Install one, or name one: make PYTHON=/path/to/python3)
CHOSEN_PYTHON = $(if $(filter ok,$(firstword $(SEARCH))),$(lastword $(SEARCH)),$(NO_PYTHON))

# -I keeps a PYTHONPATH or a user's own packages out; PIP_USER would fail inside a venv.
PIP_INSTALL := PIP_USER=0 $(PY) -I -m pip install --quiet --no-input --disable-pip-version-check

# An interrupted set-up leaves `.unfinished` behind and a removed Python a dead link: begin again.
# (`test -x` follows links, `wildcard` does not.)
ifneq ($(shell test -x $(PY) && test ! -e $(VENV)/.unfinished && echo whole),whole)
$(VENV)/.made: FORCE
endif

$(VENV)/.made:
	@"$(CHOSEN_PYTHON)" -I -m venv --clear $(VENV) >&2
	@touch $@

$(VENV)/.runtime-installed: requirements.lock $(VENV)/.made
$(DEV): requirements-dev.lock $(VENV)/.made

$(VENV)/.runtime-installed $(DEV):
	@echo "setting up $(VENV) from $<" >&2
	@touch $(VENV)/.unfinished
	@$(PIP_INSTALL) --require-hashes --requirement $< >&2
	@rm -f $(VENV)/.unfinished
	@touch $@
