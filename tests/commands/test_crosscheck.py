"""`osler crosscheck`: which responses another reads or judges differently, and why."""

import csv
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from rich.console import Console

from osler.commands.crosscheck import Crosscheck, crosscheck, crosscheck_files, write_differences
from osler.commands.grade import GradeSettings
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item, NumberKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.response import Recorded, Response
from osler.core.verdict import Outcome
from osler.judges import JUDGES, ChoiceReader, TextReader
from osler.judges.published.rules import RULES, rule_verdict
from osler.report.crosscheck_table import causes_table, differences_table

OPTIONS = {"A": "aspirin", "B": "metoprolol", "C": "morphine", "D": "alteplase"}


class Reader:
    """What a text answers, as written down here: a text names its own reading."""

    def read(self, text: str, question: Question) -> Reading:
        reader = ChoiceReader() if question.options else TextReader()
        return reader.read(text, question)


def item(id: str, key: str = "B") -> Item:
    return Item(Question(id, "Which?", OPTIONS), ChoiceKey((key,)))


def checked(*pairs: tuple[Item, Response], rule: str | None = None) -> Crosscheck:
    return crosscheck(pairs, Reader(), JUDGES, RULES[rule] if rule else None)


def given(id: str, text: str, answer: str | None = None, is_right: bool | None = None, key: str | None = None) -> Response:
    return Response(id, text, "some", recorded=Recorded(answer, is_right, key))


@pytest.mark.parametrize(
    ("text", "recorded", "cause"),
    [
        ("The answer is B.", Recorded("B", True), None),
        ("The answer is B.", Recorded("b", True), None),
        ("The answer is B.", Recorded("(B) metoprolol", True), None),
        ("The answer is B.", Recorded("metoprolol", None), None),
        ("The answer is B.", Recorded("A", False), "other_answer"),
        ("The answer is B.", Recorded("", False), "they_read_none"),
        ("The answer is B.", Recorded(None, True), None),
        ("The answer is B.", Recorded(None, False), "other_verdict_answer_not_kept"),
        ("The answer is B.", Recorded("B", False), "other_verdict_same_answer"),
        ("The answer is B.", Recorded("C", False, "C"), "other_key"),
        ("The answer is B.", Recorded("C", False, "metoprolol"), "other_answer"),
        ("The answer is B.", Recorded("C", False, "1"), "other_answer"),
        ("The answer is A or B.", Recorded("A", False), "we_abstain_several"),
        ("The answer is A or B.", Recorded("", False), None),
        ("The answer is A or B.", Recorded(None, False), None),
        ("The answer is F.", Recorded("A", False), "we_abstain_not_an_option"),
    ],
)
def test_every_cause_has_its_name(text: str, recorded: Recorded, cause: str | None) -> None:
    found = crosscheck([(item("q"), Response("q", text, recorded=recorded))], Reader(), JUDGES)
    assert (found.n, found.n_compared) == (1, 1)
    assert [each.cause for each in found.differences] == ([cause] if cause else [])


def test_what_we_passed_over_is_named() -> None:
    class Wavering:
        def read(self, text: str, question: Question) -> Reading:
            return Reading("B", method="last", span=(0, 1), rival="A")

    found = crosscheck([(item("q"), given("q", "text", "A", False))], Wavering(), JUDGES)
    assert [each.cause for each in found.differences] == ["they_take_what_we_passed_over"]


def test_nothing_recorded_and_nothing_to_judge_by_are_counted_apart() -> None:
    unjudged = Item(Question("n", "How much?"), NumberKey(1.0))
    found = crosscheck(
        [(item("q"), given("q", "The answer is B.")), (unjudged, given("n", "1", "1", True))], Reader(), {"choice": JUDGES["choice"]}
    )
    assert (found.n, found.n_unrecorded, found.n_unjudged, found.n_compared) == (2, 1, 1, 0)
    assert found.differences == []


