"""How fast are osler's paired bootstraps, against drawing positions with numpy? The same outcomes and number of resamples, in one run.

    python bench/resampling.py [--items 10000] [--resamples 10000] [--repeats 3] [--seed 0]

The other way is what a careful user would write: draw n positions with replacement for a block of resamples at a time, take the differences
there and average; with clusters, positions of clusters, whose sums and sizes were added up beforehand. Both give the same distribution; the
intervals are printed side by side. "Whole test" is osler's `paired_test`: interval, p-value and words. The best of the repeats stands.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from osler.evaluate.intervals import difference_interval
from osler.evaluate.layers import hierarchical_bootstrap
from osler.evaluate.paired import paired_test
from osler.evaluate.stats import paired_bootstrap

BLOCK = 100
"""Resamples drawn at a time: a million positions stay in the cache better than a hundred million."""


def by_positions(sums: NDArray[np.float64], sizes: NDArray[np.float64], n_resamples: int, seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    drawn = []
    for start in range(0, n_resamples, BLOCK):
        at = generator.integers(len(sums), size=(min(BLOCK, n_resamples - start), len(sums)))
        drawn.append(sums[at].sum(axis=1) / sizes[at].sum(axis=1))
    low, high = np.quantile(np.concatenate(drawn), [0.025, 0.975])
    return float(low), float(high)


def best_time(do: Callable[[], object], repeats: int) -> tuple[float, object]:
    best = float("inf")
    made: object = None
    for _ in range(repeats):
        start = time.perf_counter()
        made = do()
        best = min(best, time.perf_counter() - start)
    return best, made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    n, draws, seed = args.items, args.resamples, args.seed
    generator = np.random.Generator(np.random.PCG64(seed))
    a, b = generator.random(n) < 0.7, generator.random(n) < 0.68
    cluster_Q = np.sort(generator.integers(0, n // 5, n))
    clusters = [f"c{at}" for at in cluster_Q]
    sums, sizes = np.bincount(cluster_Q, weights=a * 1.0 - b), np.bincount(cluster_Q).astype(np.float64)
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    samples_Q_N = generator.random((n, 16)) < 0.7
    plain = best_time(lambda: by_positions(a * 1.0 - b, np.ones(n), draws, seed), 1)
    plain_clusters = best_time(lambda: by_positions(sums, sizes, draws, seed), 1)
    plain_samples = best_time(lambda: by_positions(samples_Q_N.mean(axis=1), np.ones(n), draws, seed), 1)
    rows = [
        ("items: paired_bootstrap", lambda: paired_bootstrap(a, b, seed=seed, n_resamples=draws), plain),
        ("items: difference_interval", lambda: difference_interval(a, b, seed=seed, n_resamples=draws), plain),
        ("items: whole test", lambda: paired_test(a, b, seed=seed, n_resamples=draws), plain),
        ("clusters: difference_interval", lambda: difference_interval(a, b, clusters, seed=seed, n_resamples=draws), plain_clusters),
        ("clusters: whole test", lambda: paired_test(a, b, clusters, seed=seed, n_resamples=draws), plain_clusters),
        ("16 samples: hierarchical", lambda: hierarchical_bootstrap(list(samples_Q_N), seed=seed, n_resamples=draws), plain_samples),
    ]
    print(f"{draws} resamples of {n} items, {len(sums)} clusters; seconds")
    print(f"{'':>32}{'osler':>9}{'numpy':>9}{'ratio':>9}   intervals: osler's, numpy's")
    for name, do, (seconds_plain, (low, high)) in rows:
        seconds, made = best_time(do, args.repeats)
        print(
            f"{name:>32}{seconds:>9.3f}{seconds_plain:>9.3f}{seconds_plain / seconds:>9.1f}"
            f"   [{made.low:.4f}, {made.high:.4f}] [{low:.4f}, {high:.4f}]"
        )


if __name__ == "__main__":
    main()
