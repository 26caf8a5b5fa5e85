# Needs Python 3.11 or later, git and make; uv and everything else it fetches itself.

PORT ?= 8000
UV := $(shell command -v uv || echo var/uv/bin/uv)
RUN := $(UV) run --no-sync
PYTHON ?= python3
TEST_WORKERS ?= 3
PIP_INSTALL := pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test agents transcripts conformance durable-streams soak soak-agents check format bench screenshots build install sync sync-dev

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 12

# Without a key sessions run on the built-in simulator; `serve` says so.
run: export RINGSIDE_SIMULATE := $(or $(RINGSIDE_SIMULATE),$(if $(ANTHROPIC_API_KEY),0,1))
run: export RINGSIDE_OWN_MACHINE := $(or $(RINGSIDE_OWN_MACHINE),1)
run: sync ## serve on PORT (8000), with a runner, and print a sign-in link
	@$(RUN) python manage.py migrate --verbosity 0
	@echo "Commands, from any directory: $(CURDIR)/.venv/bin/ringside (see --help)"
	@exec $(RUN) python manage.py serve --port $(PORT) --signin

check: sync-dev ## style, types, imports, and whatever is generated
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python hatch_build.py check
	$(RUN) python -m sessions_app.protocol.typescript --check
	$(RUN) python manage.py check
	$(RUN) python manage.py makemigrations --check --dry-run

test: sync-dev ## all tests; those that need PostgreSQL or Redis skip without
	$(RUN) python hatch_build.py test
	$(RUN) pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder
	$(RUN) python -m tests.conformance

conformance: sync-dev ## what must hold on every database and layer
	$(RUN) python -m tests.conformance --all

soak: sync-dev ## kill the runner 50 times in the midst of a session
	$(RUN) python -m tests.faults.soak --kills 50

soak-agents: agents ## kill a real agent, its runner or the server 50 times (AGENT=claude)
	$(RUN) python -m tests.agents.soak.soak --kills 50 --agent $(or $(AGENT),claude)

agents: sync-dev ## fetch real agents into var/agents, for tests/agents; 1.3 GB
	$(RUN) python -m tests.agents.install --more

transcripts: agents ## have real agents write transcripts, for tests/agents/transcripts
	$(RUN) python -m tests.agents.transcripts.record

durable-streams: sync-dev ## run the whole conformance suite of durable streams
	RINGSIDE_DURABLE_STREAMS=1 $(RUN) pytest -n 0 tests/durable_streams

bench: sync-dev ## measure latency, throughput and memory
	$(RUN) python -m tests.benchmarks

screenshots: sync-dev ## take pictures of every page, and one that moves, into docs/screenshots
	$(RUN) python -m tests.browser.screenshots

format: sync-dev ## put the code into shape
	$(RUN) ruff check --fix
	$(RUN) ruff format

build: $(UV) ## make the wheel, with the page built in
	$(UV) build --wheel

# A service runs as another user, who cannot enter a home directory such as /root: so no
# Python that uv or somebody has put there.
install: export UV_PYTHON = $(or $(shell for found in /usr/bin/python3 /usr/local/bin/python3; do \
	"$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$found" && break; done),/usr/bin/python3)
install: ## set up for services: with the system's Python, which every user may run
	@$(MAKE) --no-print-directory sync
	@case "$$(readlink -f .venv/bin/python)" in "$$(cd ~ && pwd -P)"/*|/root/*) \
	  echo "$$(readlink -f .venv/bin/python) is in a home directory, where a service's user \
	cannot run it. Install a Python 3.11 or later of the system (Debian: apt install python3), \
	then: rm -rf .venv && make install"; exit 1;; esac

sync: $(UV)
	@[ -x .venv/bin/django-admin ] || echo "Fetching what Ringside needs; once, a minute or so."
	@$(UV) sync --locked --inexact --no-dev --quiet --compile-bytecode || $(NO_SYNC)

sync-dev: $(UV)
	@$(UV) sync --locked --quiet --compile-bytecode || $(NO_SYNC)

NO_SYNC := { echo "Ringside could not be set up: the lines above say why. It needs \
	Python 3.11 or later, and a network the first time; then: make $(MAKECMDGOALS)"; exit 1; }

# A uv of our own, where there is none. Debian may have Python without venv.
var/uv/bin/uv:
	@mkdir -p -m 700 var
	@echo "Fetching uv, which fetches the rest."
	@$(PYTHON) -m venv var/uv && var/uv/bin/$(PIP_INSTALL) uv \
	  || $(PYTHON) -m $(PIP_INSTALL) --target var/uv uv \
	  || { rm -rf var/uv; echo "uv is missing, and neither venv nor pip can fetch it. Is \
	the network there? See https://docs.astral.sh/uv/ (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
