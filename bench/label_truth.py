"""How often the labels of a search say what the clinic knows to be true, rule by rule, over the steps before the last of every trace.

    python bench/label_truth.py runs/clinic_refl-…

Reads a run of `osler synthesise` whose records hold searched traces about cases of the clinic. `labelled`: the share of steps that the rule
does not mask. `agree`: of these, how many are on the right side of one half, a label of one half being wrong. `area`: how often a true step
has a higher label than a false one (ties count half). Prints one line per rule and the numbers behind them.
"""

import sys
from pathlib import Path

from osler.core.records import read_records
from osler.recipe.file import load_synthesis
from osler.stages.checking import check_of
from osler.synthesise.draft import Draft
from osler.synthesise.labels import label
from osler.synthesise.solve.searched_drafts import solution_of

RULES = ("leaf_mean", "monte_carlo", "tree_value", "outcome")


def area(pairs: list[tuple[float, bool]]) -> float:
    true, false = sorted(value for value, is_true in pairs if is_true), [value for value, is_true in pairs if not is_true]
    wins = sum((one > other) + (one == other) / 2 for one in true for other in false)
    return wins / (len(true) * len(false)) if true and false else float("nan")


def main(folder: Path) -> None:
    synthesis = load_synthesis(folder / "recipe.yaml")
    check = check_of(synthesis.material, synthesis.seed)
    assert check is not None, "nothing checks the steps of this material"
    solutions = [solution_of(draft) for draft in read_records(folder / "records.jsonl", Draft)]
    for rule in RULES:
        pairs: list[tuple[float, bool]] = []
        n_steps = 0
        for each in (labelled for solution in solutions for labelled in label(rule, solution)):
            truths = [check(each.trace.question.id, step.text) == "true" for step in each.trace.steps[:-1]]
            n_steps += len(truths)
            pairs += [(value, truth) for value, truth in zip(each.labels_S, truths, strict=False) if value is not None]
        agree = sum((value > 0.5) == truth and value != 0.5 for value, truth in pairs) / max(len(pairs), 1)
        print(f"{rule:12} steps {n_steps} labelled {len(pairs) / max(n_steps, 1):.3f} agree {agree:.3f} area {area(pairs):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
