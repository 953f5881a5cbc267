PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
BASELINES := .venv-baselines
PEERS := .venv-peers
CLIENTS := .venv-clients
CONFORMANCE := tests/app/compat/mcp/conformance
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Python keeps what it compiles, whatever the shell says: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: soak fuzz serve check test test-cluster lint format docs guide guide-images page page-tools mcp-tools page-images train bench-serving bench-bulk bench-cluster bench-client bench-accuracy bench-covariates bench-page bench-training bench-training-peers bench-training-cost data-given install install-dev install-docs lock clean

serve: install guide  ## Serve on $FORECAST_HOST:$FORECAST_PORT (127.0.0.1:8000)
	$(BIN)/python -m app

check: lint page-tools  ## Lint, strict types, and the tests that start no service and train nothing
	$(BIN)/python -m pytest -n 2 -m "not slow"

test: lint page-tools mcp-tools $(CLIENTS)/.installed  ## Lint, strict types, all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-cluster: install-dev $(VENV)/.installed-cluster  ## The tests of jobs on Ray, which this installs first
	$(BIN)/python -m pytest tests/cluster

lint: install-dev install-docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers 2

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What the pages of the guide are made from: themselves, and the code that the reference describes.
GUIDE := app/guide/built/index.html
GUIDE_SOURCES := mkdocs.yml CHANGELOG.md CONTRIBUTING.md $(shell find docs guide app bulk client forecasting training \
    -type f ! -path '*/built/*' ! -path '*/__pycache__/*')

docs: $(GUIDE)  ## Build the pages of docs/ into the site that is served at /guide

$(GUIDE): $(GUIDE_SOURCES) $(VENV)/.installed-docs
	@echo 'Building the guide; this takes some seconds.'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build || { rm -f $@; exit 1; }

# A guide that cannot be built is no reason not to serve.
guide: install
	-@$(MAKE) --silent docs

guide-images: install  ## Draw the pictures of docs/concepts in docs/images anew
	$(BIN)/python -m guide.pictures docs/images

# What web/ is built into lies in the repository, so that serving needs no Node.
page: web/node_modules/.installed  ## Build the page anew, from web/ into app/page/built/
	npm --prefix web run --silent check
	npm --prefix web run --silent build

# With Node, the tests also build the page anew and look for what is hard to use on it.
page-tools:
	-@! command -v npm > /dev/null || $(MAKE) --silent web/node_modules/.installed

web/node_modules/.installed: web/package-lock.json
	npm --prefix web ci --silent
	touch $@

# With Node, the tests also run the suite by which implementations of MCP are checked.
mcp-tools:
	-@! command -v npm > /dev/null || $(MAKE) --silent $(CONFORMANCE)/node_modules/.installed

$(CONFORMANCE)/node_modules/.installed: $(CONFORMANCE)/package-lock.json
	npm --prefix $(CONFORMANCE) ci --silent
	touch $@

page-images: install-dev  ## Take the pictures of the page in docs/images anew
	UPDATE_IMAGES=1 $(BIN)/python -m pytest tests/app/page/test_pictures.py

bench-serving: install-dev  ## Measure serving beside the framework itself and naive Keras
	$(BIN)/python -m benchmarks.serving

bench-bulk: install-dev $(BASELINES)/.installed  ## Measure bulk jobs beside the Forecaster alone and a loop over AutoETS
	$(BIN)/python -m benchmarks.bulk $(OPTIONS)

bench-client: install-dev  ## Measure the Python client beside HTTP alone
	$(BIN)/python -m benchmarks.client

# OPTIONS="--url s3://bucket/prefix" uses a bucket of yours.
bench-cluster: install-dev $(VENV)/.installed-cluster $(BASELINES)/.installed  ## Publishers that race, Ray on one and two nodes beside AutoETS, nodes that are killed
	$(BIN)/python -m benchmarks.cluster $(OPTIONS)

bench-page: install-dev  ## Measure how soon the page shows a chart, in Debian's chromium
	$(BIN)/python -m benchmarks.page

# OPTIONS="--seconds 3600 --jobs 1000", for example; as root, a disk of its own gets full, too.
soak: install-dev  ## Traffic, swaps, kills, full disks and floods: whether anything is lost
	$(BIN)/python -m benchmarks.reliability $(OPTIONS)

# OPTIONS="--seconds 3600 --seed 2", for example.
fuzz: install-dev  ## Requests made from the OpenAPI document, for as long as asked
	$(BIN)/python -m benchmarks.reliability.fuzz $(OPTIONS)

