"""`osler grade`: which response belongs to which item and system, and that nothing leaves the denominator in silence."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from osler.commands import grade
from osler.commands.grade import GradeSettings, grade_files, names_of, response_settings
from osler.commands.judging import Judging
from osler.core.errors import ModelError, RecordError, UserError
from osler.core.verdict import Outcome
from osler.data import load_item_sets

Items = Callable[..., str]
Answers = Callable[..., Path]
Write = Callable[..., Path]


def test_every_response_has_a_verdict(items: Items, write: Write) -> None:
    texts = ["The answer is A.", "The answer is B.", "Either A or C.", "", "I cannot give medical advice."]
    path = write("small.jsonl", [{"id": f"q{number}", "output": text} for number, text in enumerate(texts, 1)])
    grading = grade_files([path], GradeSettings(items("AAAAA")))
    assert [(row.system, row.item_id, row.outcome, row.answer, row.reason) for row in grading.graded] == [
        ("small", "q1", Outcome.RIGHT, "A", "key"),
        ("small", "q2", Outcome.WRONG, "B", "distractor"),
        ("small", "q3", Outcome.NO_ANSWER, None, "several"),
        ("small", "q4", Outcome.NO_ANSWER, None, "empty"),
        ("small", "q5", Outcome.NO_ANSWER, None, "refused"),
    ]
    assert grading.ruled == []
    assert grading.responses == (str(path),)


def test_what_a_response_took_stands_with_its_verdict(items: Items, write: Write) -> None:
    row = {"id": "q1", "output": "The answer is A.", "n_tokens": 7, "seconds": 0.5, "cost": 0.25, "finish_reason": "length"}
    [graded] = grade_files([write("small.jsonl", [row])], GradeSettings(items("A", group=["drugs"], cluster=["case-1"]))).graded
    assert (graded.n_tokens, graded.seconds, graded.cost, graded.n_characters) == (7, 0.5, 0.25, 16)
    assert (graded.is_truncated, graded.group, graded.cluster) == (True, "drugs", "case-1")


def test_a_response_that_failed_or_was_cut_is_no_answer(items: Items, write: Write) -> None:
    rows = [
        {"id": "q1", "output": "", "error": "timeout"},
        {"id": "q2", "output": "Let us see, the pulse is", "finish_reason": "length"},
    ]
    graded = grade_files([write("small.jsonl", rows)], GradeSettings(items("AA"))).graded
    assert [(row.outcome, row.reason) for row in graded] == [(Outcome.NO_ANSWER, "errored"), (Outcome.NO_ANSWER, "truncated")]


def test_responses_to_other_items_are_counted_and_left_out(items: Items, write: Write) -> None:
    rows = [{"id": id, "output": "The answer is A."} for id in ("zz", "q1", "yy")]
    grading = grade_files([write("small.jsonl", rows)], GradeSettings(items("A")))
    assert [row.item_id for row in grading.graded] == ["q1"]
    assert (grading.join.n_responses, grading.join.n_unknown, grading.join.unknown_id) == (3, 2, "zz")


def test_where_nothing_joins_both_kinds_of_id_are_named(items: Items, write: Write) -> None:
    path = write("small.jsonl", [{"id": f"test-{number}", "output": "The answer is A."} for number in range(3)])
    with pytest.raises(UserError) as raised:
        grade_files([path], GradeSettings(items("AB")))
    assert str(raised.value) == (
        f"{path}: none of the 3 responses belongs to an item: their ids are like 'test-0', those of the items like 'q1'; name the items "
        "that they were made for, or map the column that has the id"
    )


def test_an_empty_file_has_no_responses(items: Items, write: Write) -> None:
    path = write("empty.jsonl", [])
    with pytest.raises(UserError) as raised:
        grade_files([path], GradeSettings(items("A")))
    assert str(raised.value) == f"{path}: there are no responses; name a file that has some"


def test_an_item_without_a_response_counts_as_not_answered(items: Items, answers: Answers) -> None:
    spec, small, large = items("ABCD"), answers("A.C."), answers("ABCD", "large.jsonl")
    graded = grade_files([small, large], GradeSettings(spec)).graded
    assert [(row.system, row.item_id) for row in graded if row.reason == "no_response"] == [("small", "q2"), ("small", "q4")]
    assert {row.outcome for row in graded if row.reason == "no_response"} == {Outcome.NO_ANSWER}
    assert Counter(row.system for row in graded) == {"small": 4, "large": 4}
    only = grade_files([small, large], GradeSettings(spec, is_only_answered=True)).graded
    assert Counter(row.system for row in only) == {"small": 2, "large": 4}


def test_a_file_may_hold_several_systems(items: Items, write: Write) -> None:
    rows = [{"id": id, "model": model, "output": "The answer is A."} for id in ("q1", "q2") for model in ("zeta", "alpha")]
    graded = grade_files([write("all.jsonl", rows)], GradeSettings(items("AA"))).graded
    assert [(row.system, row.item_id) for row in graded] == [("zeta", "q1"), ("zeta", "q2"), ("alpha", "q1"), ("alpha", "q2")]


def test_a_system_without_a_name_is_named_after_its_file(items: Items, answers: Answers) -> None:
    paths = [answers("A", name) for name in ("7b.instruct.jsonl", "one/out.jsonl", "two/out.jsonl")]
    assert names_of(paths) == ["7b", "one/out", "two/out"]
    assert [row.system for row in grade_files(paths, GradeSettings(items("A"))).graded] == ["7b", "one/out", "two/out"]


def test_a_run_folder_has_its_own_responses(items: Items, write: Write, tmp_path: Path) -> None:
    """What `osler run` leaves in `solutions.jsonl`: steps and, where it was kept, the text as the policy wrote it."""
    solution = {"id": "q1", "outcome": "right", "ending": "finished", "n_tokens": 12, "answer": "A"}
    write(
        "run/solutions.jsonl",
        [
            solution | {"system": "greedy", "steps": ["It is a fever.", "The answer is A."], "raw": ""},
            solution | {"system": "vote", "steps": ["It is pain."], "raw": "Step 1: It is pain.\n\nStep 2: The answer is C."},
        ],
    )
    graded = grade_files([tmp_path / "run"], GradeSettings(items("A"))).graded
    assert [(row.system, row.answer, row.outcome, row.n_tokens) for row in graded] == [
        ("greedy", "A", Outcome.RIGHT, 12),
        ("vote", "C", Outcome.WRONG, 12),
    ]


def test_samples_of_an_item_are_numbered(items: Items, write: Write) -> None:
    rows = [{"id": "q1", "output": f"The answer is {letter}."} for letter in "ABA"]
    graded = grade_files([write("small.jsonl", rows)], GradeSettings(items("A"))).graded
    assert [(row.sample, row.answer) for row in graded] == [(0, "A"), (1, "B"), (2, "A")]


def test_log_probabilities_make_a_second_system_beside_the_text(items: Items, write: Write) -> None:
    logprobs = {"A": -0.1, "B": -2.0, "C": -3.0, "D": -4.0}
    rows = [{"id": "q1", "output": "The answer is B.", "option_logprobs": logprobs}, {"id": "q2", "output": "The answer is A."}]
    graded = grade_files([write("small.jsonl", rows)], GradeSettings(items("AA"))).graded
    assert [(row.system, row.item_id, row.answer, row.outcome) for row in graded] == [
        ("small", "q1", "B", Outcome.WRONG),
        ("small", "q2", "A", Outcome.RIGHT),
        ("small likelihood", "q1", "A", Outcome.RIGHT),
        ("small likelihood", "q2", None, Outcome.NO_ANSWER),
    ]
    assert [row.confidence is None for row in graded] == [True, True, False, True]


def test_log_probabilities_alone_are_the_system_itself(items: Items, write: Write) -> None:
    rows = [{"id": "q1", "output": "", "option_logprobs": {"A": -0.7, "B": -0.7001, "C": -9, "D": -9}}]
    [graded] = grade_files([write("small.jsonl", rows)], GradeSettings(items("A"))).graded
    assert (graded.system, graded.answer, graded.method, graded.n_characters) == ("small", "A", "likelihood", None)
    assert graded.confidence == pytest.approx(0.5, abs=0.001)  # exp(-0.7) against two as good as equal ones


def test_no_system_is_measured_by_both_protocols_at_once(items: Items, write: Write) -> None:
    """A response of log-probabilities alone, among others with a text, is none of the text's system."""
    logprobs = {"option_logprobs": {"A": -0.1, "B": -3, "C": -9, "D": -9}}
    rows = [{"id": "q1", "output": "The answer is B.", **logprobs}, {"id": "q2", "output": "", **logprobs}]
    graded = grade_files([write("small.jsonl", rows)], GradeSettings(items("AA"))).graded
    assert [(row.system, row.item_id, row.answer, row.reason) for row in graded] == [
        ("small", "q1", "B", "distractor"),
        ("small", "q2", None, "no_response"),
        ("small likelihood", "q1", "A", "key"),
        ("small likelihood", "q2", "A", "key"),
    ]


