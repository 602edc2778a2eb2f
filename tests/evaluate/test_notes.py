from dataclasses import replace

from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import metrics
from osler.evaluate.notes import notes, other_key

ROW = Graded("ours", "q", "", Outcome.RIGHT, "key", "A", False, None, method="closing_letter")


def rows(n: int, **fields: object) -> list[Graded]:
    return [replace(ROW, item_id=f"q-{at}", **fields) for at in range(n)]  # type: ignore[arg-type]


def said(graded: list[Graded]) -> list[str]:
    return notes(graded, [row for row in metrics(graded) if row.group == "all"])


def test_nothing_is_said_where_nothing_is_odd() -> None:
    assert said(rows(100)) == []


def test_items_without_a_response_are_counted() -> None:
    graded = rows(100)
    graded[:2] = [replace(row, outcome=Outcome.NO_ANSWER, reason="no_response") for row in graded[:2]]
    [note] = said(graded)
    assert note.startswith("ours: 2 of 100 items have no response")


def test_texts_that_state_two_answers_are_told_above_three_in_a_hundred() -> None:
    graded = rows(100)
    graded[:3] = [replace(row, rival="B") for row in graded[:3]]
    assert said(graded) == []
    graded[3] = replace(graded[3], rival="C")
    [note] = said(graded)
    assert "4.0 % of the responses state two different answers" in note


def test_letters_beside_the_text_of_other_options_tell_of_another_version_of_the_items() -> None:
    graded = rows(100)
    graded[:10] = [replace(row, outcome=Outcome.NO_ANSWER, answer=None, reason="several", method="closing_conflict") for row in graded[:10]]
    [note] = said(graded)
    assert "10 of 100 responses name a letter beside the text of another option" in note


def test_free_answers_without_a_judge_are_told() -> None:
    [note] = said(rows(4, outcome=Outcome.UNJUDGED, reason="no_judge"))
    assert "4 responses are free answers, which need a judge" in note


def test_few_clusters_are_told_and_many_are_not() -> None:
    few = [replace(row, cluster=f"v-{at % 29}") for at, row in enumerate(rows(100))]
    enough = [replace(row, cluster=f"v-{at % 30}") for at, row in enumerate(rows(100))]
    assert ["only 29 vignettes" in note for note in said(few)] == [True]
    assert said(enough) == []


def test_another_key_is_told_above_three_in_a_hundred() -> None:
    assert other_key(3, 100) == other_key(0, 0) == []
    [note] = other_key(600, 1273)
    assert note.startswith("600 of 1,273 responses were recorded with another right answer")
