"""Pairs from passages, cases from reports, expert pathways and chains of evidence: each reason by a crafted reply, counts by hand."""

import json
from typing import Any

import pytest

from osler.core.model import Request
from osler.core.passage import Passage
from osler.core.question import OpenKey, TextKey
from osler.core.verdict import Outcome
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.solve.expert_pathway import ExpertPathway
from osler.synthesise.solve.weigh_evidence import WeighEvidence
from osler.synthesise.write.case_reports import cleaned_report
from osler.synthesise.write.extract_case import ExtractCase, StitchPoints
from osler.synthesise.write.write_pairs import CheckPair, WritePairs
from tests.synthesise.makings import item_draft, through

PASSAGE = "Scurvy follows a lack of ascorbic acid. Gums bleed, and wounds heal slowly."
REPORT = (
    "A sailor of 40 years had bleeding gums for two months [1, 2]. He had eaten no fruit (Figure 1).\n"
    "Ascorbic acid in plasma was unmeasurable.\n\nWe diagnosed scurvy. Bleeding gums without fruit in the diet pointed to it.\n\n"
    "We diagnosed scurvy. Bleeding gums without fruit in the diet pointed to it."
)
POINTS = [
    {"point": "The gums bleed.", "quote": "bleeding gums for two months"},
    {"point": "Fruit is missing.", "quote": "He had eaten no fruit"},
    {"point": "The level is low.", "quote": "Ascorbic acid in plasma was unmeasurable"},
]


def passage_draft(text: str = PASSAGE) -> Draft:
    return Draft("book-1", Origin("book", "book-1", "CC BY 4.0"), passages=(Passage("book-1", text),))


def said(value: Any) -> str:
    return json.dumps(value)


def in_turn(*replies: str) -> Any:
    left = list(replies)
    return lambda request: left.pop(0)


# pairs


def test_each_pair_becomes_an_open_item_with_its_origin() -> None:
    pairs = [{"question": f"What is {name}?", "answer": f"It is {name}."} for name in ("one", "two", "three", "four")]
    made = through([WritePairs()], [passage_draft()], {"teacher": lambda _: f"Here you are: {said({'pairs': pairs})}"})
    assert [each.id for each in made] == ["book-1-q1", "book-1-q2", "book-1-q3"]  # three are asked for; a fourth is left
    for each in made:
        assert isinstance(each, Draft)
        assert isinstance(each.asked.key, OpenKey)
        assert each.origin == passage_draft().origin


@pytest.mark.parametrize("phrase", ["the passage", "The study", "these authors", "the above text", "According to the report"])
def test_a_pair_that_leans_on_its_source_is_dropped(phrase: str) -> None:
    pairs = [{"question": f"{phrase}: what follows?", "answer": "Scurvy."}, {"question": "What follows?", "answer": "Scurvy."}]
    dropped, kept = through([WritePairs()], [passage_draft()], {"teacher": lambda _: said({"pairs": pairs})})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason, dropped.id) == ("write_pairs", "refers_to_source", "book-1-q1")
    assert isinstance(kept, Draft)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("no JSON at all", "malformed"), ('{"pairs": []}', "wrong_shape"), ('{"pairs": [{"question": ""}]}', "wrong_shape"), ("", "empty")],
)
def test_what_cannot_be_read_drops_the_passage_after_three_tries(reply: str, reason: str) -> None:
    asked: list[Request] = []
    [dropped] = through([WritePairs()], [passage_draft()], {"teacher": lambda request: (asked.append(request), reply)[1]})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == reason
    assert len({request.seed for request in asked}) == 3


@pytest.mark.parametrize(
    ("name", "reason"), [("is_relevant", "not_relevant"), ("is_factual", "not_factual"), ("is_grounded", "not_grounded")]
)
def test_a_judge_drops_what_it_denies(name: str, reason: str) -> None:
    pairs = {"pairs": [{"question": "What follows?", "answer": "Scurvy."}]}
    verdict = {"is_relevant": True, "is_factual": True, "is_grounded": True}
    roles = {"teacher": lambda _: said(pairs), "judge": lambda _: said(verdict)}
    [kept] = through([WritePairs(), CheckPair()], [passage_draft()], roles)
    assert isinstance(kept, Draft)
    [dropped] = through([WritePairs(), CheckPair()], [passage_draft()], {**roles, "judge": lambda _: said({**verdict, name: False})})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == reason


# case reports


def test_a_report_is_cleaned() -> None:
    assert cleaned_report(REPORT) == (
        "A sailor of 40 years had bleeding gums for two months. He had eaten no fruit. Ascorbic acid in plasma was unmeasurable.\n\n"
        "We diagnosed scurvy. Bleeding gums without fruit in the diet pointed to it."
    )


