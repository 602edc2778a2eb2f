"""`osler traps`: what our reader, a published rule and somebody's answers make of the set, counted by group."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from osler.commands.traps import ALL, read_answers, read_traps, read_traps_by_rule, trap_lines, trap_rows
from osler.core.errors import RecordError, UserError
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.judges.published.rules import RULES
from osler.judges.traps import TrapOutcome, load_traps
from osler.report.traps_table import TrapRow, failed_table, traps_table


class Mute:
    def read(self, text: str, question: Question) -> Reading:
        return Reading(abstention=Abstention.EMPTY, method="mute")


def test_a_reader_that_never_reads_is_right_about_the_empty_ones_only() -> None:
    readings = read_traps(Mute())
    assert len(readings) == len(load_traps())
    by_id = {reading.id: reading for reading in readings}
    assert by_id["empty-nothing"].outcome is TrapOutcome.RIGHT
    assert by_id["empty-nothing"].read == "(empty)"
    assert by_id["refusal-sorry-cannot"].outcome is TrapOutcome.OTHER_REASON
    assert by_id["bare-capital"].outcome is TrapOutcome.ABSTAINED
    assert by_id["bare-capital"].right == "B"
    assert {reading.outcome for reading in readings} == {TrapOutcome.RIGHT, TrapOutcome.OTHER_REASON, TrapOutcome.ABSTAINED}


def test_rows_add_up() -> None:
    rows = trap_rows(read_traps(Mute()))
    assert len(rows) > 30
    assert [row.group for row in rows][-1] == ALL
    assert all(row.n == row.right + row.other_reason + row.abstained + row.false_answer + row.missing for row in rows)
    assert rows[-1].n == sum(row.n for row in rows[:-1]) == len(load_traps())


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "choice" in rule.kinds])
def test_every_rule_that_reads_letters_falls_into_some(name: str) -> None:
    readings = read_traps_by_rule(name)
    assert len(readings) > 500
    assert sum(reading.outcome is not TrapOutcome.RIGHT for reading in readings) > 100
    assert sum(reading.outcome is TrapOutcome.RIGHT for reading in readings) > 20


def test_known_faults_show() -> None:
    """Empty is A for MIRAGE's kin MedEvalKit and the last option for Huatuo; any capital of the key is right for MedS³."""
    kit, huatuo = ({each.id: each for each in read_traps_by_rule(name)} for name in ("medevalkit", "huatuo_match_choice"))
    assert (kit["empty-nothing"].read, huatuo["empty-nothing"].read) == ("A", "D")
    medsss = {each.id: each for each in read_traps_by_rule("medsss")}
    assert medsss["hack-every-closing"].read == "A,B,C,D"
    assert medsss["hack-every-closing"].outcome is TrapOutcome.FALSE_ANSWER


def test_a_rule_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="did you mean 'mirage_default_a'"):
        read_traps_by_rule("mirage_default_b")
    with pytest.raises(UserError, match="reads no letters"):
        read_traps_by_rule("medcalc_official")


def test_answers_of_another_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    lines = [{"id": "bare-capital", "answer": "B"}, {"id": "empty-nothing", "answer": "A"}, {"id": "hack-all-letters", "answer": None}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    readings = {reading.id: reading.outcome for reading in read_answers(file)}
    assert readings["bare-capital"] is TrapOutcome.RIGHT
    assert readings["empty-nothing"] is TrapOutcome.FALSE_ANSWER
    assert readings["hack-all-letters"] is TrapOutcome.RIGHT
    assert readings["bare-brackets"] is TrapOutcome.MISSING
    assert len(readings) == len(load_traps())


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "bare-capitol", "answer": "B"}\n', "no trap 'bare-capitol', but 'bare-capital'"),
        ('{"id": "bare-capital", "answer": "B"}\n{"id": "bare-capital", "answer": "A"}\n', "answered before"),
        ('{"id": "bare-capital"}\n', r"answers.jsonl:1: answer"),
    ],
)
def test_answers_that_cannot_be_used_say_where(tmp_path: Path, lines: str, message: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(lines)
    with pytest.raises(RecordError, match=message):
        read_answers(file)


def test_no_answers_at_all(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text("")
    with pytest.raises(UserError, match="no answers"):
        read_answers(tmp_path / "answers.jsonl")


def test_lines_for_another_reader_hold_all_that_it_may_see_and_no_more() -> None:
    lines = [json.loads(line) for line in trap_lines(has_keys=False)]
    assert len(lines) == len(load_traps())
    assert {frozenset(line) for line in lines} == {frozenset({"id", "kind", "question", "options", "text"})}
    whole = [json.loads(line) for line in trap_lines()]
    assert [line["text"] for line in whole] == [trap.text for trap in load_traps()]
    assert all(line["values"] or line["abstentions"] for line in whole)


def test_the_table_shows_the_counts() -> None:
    rows = [TrapRow("bare_letters", 38, 35, 1, 2, 0, 0), TrapRow(ALL, 38, 35, 1, 2, 0, 0)]
    console = Console(width=80, record=True)
    console.print(traps_table(rows, "our reader"))
    text = console.export_text()
    assert "bare letters" in text
    assert "35" in text
    assert "Not" not in text


def test_traps_that_were_not_read_right_are_shown_with_both_readings() -> None:
    readings = [reading for reading in read_traps(Mute()) if reading.id in ("bare-capital", "empty-nothing")]
    assert len(readings) == 2
    console = Console(width=120, record=True)
    console.print(failed_table(readings))
    text = console.export_text()
    assert "bare-capital" in text
    assert "(empty)" in text
    assert "A letter and nothing else." in text
    assert "empty-nothing" not in text
