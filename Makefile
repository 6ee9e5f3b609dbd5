# Two commands do everything on a fresh machine: `make demo` and `make test`. Both make .venv themselves.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
DEMO ?= demo

.PHONY: demo test test-slow train-smoke bench parity lint format clean

# pip, not another installer: only pip finds a CPU build of torch where one is offered.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $(STAMP)

demo: $(STAMP)
	$(PY) -m ddsr_bench demo --out $(DEMO)

# Tests run side by side, one on each of two cores; each keeps to one thread.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(PY) -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: $(STAMP)
	$(PY) -m pytest -m "slow"

# A tiny quality model and a tiny upscaler from tiny clips; each fails unless it learns what it has to.
train-smoke: $(STAMP)
	$(PY) reports/rw-vsr-qa/smoke.py
	$(PY) reports/ddsr/smoke.py

bench: $(STAMP)
	$(PY) tests/benchmarks/bench_degrade.py
	$(PY) tests/benchmarks/bench_decode.py
	$(PY) tests/benchmarks/bench_linear.py
	$(PY) tests/benchmarks/bench_memory.py
	$(PY) tests/benchmarks/bench_stats.py
	$(PY) tests/benchmarks/bench_vsr.py
	$(PY) tests/benchmarks/bench_rw_vsr_qa.py
	$(PY) tests/benchmarks/bench_leaderboard.py

parity: $(STAMP)
	$(PY) reports/vsr-parity/parity.py

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
