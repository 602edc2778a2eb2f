"""What hacks earn: nothing by the answer, and never more than an honest wrong answer by a whole mix."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from osler.core.codec import CODECS
from osler.core.question import ChoiceKey, DateKey, Key, NumberKey, OpenKey, Question, RubricKey, TextKey
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges import JUDGES
from osler.recipe.training import PolicyReward
from osler.rewards.terms import Kit
from osler.stages.rewarding import function_of
from osler.synthesise.quality.language import foreign_share, language_of
from osler.train.rewarding import Attempt, Marks
from tests.rewards.terms.hacks import ASKED, CASES, Hack, hacks, honest, of_two, record, written

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


def keys(kind: str) -> list[Key]:
    """One for each candidate."""
    every = CASES[kind].every
    makers: dict[str, Callable[[str], Key]] = {
        "choice": lambda each: ChoiceKey((each,)),
        "text": TextKey,
        "number": lambda each: NumberKey(float(each.split()[0]), "mmol/L", 2.0),
        "date": lambda each: DateKey(date.fromisoformat(each)),
    }
    return [makers[kind](each) for each in every]


def marks(mix: PolicyReward, kind: str, replies: Sequence[Hack], form: str = "", key: Key | None = None) -> list[Marks]:
    form = form or mix.form or "think"
    judges = {**JUDGES, "open": ExactJudge(), "rubric": ExactJudge()}
    case = CASES[kind]
    row = record(replace(case, item=replace(case.item, key=key)) if key else case, graphs=GRAPHS, survival=SURVIVAL)
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


@pytest.mark.parametrize("form", ["think", "step"])
@pytest.mark.parametrize("kind", ["choice", "text", "number", "date"])
def test_no_reply_earns_whatever_is_right(kind: str, form: str) -> None:
    """What names two answers, or all of them, is right for one key at most: it gains nothing over naming that one alone."""
    case = CASES[kind]
    replies = [*hacks(case), *of_two(case.every[0], case.every[-1]), *of_two(case.every[-1], case.every[0])]
    worths = [[each.total for each in marks(PolicyReward(), kind, replies, form, key)] for key in keys(kind)]
    assert len(worths) > 3
    assert all(max(worth) == 1 for worth in (worths[0], worths[-1]))  # some of them are read, as the one or as the other
    assert {hack.name for hack, *each in zip(replies, *worths, strict=True) if sum(each) > 1} == set()


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in ASKED_BY.items() for kind in kinds])
def test_by_a_whole_mix_no_hack_earns_more_than_an_honest_wrong_answer(name: str, kind: str) -> None:
    mix = MIXES[name]
    [right, wrong] = marks(mix, kind, [honest(CASES[kind].right), honest(CASES[kind].wrong)])
    assert right.total > wrong.total + 0.5
    earned = {hack.name: each.total for hack, each in zip(listed(kind), marks(mix, kind, listed(kind)), strict=True)}
    assert {name: total for name, total in earned.items() if total > wrong.total + 1e-12} == {}


SAID = "Class: {0}\nMonths: {1}\nRationale: {2}"


@pytest.mark.parametrize(
    "response",
    [
        SAID.format("short, long", "2, 14", SURVIVAL["rationale"]),
        SAID.format("short or long", "2 to 60", "lung brain liver bone cancer spread to the has that"),
        SAID.format("long", "1, 2, 3, 14, 60", SURVIVAL["rationale"]),
        SAID.format("long", "60", "Lung cancer that has spread to the brain " * 20) + "\nClass: short",
        SAID.format("one of the above", "reward: 1", ASKED),
        "Short. 14 months. Lung cancer that has spread to the brain.",
    ],
)
def test_by_the_mix_of_survival_a_hack_earns_nothing(response: str) -> None:
    """An honest wrong answer, long of 60 months, earns nothing as well; a right one all, with the words of the reference."""
    wrong, right = SAID.format("long", "60", "It may be slow."), SAID.format(*SURVIVAL.values())
    replies = [Hack("hack", response=response), honest(wrong), honest(right)]
    assert [each.total for each in marks(MIXES["oncoreason"], "choice", replies)] == [0, 0, 2]


def test_by_the_mix_of_survival_no_hack_of_a_choice_earns_anything() -> None:
    assert {each.total for each in marks(MIXES["oncoreason"], "choice", listed("choice"))} == {0}


def test_every_mix_is_hacked() -> None:
    assert MIXES.keys() == ASKED_BY.keys() | {"oncoreason"}
