"""Attempts become marks: parted by the form, read and judged as in evaluation, weighed by the recipe's terms."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecipeError, RecordError, UserError
from osler.core.model import Request
from osler.core.question import ChoiceKey, Item, Key, OpenKey, Question, RubricKey
from osler.core.records import write_records
from osler.models import HuggingFace
from osler.models.scripted import ScriptedModel
from osler.recipe.training import PolicyReward
from osler.stages.rewarding import check_for, reward_function
from osler.synthesise.exports import grpo_record
from osler.train import GRPO, Records, Schedule
from osler.train.grpo import AttemptSampling
from osler.train.records import sound
from osler.train.rewarding import Attempt, Marks

OPTIONS = {"A": "Gout", "B": "Lupus"}


def row(key: Key | None = None, **columns: Any) -> dict[str, Any]:
    key = key or ChoiceKey(("A",))
    item = Item(Question("q-1", "What is it?", OPTIONS if key.kind == "choice" else {}, key.kind), key)
    return {"item": TypeAdapter(Item).dump_json(item).decode(), **columns}


def mix(**settings: Any) -> PolicyReward:
    made: PolicyReward = TypeAdapter(PolicyReward).validate_python(settings)
    return made


def thought(response: str) -> str:
    return f"<think>\nThe answer is A.\n</think>\n\n{response}"


def test_attempts_get_marks_in_their_order_each_from_its_own_record(make_context) -> None:
    reward = reward_function(make_context(1), mix(form="think"))
    replies = [(row(), "A"), (row(ChoiceKey(("B",))), "A"), (row(), "As I said."), (row(), "B")]
    marks = reward([Attempt(record, thought(response), 9) for record, response in replies])
    assert [each.total for each in marks] == [1, 0, 0, 0]
    outcomes = [[name for name, value in each.terms.items() if name.startswith("is_") and value] for each in marks]
    assert outcomes == [["is_right"], ["is_wrong"], ["is_no_answer"], ["is_wrong"]]


def test_without_a_form_the_recipes_codec_parts_a_reply(make_context) -> None:
    """Of steps the last is the answer, and what an earlier one says is none."""
    texts = ["Step 1: It is hot.\n\nStep 2: The answer is A.", "Step 1: The answer is A.\n\nStep 2: It is hot."]
    settings = mix(terms=[{"kind": "answer"}, {"kind": "format", "weight": 0.1}])
    marks = reward_function(make_context(1), settings)([Attempt(row(), text, 9) for text in texts])
    assert [each.total for each in marks] == [1.1, 0.1]
    assert [each.total for each in reward_function(make_context(1, codec="think"), settings)([Attempt(row(), texts[0], 9)])] == [1]


def test_an_attempt_that_was_cut_has_no_answer_and_no_form(make_context) -> None:
    settings = mix(form="think", terms=[{"kind": "answer"}, {"kind": "format", "weight": 0.1}])
    [marks] = reward_function(make_context(1), settings)([Attempt(row(), thought("A"), 9, is_cut=True)])
    assert (marks.total, marks.terms["is_no_answer"]) == (0, 1)


def test_a_thought_that_the_prompt_opens_is_one(make_context) -> None:
    attempt = Attempt(row(), "It is hot.\n</think>\n\nA", 9)
    settings = mix(form="think", gate=[{"kind": "format"}])
    totals = [reward_function(make_context(1), each)([attempt])[0].total for each in (settings, replace(settings, is_opened=True))]
    assert totals == [0, 1]


def test_open_answers_are_judged_by_the_engine_that_is_named_in_one_call(make_context, monkeypatch) -> None:
    """Two attempts, each in both orders: four requests. The third has no answer, and nothing is asked of it."""
    calls: list[int] = []

    class Counted(ScriptedModel):
        def complete(self, requests: Sequence[Request]):
            calls.append(len(requests))
            return super().complete(requests)

    def word(request: Request, _: object) -> str:
        return "Verdict: same" if "Given answer:\nPodagra" in request.messages[0].content else "Verdict: different"

    monkeypatch.setattr(HuggingFace, "load", lambda self: Counted(word))
    settings = mix(form="think", judge={"kind": "hf", "path": "a-judge"}, terms=[{"kind": "verified"}], gate=[{"kind": "format"}])
    replies = [thought("Podagra"), thought("Lupus"), "<think>\nPodagra"]
    marks = reward_function(make_context(1), settings)([Attempt(row(OpenKey("Gout")), text, 9) for text in replies])
    assert [each.total for each in marks] == [1, 0.1, 0]
    assert calls == [4]


def test_the_engine_reads_what_a_thought_links_and_what_it_cannot_read_earns_nothing(make_context, monkeypatch) -> None:
    """Identical: 1 + 0.8. One of two edges: paths 1 of 2, entities 2 of 3, 0.8 × 7/12. Prose in place of triples, and no link: 0."""
    script = {
        "Urate falls out, so the toe is hot.": "urate | falls out in | toe\ntoe | is | hot",
        "Urate falls out.": "- Urate | is in | TOE",
        "It is hot.": "The text links nothing much.",
        "Well.": "None.",
    }
    model = ScriptedModel(script)
    monkeypatch.setattr(HuggingFace, "load", lambda self: model)
    settings = mix(form="think", judge={"kind": "hf", "path": "a-judge"}, terms=[{"kind": "answer"}, {"kind": "path_overlap"}])
    record = row(graphs=[[["urate", "in", "toe"], ["toe", "is", "hot"]]])
    marks = reward_function(make_context(1), settings)([Attempt(record, f"<think>\n{text}\n</think>\n\nA", 9) for text in script])
    assert [each.terms["path_overlap"] for each in marks] == pytest.approx([0.8, 0.8 * 7 / 12, 0, 0])
    assert len(model.requests) == 4 + 1  # what cannot be read is asked for again, once


@pytest.mark.parametrize("key", [OpenKey("Gout"), RubricKey(("Gout",))])
def test_free_answers_without_a_judge_are_an_error_that_says_what_to_name(make_context, key: Key) -> None:
    with pytest.raises(UserError, match=r"q-1: its answer is (open|rubric), which a model judges; name an engine under `reward\.judge`"):
        reward_function(make_context(1), PolicyReward())([Attempt(row(key), "Gout", 9)])


def test_queries_are_looked_up_in_the_recipes_passages(make_context, tmp_path) -> None:
    """The titles found are those of the headings: one of the two that are wanted."""
    shelf = tmp_path / "shelf.jsonl"
    write_records(shelf, [{"id": "p-1", "text": "Gout is an arthritis by crystals of urate.", "heading": ["Joints", "Gout"]}])
    context = make_context(1, retrieval={"passages": [str(shelf)]})
    reward = reward_function(context, mix(form="think", terms=[{"kind": "retrieval_recall"}]))
    [marks] = reward([Attempt(row(titles=["gout", "Urate"]), "<search>crystals of urate</search>", 9)])
    assert marks == Marks(0.5, marks.terms)


def test_a_record_that_lacks_something_is_found_with_its_place_before_the_first_step(make_context, tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    graphs = [[["a", "to", "b"]]]
    write_records(path, [row(graphs=graphs), row(), row(graphs=graphs)])
    check = check_for(reward_function(make_context(1), mix(gate=[{"kind": "format"}], terms=[{"kind": "path_overlap"}])))
    with pytest.raises(RecordError, match=r"rows\.jsonl:2: q-1: its record has no `graphs`; path_overlap .* or set on_bad: drop"):
        sound("grpo", Records.read(path), check, "stop")
    assert sound("grpo", Records.read(path), check, "drop").dropped == {"no_mark": 1}


@pytest.mark.parametrize("record", [{}, {"item": "{}"}, {"item": {"question": {"id": "q", "text": "What?"}}}])
def test_a_record_without_an_item_is_an_error(make_context, record: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"a record has no sound item .* kind: grpo"):
        reward_function(make_context(1), PolicyReward())([Attempt(record, "A", 9)])


def test_an_item_may_be_written_out_in_its_record(make_context) -> None:
    record = {"item": json.loads(row()["item"])}
    assert reward_function(make_context(1), PolicyReward())([Attempt(record, "A", 9)])[0].total == 1


def test_a_recipe_says_what_attempts_are_worth() -> None:
    settings = mix(gate=[{"kind": "format"}], floor=-0.5, terms=[{"kind": "answer"}, {"kind": "repetition", "weight": 0.2, "n_words": 3}])
    assert (settings.floor, [term.kind for term in settings.terms]) == (-0.5, ["answer", "repetition"])
    with pytest.raises(ValidationError, match="n_wrods"):
        mix(terms=[{"kind": "repetition", "n_wrods": 3}])


@pytest.mark.parametrize(("training", "reward"), [({"kind": "grpo"}, None), ({"kind": "sft"}, {})])
def test_a_method_that_writes_attempts_has_a_reward_and_no_other_has_one(make_context, training: Any, reward: Any) -> None:
    policy = {"records": {"kind": "files", "paths": ["rows.jsonl"]}, "training": training, "reward": reward}
    with pytest.raises(RecipeError, match=r"policies\.next\.reward"):
        make_context(1, policies={"next": policy})


@pytest.mark.slow
def test_a_policy_is_trained_by_a_mix_whose_terms_stand_in_its_notes(make_context, tiny, tmp_path) -> None:
    """A random policy has no form and no answer; the record without graphs is dropped, and counted."""
    context = make_context(2)
    rows = [grpo_record(item, context.prompt) for item in context.read("search.jsonl", Item)] * 2
    records = Records([{**rows[0], "graphs": [[["a", "to", "b"]]]}, rows[1], {**rows[1], "graphs": [[["a", "to", "b"]]]}])
    reward = reward_function(context, mix(terms=[{"kind": "answer"}, {"kind": "format"}, {"kind": "path_overlap"}]))
    method = GRPO(schedule=Schedule(batch_size=2, max_steps=1), sampling=AttemptSampling(max_tokens=6), n_attempts=2, on_bad="drop")
    trained = method.train(tiny, records, tmp_path / "out", seed=0, reward=reward, check_for_reward=check_for(reward))
    assert trained.dropped == {"no_mark": 1}
    assert {f"reward/{name}" for name in ("answer", "format", "path_overlap", "gate", "is_no_answer")} <= trained.notes.keys()
    assert (trained.notes["reward/format"], trained.notes["reward/gate"]) == (0, 1)