def test_nothing_recorded_among_recorded_answers_is_not_read() -> None:
    pairs = [
        (item("q1"), given("q1", "The answer is B.", "B")),
        (item("q2"), given("q2", "The answer is B.")),
        (item("q3"), given("q3", "Well.")),
    ]
    found = checked(*pairs, (item("q4"), Response("q4", "The answer is B.", "another")))
    assert [(each.item_id, each.cause, each.is_right_by_them) for each in found.differences] == [("q2", "they_read_none", False)]
    assert (found.n_compared, found.n_unrecorded, found.n_right_by_us, found.n_right_by_them) == (3, 1, 2, 1)


def test_a_rules_default_and_its_false_answers() -> None:
    found = checked(
        (item("q1"), Response("q1", '{"answer_choice": "B"}')),
        (item("q2", "A"), Response("q2", '{"answer_choice": "Cannot be determined"}')),
        (item("q3"), Response("q3", '{"answer_choice": "B or D"}')),
        rule="mirage_default_a",
    )
    assert found.theirs == "mirage_default_a"
    assert (found.n_right_by_them, found.n_right_by_us) == (3, 1)
    assert {each.item_id: each.cause for each in found.differences} == {"q2": "their_default", "q3": "we_abstain_several"}
    rows = {row.cause: (row.n, row.only_theirs_right, row.only_ours_right) for row in found.causes}
    assert rows == {"their_default": (1, 1, 0), "we_abstain_several": (1, 1, 0)}


def test_a_rule_that_looks_at_the_key_is_compared_by_its_verdict() -> None:
    found = checked((item("q", "A"), Response("q", "The answer is B. Aspirin is second.")), rule="medsss")
    assert found.n_compared == 1
    assert [(each.cause, each.is_right_by_them) for each in found.differences] == [("other_verdict_answer_not_kept", True)]


def test_a_rule_is_not_asked_about_other_kinds() -> None:
    name = Item(Question("n", "Name it."), TextKey("gout"))
    assert checked((name, Response("n", "gout")), rule="mmlu_pro").n_unrecorded == 1


def test_names_are_compared_by_their_verdict() -> None:
    name = Item(Question("n", "Name it."), TextKey("gout"))
    assert checked((name, given("n", "The answer is gout.", "acute gout", True))).differences == []
    assert [each.cause for each in checked((name, given("n", "The answer is gout.", "acute gout", False))).differences] == ["other_answer"]


def test_a_difference_shows_the_text_around_what_was_read() -> None:
    text = "It hurts. " * 50 + "The answer is B." + "\n\nTake care." * 50
    found = checked((item("q"), given("q", text, "A", False)))
    [difference] = found.differences
    assert difference.start is not None
    assert text[difference.start] == "B"
    assert difference.excerpt in text
    assert len(difference.excerpt) < 200
    [shown] = found.shown()
    assert shown.span is not None
    assert shown.excerpt[shown.span[0] : shown.span[1]] == "B"


def test_where_nothing_was_read_the_end_is_shown() -> None:
    found = checked((item("q"), given("q", "z" * 1000 + " That is all.", "A", False)))
    [shown] = found.shown()
    assert shown.span is None
    assert shown.excerpt.endswith("That is all.")
    assert (shown.ours, shown.theirs, shown.key) == ("—", "A", "B")


def test_a_few_of_each_cause_are_shown_spread_over_the_responses() -> None:
    pairs = [(item(f"q{at}"), given(f"q{at}", "The answer is B.", "A", False)) for at in range(9)]
    assert [each.item_id for each in checked(*pairs).shown(3)] == ["q0", "q3", "q6"]
    assert len(checked(*pairs[:2]).shown(3)) == 2


