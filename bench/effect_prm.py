"""Process reward models in two forms, by five ways to label steps: what they know of the truth of steps, and what they choose.

    osler run recipes/clinic/prm.yaml
    python bench/effect_prm.py runs/finding_prm-*

Nothing is trained here: the runs hold the scores of every candidate. `AUC` is that of all steps of the candidates against the clinic's
truth. Best of n is the candidate whose least step is best (Med-PRM), P-VS the vote weighted by the last step's score (MedS³); both against
the plain vote over the same candidates, with the 95 % bootstrap interval over the items of all runs together.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from osler.core.records import read_records
from osler.core.reward import last, least
from osler.core.selection import best, majority, weighted_vote
from osler.evaluate.candidates import CandidateSet, scores_of
from osler.evaluate.paired import paired_test
from osler.evaluate.reward_quality import reward_quality

Runs = Mapping[str, Sequence[CandidateSet]]
RULES: dict[str, Callable[[CandidateSet, str], int | None]] = {
    "best": lambda each, reward: best(each.candidates, [least(scores_of(one, reward)) for one in each.candidates]),
    "P-VS": lambda each, reward: weighted_vote(each.candidates, [last(scores_of(one, reward)) for one in each.candidates]),
}


def right(runs: Runs, choose: Callable[[CandidateSet], int | None]) -> list[float]:
    """Of every item of every run, whether what is chosen of its candidates is right; nothing chosen is wrong."""
    chosen = [(each, choose(each)) for sets in runs.values() for each in sets]
    return [float(at is not None and each.candidates[at].is_right) for each, at in chosen]


def right_by(runs: Runs, rule: str, reward: str) -> list[float]:
    return right(runs, lambda each: RULES[rule](each, reward))


def difference(ours: Sequence[float], theirs: Sequence[float]) -> str:
    test = paired_test(np.array(ours), np.array(theirs), seed=0)
    return f"{100 * test.difference:+.1f} [{100 * test.low:+.1f}, {100 * test.high:+.1f}] {test.word}"


def table(runs: Runs, rewards: Iterable[str]) -> str:
    vote = right(runs, lambda each: majority(each.candidates))
    bound = right(runs, lambda each: next((at for at, one in enumerate(each.candidates) if one.is_right), None))
    lines = [
        f"vote {np.mean(vote):.1%}, any right {np.mean(bound):.1%}, {len(vote)} items",
        "",
        "| reward model | AUC of steps, by run | ECE | best of n − vote, points [95 %] | P-VS − vote, points [95 %] |",
        "|---|---|---|---|---|",
    ]
    for reward in rewards:
        qualities = [reward_quality(sets, reward) for sets in runs.values()]
        known = [each for each in qualities if each and each.auroc is not None]
        aucs = ", ".join(f"{each.auroc:.3f}" for each in known)
        ece = f"{np.mean([each.ece for each in known]):.3f}" if known else ""
        differences = [difference(right_by(runs, rule, reward), vote) for rule in RULES]
        lines.append(f"| {reward} | {aucs} | {ece} | {' | '.join(differences)} |")
    return "\n".join(lines)


def contrasts(runs: Runs, pairs: Sequence[tuple[str, str]]) -> str:
    lines = ["| difference | best of n, points [95 %] | P-VS, points [95 %] |", "|---|---|---|"]
    for one, other in pairs:
        cells = [difference(right_by(runs, rule, one), right_by(runs, rule, other)) for rule in RULES]
        lines.append(f"| {one} − {other} | {' | '.join(cells)} |")
    return "\n".join(lines)


def pairs_in(rewards: Sequence[str]) -> list[tuple[str, str]]:
    """The other form with the same labels, and the labels of a form against the Monte-Carlo ones."""
    forms = [(reward, reward.replace("tokens-", "head-")) for reward in rewards if reward.startswith("tokens-")]
    labels = [(reward, f"{reward.split('-')[0]}-monte_carlo") for reward in rewards]
    return [(one, other) for one, other in (*forms, *labels) if one != other and other in rewards]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs of recipes/clinic/prm.yaml, one for each seed")
    runs = {run.name: list(read_records(run / "candidates.jsonl", CandidateSet)) for run in parser.parse_args().runs}
    rewards = list(next(iter(runs.values()))[0].candidates[0].scores)
    print(f"\nProcess reward models, {', '.join(runs)}\n\n{table(runs, rewards)}\n\n{contrasts(runs, pairs_in(rewards))}")