def test_a_case_has_the_clinicians_points_with_their_places() -> None:
    extracted = {
        "case": "A sailor has bleeding gums.",
        "diagnosis": "Scurvy",
        "reasoning": [*POINTS, {"point": "Made up.", "quote": "not there"}],
    }
    [draft] = through([ExtractCase()], [passage_draft(REPORT)], {"teacher": lambda _: said(extracted)})
    assert isinstance(draft, Draft)
    assert draft.asked.key == TextKey("Scurvy")
    assert draft.asked.question.text == "A sailor has bleeding gums. What is the most likely diagnosis?"
    [trace] = draft.authored
    assert trace.steps == tuple(point["point"] for point in POINTS)
    quotes = [draft.passages[0].text[start:end] for start, end in draft.notes["quotes"]]
    assert quotes == [point["quote"] for point in POINTS]
    assert draft.notes["n_points_without_quote"] == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"case": "A sailor with SCURVY bleeds."}, "states_diagnosis"),
        ({"diagnosis": "Vitamin K deficiency"}, "unnamed_diagnosis"),
        ({"reasoning": POINTS[:2]}, "too_few_points"),
        ({"reasoning": [{"point": each["point"], "quote": "made up"} for each in POINTS]}, "too_few_points"),
    ],
)
def test_a_case_that_does_not_hold_is_dropped(change: dict[str, Any], reason: str) -> None:
    extracted = {"case": "A sailor bleeds.", "diagnosis": "scurvy", "reasoning": POINTS, **change}
    [dropped] = through([ExtractCase()], [passage_draft(REPORT)], {"teacher": lambda _: said(extracted)})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == reason


def test_a_stitched_trace_makes_every_point_once() -> None:
    extracted = said({"case": "A sailor bleeds.", "diagnosis": "scurvy", "reasoning": POINTS})
    good = "First, the gums bleed [1]. He eats\nno fruit [2].\n\nAnd so the level is low [3]."
    [draft] = through([ExtractCase(), StitchPoints()], [passage_draft(REPORT)], {"teacher": in_turn(extracted, good)})
    assert isinstance(draft, Draft)
    assert draft.authored[0].steps == ("First, the gums bleed. He eats no fruit.", "And so the level is low.")
    for bad in ("Gums [1], fruit [2].", "Gums [1], fruit [2], level [3], gums [1].", "Fruit [2], gums [1], level [3]."):
        [dropped] = through([ExtractCase(), StitchPoints()], [passage_draft(REPORT)], {"teacher": in_turn(extracted, bad, bad, bad)})
        assert isinstance(dropped, DroppedDraft)
        assert dropped.reason == "points_differ"


# expert pathway


def review(remark: str = "Go on.", *, is_sound: bool = True, is_enough: bool = False) -> str:
    return said({"remark": remark, "is_sound": is_sound, "is_enough": is_enough})


def test_only_sound_steps_stay_and_the_doctor_never_sees_the_key() -> None:
    seen: list[str] = []
    steps = in_turn("Gums bleed.", "It is the sun.", "Fruit is missing.", "That settles it.\nThe answer is A.")

    def teacher(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return str(steps(request))

    expert = in_turn(review(), review("The sun has no part in it.", is_sound=False), review("Good.", is_enough=True))
    [draft] = through([ExpertPathway()], [item_draft()], {"teacher": teacher, "expert": expert})
    assert isinstance(draft, Draft)
    [trace] = draft.authored
    assert trace.steps == ("Gums bleed.", "Fruit is missing.")
    assert (trace.answer, trace.outcome, trace.flags) == ("A", Outcome.RIGHT, ())
    assert draft.notes["pathway"] == {"n_rounds": 3, "n_sound": 2, "n_held_back": 0}
    assert "The sun has no part in it." in seen[2]
    assert "It is the sun." not in seen[2]
    assert not any("<answer>" in text for text in seen)


@pytest.mark.parametrize("remark", ["Think of Vitamin C.", "Option A looks right."])
def test_a_remark_that_names_the_key_is_held_back(remark: str) -> None:
    seen: list[str] = []
    steps = in_turn("Gums bleed.", "Fruit is missing.", "The answer is A.")

    def teacher(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return str(steps(request))

    [draft] = through([ExpertPathway()], [item_draft()], {"teacher": teacher, "expert": in_turn(review(remark), review(is_enough=True))})
    assert isinstance(draft, Draft)
    assert draft.authored[0].flags == ("remark_held_back",)
    assert not any(remark in text for text in seen)


def test_a_pathway_without_an_end_is_dropped() -> None:
    roles = {"teacher": lambda _: "Gums bleed.", "expert": lambda _: review()}
    [dropped] = through([ExpertPathway(max_rounds=4)], [item_draft()], roles)
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.reason, dropped.detail) == ("not_enough", "4 sound steps in 4 rounds")


# evidence

CASE = "A sailor of 40 years has bleeding gums. He eats no fruit. His skin bruises. Which vitamin does he lack?"


def weighed(*supports: str, opposes: tuple[str, ...] = ()) -> str:
    return said({"candidates": [{"name": "lack of vitamin C", "supports": supports, "opposes": opposes}]})


def test_each_part_is_weighed_by_what_is_known_by_then() -> None:
    seen: list[str] = []
    replies = in_turn(weighed("bleeding gums", "eats no fruit"), weighed("eats no fruit"), weighed("skin bruises"), "The answer is A.")

    def teacher(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return str(replies(request))

    [draft] = through([WeighEvidence()], [item_draft(text=CASE)], {"teacher": teacher})
    assert isinstance(draft, Draft)
    assert draft.notes["evidence_shares"] == [0.5, 1.0, 1.0]  # the fruit is told in the second part
    [trace] = draft.authored
    assert trace.steps[0] == "lack of vitamin C is supported by bleeding gums."
    assert trace.outcome is Outcome.RIGHT
    assert "fruit" not in seen[0]
    assert "Which vitamin does he lack?" in seen[0]


def test_candidates_that_quote_nothing_of_the_case_are_no_evidence() -> None:
    [dropped] = through([WeighEvidence()], [item_draft(text=CASE)], {"teacher": lambda _: weighed("fever", opposes=("cough",))})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("weigh_evidence", "unsupported")
