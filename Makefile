# demo: the whole loop in one command · test: everything that is quick · check: style, types, structure · bench: the benchmarks ·
# results: the findings of docs/results.md on training, with three seeds, in about three hours on 2 cores
PYTHON ?= python3
BIN := .venv/bin
# how many processes share the tests, file by file
WORKERS ?= 2

FINDINGS := meditron_reasoning alphamed huatuo_o1 meerkat medreason med_refl prm

.PHONY: demo test slow check bench results clean

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

results: .venv/installed
	for name in $(FINDINGS); do $(BIN)/osler run recipes/clinic/$$name.yaml || exit 1; done
	for name in $(FINDINGS); do echo; echo "$$name"; $(BIN)/python bench/findings.py runs/finding_$$name-*; done
	$(BIN)/python bench/effect_prm.py runs/finding_prm-*
	$(BIN)/python bench/effect_adapters.py

# torch first and alone: an unpinned torch can bring gigabytes of CUDA packages
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,serve,ray,dense,dev]"
	touch $@

clean:
	rm -rf .venv runs
