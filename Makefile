# Lockstep: what a person or a build machine asks for. `make help` lists it.
#
# Everything lives in $(VENV); nothing is installed anywhere else. Another interpreter gets an
# environment of its own: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
ARGS ?=
PROTOC := 1.85.1
CTRADER_CLIENT := 0.9.2

BIN := $(VENV)/bin
ROOMS := lockstep engine connectors strategies backtest
DECLARED := $(shell find $(ROOMS) -name '*.pxd' -o -name '*.pyx')
# What runs again in the plain core: that a digest is the same in both has a test of its own.
BOTH_CORES := tests/property/test_scan.py tests/property/test_books.py tests/unit/test_books.py \
	tests/unit/test_backtest_books.py tests/unit/test_backtest.py
CORE := hatch_build.py $(DECLARED) $(wildcard $(patsubst %.pxd,%.py,$(DECLARED)))
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Only the public index and no local wheels, so that the hashes are those of the published files.
COMPILE := PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= \
	CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --no-emit-options --build-deps-for editable

# A foreign module path would let other code shadow ours.
unexport PYTHONPATH PYTHONHOME

.PHONY: help demo test bench core soak format lock proto clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run-installed ## run the demonstration: a backtest, a table, a report
	@$(BIN)/lockstep demo $(ARGS)

test: $(VENV)/.dev-installed ## check format, lint and types, and run all tests but the long ones
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)
	LOCKSTEP_CORE=plain $(BIN)/pytest -n $(WORKERS) -q $(BOTH_CORES)

bench: $(VENV)/.run-installed ## measure speed; prints ratios against a baseline of the same run
	@$(BIN)/python benchmarks/run.py $(ARGS)

core: $(VENV)/.run-installed ## compile the core again, after one of its sources was changed
	@$(BIN)/python hatch_build.py

soak: $(VENV)/.dev-installed ## run the long tests, and the property tests with many more examples
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'soak or hypothesis' \
		--hypothesis-profile=soak --timeout=0 $(ARGS)

interop: $(VENV)/.dev-installed $(VENV)/.ctrader-client-$(CTRADER_CLIENT) ## run the tests that need a browser, node or a vendor's own client
	$(BIN)/pytest -m interop $(ARGS)

format: $(VENV)/.dev-installed ## put the code into the house format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: $(VENV)/.dev-installed ## pin the dependencies again; ARGS=--upgrade takes newer versions
	$(COMPILE) --extra report --extra tls $(ARGS) --output-file requirements/run.txt pyproject.toml
	$(COMPILE) --extra report --extra sweep --extra metrics --extra tls --extra dev $(ARGS) \
		--constraint requirements/run.txt --output-file requirements/dev.txt pyproject.toml

proto: $(VENV)/.protoc-$(PROTOC) ## compile the protobuf schemas again, after one was changed
	$(VENV)/protoc/bin/python -m grpc_tools.protoc --proto_path=. --python_out=. --pyi_out=. \
		connectors/ctrader/schema/*.proto

clean: ## remove the environment, the caches and the builds; runs/ and data/ stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	rm -rf engine/native/built
	find $(ROOMS) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Lockstep needs Python 3.11 or newer, and '$(PYTHON)' is not; name one that is:" \
			"make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The dev lock holds everything the run lock holds, at the same versions.
$(VENV)/.run-required: requirements/run.txt $(VENV)/.created
	@echo "installing what Lockstep needs to run (once; less than a minute on a fast line)"
	@$(INSTALL) --require-hashes --requirement requirements/run.txt
	@touch $@

# The core is compiled first by itself, because pip keeps to itself what a build says.
$(VENV)/.run-installed: $(VENV)/.run-required pyproject.toml $(CORE)
	@$(BIN)/python hatch_build.py
	@$(INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@

# The compiler has an environment of its own: it is needed only when a schema changes. Its version
# decides which runtimes can load what it wrote; pyproject.toml holds protobuf to those.
$(VENV)/.protoc-$(PROTOC): $(VENV)/.created
	@$(PYTHON) -m venv $(VENV)/protoc
	@$(VENV)/protoc/bin/python -m pip install --quiet --disable-pip-version-check \
		grpcio-tools==$(PROTOC)
	@touch $@

# The vendor's client needs a protobuf of its time, hence an environment of its own.
$(VENV)/.ctrader-client-$(CTRADER_CLIENT): $(VENV)/.created
	@$(PYTHON) -m venv $(VENV)/ctrader-client
	@$(VENV)/ctrader-client/bin/python -m pip install --quiet --disable-pip-version-check \
		ctrader-open-api==$(CTRADER_CLIENT)
	@touch $@

$(VENV)/.dev-required: requirements/dev.txt $(VENV)/.created
	@echo "installing what Lockstep needs to be tested (once; about a minute on a fast line)"
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt
	@touch $@ $(VENV)/.run-required

$(VENV)/.dev-installed: $(VENV)/.dev-required pyproject.toml $(CORE)
	@$(BIN)/python hatch_build.py
	@$(INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@ $(VENV)/.run-installed