def test_a_response_with_neither_is_one_of_the_log_probabilities(items: Items, write: Write) -> None:
    """One that failed does not make two systems of one."""
    rows = [{"id": "q1", "output": "", "option_logprobs": {"A": -0.1, "B": -3, "C": -9, "D": -9}}, {"id": "q2", "output": ""}]
    graded = grade_files([write("small.jsonl", rows)], GradeSettings(items("AA"))).graded
    assert {(row.system, row.item_id, row.answer, row.reason) for row in graded} == {
        ("small", "q1", "A", "key"),
        ("small", "q2", None, "empty"),
    }
    assert len(graded) == 2


def test_log_probabilities_for_a_free_answer_say_nothing(write: Write) -> None:
    item = {"question": {"id": "q1", "text": "Why?"}, "key": {"kind": "open", "text": "Urate."}}
    path = write("small.jsonl", [{"id": "q1", "output": "", "option_logprobs": {"A": -0.1, "B": -3}}])
    [graded] = grade_files([path], GradeSettings(str(write("items.jsonl", [item])))).graded
    assert (graded.outcome, graded.method) == (Outcome.NO_ANSWER, "likelihood_none")


def test_a_published_rule_stands_beside_the_strict_reading(items: Items, write: Write) -> None:
    rows = [{"id": "q1", "output": "I do not know."}, {"id": "q2", "output": '{"answer_choice": "B"}'}]
    grading = grade_files([write("small.jsonl", rows)], GradeSettings(items("AB"), rules=("mirage_default_a", "mmlu_pro")))
    assert {row.system for row in grading.graded} == {"small"}
    by_rule = [(row.system, row.item_id, row.answer, row.reason) for row in grading.ruled if "mirage" in row.system]
    assert by_rule == [
        ("small by mirage_default_a", "q1", "A", "rule_default"),
        ("small by mirage_default_a", "q2", "B", "rule_right"),
    ]
    assert Counter(row.system for row in grading.ruled) == {"small by mirage_default_a": 2, "small by mmlu_pro": 2}


