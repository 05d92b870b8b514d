# What an operator and a developer do; `make` alone explains it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
export UV_NO_PROGRESS := 1
# The certificates that the machine trusts: some networks add one of their own.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1
# Set where python bytecode must not be written; compiled files are what makes things start fast.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup debian demo local test test-unit test-e2e fuzz-dns lint messages previews screenshots format bench bench-start bench-dns bench-feedback bench-guesses simulate test-scale build deploy clean

help: ## Explain these targets
	@echo "XES domain onboarding: from a ticket to a verified sending domain."
	@echo
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready .tools/ministack/.ready .tools/sam/.ready ## Install everything into .venv and .tools, from the locked requirements

.venv/.ready: requirements/dev.txt pyproject.toml
	@echo "setup: the project's own environment (.venv)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=…"; exit 1; }
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# The embedded AWS and sam have environments of their own: their dependencies disagree with ours,
# and a function on the embedded AWS must see only what its layer brings.
.tools/%/.ready: requirements/%.txt .venv/.ready
	@echo "setup: $* (.tools/$*)"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .tools/$*
	@$(UV) pip install --quiet --python .tools/$*/bin/python --require-hashes --no-deps -r requirements/$*.txt
	@touch $@

debian: ## Install the Debian packages that tests and benchmarks use (DNS servers and tools), where they are missing
	@scripts/debian-packages

demo: setup ## Show the main job on this machine: a ticket in, a verified domain out
	@$(BIN)/xes local demo

local: setup ## Start the local world and leave it running (`xes local down` ends it)
	@$(BIN)/xes local up --detach

test: setup debian ## Run all tests, the end-to-end ones on the embedded AWS included
	@scripts/test

test-unit: setup ## Run the tests that open no socket and need no server
	@$(BIN)/python -m pytest tests/unit

test-e2e: setup debian ## Run only the end-to-end tests
	@$(BIN)/python -m pytest tests/e2e

test-scale: setup debian ## Run the tests of many domains in full size, which take a quarter of an hour
	@$(BIN)/python -m pytest -m scale -s tests/e2e

fuzz-dns: setup ## Hold the DNS codec against dnspython on two million damaged responses
	@$(BIN)/python -m tests.fuzz.dns_codec

lint: setup ## Check style, types, import rule, template, state machine; needs Node.js for the last
	@scripts/lint

messages: setup ## Write docs/messages.md, all that customers read, from the code
	@$(BIN)/python -m scripts.messages

screenshots: setup ## Take the pictures of every state of the pages in docs/pages
	@$(BIN)/python -m tests.support.screenshots

previews: setup debian ## Write docs/previews, every mail in every state as pictures and text; needs Chromium
	@PYTHONPATH=scripts:. $(BIN)/python -m scripts.previews

format: setup ## Format the code
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bench: bench-start bench-dns bench-feedback bench-guesses ## Run all benchmarks, each against a peer in the same run

bench-start: setup ## Measure each function's start beside boto3 with one client
	@$(BIN)/python -m bench.start

bench-dns: setup debian ## Measure the check of 20,000 domains beside dnsperf, checkdmarc and dnspython
	@$(BIN)/python -m bench.dns

simulate: setup ## Simulate 10,000 onboardings beside fixed intervals, and draw docs/simulation.svg
	@$(BIN)/python -m bench.simulate

bench-feedback: setup ## Measure the events a second that record_feedback takes, beside a plain handler
	@$(BIN)/python -m bench.feedback

bench-guesses: setup ## Guess 100,000 tokens of pages, and see whether the answers' time tells anything
	@$(BIN)/python -m bench.guesses

build: setup ## Build the template for AWS (arm64)
	@UV=$(abspath $(UV)) PYTHON=$(abspath $(BIN)/python) SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam build

deploy: build ## Build, and deploy to AWS with your credentials; asks before it changes anything
	@SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam deploy

clean: ## Remove what setup and builds made
	@rm -rf .venv .tools .aws-sam .local node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
