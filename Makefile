# Needs Python 3.11 or newer, make and git. Everything else comes by the hashed locks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A file of tests stays on one worker, so that what it starts is started once. Tests wait as much as
# they work: four workers keep two processors busy. tests/conftest.py says which files begin.
PYTEST_WORKERS ?= 4
SPREAD = --numprocesses $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder

UV := $(BIN)/uv pip
COMPILE := $(UV) compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url

# Containers. BROKERS is settled when the data are first made: 3 keeps each record on two or three.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
PROFILES ?=
BROKERS ?= 1
AGENCY_KAFKA ?=
PLACE ?= greater-manchester
IMAGE = kith:$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
SECRETS = $(abspath $(or $(KITH_SECRETS),deploy/secrets))
BUILD_ARGS = --build-arg SOURCE_DATE_EPOCH=$(shell git log -1 --format=%ct 2>/dev/null || echo 0) \
  $(foreach name,PYTHON_IMAGE PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST HTTP_PROXY HTTPS_PROXY NO_PROXY,\
    $(if $($(name)),--build-arg $(name)))
FILES = --project-name kith --file docker-compose.yml
THREE = --file deploy/compose.three-brokers.yml
SIGN_IN = $(if $(KITH_OIDC_ISSUER),--file deploy/compose.sign-in.yml)
OUTSIDE = --file deploy/compose.agency-kafka.yml $(if $(filter 3,$(BROKERS)),--file deploy/compose.agency-kafka-three.yml)
UP = KITH_SECRETS=$(SECRETS) KITH_PLACE=$(PLACE) \
  KITH_OTLP_ENDPOINT=$(if $(filter observability,$(PROFILES)),http://otel-collector:4318) \
  $(COMPOSE) $(FILES) $(if $(filter 3,$(BROKERS)),$(THREE)) $(if $(AGENCY_KAFKA),$(OUTSIDE)) $(SIGN_IN) $(PROFILES:%=--profile %)
DOWN = KITH_SECRETS=$(SECRETS) $(COMPOSE) $(FILES) $(THREE) --profile observability --profile simulator --profile audit

.DEFAULT_GOAL := help
.PHONY: check-kubernetes kith-admin check-sign-in check-collector test-model test-compose test-containers up down logs image check-dashboards help setup run test check format bench bench-matching bench-splink clean distclean lock

help: ## Show what there is to do
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## Create the environment that 'make run' uses

run: $(VENV)/.run ## Run Kith here: PostgreSQL, Kafka, every service, a simulated week. Ctrl-C stops it
	@$(BIN)/kith run

# Each worker reads every test and every service: what the first has compiled, the others need not.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev ## Run every test, against real servers that are started for it
	$(BIN)/pytest $(SPREAD) $(ARGS)

test-model: $(VENV)/.dev ## Check the model at length: RUNS=100 histories at random
	KITH_MODEL_RUNS=$(or $(RUNS),100) $(BIN)/pytest tests/model $(ARGS)

test-containers: $(VENV)/.dev ## Run the system tests against Apache Kafka and PostgreSQL in containers
	KITH_TEST_SERVERS=containers $(BIN)/pytest $(SPREAD) \
	  $(or $(TESTS),tests/system tests/kit/test_roles.py) $(ARGS)

test-compose: $(VENV)/.dev ## Bring up the compose stack with three brokers, kill one, take it down
	KITH_TEST_COMPOSE=1 $(BIN)/pytest tests/compose $(ARGS)

check: $(VENV)/.dev ## Check format, lint, types, imports, drift of what is generated, and structure
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy --strict contracts services tests
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.generate --check
	$(BIN)/python -m services.dashboards --check
	$(BIN)/python -m services.install.documenting --check
	$(BIN)/pytest tests/architecture $(ARGS)

check-dashboards: $(VENV)/.dev ## Run every dashboard's queries and every rule on a real Prometheus 3 (KITH_PROMETHEUS=path)
	KITH_PROMETHEUS=$${KITH_PROMETHEUS:-prometheus} $(BIN)/pytest tests/dashboards $(ARGS)

check-collector: $(VENV)/.dev ## Run the collector's configuration on a real collector (KITH_COLLECTOR=path)
	KITH_COLLECTOR=$${KITH_COLLECTOR:-otelcol-contrib} $(BIN)/pytest tests/dashboards/test_collector.py $(ARGS)

check-sign-in: $(VENV)/.dev ## Sign in, out and with new keys at a real Keycloak (KITH_KEYCLOAK=folder)
	$(BIN)/pytest tests/sign_in $(ARGS)

TOOLS = $(or $(KITH_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kith)/kubernetes/bin
check-kubernetes: $(VENV)/.dev ## Have a real API server take every manifest (KITH_KUBE_APISERVER, KITH_ETCD; builds them with Go otherwise)
	$(if $(KITH_KUBE_APISERVER),,$(BIN)/python -m tests.kubernetes.tools)
	KITH_KUBE_APISERVER=$(or $(KITH_KUBE_APISERVER),$(TOOLS)/kube-apiserver) \
	  KITH_ETCD=$(or $(KITH_ETCD),$(TOOLS)/etcd) $(BIN)/pytest tests/kubernetes $(ARGS)

format: $(VENV)/.dev ## Format the code and fix what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/.run ## Measure journeys a second and their delay on this machine
	$(BIN)/kith bench $(ARGS)

image: ## Build the container image of every service
	docker build --quiet --file deploy/Dockerfile --tag $(IMAGE) $(BUILD_ARGS) .

up: image ## Run Kith in containers (PROFILES="observability simulator", BROKERS=3, AGENCY_KAFKA=1, KITH_LOCAL=1)
	@mkdir -p $(SECRETS)
	@docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
	  --user $$(id -u):$$(id -g) --volume $(SECRETS):/secrets --volume $(CURDIR)/deploy/places:/places:ro \
	  $(IMAGE) kith install secrets /secrets --place /places/$(PLACE)
	@$(if $(AGENCY_KAFKA),docker run --rm --network none --read-only --tmpfs /tmp --cap-drop ALL \
	  --security-opt no-new-privileges --user $$(id -u):$$(id -g) --volume $(SECRETS):/secrets \
	  --volume $(CURDIR)/deploy/kafka:/kafka:ro $(IMAGE) \
	  /kafka/trial-certificate /secrets $(or $(KITH_AGENCY_KAFKA_HOST),localhost))
	$(UP) up --detach --remove-orphans
	@for service in agencies duplication keyworkers alerts operations portal; do \
	  $(UP) exec -T $$service python -m services.kit.healthy --wait 120 || exit 1; done
	@echo "Kith is running. Portal: http://127.0.0.1:$(or $(KITH_PORTAL_PORT),8100)  Agencies' API: http://127.0.0.1:$(or $(KITH_AGENCIES_PORT),8101)/docs"
	@echo "Credentials: $(SECRETS)/agency-credentials.json"
	@$(if $(AGENCY_KAFKA),echo "Agencies' Kafka: $(or $(KITH_AGENCY_KAFKA_HOST),localhost):$(or $(KITH_AGENCY_KAFKA_PORT),9095)  A user: make kith-admin AGENCY_KAFKA=1 ARGS=\"agency kafka ID\"")
	@$(if $(KITH_LOCAL),echo "Anybody who reaches the portal may sign in as anybody: KITH_LOCAL is set.",\
	  $(if $(KITH_OIDC_ISSUER),echo "People sign in to the portal at $(KITH_OIDC_ISSUER).",\
	  echo "Nobody can sign in to the portal yet: docs/operations.md, 'Signing in', connects your organisation's own sign-in."; \
	  echo "'make up KITH_LOCAL=1' lets anybody on this machine in as anybody, to try Kith."))

kith-admin: ## Run a command as whoever may give users and rights on Kafka (ARGS="agency kafka ID")
	@$(UP) run --rm --no-deps -T topics kith $(ARGS)

down: ## Stop the containers; their data stay (ARGS=--volumes forgets the data)
	$(DOWN) down --remove-orphans $(ARGS)

logs: ## Follow what the containers say (ARGS=alerts for one of them)
	$(DOWN) logs --follow --timestamps --tail 100 $(ARGS)

bench-matching: $(VENV)/.run ## Measure what a matching decision costs against 10 and 100 thousand people
	$(BIN)/kith bench-matching $(ARGS)

bench-splink: $(VENV)/.bench ## The same with Splink deciding beside it, which it installs first
	$(BIN)/kith bench-matching --splink $(ARGS)

clean: ## Forget the data of 'make run'
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m services.local.clean; else rm -rf .kith; fi

distclean: clean ## Forget the environment and the tools' caches as well
	rm -rf $(VENV) .kith .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

lock: $(VENV)/.uv ## Resolve the dependencies anew: Python's, and Kafka's jars
	$(COMPILE) --extra dev --extra local pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock --extra local pyproject.toml -o requirements-local.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements-dev.lock --extra local --extra bench pyproject.toml -o requirements-bench.lock
	printf 'uv\nhatchling\n' | $(COMPILE) -c requirements-dev.lock - -o requirements-bootstrap.lock
	$(MAKE) setup
	$(BIN)/python -m services.local.kafka.lock

# -- the environment ---------------------------------------------------------------------
# Each stamp is newer than what it was made from: a second run of make does nothing.
$(VENV)/.uv: requirements-bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Kith needs Python 3.11 or newer: install it, or name it with 'make PYTHON=python3.12 ...'."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: on Debian or Ubuntu, 'apt install python3-venv'."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements-local.lock pyproject.toml
	$(UV) install --compile-bytecode --require-hashes -r requirements-local.lock
	$(UV) install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(UV) install --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.run requirements-bench.lock
	$(UV) install --compile-bytecode --require-hashes -r requirements-bench.lock
	@touch $@
