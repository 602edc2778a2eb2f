# demo: the whole loop in one command · test: everything that is quick · check: style, types, structure · bench: the benchmarks
PYTHON ?= python3
BIN := .venv/bin
# how many processes share the tests, file by file
WORKERS ?= 2

.PHONY: demo test slow check bench clean

demo: .venv/installed
	$(BIN)/osler run recipes/demo.yaml

test: .venv/installed
	$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile -rs

slow: .venv/installed
	$(BIN)/python -m pytest -m slow -n $(WORKERS) --dist loadfile -rs

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py tests/test_glossary.py

bench: .venv/installed
	$(BIN)/python bench/decode.py
	$(BIN)/python bench/search.py
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/endpoint.py

# torch first and alone: an unpinned torch can bring gigabytes of CUDA packages
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,serve,ray,dense,dev]"
	touch $@

clean:
	rm -rf .venv runs
