"""A run folder of the shape that the pipeline leaves, with every section in it, and one with as little as there can be."""

import json
from pathlib import Path
from typing import Any

import pytest


def metric(system: str, n_right: int, low: float, high: float, group: str = "all", n: int = 240, **rates: float) -> dict[str, Any]:
    rest = {"no_answer_rate": 0.0125, "truncated_rate": 0.0083, "unjudged_rate": 0.0, "tokens_per_item": 96.4} | rates
    return {"system": system, "group": group, "n": n, "n_right": n_right, "accuracy": n_right / n, "low": low, "high": high} | rest


def comparison(system: str, baseline: str, difference: float, low: float, high: float, p_value: float, n: int = 240) -> dict[str, Any]:
    counts = {"n": n, "n_system_only": 41, "n_baseline_only": 17}
    names = {"system": system, "baseline": baseline, "group": "all"}
    return names | counts | {"difference": difference, "low": low, "high": high, "p_value": p_value}


def curve_point(system: str, strategy: str, tokens: float, accuracy: float, policy: str = "evolved", n_items: int = 240) -> dict[str, Any]:
    ends = {"accuracy": accuracy, "low": accuracy - 0.06, "high": accuracy + 0.06}
    return {"system": system, "strategy": strategy, "policy": policy, "n_items": n_items, "tokens_per_item": tokens} | ends


def curves_of_everything() -> list[dict[str, Any]]:
    votes = [(96.4, 0.51), (192.0, 0.51), (385.0, 0.58), (771.0, 0.62), (1542.0, 0.65)]
    chosen = [(96.4, 0.51), (192.0, 0.57), (385.0, 0.63), (771.0, 0.70), (1542.0, 0.72)]
    return [
        curve_point("seed_greedy", "greedy", 90.1, 0.42, "seed"),
        *(curve_point("seed_vote", "self_consistency", tokens, accuracy - 0.1, "seed") for tokens, accuracy in votes),
        curve_point("evolved_greedy", "greedy", 96.4, 0.51),
        *(curve_point("evolved_vote", "self_consistency", tokens, accuracy) for tokens, accuracy in votes),
        *(curve_point("evolved_best_of_n", "best_of_n", tokens, accuracy) for tokens, accuracy in chosen),
        curve_point("evolved_beam", "beam", 640.0, 0.66, n_items=120),
        curve_point("evolved_beam_wide", "beam", 1240.0, 0.69, n_items=120),
        curve_point("evolved_mcts", "mcts", 12345.6, 0.73, n_items=120),
    ]


def reward(name: str, labels: str | None, **fields: Any) -> dict[str, Any]:
    bins = [
        {"low": k / 10, "high": (k + 1) / 10, "n": 40 + 90 * abs(k - 5), "mean_score": k / 10 + 0.05, "true_rate": min(1.0, k / 9)}
        for k in range(10)
    ]
    bins[4] |= {"n": 0, "mean_score": None, "true_rate": None}
    positions = [{"position": 1, "n": 30, "n_hit": 24}, {"position": 2, "n": 51, "n_hit": 37}]
    first_error = {"threshold": 0.5, "n_with_error": 81, "n_without": 159, "positions": positions}
    first_error |= {"error_accuracy": 61 / 81, "correct_accuracy": 0.824, "f1": 0.787}
    numbers = {"n_steps": 4520, "true_rate": 0.771, "auroc": 0.9127, "brier": 0.1034, "ece": 0.0421}
    return {"name": name, "labels": labels, "bins": bins, "first_error": first_error} | numbers | fields


