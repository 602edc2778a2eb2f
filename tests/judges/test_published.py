"""Published rules do what their repositories do, faults included: each fault by hand, and recorded outputs where those are at hand."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import ChoiceKey, DateKey, Item, NumberKey, Question
from osler.judges.published.choice import Ruling
from osler.judges.published.rules import RULES

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
OPTIONS = {"A": "aspirin", "B": "metoprolol", "C": "morphine", "D": "diabetes insipidus"}


def item(key: str = "A", options: dict[str, str] = OPTIONS) -> Item:
    return Item(Question("q", "Which?", options), ChoiceKey((key,)))


def number(key: NumberKey | DateKey) -> Item:
    return Item(Question("q", "How much?"), key)


def test_every_rule_has_its_name_and_says_where_it_comes_from() -> None:
    assert len(RULES) >= 17
    for name, rule in RULES.items():
        assert rule.name == name
        assert "ault" in rule.description or rule.description.startswith("As "), name
        assert rule.is_keyed == ("looks at the key" in " ".join(rule.description.split())), name


CASES = [
    ("mirage_default_a", '{"answer_choice": "B"}', "B", False),
    ("mirage_default_a", '{"answer_choice": "B/D"}', "B", False),
    ("mirage_default_a", '{"answer_choice": "None of the above"}', "A", True),
    ("mirage_default_a", '{"answer_choice": "C. morphine"}', "C", False),
    ("mirage_default_a", "I think option Diabetes.", "D", False),
    ("mirage_default_a", "", None, False),
    ("mmlu_pro", "The answer is (B).\n\nQuestion: x The answer is (C).", "B", False),
    ("mmlu_pro", "The answer is Diabetes insipidus.", "D", False),
    ("mmlu_pro", "Answer: A or Answer: C", "C", False),
    ("mmlu_pro", "Answer:\nB", "B", False),
    ("mmlu_pro", "I cannot say.", "I", False),
    ("mmlu_pro", "no idea", "G", True),
    ("mmlu_pro_null_wrong", "no idea", None, False),
    ("mmlu_pro_first_level", "Final Answer: B", None, False),
    ("huatuo_match_choice", "", "D", True),
    ("huatuo_match_choice", "the remedy is vitamin D supplementation", "D", False),
    ("huatuo_match_choice", "A is wrong. The answer is B. Or the answer is C", "C", False),
    ("huatuo_match_choice_first", "A is wrong. The answer is B. Or the answer is C", "B", False),
    ("huatuo_match_choice", "## Thinking\n\nA or B\n\n## Final Response\n\n(C) it is", "C", False),
    ("huatuo_match_choice", "first morphine, then aspirin, then morphine", "C", False),
    ("huatuo_match_choice_first", "first morphine, then aspirin, then morphine", "A", False),
    ("medsss_first_character", "The answer is B. metoprolol.", "B", False),
    ("medsss_first_character", "The answer is (B).", "(", False),
    ("medsss_first_character", "The answer is B\nand so on.", None, False),
    ("medsss_first_character", "the answer is .", None, False),
    ("fully_open_meditron", "The answer is diabetes insipidus, i.e. option (A)", "D", False),
    ("fully_open_meditron", "Final answer: \\boxed{C}", "C", False),
    ("fully_open_meditron", "It is C.", None, False),
    ("med_prm", "The answer is diabetes.", "D", False),
    ("med_prm", "The answer is A, so \\boxed{(b)}", "B", False),
    ("med_prm", "I would give aspirin.", None, False),
    ("medevalkit", "", "A", True),
    ("medevalkit", "B\n\nIt lowers the rate.", "B", False),
    ("medevalkit", "The answer is: (C. morphine)", "C", True),
    ("medevalkit", "Answer: Morphine.", "C", False),
    ("medevalkit", "So \\boxed{D}", "D", False),
    ("lm_eval_medqa_cot", "Final Answer: **B**", "B", False),
    ("lm_eval_medqa_cot", "Final answer: B", None, False),
    ("lm_eval_medqa_cot", "Final Answer: Diabetes", "D", False),
    ("lm_eval_mmlu_pro", "the answer is (B", "B", False),
    ("lm_eval_strict", "The answer is (B).", "B", False),
    ("lm_eval_strict", "The answer is B", None, False),
    ("lm_eval_strict", "The answer is (B) metoprolol.", "(B) metoprolol", False),
    ("lm_eval_flexible", "(A) is wrong, so (B)", "B", False),
    ("lm_eval_flexible", "Give Morphine, now.", "C", False),
    ("lm_eval_flexible", "Answer: B", "B", False),
    ("lm_eval_flexible", "no", None, False),
    ("lm_eval_flexible", "Of “metoprolol” – and nothing else", "B", False),
]


@pytest.mark.parametrize(("name", "text", "answer", "is_default"), CASES)
def test_what_a_rule_reads(name: str, text: str, answer: str | None, is_default: bool) -> None:
    assert RULES[name].rule(text, item("B")) == Ruling(answer, answer == "B", is_default)


@pytest.mark.parametrize(
    ("text", "key", "is_right"),
    [
        ("The answer is A. Losartan.", "L", True),
        ("The answer is B.", "B", True),
        ("B", "B", True),
        ("The answer is b.", "B", False),
        ("B is right", "B", False),
        ("The answer is A, then B", "B", True),
    ],
)
def test_medsss_accepts_the_letter_of_the_key_anywhere(text: str, key: str, is_right: bool) -> None:
    options = {letter: f"option {letter}" for letter in "ABCDEFGHIJKL"}
    assert RULES["medsss"].rule(text, item(key, options)).is_right is is_right


@pytest.mark.parametrize(
    ("text", "key", "answer", "is_right"),
    [
        ("The nodule is normal.", "B", "B", True),
        ("Yes.", "A", "A", True),
        ("yes and no", "A", None, False),
        ("It is small.", "B", None, False),
        ("The eyes are red.", "A", "A", True),
    ],
)
def test_medevalkit_finds_no_in_nodule(text: str, key: str, answer: str | None, is_right: bool) -> None:
    ruling = RULES["medevalkit_yes_no"].rule(text, item(key, {"A": "yes", "B": "no"}))
    assert (ruling.answer, ruling.is_right) == (answer, is_right)


LIMITS = NumberKey(100.0, low=95.0, high=105.0)
SCORE = NumberKey(12.0, is_rounded=True)


@pytest.mark.parametrize(
    ("text", "key", "is_right"),
    [
        ("95", LIMITS, True),
        ("105 mL/min", LIMITS, True),
        ("94.99", LIMITS, False),
        ("98 mL/min/1.73 m²", LIMITS, True),
        ("98 mg/1.73", LIMITS, False),  # the last number is 1.73
        ("53.1%", NumberKey(0.53, low=0.5, high=0.56), True),
        ("53.1 %", NumberKey(0.53, low=0.5, high=0.56), False),
        ("-10.4", NumberKey(-10.0, low=-10.5, high=-9.5), True),
        ("str(50 + 50)", LIMITS, False),
        ("12 out of 20", SCORE, True),
        ("1, 2, 3", NumberKey(3.0, is_rounded=True), True),
        ("12.4", SCORE, True),
        ("2.5", NumberKey(2.0, is_rounded=True), True),
        ("N/A", SCORE, False),
        ("N/A", NumberKey(None), False),
        ("('29 weeks', '3 days')", NumberKey(206.0, "days"), True),
        ("(29, 3)", NumberKey(206.0, "days"), True),
        ("(3, 29)", NumberKey(206.0, "days"), False),
        ("9" * 5000, NumberKey(206.0, "days"), False),
        ("12 weeks", NumberKey(9.0, "days"), True),  # 1 week and 2 days, as published
        ("06/30/2024", DateKey(date(2024, 6, 30)), True),
        ("6/30/2024", DateKey(date(2024, 6, 30)), True),
        ("30/06/2024", DateKey(date(2024, 6, 30)), False),
        ("02/30/2024", DateKey(date(2024, 6, 30)), False),
        ("__import__('os').system('echo 100')", SCORE, False),
    ],
)
def test_medcalc_judges_the_field(text: str, key: NumberKey | DateKey, is_right: bool) -> None:
    assert RULES["medcalc_official_field"].rule(text, number(key)).is_right is is_right
    assert RULES["medcalc_official"].rule(f'{{"step_by_step_thinking": "x", "answer": "{text}"}}', number(key)).is_right is is_right


def test_medcalc_needs_a_whole_object() -> None:
    assert RULES["medcalc_official"].rule("The answer is 100.", number(LIMITS)) == Ruling(None, False)
    assert RULES["medcalc_official"].rule('{"answer": "100"', number(LIMITS)) == Ruling(None, False)
    assert RULES["medcalc_official"].rule('{"answer": "X.XX"}', number(LIMITS)) == Ruling(None, False)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.sampled_from(["The answer is ", "\\boxed{", '{"answer": "', "answer: (", "9" * 400, "<answer>"]))
def test_no_rule_raises(text: str) -> None:
    items = {"choice": item(), "number": number(LIMITS), "date": number(DateKey(date(2024, 6, 30)))}
    for rule in RULES.values():
        for kind in rule.kinds:
            assert isinstance(rule.rule(text, items[kind]), Ruling), rule.name


def rows(file: str) -> Iterator[dict[str, Any]]:
    if not (DATA / file).is_file():
        pytest.skip(f"the outputs are not there: {DATA / file}")
    with gzip.open(DATA / file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def choice_item(row: dict[str, Any]) -> Item:
    return Item(Question(row["id"], row["question"], row["options"]), ChoiceKey((row["answer_idx"],)))


MIRAGE_FILES = {
    "mmlu": "mmlu_med/test.jsonl.gz",
    "medqa": "medqa_usmle/test_4opt.jsonl.gz",
    "medmcqa": "medmcqa/dev.jsonl.gz",
    "pubmedqa": "pubmedqa/pqal.jsonl.gz",
    "bioasq": "raw_mirage_gpt35/bioasq_yn_questions.jsonl.gz",
}
MIRAGE_CELLS = {
    "rag_32": {"mmlu": 75.48, "medqa": 66.61, "medmcqa": 58.04, "pubmedqa": 67.40, "bioasq": 90.29},
    "cot": {"mmlu": 72.91, "medqa": 64.89, "medmcqa": 55.13, "pubmedqa": 36.00, "bioasq": 74.11},
}
MIRAGE_PUBLISHED = {"medqa": 65.04, "medmcqa": 55.25, "bioasq": 74.27}
"""The published cells (Table 6) that differ from those above: the 34 empty replies lie in them."""


@cache
def mirage_outputs() -> dict[tuple[str, str], dict[str, tuple[Item, str]]]:
    items = {(name, row["id"]): choice_item(row) for name, file in MIRAGE_FILES.items() for row in rows(file)}
    found: dict[tuple[str, str], dict[str, tuple[Item, str]]] = {}
    for row in rows("raw_mirage_gpt35/outputs.jsonl.gz"):
        given = items[row["dataset"], row["qid"]]
        assert given.key == ChoiceKey((row["gold"],))
        found.setdefault((row["setting"], row["dataset"]), {})[row["qid"]] = (given, row["output"] or "")
    return found


def test_mirage_gives_the_cells_of_its_table() -> None:
    outputs = mirage_outputs()
    assert sum(map(len, outputs.values())) == 15_326
    rule = RULES["mirage_default_a"].rule
    rights = {cell: sum(rule(text, given).is_right for given, text in replies.values()) for cell, replies in outputs.items()}
    cells = {
        setting: {name: round(100 * rights[setting, name] / len(outputs[setting, name]), 2) for name in MIRAGE_FILES}
        for setting in MIRAGE_CELLS
    }
    assert cells == MIRAGE_CELLS


def test_an_empty_reply_takes_the_reply_before_it_in_the_published_table() -> None:
    """The script loops over an empty list and then uses the loop's variable, which still holds the reply to the question before."""
    rule = RULES["mirage_default_a"].rule
    cells = {}
    for (setting, name), replies in mirage_outputs().items():
        if setting == "cot" and name in MIRAGE_PUBLISHED:
            kept, n_right = "", 0
            for _, (given, text) in sorted(replies.items()):
                kept = text or kept
                n_right += rule(kept, given).is_right
            cells[name] = round(100 * n_right / len(replies), 2)
    assert cells == MIRAGE_PUBLISHED


