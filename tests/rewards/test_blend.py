"""The blend is a logistic regression: against statsmodels, on data whose weights are known, and by hand."""

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from osler.core.errors import ModelError, UserError
from osler.core.question import Question
from osler.core.trace import Ending, Step, Trace
from osler.rewards import blend
from osler.rewards.blend import Blend, BlendWeights, features, fit

QUESTION = Question("q-1", "Which?")


def trace(n_steps: int, ending: Ending = Ending.FINISHED) -> Trace:
    return Trace(QUESTION, tuple(Step(f"{at}.") for at in range(n_steps)), ending=ending)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


class Said:
    """Implements `RewardModel`: gives the score that is written in the step."""

    def __init__(self, name: str, at: int) -> None:
        self.identity, self._at = name, at

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [tuple(float(step.text.split()[self._at]) for step in each.steps) for each in traces]


def saying(*scores: tuple[float, float], ending: Ending = Ending.FINISHED) -> Trace:
    return Trace(QUESTION, tuple(Step(f"{a} {b}") for a, b in scores), ending=ending)


Data = tuple[list[Trace], list[list[tuple[float, ...]]], list[tuple[float, ...]]]


def synthetic(n: int, own: tuple[float, float], last: tuple[float, float]) -> Data:
    """Traces of three steps scored by two parts with random logits; a label is drawn with probability σ(own·(1, logit of the first part)),
    and for the last step of σ((own + last)·…). The second part is noise."""
    rng = random.Random(5)
    traces, scores, labels = [], [], []
    for _ in range(n):
        z = [[rng.gauss(0, 2) for _ in range(3)] for _ in range(2)]
        chances = [sigmoid(own[0] + own[1] * z[0][at] + (last[0] + last[1] * z[0][at]) * (at == 2)) for at in range(3)]
        traces.append(trace(3))
        scores.append([tuple(map(sigmoid, row)) for row in z])
        labels.append(tuple(float(rng.random() < chance) for chance in chances))
    return traces, scores, labels


def test_features_by_hand() -> None:
    """logit(0.5) = 0, logit(0.75) = ln 3, logit(0.2) = −ln 4. The last step of a finished trace has everything twice."""
    expected = [[1, 0, math.log(3), 0, 0, 0], [1, -math.log(4), 0, 1, -math.log(4), 0]]
    assert features(trace(2), [(0.5, 0.2), (0.75, 0.5)]) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("ending", [Ending.OPEN, Ending.LENGTH])
def test_the_last_step_of_a_trace_that_has_not_finished_is_a_step_like_any_other(ending: Ending) -> None:
    rows = features(trace(2, ending), [(0.5, 0.2)])
    assert rows[:, 2:].tolist() == [[0, 0], [0, 0]]


def test_a_trace_without_steps_has_no_features() -> None:
    assert features(trace(0), [(), ()]).shape == (0, 6)


def test_certain_scores_are_kept_finite() -> None:
    rows = features(trace(2), [(0.0, 1.0)])
    assert rows[:, 1].tolist() == pytest.approx([-math.log(1e6), math.log(1e6)], rel=1e-4)


def test_known_weights_are_found_again_and_noise_weighs_next_to_nothing() -> None:
    """6,000 steps: standard errors of the weights are below 0.1 where the truth is (0.5, 1, 0 | −1, 0.5, 0)."""
    weights = fit(["a", "b"], *synthetic(2000, own=(0.5, 1.0), last=(-1.0, 0.5))).weights
    assert weights == pytest.approx((0.5, 1.0, 0.0, -1.0, 0.5, 0.0), abs=0.25)
    assert abs(weights[2]) < 0.1
    assert abs(weights[5]) < 0.1


def test_without_a_penalty_it_is_statsmodels_logistic_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    traces, scores, labels = synthetic(200, own=(0.5, 1.0), last=(-1.0, 0.5))
    monkeypatch.setattr(blend, "PENALTY", 1e-12)
    x = np.concatenate([features(each, scores_P_S) for each, scores_P_S in zip(traces, scores, strict=True)])
    expected = sm.Logit(np.concatenate(labels), x).fit(disp=0).params
    assert fit(["a", "b"], traces, scores, labels).weights == pytest.approx(tuple(expected), abs=2e-3)


def test_soft_labels_are_as_good_as_the_shares_that_they_stand_for() -> None:
    """A step with label 0.75 weighs like four steps, three of them right."""
    scores = [[(0.3, 0.6)], [(0.8, 0.1)]]
    soft = fit(["a"], [trace(2)] * 2, scores, [(0.75, 0.25), (0.5, 1.0)])
    hard = [(1, 0, 1, 1), (1, 0, 0, 1), (1, 1, 1, 1), (0, 0, 0, 1)]  # a column for each of the four steps
    copies = [tuple(map(float, labels)) for row in hard for labels in (row[:2], row[2:])]
    assert soft.weights == pytest.approx(fit(["a"], [trace(2)] * 8, scores * 4, copies).weights, abs=1e-3)