def selection_of_everything() -> list[dict[str, Any]]:
    def row(reward: str | None, rule: str, aggregate: str | None, accuracy: float, difference: float | None, half: float) -> dict[str, Any]:
        ends = (None, None, None) if difference is None else (round(difference - half, 4), round(difference + half, 4), 0.012)
        own = {"n_items": 240, "accuracy": accuracy, "low": accuracy - 0.06, "high": accuracy + 0.06, "difference": difference}
        return (
            {"reward": reward, "rule": rule, "aggregate": aggregate}
            | own
            | dict(zip(("diff_low", "diff_high", "p_value"), ends, strict=True))
        )

    rows = [row(None, "vote", None, 0.654, None, 0), row(None, "any_right", None, 0.883, None, 0)]
    aggregates = ("last", "least", "product", "mean", "geometric_mean")
    for reward_name, shift in (("main", 0.0), ("likelihood", -0.09)):
        for rule, gain in (("best", 0.01), ("weighted_vote", 0.05)):
            for k, aggregate in enumerate(aggregates):
                difference = round(gain + shift + 0.004 * k, 4)
                rows.append(row(reward_name, rule, aggregate, round(0.654 + difference, 4), difference, 0.03))
    return [each for each in rows if not (each["reward"] == "likelihood" and each["aggregate"] == "product")]


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
        "candidates": [{"answer": "A", "step_truths": ["true"], "step_scores": [0.5]}],
    } | fields


def metrics_of_everything() -> dict[str, Any]:
    systems = ["seed_greedy", "evolved_greedy", "evolved_best_of_n_8", "evolved_mcts"]
    harvest = {"n_items": 500, "n_solved": 412, "n_traces": 5100, "n_right": 3021, "n_nodes": 20311, "tokens": 1234567, "n_skipped": 300}
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
        "harvests": [
            {"name": "tree_1", "policy": "seed", "strategy": "mcts"} | harvest,
            {"name": "plain_1", "policy": "seed", "strategy": "rejection_sampling"} | harvest | {"n_right": 1503, "n_nodes": 0},
        ],
        "steps": [
            {"system": system, "n_steps": 1130, "true_rate": 0.771, "false_rate": 0.2, "unreadable_rate": 0.029} for system in systems
        ],
        "curves": curves_of_everything(),
        "rewards": [
            reward("main", "clamped"),
            reward("published", "recursive", auroc=0.8312, brier=0.1522, ece=0.1107, first_error=None),
            reward("likelihood", None, auroc=None),
        ],
        "selection": selection_of_everything(),
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
        {"stage": "policy seed", "seconds": 412.34, "tokens": 0},
        {"stage": "search tree_1", "seconds": 3725.0, "tokens": 1234567},
        {"stage": "answer", "seconds": 41.26, "tokens": 54321},
    ],
    "data": {"n_worked": 2000, "n_search": 500, "n_answer": 240, "answer_split": "test"},
}


def node(parent: int | None, step: str, value: float, first_value: float, answer: str | None = None, **fields: Any) -> dict[str, Any]:
    counts = {"n_visits": 1, "n_copies": 1, "n_rollouts": 6, "rollout_sum": 6 * first_value}
    known = {"parent": parent, "step": step, "answer": answer, "value": value, "first_value": first_value}
    return known | counts | {"ending": "finished" if answer else "open"} | fields


def tree(id: str, *more: dict[str, Any]) -> dict[str, Any]:
    """Root, two open steps, under the first a right leaf, a wrong one and one without an answer."""
    nodes = [
        node(None, "", 0.58, 0.0, n_visits=5),
        node(0, "Pancreatitis explains upper abdominal pain.", 0.71, 0.83, n_visits=3, n_copies=2),
        node(0, "Gallstones explain fever.", 0.17, 0.17),
        node(1, "Pancreatitis fits best. The answer is A.", 1.0, 1.0, "A"),
        node(1, "Gallstones fit best. The answer is B.", 0.0, 0.0, "B"),
        node(1, "It is hard to say.", 0.0, 0.0, ending="finished"),
    ]
    return {"id": id, "tokens": 731, "is_cut": False, "nodes": [*nodes, *more]}


def asked(id: str) -> dict[str, Any]:
    options = {"A": "acute pancreatitis", "B": "gallstones"}
    return {
        "question": {"id": id, "text": f"What does {id} have?", "options": options},
        "key": {"letters": ["A"], "kind": "choice"},
        "group": "",
    }


