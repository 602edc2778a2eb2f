"""A run folder of the shape that the pipeline leaves, with every section in it, and one with as little as there can be."""

import json
from pathlib import Path
from typing import Any

import pytest


def metric(system: str, n_right: int, low: float, high: float, group: str = "all", n: int = 240, **rates: float) -> dict[str, Any]:
    rest = {"no_answer_rate": 0.0125, "truncated_rate": 0.0083, "unjudged_rate": 0.0, "tokens_per_item": 96.4} | rates
    return {"system": system, "group": group, "n": n, "n_right": n_right, "accuracy": n_right / n, "low": low, "high": high} | rest


def comparison(system: str, baseline: str, difference: float, low: float, high: float, p_value: float) -> dict[str, Any]:
    counts = {"n": 240, "n_system_only": 41, "n_baseline_only": 17}
    names = {"system": system, "baseline": baseline, "group": "all"}
    return names | counts | {"difference": difference, "low": low, "high": high, "p_value": p_value}


def solution(system: str, id: str, outcome: str, **fields: Any) -> dict[str, Any]:
    return {
        "system": system,
        "id": id,
        "question": "A 61-year-old patient reports crushing chest pain and cold sweat; no fever. Which diagnosis fits best?",
        "options": {"A": "myocardial infarction", "B": "pneumonia", "C": "costochondritis"},
        "key": "A",
        "outcome": outcome,
        "answer": {"right": "A", "wrong": "C"}.get(outcome),
        "steps": ["Myocardial infarction explains chest pain and cold sweat.", "Myocardial infarction fits best. The answer is A."],
        "step_truths": ["true", "true" if outcome == "right" else "false"],
        "step_scores": [0.914, 0.087],
        "n_tokens": 31,
    } | fields


def metrics_of_everything() -> dict[str, Any]:
    systems = ["seed_greedy", "evolved_greedy", "evolved_best_of_n_8", "evolved_mcts"]
    return {
        "metrics": [
            metric("seed_greedy", 101, 0.3606, 0.4838),
            metric("seed_greedy", 60, 0.41, 0.59, "differential", 120),
            metric("seed_greedy", 41, 0.2636, 0.4303, "pathway", 120),
            metric("evolved_greedy", 123, 0.4495, 0.5751),
            metric("evolved_greedy", 70, 0.4940, 0.6680, "differential", 120),
            metric("evolved_greedy", 53, 0.3560, 0.5310, "pathway", 120),
            metric("evolved_best_of_n_8", 131, 0.4827, 0.6076, tokens_per_item=771.0),
            metric("evolved_best_of_n_8", 75, 0.5360, 0.7070, "differential", 120),
            metric("evolved_best_of_n_8", 56, 0.3797, 0.5559, "pathway", 120),
            metric("evolved_mcts", 240, 0.9842, 1.0, no_answer_rate=0.0, truncated_rate=0.0, tokens_per_item=12345.6),
            metric("evolved_mcts", 120, 0.9690, 1.0, "differential", 120),
            metric("evolved_mcts", 120, 0.9690, 1.0, "pathway", 120),
        ],
        "comparisons": [
            comparison("evolved_greedy", "seed_greedy", 0.0917, 0.0333, 0.15, 0.0023),
            comparison("evolved_best_of_n_8", "evolved_greedy", 0.0333, -0.0208, 0.0875, 0.2811),
            comparison("seed_greedy", "evolved_mcts", -0.5792, -0.6417, -0.5167, 1e-30),
        ],
        "harvest": {"n_items": 500, "n_solved": 412, "n_traces": 5100, "n_right": 3021, "n_nodes": 20311, "tokens": 1234567},
        "steps": [
            {"system": system, "n_steps": 1130, "true_rate": 0.771, "false_rate": 0.2, "unreadable_rate": 0.029} for system in systems
        ],
        "reward": {"n_steps": 4520, "auroc": 0.9127},
    }


def solutions_of_everything() -> list[dict[str, Any]]:
    outcomes = ["wrong", "right", "no_answer", "right", "right", "wrong", "right", "wrong", "wrong"]
    return [
        solution(system, f"clinic-{number:03d}", outcome)
        for system in ("seed_greedy", "evolved_mcts")
        for number, outcome in enumerate(outcomes)
    ]


MANIFEST = {
    "name": "demo",
    "seed": 20,
    "commit": "a3bfc24f00",
    "is_dirty": True,
    "versions": {"python": "3.11.9", "osler": "0.1.0", "torch": "2.13.0"},
    "machine": "x86_64, 2 cores",
    "threads": 2,
    "stages": [
        {"stage": "seed_policy", "seconds": 412.34, "tokens": 0},
        {"stage": "search", "seconds": 3725.0, "tokens": 1234567},
        {"stage": "answer", "seconds": 41.26, "tokens": 54321},
    ],
    "data": {"n_worked": 2000, "n_search": 500, "n_answer": 240, "answer_split": "test"},
}


def write_run(folder: Path, metrics: dict[str, Any], solutions: list[dict[str, Any]], manifest: dict[str, Any] = MANIFEST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "recipe.yaml").write_text("name: demo\nseed: 20\ndata: {kind: clinic, split: test}\n", encoding="utf-8")
    lines = [json.dumps(solution, ensure_ascii=False) + "\n" for solution in solutions]
    (folder / "solutions.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "demo-3f2a9c", metrics_of_everything(), solutions_of_everything())


@pytest.fixture
def minimal_folder(tmp_path: Path) -> Path:
    metrics = {"metrics": [metric("plain", 120, 0.4371, 0.5629)], "comparisons": [], "harvest": None, "steps": [], "reward": None}
    data = {"n_worked": 0, "n_search": 0, "n_answer": 240, "answer_split": None}
    open_solution = solution("plain", "q1", "no_answer", options={}, key="gout", steps=[], step_truths=[], step_scores=[])
    return write_run(tmp_path / "plain-000000", metrics, [open_solution], MANIFEST | {"data": data, "commit": None, "is_dirty": None})