def test_a_step_without_a_label_does_not_count() -> None:
    masked = fit(["a"], [trace(3)] * 2, [[(0.3, 0.9, 0.4)], [(0.7, 0.2, 0.6)]], [(0.0, None, 1.0), (1.0, None, 0.0)])
    other = fit(["a"], [trace(3)] * 2, [[(0.3, 0.1, 0.4)], [(0.7, 0.5, 0.6)]], [(0.0, None, 1.0), (1.0, None, 0.0)])
    assert masked == other
    assert fit(["a"], [trace(3)] * 2, [[(0.3, 0.9, 0.4)], [(0.7, 0.2, 0.6)]], [(0.0, 1.0, 1.0), (1.0, 0.0, 0.0)]) != masked


def test_what_is_the_same_everywhere_breaks_nothing() -> None:
    """Traces of one step, all of them the last, and a part that says the same of each: the other part's weight is still found."""
    rng = random.Random(1)
    z = [rng.gauss(0, 2) for _ in range(2000)]
    scores = [[(sigmoid(each),), (0.5,)] for each in z]
    labels = [(float(rng.random() < sigmoid(each)),) for each in z]
    weights = fit(["a", "b"], [trace(1)] * len(z), scores, labels).weights
    assert weights[1] + weights[4] == pytest.approx(1.0, abs=0.15)  # the two are the same feature here
    assert weights[0] + weights[3] == pytest.approx(0.0, abs=0.15)
    assert (weights[2], weights[5]) == (0.0, 0.0)


def test_labels_that_one_part_separates_give_finite_weights() -> None:
    weights = fit(["a"], [trace(2)] * 2, [[(0.9, 0.9)], [(0.1, 0.1)]], [(1.0, 1.0), (0.0, 0.0)]).weights
    assert all(map(math.isfinite, weights))
    assert weights[1] > 0


def test_nothing_to_fit_on() -> None:
    with pytest.raises(UserError, match=r"^blend: no step has a label; [^\n]+$"):
        fit(["a"], [trace(1)], [[(0.5,)]], [(None,)])


def test_scores_by_hand_and_the_same_in_any_batch() -> None:
    """σ(1 + 2·logit(0.5) − logit(0.75)) = σ(1 − ln 3); the last: σ(1 + 2·0 − 0 + 3) = σ(4). Open: σ(1)."""
    weights = BlendWeights(("b", "a"), (1.0, 2.0, -1.0, 3.0, 0.0, 0.0))
    model = Blend(weights, {"a": Said("a", 0), "b": Said("b", 1)})
    both = saying((0.75, 0.5), (0.5, 0.5))
    expected = (sigmoid(1 - math.log(3)), sigmoid(4))
    others = [saying((0.1, 0.9), ending=Ending.OPEN), trace(0), saying((0.5, 0.5), ending=Ending.OPEN)]
    scores = model.score([others[0], both, *others[1:]])
    assert scores[1] == pytest.approx(expected)
    assert scores[2:] == [(), (pytest.approx(sigmoid(1)),)]
    assert [model.score([each])[0] for each in (others[0], both, *others[1:])] == scores
    assert model.score([]) == []


def test_extreme_weights_stay_in_the_unit_interval() -> None:
    model = Blend(BlendWeights(("a",), (0.0, 1e6, 0.0, 0.0)), {"a": Said("a", 0)})
    assert model.score([saying((0.0, 0.0), (1.0, 0.0))]) == [(0.0, 1.0)]


def test_its_identity_tells_weights_and_parts_apart() -> None:
    parts = {"a": Said("one", 0), "b": Said("two", 1)}
    blends = [BlendWeights((name,), (0.0, weight, 0.0, 0.0)) for name in "ab" for weight in (1.0, 2.0)]
    assert len({Blend(each, parts).identity for each in blends}) == 4


def test_weights_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    weights = BlendWeights(("a",), (0.1, 1 / 3, -2.0, 1e-17))
    weights.write(tmp_path / "blend.json")
    assert BlendWeights.read(tmp_path / "blend.json") == weights


BROKEN = {
    "nothing": None,
    "no JSON": "{",
    "a list": "[]",
    "no parts": '{"weights": [1]}',
    "a word": '{"parts": ["a"], "weights": ["one"]}',
    "too few": json.dumps({"parts": ["a"], "weights": [1.0]}),
    "not a number": '{"parts": ["a"], "weights": [1, 2, 3, NaN]}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "blend.json"
    content = BROKEN[name]
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match=r"^[^\n]+; fit them again$") as error:
        BlendWeights.read(path)
    assert str(error.value).startswith(f"{path}: ")
