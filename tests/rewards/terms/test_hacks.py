"""What hacks earn: nothing by the answer, and never more than an honest wrong answer by a whole mix."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from osler.core.codec import CODECS
from osler.core.question import Key, OpenKey, Question, RubricKey
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges import JUDGES
from osler.recipe_training import PolicyReward
from osler.rewards.terms import Kit
from osler.stages.rewarding import function_of
from osler.synthesise.quality.language import foreign_share, language_of
from osler.train.rewarding import Attempt, Marks
from tests.rewards.terms.hacks import CASES, Hack, hacks, honest, record, written

MIXES = {
    name: TypeAdapter(PolicyReward).validate_python(mix)
    for name, mix in yaml.safe_load((Path(__file__).parent / "mixes.yaml").read_text(encoding="utf-8")).items()
}
KIT = Kit(language_of, foreign_share)
GRAPHS = [[["gout", "shows", "hot toe"], ["hot toe", "is a", "arthritis"]]]
SURVIVAL = {"class": "short", "months": 14.0, "rationale": "Lung cancer that has spread to the brain"}
ASKED_BY = {
    **dict.fromkeys(("alphamed", "fleming", "medvlthinker", "gazal"), ("choice",)),
    **dict.fromkeys(("huatuo", "med_r3"), ("open", "text")),
    "ranked_list": ("ranked_list",),
}


class ExactJudge:
    """A judge of free answers that is easy to please and not to fool: the answer says the right thing and nothing else."""

    def judge_all(self, asked: Sequence[tuple[Question, Reading, Key]]) -> list[Verdict]:
        return [self._one(reading, key) for _, reading, key in asked]

    def _one(self, reading: Reading, key: Key) -> Verdict:
        assert isinstance(key, OpenKey | RubricKey)
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, "empty")
        right = key.text if isinstance(key, OpenKey) else key.must_have[0]
        is_right = reading.value.removeprefix("The answer is ").strip(".") == right
        return Verdict(Outcome.RIGHT if is_right else Outcome.WRONG, reading, "said")


def marks(mix: PolicyReward, kind: str, replies: Sequence[Hack], form: str = "") -> list[Marks]:
    form = form or mix.form or "think"
    judges = {**JUDGES, "open": ExactJudge(), "rubric": ExactJudge()}
    row = record(CASES[kind], graphs=GRAPHS, survival=SURVIVAL)
    attempts = [Attempt(row, text, len(text.split()), reply.is_cut) for reply in replies for text in [written(reply, form)]]
    return list(function_of(mix, CODECS.get(form), lambda: judges, KIT)(attempts))


@cache
def listed(kind: str) -> tuple[Hack, ...]:
    found = tuple(hacks(CASES[kind]))
    assert len(found) >= 18
    return found


@pytest.mark.parametrize("form", ["think", "section", "step", "think_answer"])
@pytest.mark.parametrize("kind", CASES)
def test_by_the_answer_alone_an_honest_one_earns_all_and_a_hack_nothing(kind: str, form: str) -> None:
    mix = PolicyReward()
    right, wrong = marks(mix, kind, [honest(CASES[kind].right), honest(CASES[kind].wrong)], form)
    assert (right.total, wrong.total) == (1, 0)
    earned = {hack.name: each.total for hack, each in zip(listed(kind), marks(mix, kind, listed(kind), form), strict=True)}
    assert {name: total for name, total in earned.items() if total} == {}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in ASKED_BY.items() for kind in kinds])
def test_by_a_whole_mix_no_hack_earns_more_than_an_honest_wrong_answer(name: str, kind: str) -> None:
    mix = MIXES[name]
    [right, wrong] = marks(mix, kind, [honest(CASES[kind].right), honest(CASES[kind].wrong)])
    assert right.total > wrong.total + 0.5
    earned = {hack.name: each.total for hack, each in zip(listed(kind), marks(mix, kind, listed(kind)), strict=True)}
    assert {name: total for name, total in earned.items() if total > wrong.total + 1e-12} == {}