def write_lines(path: Path, records: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def write_run(folder: Path, metrics: dict[str, Any], solutions: list[dict[str, Any]], manifest: dict[str, Any] = MANIFEST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "recipe.yaml").write_text("name: demo\nseed: 20\ndata: {kind: clinic, split: test}\n", encoding="utf-8")
    write_lines(folder / "solutions.jsonl", solutions)
    return folder


def write_everything(folder: Path) -> Path:
    run = write_run(folder, metrics_of_everything(), solutions_of_everything())
    write_lines(run / "searches/tree_1/trees.jsonl", [tree("train-001"), tree("train-002")])
    write_lines(run / "search.jsonl", [asked("train-000"), asked("train-001"), asked("train-002")])
    return run


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return write_everything(tmp_path / "demo-3f2a9c")


@pytest.fixture
def minimal_folder(tmp_path: Path) -> Path:
    metrics = {"metrics": [metric("plain", 120, 0.4371, 0.5629)], "comparisons": [], "steps": []}
    data = {"n_worked": 0, "n_search": 0, "n_answer": 240, "answer_split": None}
    open_solution = solution("plain", "q1", "no_answer", options={}, key="gout", steps=[], step_truths=[], step_scores=[])
    return write_run(tmp_path / "plain-000000", metrics, [open_solution], MANIFEST | {"data": data, "commit": None, "is_dirty": None})


GRADED_SYSTEMS = ("base_7b", "tuned_7b", "large_api")


def graded_metric(system: str, n_right: int, group: str = "all", n: int = 1000, **fields: Any) -> dict[str, Any]:
    rates = {"no_answer_rate": 0.061, "several_rate": 0.021, "refused_rate": 0.013, "errored_rate": 0.004, "rival_rate": 0.034}
    spent = {"tokens_per_right": 812.6, "seconds_per_right": 3.21, "cost_per_right": 0.00123, "n_responses": n, "n_clusters": n}
    return metric(system, n_right, n_right / n - 0.031, n_right / n + 0.029, group, n) | rates | spent | fields


def calibration(system: str, confidence: str, ece: float) -> dict[str, Any]:
    bins = [(40 + 70 * k, 0.05 + 0.1 * k, max(0.0, 0.1 * k - 0.08)) for k in range(10)]
    bins[2] = (0, 0.0, 0.0)
    coverage = [(k / 20, 0.97 - 0.014 * k) for k in range(1, 21)]
    numbers = {"n": 3550, "ece": ece, "brier": 0.1987}
    return {"system": system, "confidence": confidence, "binning": "10 bins of equal width", "bins": bins, "coverage": coverage} | numbers


def graded_costs() -> list[dict[str, Any]]:
    spent = {"tokens": (41.26, 612.0, 903.0), "US dollars": (0.0, 0.00071, 0.0121)}
    accuracies = (0.412, 0.583, 0.741)
    return [
        {"system": system, "unit": unit, "per_item": each, "accuracy": accuracy, "is_on_front": True}
        for unit, amounts in spent.items()
        for system, each, accuracy in zip(GRADED_SYSTEMS, amounts, accuracies, strict=True)
    ]


def graded_readings(system: str) -> list[dict[str, Any]]:
    counts = {"closing_letter": (611, 402), "boxed": (201, 130), "option_text": (127, 51), "no_answer": (40, 0), "several": (21, 0)}
    return [{"system": system, "method": method, "n": n, "n_right": n_right} for method, (n, n_right) in counts.items()]


def graded_content() -> dict[str, Any]:
    """What `osler grade` writes as `metrics.json`, with every part in it. All of it is invented."""
    base, tuned, large = GRADED_SYSTEMS
    sweep = [(k, 0.583 + 0.004 * (k - 1), 0.583 + 0.05 * (k - 1) ** 0.7) for k in range(1, 9)]
    samples = {"n_items": 1000, "n_samples": 8, "accuracy": 0.583, "instability": 0.317, "sweep": sweep}
    lengths = {"unit": "tokens", "low": -141.2, "high": -80.3, "correlation": -0.214}
    bins = [(128.0, 200, 0.71), (256.0, 250, 0.66), (512.0, 260, 0.52), (1024.0, 190, 0.41), (2048.0, 100, 0.22)]
    rule = {"rule": "mirage_default_a", "n": 1000, "accuracy": 0.604, "strict": 0.583}
    causes = [("no answer read as A", 61, 17, 0), ("first letter of several", 21, 9, 0), ("a word taken for a letter", 7, 1, 6)]
    pairs = [comparison(tuned, base, 0.171, 0.139, 0.203, 1e-12, 1000), comparison(large, tuned, 0.021, -0.008, 0.05, 0.161, 1000)]
    return {
        "metrics": [
            *(graded_metric(system, n_right) for system, n_right in zip(GRADED_SYSTEMS, (412, 583, 741), strict=True)),
            *(graded_metric(system, n_right, "anatomy", 400) for system, n_right in zip(GRADED_SYSTEMS, (150, 240, 310), strict=True)),
            *(graded_metric(system, n_right, "genetics", 600) for system, n_right in zip(GRADED_SYSTEMS, (262, 343, 431), strict=True)),
        ],
        "macros": [
            {"system": system, "n_groups": 2, "accuracy": accuracy, "low": accuracy - 0.03, "high": accuracy + 0.03}
            for system, accuracy in zip(GRADED_SYSTEMS, (0.4058, 0.5858, 0.7467), strict=True)
        ],
        "samples": [{"system": tuned} | samples, {"system": large} | samples | {"accuracy": 0.741, "instability": 0.118}],
        "calibration": [calibration(tuned, "share of the samples that agree", 0.0713), calibration(large, "stated in words", 0.1802)],
        "lengths": [
            {"system": tuned, "mean_right": 412.3, "mean_wrong": 523.1, "bins": bins} | lengths,
            {"system": large, "mean_right": 801.9, "mean_wrong": 913.4, "bins": bins[:3]} | lengths | {"correlation": None},
        ],
        "costs": graded_costs(),
        "rules": [{"system": tuned, "causes": causes} | rule, {"system": base, "causes": [cause[:3] for cause in causes[:1]]} | rule],
        "agreements": [
            {"system": "base_7b", "n": 200, "n_abstained": 0, "raw": 0.91, "kappa": 0.812, "low": 0.731, "high": 0.884, "ac1": 0.826},
            {"system": "tuned_7b", "n": 200, "n_abstained": 13, "raw": None, "kappa": None, "low": None, "high": None, "ac1": None},
        ],
        "readings": [each for system in GRADED_SYSTEMS for each in graded_readings(system)],
        "comparisons": [
            pairs[0] | {"p_adjusted": 2e-12, "smallest": 0.0412, "interval": "paired_bootstrap"},
            pairs[1] | {"p_adjusted": 0.322, "smallest": 0.0398, "interval": "paired_bootstrap"},
        ],
        "wins": [{"system": tuned, "baseline": base, "n_wins": 5, "n_ties": 11, "n_losses": 1}],
    }


def graded_about() -> dict[str, Any]:
    """What `osler grade` writes as `grading.json`."""
    item_set = {"name": "invented_qa", "n": 1000, "licence": "MIT", "citation": "Nobody 2026, Invented questions"}
    return {
        "title": "3 systems on invented_qa",
        "item_sets": [item_set | {"content_hash": "0123456789abcdef0123", "notes": ["2 items are asked twice"]}],
        "responses": ["base.jsonl", "tuned.jsonl", "large.jsonl"],
        "settings": [["statement that counts", "last"], ["seed", "0"]],
        "notes": ["base_7b: 3.4 % of the responses state two different answers; see --statement"],
        "version": "0.2.0",
    }


def write_graded(folder: Path, content: dict[str, Any], about: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "grading.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def write_graded_everything(folder: Path) -> Path:
    return write_graded(folder, graded_content(), graded_about())


@pytest.fixture
def content() -> dict[str, Any]:
    return graded_content()


@pytest.fixture
def about() -> dict[str, Any]:
    return graded_about()


@pytest.fixture
def graded_folder(tmp_path: Path) -> Path:
    return write_graded_everything(tmp_path / "graded")
