# Each target sets up .venv itself, and leaves it alone while it is fresh: see .ci/venv.

PYTHONS := 3.11 3.12 3.13
BIN := .venv/bin

.PHONY: help
help:
	@echo "make demo     a tour of what pricing shows"
	@echo "make test     everything that must hold before a commit"
	@echo "make test-sdk the providers' own packages: their objects are read as their bodies are"
	@echo "make reports  the living reports, from the cards"
	@echo "make screenshots  the pictures of the README, from those pages"
	@echo "make bench    speed, beside the peers'"
	@echo "make site     the calculator page, in build/site"
	@echo "make clean    remove what was built (make clean-all: the environments too)"

.PHONY: venv
venv:
	@.ci/venv .venv dev $(PYTHONS) 3

# Half a gigabyte, for the tests of that one engine: only where there is a Java to run it.
.PHONY: spark
spark: venv
	@if ! command -v java >/dev/null; then \
	    echo "Spark: not tested, for there is no Java here"; \
	elif ! $(BIN)/python -c 'import pyspark' 2>/dev/null; then \
	    echo ".venv: installing the extra 'spark'"; \
	    $(BIN)/python -m pip --disable-pip-version-check install --quiet \
	        --constraint constraints.txt --editable '.[spark]' \
	    || echo "Spark: not tested, for its packages cannot be had"; \
	fi

# The Python that runs in browsers, 12 MB, once: the tests of the calculator page run it.
.PHONY: pyodide
pyodide: venv
	@$(BIN)/python -m pricing.site.pyodide || echo "Pyodide: not here; the calculator is not run"

.PHONY: demo
demo: venv
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

# The whole suite runs last, on .venv's own Python: its closing line is the answer.
.PHONY: test
test: venv spark pyodide
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test-all-pythons
	$(BIN)/pytest -n auto --dist worksteal --cov

.PHONY: test-all-pythons
test-all-pythons: $(PYTHONS:%=test-on-%)

# A version that is not installed, or whose packages cannot be had, is skipped and named.
.PHONY: test-on-%
test-on-%: venv
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != tuple(map(int, "$*".split("."))))'; then \
	    echo "Python $*: tested by the whole suite, in .venv"; \
	elif .ci/venv .venv-$* test $*; then \
	    echo "Python $*: all but the slow tests"; \
	    .venv-$*/bin/pytest -n auto --dist worksteal -m "not slow" -q -p no:cacheprovider; \
	else \
	    echo "Python $*: skipped, for the reason above"; \
	fi

# Against the current releases of the providers' own packages; skipped where they cannot be had.
.PHONY: test-sdk
test-sdk:
	@if .ci/venv .venv-sdk sdk $(PYTHONS); then \
	    .venv-sdk/bin/pytest tests/sdk -p no:cacheprovider; \
	else \
	    echo "SDK objects: skipped, for the reason above"; \
	fi

.PHONY: reports
reports: venv
	$(BIN)/python reports/build.py

.PHONY: screenshots
screenshots: venv
	$(BIN)/python reports/screenshots.py

.PHONY: bench
bench: venv
	$(BIN)/python benchmarks/run.py

.PHONY: site
site: venv
	$(BIN)/pricing site build build/site

.PHONY: clean clean-all
clean:
	rm -rf build dist htmlcov coverage.xml .coverage .coverage.* pricing/_snapshot
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find pricing tests reports benchmarks ratecards -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

clean-all: clean
	rm -rf .venv .venv-* benchmarks/.venv
