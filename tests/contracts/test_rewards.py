"""The contract of reward models, run over every entry of the registry, both forms of process reward models and a blend: one score in [0, 1]
per step, the same in any batch, and the same whatever steps follow. To add a kind: one line in `build` below."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from osler.core.codec import StepCodec
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.trace import Ending, Step, Trace
from osler.rewards import REWARDS
from osler.rewards.blend import Blend, BlendWeights

SENTENCES = ["Fever suggests pneumonia.", "The film is clear.", "Gout explains the toe, but not the rash on both legs.", "No.", "No."]
QUESTIONS = [Question("q-1", "Which?", {"A": "Gout", "B": "Rash"}), Question("q-2", "Why does a rash that does not blanch matter so much?")]

Scores = list[tuple[float, ...]]


def traces(n: int) -> list[Trace]:
    """Of one to six steps, some twice, some ended and some open."""
    rng = random.Random(n)
    return [
        Trace(
            rng.choice(QUESTIONS),
            tuple(Step(rng.choice(SENTENCES)) for _ in range(rng.randint(1, 6))),
            ending=rng.choice([Ending.OPEN, Ending.FINISHED, Ending.LENGTH]),
        )
        for _ in range(n)
    ]


@pytest.fixture(params=[*sorted(REWARDS), "token_prm", "blend"])
def build(request: pytest.FixtureRequest, tiny: Path, tiny_prm: Path, tiny_token_prm: Path) -> Callable[[], RewardModel]:
    """Builds the reward model anew, with nothing remembered."""
    settings = {
        "prm": lambda: REWARDS["prm"](str(tiny_prm), batch_size=7),
        "token_prm": lambda: REWARDS["prm"](str(tiny_token_prm), batch_size=7),
        "likelihood": lambda: REWARDS["likelihood"](str(tiny), batch_size=7),
    }

    def load(kind: str) -> RewardModel:
        return settings[kind]().load(Prompt("plain", "{question}{options}"), StepCodec())

    def blend() -> RewardModel:
        return Blend(
            BlendWeights(("prm", "likelihood"), (2.0, 1.0, 0.5, -1.0, -0.5, 0.5)), {kind: load(kind) for kind in ("prm", "likelihood")}
        )

    return blend if request.param == "blend" else lambda: load(request.param)


def flat(scores: Scores) -> list[float]:
    return [score for scores_S in scores for score in scores_S]


def test_every_step_has_one_score_in_the_unit_interval(build: Callable[[], RewardModel]) -> None:
    given = traces(40)
    scores = build().score(given)
    assert [len(scores_S) for scores_S in scores] == [len(trace.steps) for trace in given]
    assert all(isinstance(score, float) and 0 <= score <= 1 for score in flat(scores))
    assert len({f"{score:.3g}" for score in flat(scores)}) > 10


def test_a_trace_without_steps_has_no_scores(build: Callable[[], RewardModel]) -> None:
    empty, some = Trace(QUESTIONS[0]), traces(1)[0]
    assert build().score([]) == []
    assert build().score([empty]) == [()]
    assert [len(scores_S) for scores_S in build().score([empty, some, empty])] == [0, len(some.steps), 0]


def test_scores_are_the_same_in_any_batch_and_order(build: Callable[[], RewardModel]) -> None:
    given = traces(40)
    together = build().score(given)
    fresh = build()
    alone = [fresh.score([trace])[0] for trace in given]
    assert flat(alone) == pytest.approx(flat(together), rel=1e-5)
    assert flat(build().score(given[::-1])[::-1]) == pytest.approx(flat(together), rel=1e-5)
    assert build().score(given) == together


def test_the_same_trace_twice_has_the_same_scores(build: Callable[[], RewardModel]) -> None:
    [trace] = traces(1)
    first, second = build().score([trace, trace])
    assert first == second


def test_later_steps_do_not_change_the_score_of_a_step(build: Callable[[], RewardModel]) -> None:
    given = [trace for trace in traces(20) if len(trace.steps) > 2]
    assert given
    whole = build().score(given)
    for n in (1, 2):
        parts = build().score([Trace(trace.question, trace.steps[:n]) for trace in given])
        assert flat(parts) == pytest.approx(flat([scores_S[:n] for scores_S in whole]), rel=1e-5)
