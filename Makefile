# The verbs of the project. Plain `make` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
RIVALS := $(VENV)/.rivals
UNIT   := tests/rules tests/errors tests/test_money.py tests/test_tidy.py

.DEFAULT_GOAL := verbs
.PHONY: verbs demo test check bench conformance laws faults screens clean wire chromium

verbs: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## a town with shoppers, merchants and campaigns at http://127.0.0.1:8000
	@$(BIN)/youhui demo

test: check laws chromium ## everything: check, laws, then HTTP, stories, both databases, browser
	$(BIN)/python -m pytest tests --ignore=tests/browser $(addprefix --ignore=,$(wildcard $(UNIT))) -m "not browser and not laws and not faults"
	@if [ -d tests/browser ]; then $(BIN)/python -m pytest tests/browser; else echo "no tests/browser yet"; fi

check: $(READY) ## lint, types, layers, unit tests (under 90 seconds)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(wildcard $(UNIT)) -m "not laws and not faults"

bench: $(RIVALS) ## figures: prints a table, writes build/bench.json
	$(BIN)/python -m benchmarks

conformance: $(READY) ## decide the baskets of CASES=FILE and compare
	@if [ -d tests/conformance ]; then $(BIN)/python -m tests.conformance "$(CASES)"; \
	else echo "make conformance: the suite comes with the issue on deciding; there is no tests/conformance yet." >&2; exit 2; fi

laws: $(READY) ## every law at length, in two processes (under 3 minutes); SEED=n draws a run's examples again
	$(BIN)/python -m tests.laws $(SEED)

faults: $(READY) ## kill, cut and set clocks back, the long form (at most 15 minutes)
	$(BIN)/python -m pytest tests -m faults

screens: $(READY) chromium ## photograph every screen into docs/screens
	$(BIN)/python -m tests.browser.screens

wire: $(READY) ## write wallet_app/wire.py from the OpenAPI document
	@$(BIN)/youhui wire

clean: ## remove the demo's data and what tools leave behind; the environment stays
	rm -rf var build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Debian's chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "The browser tests need Chromium: install the package chromium (or google-chrome), then again." >&2; exit 2; fi

$(RIVALS): $(READY) requirements-bench.txt
	@echo "installing what make bench measures against"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -r requirements-bench.txt
	@touch $@

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "youhui needs Python 3.11 or newer; \`$(PYTHON)\` is not. Give one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "\`$(PYTHON) -m venv\` failed; on Debian install python3-venv." >&2; exit 2; }
	@echo "installing what requirements.txt locks into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@
