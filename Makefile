# `make demo` and `make test` set up whatever they need and say what they install.
PYTHON ?= python3
DEMO   ?= demo
UV      = .venv-uv/bin/uv
RUN     = .venv/bin
DEBIAN  = postgresql chromium softhsm2 golang-go golang-golang-x-mod-dev qpdf poppler-utils age iproute2
export UV_PYTHON_DOWNLOADS = never
export UV_PYTHON = $(PYTHON)
# Compiled tests are kept, so that each worker and each run need not compile them again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test check environments bench measured clean
.DEFAULT_GOAL := demo

demo: .venv/ready
	@if [ -f $(DEMO)/trust.json ] && [ -d $(DEMO)/workspace ]; then rm -rf $(DEMO); fi
	$(RUN)/kept demo --out $(DEMO)

# Three workers for two cores: a third of what tests take is waiting, for processes, databases and browsers. A thread of
# numpy's for each, since what several burn while they wait for one another, the other workers would lack. A file's tests
# stay with one of them, so that what they share is made once; tests/conftest.py begins with the longest files.
test: export OPENBLAS_NUM_THREADS = 1
test: export OMP_NUM_THREADS = 1
test: environments
	$(RUN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q $(LESS)

environments: .venv/ready .venv-torch/ready .venv-inspect/ready .venv-nova/ready debian tests/node/node_modules/ready

check: .venv/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python -m pytest -q tests/contracts

bench measured: .venv/ready
	$(RUN)/python -m bench

# The locked environment, with the tools that make and test the project.
.venv/ready: uv.lock pyproject.toml tests/plugin/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kept needs Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing uv into .venv-uv and the locked packages of uv.lock into .venv"
	@test -x $(UV) || { $(PYTHON) -m venv .venv-uv && .venv-uv/bin/pip install -q uv; }
	@$(UV) sync -q --frozen --extra disclosure --extra kms --extra openpgp --extra overlap --extra pkcs11 --extra postgres --extra provenance --extra ray --extra reports --extra sharing --extra staff
	@touch $@

# PyTorch is large, so it stays apart: only the tests that compare with transformers use it.
.venv-torch/ready:
	@echo "Installing torch 2.13.0 and transformers 5.23.0 into .venv-torch (for the tests that compare with them)"
	@test -x .venv-torch/bin/pip || $(PYTHON) -m venv .venv-torch
	@.venv-torch/bin/pip install -q torch==2.13.0 transformers==5.23.0 safetensors
	@touch $@

# So does inspect_ai: only the tests that make and read its logs use it. Without it they skip.
.venv-inspect/ready: uv.lock .venv/ready
	@echo "Installing the locked inspect-ai into .venv-inspect (for the tests that make and read its logs)"
	@UV_PROJECT_ENVIRONMENT=.venv-inspect $(UV) sync -q --frozen --no-dev --extra inspect
	@touch $@

# Implementations by others, in JavaScript: only tests use them. Without node those tests skip.
tests/node/node_modules/ready: tests/node/package-lock.json | debian
	@command -v npm >/dev/null || { echo "No npm here: the tests that check against JavaScript will skip"; exit 0; }; \
	echo "Installing the locked JavaScript packages into tests/node (for the tests that compare with them)"; \
	cd tests/node && npm ci --silent --no-audit --no-fund && touch node_modules/ready

# NOVA itself, against which the reader of its rules is tested. Without it those tests skip.
.venv-nova/ready:
	@echo "Installing nova-hunting 0.3.1 into .venv-nova (for the tests that compare with it)"
	@test -x .venv-nova/bin/pip || $(PYTHON) -m venv .venv-nova
	@.venv-nova/bin/pip install -q nova-hunting==0.3.1
	@touch $@

.PHONY: debian
debian:
	@missing=""; for p in $(DEBIAN); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "No Debian here: the tests that need$$missing will skip"; exit 0; fi; \
	echo "Installing Debian packages:$$missing"; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
	|| { echo "Could not install$$missing: install them yourself, or the tests that need them will skip" >&2; }

clean:
	rm -rf .venv .venv-uv .venv-torch .venv-inspect .venv-nova tests/node/node_modules $(DEMO)