def test_mmlu_pro_reads_what_its_repository_recorded() -> None:
    """Nine of the ten files hold what the first level reads; the tenth (Llama 3.1) all three levels, and G where they find nothing."""
    items = {row["id"]: choice_item(row) for row in rows("mmlu_pro_health/questions.jsonl.gz")}
    agree: Counter[str] = Counter()
    n_guessed = n = 0
    for row in rows("mmlu_pro_health/outputs_10_models.jsonl.gz"):
        is_newer = row["model"] == "Meta-Llama-3_1-8B-Instruct"
        ruling = RULES["mmlu_pro" if is_newer else "mmlu_pro_first_level"].rule(row["output"] or "", items[row["qid"]])
        agree[row["model"]] += ruling.answer == row["pred_repo"]
        n_guessed += ruling.is_default
        n += 1
    assert n == 8_180
    assert set(agree.values()) == {818}
    assert n_guessed > 20


def test_medcalc_gives_the_recorded_flags() -> None:
    items = {row["id"]: number(_medcalc_key(row)) for row in rows("medcalc_bench/test_2024-06.jsonl.gz")}
    rights: Counter[str] = Counter()
    for row in rows("raw_medcalc_reasoners/outputs.jsonl.gz"):
        ruling = RULES["medcalc_official_field"].rule(str(row["answer"]), items[row["qid"]])
        assert ruling.is_right == (row["result"] == "Correct"), row
        rights[row["model"]] += ruling.is_right
    assert rights == {"Qwen/QwQ-32B": 35, "openai/gpt-oss-20b": 48, "open-thoughts/OpenThinker-7B": 22}


