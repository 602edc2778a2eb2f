from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import UserError
from osler.rewards.terms.mix import RewardMix
from tests.rewards.terms.seeing import KIT, seen, verdict


def mix(**settings: object) -> RewardMix:
    made: RewardMix = TypeAdapter(RewardMix).validate_python(settings)
    return made


def test_each_term_adds_its_weight_times_its_number_and_is_logged_apart() -> None:
    """1 for the answer, 0.2 for the form, and 0.4 × −1/2 for "a b a b a": 1.0."""
    of = mix(terms=[{"kind": "answer"}, {"kind": "format", "weight": 0.2}, {"kind": "repetition", "weight": 0.4, "n_words": 2}])
    worth = of.worth(seen("a b a b a", is_formed=True), KIT)
    assert worth.total == pytest.approx(1.0)
    outcomes = {"is_right": 1, "is_wrong": 0, "is_no_answer": 0, "is_unjudged": 0}
    assert worth.terms == {"answer": 1, "format": 0.2, "repetition": pytest.approx(-0.2), "gate": 1, **outcomes}


@pytest.mark.parametrize("outcome", ["right", "wrong", "no_answer", "unjudged"])
def test_wrong_no_answer_and_not_judged_are_told_apart(outcome: str) -> None:
    terms = mix().worth(seen(of=verdict(outcome)), KIT).terms
    assert {name for name, value in terms.items() if name.startswith("is_") and value} == {f"is_{outcome}"}


def test_behind_a_gate_that_does_not_hold_stands_the_floor() -> None:
    """Huatuo's table: a bad format 0, else by the probability."""
    of = mix(gate=[{"kind": "format"}], terms=[{"kind": "verified"}])
    worths = [
        of.worth(seen(of=verdict("wrong", p_right=p), is_formed=is_formed), KIT) for is_formed, p in ((False, 1), (True, 0.4), (True, 0.41))
    ]
    assert [worth.total for worth in worths] == [0, 0.1, 1]
    assert [worth.terms["gate"] for worth in worths] == [0, 1, 1]
    assert replace(of, floor=-1.0).worth(seen(), KIT).total == -1


def test_a_term_for_right_answers_adds_nothing_to_others() -> None:
    of = mix(terms=[{"kind": "answer"}, {"kind": "format", "weight": 0.5, "is_for_right": True}])
    assert [of.worth(seen(of=verdict(each), is_formed=True), KIT).total for each in ("right", "wrong")] == [1.5, 0]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_raised_with_the_attempt(number: float) -> None:
    broken = replace(KIT, foreign_share=lambda text, language: number)
    with pytest.raises(UserError, match=r"q-1: the term language gives .* for 'The toe is hot"):
        mix(terms=[{"kind": "language", "language": "en"}]).worth(seen("The toe is hot, and it is the gout."), broken)


def test_two_terms_need_two_names() -> None:
    with pytest.raises(ValidationError, match="two terms are called 'language'"):
        mix(terms=[{"kind": "language"}, {"kind": "language", "of": "response"}])
    with pytest.raises(ValidationError, match="the name 'gate' is taken"):
        mix(terms=[{"kind": "language", "name": "gate"}])
    assert mix(terms=[{"kind": "language"}, {"kind": "language", "name": "other"}])


def test_only_a_thought_with_tags_is_opened_by_a_prompt() -> None:
    with pytest.raises(ValidationError, match="no prompt opens a thought of the form section"):
        mix(form="section", is_opened=True)
    assert mix(form="think_answer", is_opened=True)


def test_a_gate_holds_where_a_share_is_enough_and_is_no_penalty() -> None:
    of = mix(gate=[{"kind": "language", "language": "en", "least": 0.5}])
    texts = ("The toe is hot, and so it is the gout.", "Der Zeh ist heiß, und das ist die Gicht.")
    assert [of.worth(seen(text), KIT).total for text in texts] == [1, 0]
    with pytest.raises(ValidationError, match="a penalty is never 1"):
        mix(gate=[{"kind": "language", "is_penalty": True}])