# OPTIONS="--cache folder" keeps the baselines' forecasts, so that a second run is quick. The rolling
# tasks are scored too if their folder lies beside DATA and is named like it, with _rolling added.
bench-accuracy: data-given install-dev $(BASELINES)/.installed  ## DATA=folder: score zero-shot
	$(BIN)/python -m benchmarks.accuracy --data "$(DATA)" --plots docs/images/accuracy \
	    $(addprefix --rolling ,$(wildcard $(patsubst %/,%,$(DATA))_rolling)) --output docs/results/accuracy-results.md $(OPTIONS)

# DATA holds CSV files with columns beside unique_id, ds and y, and several steps a day.
# OPTIONS="--public folder" puts noise beside the series of public sets.
bench-covariates: data-given install-dev $(BASELINES)/.installed  ## DATA=folder: score covariates
	$(BIN)/python -m benchmarks.covariates --data "$(DATA)" $(OPTIONS)

# DATA holds a folder examples, of CSV files, and a folder validation, of the public sets.
bench-training: data-given install-dev  ## DATA=folder: score the recipe auto beside zero-shot
	$(BIN)/python -m benchmarks.training --data "$(DATA)" $(OPTIONS)

bench-training-peers: data-given install-dev $(PEERS)/.installed  ## DATA=folder: score it beside neuralforecast and GluonTS, too
	$(BIN)/python -m benchmarks.training --data "$(DATA)" --peers $(PEERS)/bin/python $(OPTIONS)

# Which build of PyTorch is installed, with or without CUDA, depends on pip's index.
bench-training-cost: data-given install-dev $(PEERS)/.installed  ## DATA=folder: time jobs, and steps beside PyTorch
	$(BIN)/python -m benchmarks.training.cost --data "$(DATA)" --peers $(PEERS)/bin/python $(OPTIONS)

data-given:
	@test -d "$(DATA)" || { echo 'error: pass the folder of the data: make' \
	    '$(firstword $(MAKECMDGOALS)) DATA=folder (docs/results/accuracy.md and' \
	    'docs/results/covariates-accuracy.md say what lies in it)'; exit 2; }

train: install  ## Make the shipped models again, as their next versions
	$(BIN)/python -m training fit examples/airline_passengers.csv --model airline-passengers \
	    --recipe lstm --horizon 12 --plot docs/images/airline-passengers.png
	$(BIN)/python -m training fit examples/sine.csv --model sine --recipe simple-rnn \
	    --plot docs/images/sine.png

install: $(VENV)/.installed  ## Make .venv: what the lock files pin, the project and its client

install-dev: $(VENV)/.installed-dev

install-docs: $(VENV)/.installed-docs

$(VENV)/.installed: requirements.lock pyproject.toml client/requirements.lock client/pyproject.toml
	@echo 'Setting up $(VENV) from $<; this takes some minutes the first time.'
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --require-hashes -r $<
	$(PIP_INSTALL) --require-hashes -r client/requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable . --editable ./client
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP_INSTALL) --require-hashes -r $<
	touch $@

$(VENV)/.installed-docs: guide/docs.lock $(VENV)/.installed
	$(PIP_INSTALL) --require-hashes -r $<
	touch $@

$(VENV)/.installed-cluster: requirements-cluster.lock $(VENV)/.installed-dev
	$(PIP_INSTALL) --require-hashes -r $<
	touch $@

$(BASELINES)/.installed: benchmarks/accuracy/baselines.lock
	$(PYTHON) -m venv $(BASELINES)
	$(BASELINES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(PEERS)/.installed: benchmarks/training/peers.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	touch $@

# Clients of other systems, which tests/app/compat runs against the service.
$(CLIENTS)/.installed: requirements-clients.lock
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

lock: install-dev  ## Pin what pyproject.toml asks for
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --extra training \
	    --extra mcp pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --extra traces \
	    --extra object-store --extra mcp --extra postgres \
	    -c requirements.lock pyproject.toml -o requirements-api.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --all-extras \
	    -c requirements.lock client/pyproject.toml -o client/requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --extra training --extra dev \
	    -c requirements.lock -c client/requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --extra training --extra cluster \
	    -c requirements.lock -c requirements-dev.lock pyproject.toml -o requirements-cluster.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --group docs \
	    -c requirements.lock -c client/requirements.lock -c requirements-dev.lock -o guide/docs.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --group baselines \
	    -o benchmarks/accuracy/baselines.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --group peers \
	    -o benchmarks/training/peers.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command 'make lock' --group nixtla --group sagemaker \
	    --group kserve --group azure --group mcp -o requirements-clients.lock

clean:
	rm -rf $(VENV) $(BASELINES) $(PEERS) $(CLIENTS) .mypy_cache .ruff_cache .pytest_cache .hypothesis
