"""HuatuoGPT-o1's data from the recipe's file to its exports: with a scripted teacher at the endpoint, and on the clinic."""

import json
import re
from pathlib import Path

import pytest

from osler.core.model import Request
from osler.core.question import ChoiceKey, Item, Question, TextKey
from osler.core.records import read_records, write_records
from osler.core.verdict import Outcome
from osler.models import OpenAIHTTP
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.recipe.file import load_synthesis
from osler.search.revise import LEADS
from osler.stages.synthesis_run import run_synthesis
from osler.synthesise.draft import Draft

RECIPES = Path(__file__).parents[2] / "recipes" / "synthesis"
OPTIONS = {"A": "vitamin D", "B": "vitamin C", "C": "vitamin K"}
KEY = ChoiceKey(("B",))
HARD = 3
"""The number of the item that the teacher gets right only where it is told the answer."""


def items(n: int) -> list[Item]:
    text = "Sailor number {} eats no fruit at sea and has bleeding gums. Which of the following does he lack?"
    return [Item(Question(f"bank-{number}", text.format(number), OPTIONS), KEY) for number in range(1, n + 1)]


def teaching(request: Request) -> str:
    """Passes every item, asks it openly, is wrong at first, and right at the first revision; judges by the words themselves."""
    text = request.messages[-1].content
    number = int(re.findall(r"number (\d+)", text)[0])
    if '"suits"' in text:
        return '{"reason": "plain", "suits": "pass"}'
    if '"synonyms"' in text:
        asked = f"Sailor number {number} eats no fruit at sea and has bleeding gums. Which vitamin does he lack?"
        return json.dumps({"question": asked, "answer": "vitamin C", "synonyms": ["ascorbic acid"]})
    if '"is_unique"' in text:
        return '{"is_unique": true, "same": ["ascorbic acid"]}'
    if "Reference answer" in text:
        return "Verdict: different"
    if "<reasoning>" in text:
        return f"Sailor number {number}: sunlight?\n\nHmm, no. It is fruit."
    if "<thought>" in text:
        return "He lacks ascorbic acid.\n\nThe answer is ascorbic acid."
    if "<answer>\nvitamin C\n</answer>" in text:
        return "## Thinking\n\nFruit.\n\n## Final Response\n\nThe answer is vitamin C."
    if not request.prefix:
        return "## Thinking\n\nSunlight.\n\n## Final Response\n\nThe answer is vitamin D."
    return f" Fruit.\n\n## Final Response\n\nThe answer is {'vitamin E' if number == HARD else 'vitamin C'}."


def test_long_traces_come_of_choices_and_the_told_ones_stand_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel(lambda request, _: teaching(request))
    monkeypatch.setattr(OpenAIHTTP, "load", lambda self: AsyncScriptedModel(model))
    text = "A child on a diet of goat's milk alone is pale, tired and short of breath. What is missing?"
    known, tested = (Item(Question(id, said, OPTIONS), KEY) for id, said in (("bank-6", text), ("t", f"{text} Give one.")))
    write_records(tmp_path / "items.jsonl", [*items(5), known])
    write_records(tmp_path / "tested.jsonl", [tested])
    files = [f"material.sets=[{tmp_path / 'items.jsonl'}]", f"against=[{tmp_path / 'tested.jsonl'}]"]
    synthesis = load_synthesis(RECIPES / "huatuo_data.yaml", files)
    folder, counts = run_synthesis(synthesis, tmp_path / "runs")
    drafts = list(read_records(folder / "records.jsonl", Draft))
    assert [draft.id for draft in drafts] == [f"bank-{number}-open" for number in range(1, 6)]
    assert counts.dropped == {"decontaminate": {"contaminated": 1}}
    for number, draft in enumerate(drafts, 1):
        assert draft.asked.key == TextKey("vitamin C", ("ascorbic acid",))
        assert draft.origin.place == f"bank-{number}"
        [trace] = draft.authored
        assert trace.steps == (f"Sailor number {number}: sunlight?", "Hmm, no. It is fruit.")
        if number == HARD:
            assert (trace.flags, trace.outcome) == (("label_guided", "rewritten"), None)
            assert draft.notes["revised"]["teacher"]["n"] == 12
        else:
            assert (trace.flags[0], trace.flags[-1], trace.outcome) == ("revised", "rewritten", Outcome.RIGHT)
            assert draft.notes["revised"]["teacher"]["is_complete"]
    verified = [json.loads(line) for line in (folder / "exports" / "verified.jsonl").read_text().splitlines()]
    published = [json.loads(line) for line in (folder / "exports" / "published.jsonl").read_text().splitlines()]
    assert [row["id"] for row in published] == [draft.id for draft in drafts]
    assert [row["id"] for row in verified] == [draft.id for draft in drafts if draft.origin.place != f"bank-{HARD}"]
    asked, said = (message["content"] for message in verified[0]["messages"])
    assert asked == drafts[0].asked.question.text
    assert said.startswith("## Thinking\n\nSailor number 1: sunlight?\n\nHmm, no. It is fruit.\n\n## Final Response\n\nHe lacks")


def test_on_the_clinic_what_was_wrong_is_revised_until_it_is_right(tmp_path: Path) -> None:
    synthesis = load_synthesis(RECIPES / "clinic_huatuo.yaml", ["limit=40"])
    folder, counts = run_synthesis(synthesis, tmp_path)
    drafts = list(read_records(folder / "records.jsonl", Draft))
    assert len(drafts) + sum(counts.dropped.get("keep", {}).values()) == 40
    assert len(drafts) >= 38  # 0.2 % are lost: more than two of forty once in a hundred thousand runs
    n_revised = 0
    for draft in drafts:
        [trace] = draft.authored
        n_answers = sum("The answer is" in step for step in trace.steps)
        n_leads = sum(step.startswith(tuple(LEADS.values())) for step in trace.steps)
        assert trace.outcome is Outcome.RIGHT
        assert n_answers == n_leads + 1 == len(trace.flags[1:]) + 1
        n_revised += bool(trace.flags)
    # 12 in 40 is three standard deviations (3.1) and more below the 24 of six in ten, less the cases whose first try got right after three
    # revisions failed; 36 is four above
    assert 12 <= n_revised <= 36