def test_rows_can_be_written_and_tables_drawn(tmp_path: Path) -> None:
    found = checked((item("q"), given("q", "The answer is B.", "A", False)))
    rows = [asdict(each) for each in found.differences]
    assert json.loads(json.dumps(rows))[0]["cause"] == "other_answer"
    with (tmp_path / "rows.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    console = Console(width=100, record=True)
    console.print(causes_table(found.causes, found.theirs, found.n_compared))
    console.print(differences_table(found.shown(), found.theirs))
    text = console.export_text()
    assert "other answer" in text
    assert "The answer is B." in text


@pytest.mark.parametrize(
    ("text", "outcome", "reason", "value"),
    [
        ('{"answer_choice": "B"}', Outcome.RIGHT, "rule_right", "B"),
        ('{"answer_choice": "C"}', Outcome.WRONG, "rule_wrong", "C"),
        ("no letter here", Outcome.WRONG, "rule_default", "A"),
        ("", Outcome.NO_ANSWER, "no_answer", None),
    ],
)
def test_a_ruling_is_a_verdict_like_another(text: str, outcome: Outcome, reason: str, value: str | None) -> None:
    verdict = rule_verdict(RULES["mirage_default_a"], text, item("q"))
    assert (verdict.outcome, verdict.reason, verdict.reading.value) == (outcome, reason, value)
    assert verdict.reading.method == "mirage_default_a"


def test_a_rule_asked_about_another_kind_does_not_judge() -> None:
    verdict = rule_verdict(RULES["mirage_default_a"], "1", Item(Question("n", "How much?"), NumberKey(1.0)))
    assert (verdict.outcome, verdict.reason) == (Outcome.UNJUDGED, "wrong_kind")
    assert verdict.reading.abstention is Abstention.NO_ANSWER


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two items of which B is right, and three responses with another's verdicts, one of them to an item that is not there."""
    items = [{"question": {"id": id, "text": "Which?", "options": OPTIONS}, "key": {"kind": "choice", "letters": ["B"]}} for id in "xy"]
    said = [("x", "The answer is B.", "A"), ("y", "The answer is B.", "B"), ("z", "The answer is B.", "B")]
    responses = [{"item": id, "said": text, "theirs": theirs} for id, text, theirs in said]
    for name, rows in (("items.jsonl", items), ("responses.jsonl", responses)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "items.jsonl", tmp_path / "responses.jsonl"


COLUMNS = ("id=item", "text=said", "answer=theirs")


def test_files_are_joined_and_compared(files: tuple[Path, Path]) -> None:
    found = crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS))
    assert (found.n, found.n_compared, found.n_unknown) == (2, 2, 1)
    assert [(each.item_id, each.cause) for each in found.differences] == [("x", "other_answer")]
    assert found.summary == "Of 2 responses the record counts 1 (50.0 %) right, we 2 (100.0 %). Left out: 1 of no item."


def test_files_are_compared_with_a_rule(files: tuple[Path, Path]) -> None:
    found = crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS), "mirage_default_a")
    assert [each.cause for each in found.differences] == ["their_default", "their_default"]
    with pytest.raises(UserError, match="did you mean 'med_prm'"):
        crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS), "medprm")


def test_nothing_to_compare_says_what_to_do(files: tuple[Path, Path]) -> None:
    with pytest.raises(UserError, match="name a published rule with --rule"):
        crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS[:2]))
    files[1].write_text('{"item": "unknown", "said": "B", "theirs": "B"}\n')
    with pytest.raises(UserError, match="none of the 1 responses belongs to an item"):
        crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS))


@pytest.mark.parametrize("name", ["differences.csv", "differences.jsonl"])
def test_every_difference_is_written(files: tuple[Path, Path], name: str) -> None:
    found = crosscheck_files([files[1]], GradeSettings(str(files[0]), "mapping", COLUMNS))
    file = files[0].with_name(name)
    write_differences(file, found.differences)
    lines = file.read_text().splitlines()
    rows = list(csv.DictReader(lines)) if name.endswith("csv") else [json.loads(line) for line in lines]
    assert [(row["item_id"], row["cause"], row["ours"], row["theirs"]) for row in rows] == [("x", "other_answer", "B", "A")]
