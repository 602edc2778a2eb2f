"""The figures of `published_figures.py`, section by section: what was published, and what osler makes of the same responses."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from published_data import Answer, answers, by_system, grading, made_of, percent, right_by_rule, rows, unread

from osler.commands.measured import about
from osler.core.verdict import Outcome
from osler.evaluate.calibration import expected_calibration_error, score_bins
from osler.evaluate.paired import paired_test
from osler.evaluate.samples import instability, sweep

Number = float | None


class Figure(NamedTuple):
    """A line of the table. `by_rule` is ours under the published rule, and `strict` by our own reading. `is_met`: by_rule is what was
    published, to the digit that was printed; None where nothing has to be equal."""

    what: str
    published: Number
    by_rule: Number
    strict: Number
    note: str
    is_met: bool | None


def equal(what: str, published: float, by_rule: float, strict: Number = None, note: str = "", *, digits: int = 2) -> Figure:
    return Figure(what, published, by_rule, strict, note, round(by_rule, digits) == published)


def beside(what: str, published: Number, by_rule: Number, strict: Number, note: str = "") -> Figure:
    return Figure(what, published, by_rule, strict, note, None)


def holds(what: str, is_met: bool, note: str) -> Figure:
    return Figure(what, None, None, None, note, is_met)


_MIRAGE_RULE = "mirage_default_a"
_MIRAGE = {
    "mmlu rag_32": 75.48, "medqa rag_32": 66.61, "medmcqa rag_32": 58.04, "pubmedqa rag_32": 67.40, "bioasq rag_32": 90.29,
    "mmlu cot": 72.91, "medqa cot": 64.89, "medmcqa cot": 55.13, "pubmedqa cot": 36.00, "bioasq cot": 74.11,
}  # fmt: skip
_MIRAGE_PRINTED = {"medqa cot": 65.04, "medmcqa cot": 55.25, "bioasq cot": 74.27}
"""As printed (arXiv 2402.13178, table 6, and the repository's figure); the others are printed as above, where no reply is missing."""


def mirage() -> Iterator[Figure]:
    systems = by_system(answers("mirage"))
    for system, published in _MIRAGE.items():
        some = systems[system]
        strict = percent([answer.is_right for answer in some])
        yield equal(f"MIRAGE {system}", published, right_by_rule(some, _MIRAGE_RULE), strict, made_of(some, _MIRAGE_RULE))
    for system, printed in _MIRAGE_PRINTED.items():
        n_missing = sum(not answer.response.text for answer in systems[system])
        note = f"{n_missing} missing replies, each counted as the reply to the question before it"
        yield equal(f"MIRAGE {system}, as printed", printed, percent(list(_carried_over(systems[system]))), None, note)


def _carried_over(some: Sequence[Answer]) -> Iterator[bool]:
    """The script of the benchmark keeps the last answer where the next reply is missing."""
    letter: str | None = "A"
    for answer in some:
        letter = answer.ruled[_MIRAGE_RULE].answer if answer.response.text else letter
        yield letter in getattr(answer.item.key, "letters", ())


_RUNS = {
    "olmo3_7b 0.0": (46.117, 46.214, 46.214), "olmo3_7b 0.3": (44.757, 43.981, 44.757), "olmo3_7b 0.7": (43.204, 39.029, 41.068),
    "qwen25_7b 0.0": (67.961, 67.961, 67.961), "qwen25_7b 0.3": (65.534, 66.214, 67.573), "qwen25_7b 0.7": (57.767, 58.641, 56.602),
}  # fmt: skip
_MEANS = {
    "olmo3_7b 0.0": 46.181, "olmo3_7b 0.3": 44.498, "olmo3_7b 0.7": 41.1,
    "qwen25_7b 0.0": 67.961, "qwen25_7b 0.3": 66.44, "qwen25_7b 0.7": 57.67,
}  # fmt: skip
_MAJORITIES = {
    "olmo3_7b 0.0": 46.214, "olmo3_7b 0.3": 45.049, "olmo3_7b 0.7": 44.563,
    "qwen25_7b 0.0": 67.961, "qwen25_7b 0.3": 67.864, "qwen25_7b 0.7": 61.068,
}  # fmt: skip
_INSTABILITIES = {
    "olmo3_7b 0.0": 0.87, "olmo3_7b 0.3": 39.51, "olmo3_7b 0.7": 67.57,
    "qwen25_7b 0.0": 0.10, "qwen25_7b 0.3": 25.92, "qwen25_7b 0.7": 55.24,
}  # fmt: skip
"""tadsligar/MedQA2026 on GitHub, papers/paper1/tables: table3_overall_accuracy, table6_majority_vote, table5_variability."""


def medqa2026() -> Iterator[Figure]:
    for system, some in by_system(answers("medqa2026")).items():
        for run, published in enumerate(_RUNS[system], start=1):
            one = [answer for answer in some if answer.response.sample == run]
            strict = percent([answer.is_right for answer in one])
            recorded = percent([answer.is_right_by_record for answer in one])
            yield equal(f"MedQA2026 {system} run {run}", published, recorded, strict, unread(one), digits=3)
        yield from _samples(system, some)
    yield from _likelihood()
    yield _mcnemar()


def _samples(system: str, some: Sequence[Answer]) -> Iterator[Figure]:
    """Votes, sweep and instability over the three runs of one system."""
    ordered = sorted(some, key=lambda answer: answer.response.sample)
    by_item: dict[str, list[Answer]] = {}
    for answer in ordered:
        by_item.setdefault(answer.item.id, []).append(answer)
    recorded = [[answer.response.recorded.answer for answer in each] for each in by_item.values()]
    ours = [[answer.ours.answer for answer in each] for each in by_item.values()]
    by_record = sweep(recorded, [[answer.is_right_by_record for answer in each] for each in by_item.values()])
    by_us = sweep(ours, [[answer.is_right for answer in each] for each in by_item.values()])
    theirs, strict = by_record[2], by_us[2]
    pairs = zip(by_record, by_us, strict=True)
    note = "pass@k " + ", ".join(f"{100 * each.pass_at_k:.2f} : {100 * own.pass_at_k:.2f}" for each, own in pairs)
    yield equal(f"MedQA2026 {system} k = 1", _MEANS[system], 100 * by_record[0].pass_at_k, 100 * by_us[0].pass_at_k, note, digits=3)
    yield equal(f"MedQA2026 {system} vote of 3", _MAJORITIES[system], 100 * theirs.vote_of_first, 100 * strict.vote_of_first, digits=3)
    yield equal(f"MedQA2026 {system} instability", _INSTABILITIES[system], 100 * instability(recorded), 100 * instability(ours))


_LIKELIHOOD = {"olmo3_7b": (46.12, 0.0783), "qwen25_7b": (59.71, 0.0293)}
_COVERAGES = {"olmo3_7b": (48.87, 51.21, 54.09, 57.12, 60.78), "qwen25_7b": (62.57, 65.66, 69.21, 72.82, 77.86)}
"""The same folder: calib_ece and calib_risk_coverage (at 0.9 to 0.5), greedy, first run."""


def _likelihood() -> Iterator[Figure]:
    every = by_system(answers("medqa2026_logprobs"))
    for model, (accuracy, calibration) in _LIKELIHOOD.items():
        first = [
            row for row in rows("raw_medqa2026_2_models/logprobs.jsonl.gz") if (row["model"], row["temp"], row["run"]) == (model, 0.0, 1)
        ]
        scores, truths = [row["confidence"] for row in first], [row["pred"] == row["gold"] for row in first]
        one = [answer for answer in every[f"{model} 0.0"] if answer.response.sample == 1]
        known = [answer for answer in one if answer.ours.confidence is not None]
        own = score_bins([answer.ours.confidence or 0.0 for answer in known], [answer.is_right for answer in known])
        ece = expected_calibration_error(score_bins(scores, truths))
        strict = percent([answer.is_right for answer in one])
        yield equal(f"MedQA2026 {model} by log-probabilities", accuracy, percent(truths), strict, unread(one))
        note = f"10 bins of equal width; {len(known)} answers have a confidence of ours"
        yield equal(f"MedQA2026 {model} calibration error", calibration, ece, expected_calibration_error(own), note, digits=4)
        ranked = [is_right for _, is_right in sorted(zip(scores, truths, strict=True), key=lambda pair: -pair[0])]
        for tenth, published in zip((9, 8, 7, 6, 5), _COVERAGES[model], strict=True):
            most = ranked[: len(ranked) * tenth // 10]
            yield equal(f"MedQA2026 {model} surest {tenth} of 10", published, percent(most))


def _mcnemar() -> Figure:
    """stats_mcnemar: greedy, first run, 66 against 291, p = 7.92e-35."""
    runs = by_system(answers("medqa2026"))
    olmo, qwen = ([each for each in runs[f"{model} 0.0"] if each.response.sample == 1] for model in _LIKELIHOOD)
    test = paired_test([each.is_right_by_record for each in olmo], [each.is_right_by_record for each in qwen], seed=0, n_resamples=2000)
    note = f"exact McNemar: {test.n_a_higher} against {test.n_b_higher}, p = {test.p_value:.2e}"
    return holds(
        "MedQA2026 olmo3_7b against qwen25_7b", (test.n_a_higher, test.n_b_higher, f"{test.p_value:.2e}") == (66, 291, "7.92e-35"), note
    )


_MEDREFL = (69.05, 67.95, 69.60)
_MEDREFL_RULE = "huatuo_match_choice"


def medrefl() -> Iterator[Figure]:
    """Published is an unnamed rule's reading of the same outputs, not the repository's own figure (69.59, read by a language model)."""
    every = answers("medrefl")
    for sample, published in enumerate(_MEDREFL):
        one = [answer for answer in every if answer.response.sample == sample]
        strict = percent([answer.is_right for answer in one])
        n_more = _n_right_of_unread(one)
        note = f"{unread(one)}; the rule counts {n_more} of these right, which makes {strict + 100 * n_more / len(one):.2f}"
        yield beside(f"Med-REFL sample {sample}", published, right_by_rule(one, _MEDREFL_RULE), strict, note)
    by_item: dict[str, list[Answer]] = {}
    for answer in every:
        by_item.setdefault(answer.item.id, []).append(answer)
    ours = sweep(
        [[each.ours.answer for each in some] for some in by_item.values()], [[each.is_right for each in some] for some in by_item.values()]
    )
    rule = sweep(
        [[each.ruled[_MEDREFL_RULE].answer for each in some] for some in by_item.values()],
        [[each.ruled[_MEDREFL_RULE].outcome is Outcome.RIGHT for each in some] for some in by_item.values()],
    )
    yield beside("Med-REFL vote of 3", 72.5, 100 * rule[2].vote_of_first, 100 * ours[2].vote_of_first)
    yield beside("Med-REFL any of 3", 83.3, 100 * rule[2].any_of_first, 100 * ours[2].any_of_first)
    yield from _other_options()


def _n_right_of_unread(some: Sequence[Answer]) -> int:
    """Of the responses that we abstain from: they name several options, or a letter beside the text of another; a rule takes one."""
    return sum(answer.ours.answer is None and answer.ruled[_MEDREFL_RULE].outcome is Outcome.RIGHT for answer in some)


def _other_options() -> Iterator[Figure]:
    """Against the 4-option file the tool itself has to say that something is wrong, also without the recorded key."""
    for name, word in (
        ("medrefl_other_options", "recorded with another right answer"),
        ("medrefl_other_options_without_key", "another version of these items"),
    ):
        notes = [note for note in about(grading(name))["notes"] if word in note]
        what = "Med-REFL with 4 options, " + ("without the recorded key" if name.endswith("key") else "with the recorded key")
        strict = percent([answer.is_right for answer in answers(name)])
        yield holds(what, bool(notes), f"{strict:.2f} % right; " + (notes[0] if notes else "nothing is said of it"))
    silent = [note for note in about(grading("medrefl"))["notes"] if "another version" in note]
    yield holds("Med-REFL with 5 options", not silent, silent[0] if silent else "no false alarm")
