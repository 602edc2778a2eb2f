"""The runs of one recipe with several seeds put together: accuracies, every comparison and every contrast, as tables for docs/results.md.

    osler run recipes/clinic/alphamed.yaml
    python bench/findings.py runs/finding_alphamed-*

Intervals are of 95 %, paired, over the items of all seeds together (bootstrap); they do not cover how trainings differ from seed to seed,
so the differences by seed stand beside them. Nothing is corrected for looking at many.
"""

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from osler.core.records import read_records
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.paired import paired_test

Right = Mapping[str, Mapping[str, float]]
"""By system and item, whether it was right."""


def right_of(folder: Path) -> Right:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for each in read_records(folder / "verdicts.jsonl", Graded):
        found[each.system][each.item_id] = float(each.outcome is Outcome.RIGHT)
    return found


def difference(runs: Mapping[int, Right], pairs: Sequence[tuple[str, str]]) -> str:
    """The mean over pairs, pooled over the items of all runs."""
    ours, theirs, by_seed = list[float](), list[float](), list[str]()
    for right in runs.values():
        ids = sorted(set.intersection(*(set(right[name]) for pair in pairs for name in pair)))
        one, other = ([float(np.mean([right[pair[side]][id] for pair in pairs])) for id in ids] for side in (0, 1))
        by_seed.append(f"{100 * (np.mean(one) - np.mean(other)):+.1f}")
        ours += one
        theirs += other
    test = paired_test(np.array(ours), np.array(theirs), seed=0)
    points = f"{100 * test.difference:+.1f} [{100 * test.low:+.1f}, {100 * test.high:+.1f}]"
    return f"{points} | {', '.join(by_seed)} | {test.word}"


def tables(folders: Sequence[Path]) -> str:
    recipes = [yaml.safe_load((folder / "recipe.yaml").read_text(encoding="utf-8")) for folder in folders]
    runs = {recipe["seed"]: right_of(folder) for recipe, folder in zip(recipes, folders, strict=True)}
    answer = recipes[0]["answer"]
    lines = ["| system | right | by seed |", "|---|---|---|"]
    for name in answer["systems"]:
        each = [np.mean(list(right[name].values())) for right in runs.values()]
        lines.append(f"| {name} | {np.mean(each):.1%} | {', '.join(f'{share:.1%}' for share in each)} |")
    lines += ["", "| difference | points [95 %] | by seed | |", "|---|---|---|---|"]
    lines += [f"| {one} − {other} | {difference(runs, [(one, other)])} |" for one, other in answer["compare"]]
    lines += [f"| {name} | {difference(runs, [tuple(pair) for pair in pairs])} |" for name, pairs in answer.get("contrasts", {}).items()]
    n_items = {len(next(iter(right.values()))) for right in runs.values()}
    return f"seeds {', '.join(map(str, runs))}, {', '.join(map(str, n_items))} items each\n\n" + "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", type=Path, nargs="+")
    print(tables(parser.parse_args().folders))