def test_a_rule_is_asked_only_about_its_kinds(write: Write) -> None:
    number = {"question": {"id": "q1", "text": "What is the BMI?"}, "key": {"kind": "number", "value": 20.0}}
    spec, path = str(write("items.jsonl", [number])), write("small.jsonl", [{"id": "q1", "output": "The answer is 20."}])
    grading = grade_files([path], GradeSettings(spec, rules=("mmlu_pro",)))
    assert [row.outcome for row in grading.graded] == [Outcome.RIGHT]
    assert grading.ruled == []


@pytest.mark.parametrize(("statement", "answer", "rival"), [("last", "B", "A"), ("first", "A", "B")])
def test_which_statement_counts(statement: str, answer: str, rival: str, items: Items, write: Write) -> None:
    path = write("small.jsonl", [{"id": "q1", "output": "The answer is A. But no: the pulse is slow. The answer is B."}])
    [graded] = grade_files([path], GradeSettings(items("A"), statement=statement)).graded
    assert (graded.answer, graded.rival) == (answer, rival)


@pytest.mark.parametrize(
    ("recorded", "n_with", "n_other"),
    [("A", 1, 0), ("b", 1, 1), (" (A) ", 1, 0), ("E", 1, 1), ("Aspirin", 1, 0), ("metoprolol", 1, 1), ("0", 0, 0), ("some drug", 0, 0)],
)
def test_a_key_that_was_recorded_is_compared_where_it_can_be_read(
    recorded: str, n_with: int, n_other: int, items: Items, write: Write
) -> None:
    path = write("small.jsonl", [{"id": "q1", "output": "The answer is A.", "gold": recorded}])
    join = grade_files([path], GradeSettings(items("A"))).join
    assert (join.n_with_key, join.n_other_key) == (n_with, n_other)