def _medcalc_key(row: dict[str, Any]) -> NumberKey | DateKey:
    if "weeks" in row["answer"]:
        weeks, days = (int(part.split()[0].strip("('\"")) for part in row["answer"].split(", "))
        return NumberKey(7.0 * weeks + days, "days")
    if row["output_type"] == "date":
        month, day, year = map(int, row["answer"].split("/"))
        return DateKey(date(year, month, day))
    if row["output_type"] == "integer":
        return NumberKey(float(row["answer"]), is_rounded=True)
    low, high = sorted((float(row["lower"]), float(row["upper"])))
    return NumberKey(float(row["answer"]), low=low, high=high)


def test_what_the_rules_do_to_every_option_stated_plainly() -> None:
    """As counted with the published code itself: wrong options that count as right, and right ones that are misread."""
    medqa = [choice_item(row) for row in rows("medqa_usmle/test_5opt.jsonl.gz")]
    medmcqa = [choice_item(row) for row in rows("medmcqa/dev.jsonl.gz")]
    closed = "The answer is {text} ({letter})."
    assert _accepted("fully_open_meditron", closed, medqa, is_key=False) == (348, 5_092)
    assert _accepted("fully_open_meditron", closed, medmcqa, is_key=False) == (829, 12_549)
    n_right, n = _accepted("fully_open_meditron", closed, medqa, is_key=True)
    assert round(100 * n_right / n) == 8
    assert _accepted("huatuo_match_choice", "The correct option is ({letter}). {text}", medqa, is_key=True) == (1_273 - 16, 1_273)


def _accepted(name: str, phrasing: str, items: list[Item], *, is_key: bool) -> tuple[int, int]:
    """How many options in that phrasing count as right, of the keys or of all others, and how many there are."""
    stated = [
        (given, phrasing.format(letter=letter, text=text))
        for given in items
        for letter, text in given.question.options.items()
        if isinstance(given.key, ChoiceKey) and (letter in given.key.letters) is is_key
    ]
    return sum(RULES[name].rule(text, given).is_right for given, text in stated), len(stated)
