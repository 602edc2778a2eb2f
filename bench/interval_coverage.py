"""Do the intervals and tests hold what they say? Coverage of 95 % intervals, and level and power of the paired test, by simulation.

    python bench/interval_coverage.py [--simulations 2000] [--resamples 1000] [--clusters 10 30 …] [--seed 0] [--parts wilson mean …]

Wilson's coverage is exact: a sum over the binomial distribution at 8,001 shares from .1 to .9, not a simulation. Clusters have shares drawn
from a beta distribution with the intraclass correlation stated; "sizes" are the items a cluster has: always 5, evenly from 1 to 10, or
geometric with mean 4 (some clusters are large). In "difference", b is right where a is but for a random part, and is 5 points lower: paired
outcomes, as two systems on the same items have them. The standard error of a coverage near 95 % over 2,000 simulations is 0.5 points.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from osler.evaluate.intervals import Estimate, difference_interval, mean_interval
from osler.evaluate.layers import crossed_bootstrap, hierarchical_bootstrap, macro_average
from osler.evaluate.paired import paired_test
from osler.evaluate.power import mcnemar_power
from osler.evaluate.stats import wilson

SIZES: dict[str, Callable[[np.random.Generator, int], NDArray[np.int64]]] = {
    "5": lambda generator, n: np.full(n, 5),
    "1-10": lambda generator, n: generator.integers(1, 11, n),
    "geometric": lambda generator, n: generator.geometric(0.25, n),
}


def wilson_coverage(n: int, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    intervals = [wilson(count, n) for count in range(n + 1)]
    low, high = np.array([each.low for each in intervals]), np.array([each.high for each in intervals])
    chances = binom.pmf(np.arange(n + 1), n, shares[:, None])
    return (chances * ((low <= shares[:, None]) & (shares[:, None] <= high))).sum(axis=1)


def wilson_part(args: argparse.Namespace) -> None:
    print("Wilson, exact coverage in per cent over p in [.1, .9]")
    print(f"{'n':>6}{'mean':>9}{'least':>9}{'at p':>9}{'most':>9}{'p < 94':>9}   over p = .10, .11, …: least and most")
    for n in (20, 50, 100, 200, 250, 300, 500, 1000, 1273):
        shares = np.linspace(0.1, 0.9, 8001)
        covered = np.concatenate([wilson_coverage(n, part) for part in np.array_split(shares, 20)]) * 100
        round_shares = wilson_coverage(n, np.round(np.arange(0.10, 0.905, 0.01), 2)) * 100
        print(
            f"{n:>6}{covered.mean():>9.2f}{covered.min():>9.2f}{shares[covered.argmin()]:>9.4f}{covered.max():>9.2f}"
            f"{(covered < 94).mean():>9.2%}   {round_shares.min():.2f} {round_shares.max():.2f}"
        )


def clustered(generator: np.random.Generator, n_clusters: int, sizes: str, share: float, icc: float) -> tuple[NDArray, NDArray, list[str]]:
    """Outcomes of a, outcomes of b (5 points lower), and clusters."""
    size_G = SIZES[sizes](generator, n_clusters)
    scale = 1 / icc - 1
    share_Q = np.repeat(generator.beta(share * scale, (1 - share) * scale, n_clusters), size_G)
    common, extra_a, extra_b = generator.random((3, len(share_Q)))
    # the two share their luck on two items in three, else each has its own
    own = generator.random(len(share_Q)) < 1 / 3
    a = np.where(own, extra_a, common) < share_Q
    b = np.where(own, extra_b, common) < share_Q * (share - 0.05) / share
    return a, b, [f"c{at}" for at in np.repeat(np.arange(n_clusters), size_G)]


def coverage(estimate: Callable[[np.random.Generator, int], Estimate], truth: float, args: argparse.Namespace) -> str:
    generator = np.random.Generator(np.random.PCG64(args.seed))
    drawn = [estimate(generator, at) for at in range(args.simulations)]
    hit = np.mean([each.low <= truth <= each.high for each in drawn])
    below, above = np.mean([each.high < truth for each in drawn]), np.mean([each.low > truth for each in drawn])
    width = np.mean([each.high - each.low for each in drawn])
    return f"{hit:>9.2%}{below:>9.2%}{above:>9.2%}{width:>9.3f}  {'/'.join(sorted({each.method for each in drawn}))}"


def clustered_part(args: argparse.Namespace, *, is_paired: bool) -> None:
    print(f"Clusters: {'difference of two systems' if is_paired else 'accuracy of one system'}")
    print(f"{'clusters':>9}{'sizes':>11}{'share':>7}{'icc':>6}{'covered':>9}{'below':>9}{'above':>9}{'width':>9}  method")
    for n_clusters in args.clusters:
        for sizes in SIZES:
            for share, icc in ((0.5, 0.2), (0.7, 0.2), (0.7, 0.5), (0.9, 0.2)):

                def estimate(generator: np.random.Generator, at: int, n=n_clusters, sizes=sizes, share=share, icc=icc) -> Estimate:
                    a, b, clusters = clustered(generator, n, sizes, share, icc)
                    if is_paired:
                        return difference_interval(a, b, clusters, seed=at, n_resamples=args.resamples)
                    return mean_interval(a, clusters, seed=at, n_resamples=args.resamples)

                line = coverage(estimate, 0.05 if is_paired else share, args)
                print(f"{n_clusters:>9}{sizes:>11}{share:>7}{icc:>6}{line}", flush=True)


def layers_part(args: argparse.Namespace) -> None:
    print("Layers: items × samples, runs × items, groups of unequal size")
    print(f"{'':>33}{'covered':>9}{'below':>9}{'above':>9}{'width':>9}  method")

    def shares(generator: np.random.Generator, n_items: int) -> NDArray:
        return generator.beta(0.7 * 2, 0.3 * 2, n_items)

    def nested(generator: np.random.Generator, at: int, n_items: int, n_samples: int) -> Estimate:
        right = generator.random((n_items, n_samples)) < shares(generator, n_items)[:, None]
        return hierarchical_bootstrap(list(right), seed=at, n_resamples=args.resamples)

    def drawn_twice(generator: np.random.Generator, at: int, n_items: int, n_samples: int) -> Estimate:
        right = generator.random((n_items, n_samples)) < shares(generator, n_items)[:, None]
        rows = generator.integers(n_items, size=(args.resamples, n_items))
        counts = generator.binomial(n_samples, right.mean(axis=1)[rows])
        low, high = np.quantile(counts.mean(axis=1) / n_samples, [0.025, 0.975])
        return Estimate(float(right.mean()), low, high, n_items, n_items, "samples drawn anew too (not osler's)")

    def crossed(generator: np.random.Generator, at: int, n_runs: int, spread: float) -> Estimate:
        moved = np.clip(shares(generator, 200) + generator.normal(0, spread, (n_runs, 1)), 0, 1)
        return crossed_bootstrap(list(generator.random(moved.shape) < moved), seed=at, n_resamples=args.resamples)

    def macro(generator: np.random.Generator, at: int) -> Estimate:
        groups = np.repeat(["a", "b", "c", "d"], [400, 120, 60, 40])
        right = generator.random(620) < np.repeat([0.9, 0.7, 0.6, 0.4], [400, 120, 60, 40])
        return macro_average(right, list(groups), seed=at, n_resamples=args.resamples)

    for n_items, n_samples in ((50, 3), (50, 16), (200, 3), (200, 16)):
        name = f"{n_items} items × {n_samples} samples"
        print(f"{name:>33}{coverage(lambda g, at, n=n_items, k=n_samples: nested(g, at, n, k), 0.7, args)}", flush=True)
        print(f"{name:>33}{coverage(lambda g, at, n=n_items, k=n_samples: drawn_twice(g, at, n, k), 0.7, args)}", flush=True)
    generator = np.random.Generator(np.random.PCG64(args.seed))
    for n_runs in (3, 5, 10):
        for spread in (0.0, 0.02, 0.05):
            many = np.clip(shares(generator, 2_000_000) + generator.normal(0, spread, 2_000_000), 0, 1)
            name = f"{n_runs} runs × 200 items, spread {spread}"
            print(f"{name:>33}{coverage(lambda g, at, n=n_runs, s=spread: crossed(g, at, n, s), float(many.mean()), args)}", flush=True)
    print(f"{'macro, 400 + 120 + 60 + 40 items':>33}{coverage(macro, 0.65, args)}", flush=True)


def tests_part(args: argparse.Namespace) -> None:
    print("Tests: share of comparisons called different at α = .05 (level where the difference is 0, else power), in per cent")
    print(f"{'n':>6}{'ψ':>6}{'δ':>7}{'exact':>9}{'theory':>9}{'mid-p':>9}{'theory':>9}{'in words':>10}{'unpaired':>10}")
    generator = np.random.Generator(np.random.PCG64(args.seed))
    for n, psi, difference in ((200, 0.2, 0.0), (1000, 0.2, 0.0), (200, 0.2, 0.1), (500, 0.2, 0.05), (1273, 0.1, 0.025), (1273, 0.3, 0.04)):
        cells = [(psi + difference) / 2, (psi - difference) / 2, 0.6 - psi / 2, 0.4 - psi / 2]
        called = np.zeros(4)
        for at in range(args.simulations):
            n_a, n_b, n_both, _ = generator.multinomial(n, cells)
            a = np.repeat([1, 0, 1, 0], [n_a, n_b, n_both, n - n_a - n_b - n_both])
            b = np.repeat([0, 1, 1, 0], [n_a, n_b, n_both, n - n_a - n_b - n_both])
            test = paired_test(a, b, seed=at, n_resamples=args.resamples)
            mid = paired_test(a, b, seed=at, n_resamples=1, is_mid_p=True)
            # whoever does not pair compares two shares of separate items
            pooled = (a.mean() + b.mean()) / 2
            p_unpaired = 2 * norm.sf(abs(a.mean() - b.mean()) / np.sqrt(2 * pooled * (1 - pooled) / n))
            called += [test.p_value <= 0.05, mid.p_value <= 0.05, test.word != "not distinguishable", p_unpaired <= 0.05]
        exact, mid_p, word, unpaired = called / args.simulations
        theory = mcnemar_power(n, difference, psi), mcnemar_power(n, difference, psi, is_mid_p=True)
        print(
            f"{n:>6}{psi:>6}{difference:>7}{exact:>9.2%}{theory[0]:>9.2%}{mid_p:>9.2%}{theory[1]:>9.2%}{word:>10.2%}{unpaired:>10.2%}",
            flush=True,
        )


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "wilson": wilson_part,
    "mean": lambda args: clustered_part(args, is_paired=False),
    "difference": lambda args: clustered_part(args, is_paired=True),
    "layers": layers_part,
    "tests": tests_part,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--clusters", type=int, nargs="+", default=[10, 20, 30, 50, 100])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    args = parser.parse_args()
    for part in args.parts:
        PARTS[part](args)
        print()


if __name__ == "__main__":
    main()