def test_two_processes_give_the_same_verdicts_in_the_same_order(items: Items, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grade, "CHUNK", 3)  # so that there are more parts than the processes may have waiting
    keys = "ABCD" * 10
    rows = [
        {"id": f"q{1 + number % 40}", "model": model, "output": f"The answer is {'ABCDE'[number % 5]}."}
        for model in ("b", "a")
        for number in range(50)
    ]
    path, settings = write("all.jsonl", rows), GradeSettings(items(keys), rules=("mmlu_pro",))
    one, two = grade_files([path], settings), grade_files([path], replace(settings, processes=2))
    assert len(one.graded) == 100
    assert one.graded == two.graded
    assert one.ruled == two.ruled
    assert list(one.join.systems) == list(two.join.systems) == ["b", "a"]


def test_columns_are_mapped(items: Items, write: Write) -> None:
    path = write("rows.jsonl", [{"case": {"nr": "q1"}, "who": "tiny", "said": "The answer is A."}])
    columns = ("id=case.nr", "text=said", "system=who")
    [graded] = grade_files([path], GradeSettings(items("A"), columns=columns)).graded
    assert (graded.system, graded.outcome) == ("tiny", Outcome.RIGHT)


def test_the_id_alone_may_be_mapped(items: Items, write: Write) -> None:
    path = write("rows.jsonl", [{"id": 17, "nr": "q1", "output": "The answer is A."}])
    assert len(grade_files([path], GradeSettings(items("A"), columns=("id=nr",))).graded) == 1
    assert response_settings([]).columns is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["text"], "--map text: that is no FIELD=COLUMN with a field that there is; choose among id, text, "),
        (["txt=said"], "--map txt=said: that is no FIELD=COLUMN with a field that there is; choose among id, text, "),
        (["text=said"], "--map: where columns are mapped, the one with the item's id has to be too; add --map id=COLUMN"),
    ],
)
def test_a_wrong_mapping(columns: list[str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        response_settings(columns)
    assert str(raised.value).startswith(message)


def test_settings_that_there_are_not() -> None:
    with pytest.raises(UserError, match=r"--rule mmlu_por: there is no such rule; did you mean 'mmlu_pro'\?"):
        GradeSettings("items.jsonl", rules=("mmlu_por",))
    with pytest.raises(UserError, match="--statement middle: choose last or first"):
        GradeSettings("items.jsonl", statement="middle")
    with pytest.raises(UserError, match="--judge: a model judges in one process; leave --processes out"):
        GradeSettings("items.jsonl", judge=Judging("some"), processes=2)


def test_a_broken_line_is_named(items: Items, answers: Answers) -> None:
    path = answers("AB")
    path.write_text(path.read_text() + '{"id": "q3", "outp\n')
    with pytest.raises(RecordError) as raised:
        grade_files([path], GradeSettings(items("ABC")))
    assert str(raised.value).startswith(f"{path}:3: is not JSON")


def test_several_item_sets_are_a_group_each(items: Items, answers: Answers, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever groups they have of their own."""
    first = items("AB", "first.jsonl", group=["x", "y"])
    rows = [
        {
            "question": {"id": "p1", "text": "Which?", "options": {"A": "aspirin", "B": "morphine"}},
            "key": {"letters": ["A"], "kind": "choice"},
        }
    ]
    second = str(write("second.jsonl", rows))
    monkeypatch.setattr(grade, "load_item_sets", lambda name: (*load_item_sets(first), *load_item_sets(second)))
    graded = grade_files([answers("AB")], GradeSettings("both")).graded
    assert [(row.item_id, row.group) for row in graded] == [("q1", "first"), ("q2", "first"), ("p1", "second")]
    monkeypatch.undo()
    assert [row.group for row in grade_files([answers("AB")], GradeSettings(first)).graded] == ["x", "y"]


def test_item_sets_with_ids_in_common_are_refused(items: Items, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = items("A")
    monkeypatch.setattr(grade, "load_item_sets", lambda name: (*load_item_sets(name), *load_item_sets(name)))
    with pytest.raises(UserError, match="the item sets have ids in common; grade them one at a time"):
        grade_files([answers("A")], GradeSettings(spec))


FREE = [
    {"question": {"id": "q1", "text": "What is a stroke?"}, "key": {"kind": "open", "text": "A blocked or burst vessel of the brain."}},
    {"question": {"id": "q2", "text": "What helps?"}, "key": {"kind": "rubric", "must_have": ["Call for help."]}},
    {"question": {"id": "q3", "text": "What is gout?"}, "key": {"kind": "claims"}},
    {"question": {"id": "q4", "text": "What is rest?"}, "key": {"kind": "open", "text": "Lying down."}},
]
REPLIES = ["A vessel is blocked.", "Call an ambulance.", "Uric acid in a joint.", ""]


def test_free_answers_without_a_judge_are_not_judged(write: Write) -> None:
    path = write("small.jsonl", [{"id": f"q{number}", "output": text} for number, text in enumerate(REPLIES, 1)])
    graded = grade_files([path], GradeSettings(str(write("items.jsonl", FREE)))).graded
    assert [(row.outcome, row.reason) for row in graded] == [*[(Outcome.UNJUDGED, "no_judge")] * 3, (Outcome.NO_ANSWER, "empty")]


def test_a_judge_that_says_nothing_readable_leaves_answers_unjudged(write: Write, tiny: Path) -> None:
    """`tiny` has random weights: it writes nothing that a judge could read."""
    path = write("small.jsonl", [{"id": f"q{number}", "output": text} for number, text in enumerate(REPLIES, 1)])
    graded = grade_files([path], GradeSettings(str(write("items.jsonl", FREE)), judge=Judging(str(tiny)))).graded
    assert [row.outcome for row in graded] == [*[Outcome.UNJUDGED] * 3, Outcome.NO_ANSWER]
    assert {row.reason for row in graded[:3]} <= {"judge_errored", "judge_truncated", "judge_empty", "judge_unreadable"}
    assert [row.answer for row in graded] == [*REPLIES[:3], None]


def test_a_judge_that_is_not_there(write: Write, tmp_path: Path) -> None:
    path = write("small.jsonl", [{"id": "q1", "output": "A vessel is blocked."}])
    with pytest.raises(ModelError):
        grade_files([path], GradeSettings(str(write("items.jsonl", FREE)), judge=Judging(str(tmp_path / "none"))))
