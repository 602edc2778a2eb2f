import pytest

from osler.core.model import Finish
from osler.core.question import ChoiceKey, Item, OpenKey, Question
from osler.core.reading import Abstention, Reading
from osler.core.response import Response
from osler.core.verdict import Outcome, Verdict
from osler.evaluate.responses import grade_responses, read_response, without_response
from osler.judges import JUDGES, QuestionReader

OPTIONS = {"A": "asthma", "B": "gout"}
ITEM = Item(Question("q-1", "Which?", OPTIONS), ChoiceKey(("B",)), "joints", "vignette-1")
OPEN = Item(Question("q-2", "Why?"), OpenKey("Urate crystals."))


def response(text: str, **rest: object) -> Response:
    return Response("q-1", text, "ours", **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "finish", "error", "abstention"),
    [
        ("", Finish.ERROR, "timed out", Abstention.ERRORED),
        ("The answer is B.", None, "timed out", Abstention.ERRORED),
        ("Let us think about", Finish.LENGTH, "", Abstention.TRUNCATED),
        ("", Finish.LENGTH, "", Abstention.TRUNCATED),
        ("Let us think about", Finish.END, "", Abstention.NO_ANSWER),
        ("", None, "", Abstention.EMPTY),
        ("The answer is B.", Finish.LENGTH, "", None),
    ],
)
def test_what_was_not_answered_has_its_own_reason(text: str, finish: Finish | None, error: str, abstention: Abstention | None) -> None:
    reading = read_response(ITEM.question, response(text, finish=finish, error=error), QuestionReader())
    assert reading.abstention is abstention


def test_a_response_becomes_a_verdict_with_all_that_is_known_of_it() -> None:
    given = response("The answer is B.", sample=2, finish=Finish.LENGTH, n_tokens=7, seconds=0.5, cost=0.01)
    [graded] = grade_responses([(ITEM, given)], QuestionReader(), JUDGES)
    assert (graded.system, graded.item_id, graded.group, graded.cluster, graded.sample) == ("ours", "q-1", "joints", "vignette-1", 2)
    assert (graded.outcome, graded.answer, graded.is_truncated) == (Outcome.RIGHT, "B", True)
    assert (graded.n_tokens, graded.seconds, graded.cost) == (7, 0.5, 0.01)


def test_a_kind_without_a_judge_is_unjudged_and_what_was_not_answered_stays_so() -> None:
    texts = ["Crystals of urate.", ""]
    graded = grade_responses([(OPEN, Response("q-2", text)) for text in texts], _Whole(), {})
    assert [(row.outcome, row.reason) for row in graded] == [(Outcome.UNJUDGED, "no_judge"), (Outcome.NO_ANSWER, "empty")]


def test_a_judge_that_asks_a_model_is_asked_once_for_all_and_the_order_is_kept() -> None:
    judge = _AskedOnce()
    answered = [(OPEN, Response("q-2", "urate")), (ITEM, response("B")), (OPEN, Response("q-2", "cold"))]
    graded = grade_responses(answered, QuestionReader(), {**JUDGES, "open": judge})
    assert judge.sizes == [2]
    assert [row.outcome for row in graded] == [Outcome.RIGHT, Outcome.RIGHT, Outcome.WRONG]


def test_an_item_without_a_response_is_in_the_denominator_of_every_system() -> None:
    graded = grade_responses([(ITEM, response("B"))], QuestionReader(), JUDGES)
    missing = list(without_response([ITEM, OPEN], graded, ["ours", "theirs"]))
    assert [(row.system, row.item_id, row.outcome, row.reason) for row in missing] == [
        ("ours", "q-2", Outcome.NO_ANSWER, "no_response"),
        ("theirs", "q-1", Outcome.NO_ANSWER, "no_response"),
        ("theirs", "q-2", Outcome.NO_ANSWER, "no_response"),
    ]


class _Whole:
    def read(self, text: str, question: Question) -> Reading:
        return Reading(text) if text else Reading(abstention=Abstention.EMPTY)


class _AskedOnce:
    def __init__(self) -> None:
        self.sizes: list[int] = []

    def judge_all(self, asked: object) -> list[Verdict]:
        assert isinstance(asked, list)
        self.sizes.append(len(asked))
        return [Verdict(Outcome.RIGHT if "urate" in reading.value else Outcome.WRONG, reading, "said") for _, reading, _ in asked]
