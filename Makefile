# The whole interface: `make run` builds the shipped warehouse and serves the app, `make test`
# installs what the tests need and runs them all.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
IMID_HOME ?= imid-home
PORT ?= 8501
WORKERS ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: run app screens test test-spark lint chromium lock audit licences sbom secrets example clean

run: $(VENV)/.runtime
	$(BIN)/imid --home $(IMID_HOME) run
	$(BIN)/imid --home $(IMID_HOME) app --port $(PORT)

app: $(VENV)/.runtime
	$(BIN)/imid --home $(IMID_HOME) app --port $(PORT)

# The pictures of docs/screens, taken of the warehouse that `make run` builds.
screens: $(VENV)/.development chromium
	$(BIN)/python -m benchmarks.screens --home $(IMID_HOME)

test: $(VENV)/.development chromium lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

# The second engine is an extra of its own: half a gigabyte, and a Java runtime beside it.
test-spark: $(VENV)/.spark
	$(BIN)/python -m pytest tests/dbt/test_spark.py

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	IMID_WORKING=:memory: $(BIN)/sqlfluff lint dbt/models dbt/tests --processes $(WORKERS) --disable-progress-bar

$(VENV)/.created:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.created
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml | $(VENV)/.created
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.runtime

$(VENV)/.spark: requirements-spark.lock pyproject.toml $(VENV)/.development
	@command -v java > /dev/null || { echo "Spark needs a Java runtime, 17 or newer"; exit 1; }
	$(BIN)/pip install --quiet --require-hashes -r requirements-spark.lock
	touch $@

# The browser tests drive Debian's Chromium; Playwright's own download is not used.
chromium:
	@command -v chromium > /dev/null || { \
		sudo=$$(test "$$(id -u)" = 0 || command -v sudo); \
		$$sudo apt-get update --quiet && \
		$$sudo apt-get install --yes --quiet --no-install-recommends chromium; }

UV_FLAGS := --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras \
	--python-version 3.11 --no-header

lock: $(VENV)/.development
	$(BIN)/uv pip compile $(UV_FLAGS) --extra build pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile $(UV_FLAGS) --constraint requirements.lock --extra build --extra dev \
		pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile $(UV_FLAGS) --constraint requirements.lock --extra build --extra spark \
		pyproject.toml --output-file requirements-spark.lock

# Asks PyPI's advisories; --strict, because a package that nobody knew would pass otherwise.
audit: $(VENV)/.development
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock

licences: $(VENV)/.development
	$(BIN)/python -m tests.support.licences > docs/licences.md

# CycloneDX, with the hashes; read from the lock alone, so it needs no network.
SBOM ?= build/sbom.json
sbom: $(VENV)/.development
	@mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--output-file $(SBOM) requirements.lock

# The files as they are, then every line that any commit ever added. Patterns only (-n): nothing
# found is ever tried out on a service. Locks hold nothing but hashes.
secrets: $(VENV)/.development
	git ls-files -z ':!*.lock' ':!*.png' ':!*.gz' | xargs -0 $(BIN)/detect-secrets-hook -n
	$(BIN)/python -m tests.support.history

example: $(VENV)/.runtime
	$(BIN)/python examples/simulated-imid/simulate.py

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache dbt/target dbt/logs
