"""The blocks of quality in whole syntheses: on the clinic with models that err as told, and on items of which some were planted."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.core.records import read_records
from osler.recipe.file import load_synthesis
from osler.stages.synthesis_run import run_synthesis
from osler.synthesise.draft import Draft, DroppedDraft

Found = tuple[list[Draft], list[DroppedDraft]]


def made(folder: Path, **content: Any) -> Found:
    path = folder / f"{content['name']}.yaml"
    path.write_text(yaml.safe_dump({"seed": 1, "exports": [], **content}), encoding="utf-8")
    run, counts = run_synthesis(load_synthesis(path, ()), folder / "runs")
    kept, dropped = list(read_records(run / "records.jsonl", Draft)), list(read_records(run / "dropped.jsonl", DroppedDraft))
    assert (len(kept), len(kept) + len(dropped)) == (counts.n_records, counts.n_drafts)
    return kept, dropped


def clinic_role(error_rate: float) -> Mapping[str, Any]:
    engine = {"kind": "clinic_teacher", "error_rate": error_rate}
    return {"engine": engine, "sampling": {"temperature": 1.0, "max_tokens": 400}, "codec": "step"}


CLINIC = {"kind": "clinic", "clinic": {"kind": "clinic", "n_worked": 0, "n_search": 96, "n_answer": 1}}


def right(draft: Draft, role: str) -> int:
    return int(draft.notes["solved"][role]["n_right"])


def test_m1_s_filter_on_the_clinic(tmp_path: Path) -> None:
    """Models that are wrong with a chance of 0.8, 0.6 and 0.1: 0.8 · 0.6 · 0.9 of 96 go through, about 41 with a deviation of 5."""
    blocks: list[Mapping[str, Any]] = []
    for role in ("small", "large"):
        blocks.append({"kind": "solve", "role": role, "n": 1, "n_right": None, "is_kept": False})
    blocks += [{"kind": "unsolved", "by": ["small", "large"]}, {"kind": "solve", "role": "teacher", "n": 1}]
    blocks += [{"kind": "pass_band", "role": "teacher", "low": 1}, {"kind": "pick_by_source", "n": 16, "by": "letter"}]
    roles = {role: clinic_role(rate) for role, rate in (("small", 0.8), ("large", 0.6), ("teacher", 0.1))}
    kept, dropped = made(tmp_path, name="m1", material=CLINIC, roles=roles, blocks=blocks)
    through = [each.draft for each in dropped if each.reason == "not_picked"] + kept
    assert len(kept) == 16
    assert 20 < len(through) < 62
    assert {(right(draft, "small"), right(draft, "large"), right(draft, "teacher")) for draft in through} == {(0, 0, 1)}
    easy = [each.draft for each in dropped if each.reason == "too_easy"]
    assert {(right(draft, "small"), right(draft, "large")) for draft in easy} == {(0, 1), (1, 0), (1, 1)}
    assert {right(each.draft, "teacher") for each in dropped if each.reason == "too_hard"} == {0}
    letters = Counter(draft.item.key.letters[0] for draft in kept if draft.item and draft.item.key.kind == "choice")
    assert len(letters) > 1
    assert max(letters.values()) < 12


def test_levels_of_a_model_that_errs_half_the_time_are_binomial(tmp_path: Path) -> None:
    """Five tries at one half: levels 1 to 6 have 1, 5, 10, 10, 5 and 1 of 32; of 96 that is 3, 15, 30, 30, 15 and 3, with a widest
    deviation of 4.5."""
    blocks = [
        {"kind": "solve", "role": "student", "n": 5, "n_right": None, "is_kept": False},
        {"kind": "levels"},
        {"kind": "limit_per", "by": "notes.level", "n": 4},
    ]
    kept, dropped = made(tmp_path, name="levels", material=CLINIC, roles={"student": clinic_role(0.5)}, blocks=blocks)
    levels = Counter(draft.notes["level"] for draft in [*kept, *(each.draft for each in dropped)])
    assert [levels[level] for level in range(1, 7)] == pytest.approx([3, 15, 30, 30, 15, 3], abs=18)
    assert Counter(draft.notes["level"] for draft in kept) == {level: min(4, n) for level, n in levels.items()}
    assert {each.reason for each in dropped} == {"over_limit"}


SAID = "amber birch cedar delta ember fjord grove heath inlet jetty knoll ledge marsh north oxbow plain quarry ridge shoal tundra"
WORDS = SAID.split()


def items_file(path: Path, questions: Mapping[str, str]) -> str:
    rows = [
        {"question": {"id": id, "text": text, "options": {"A": "gout", "B": "lupus"}}, "key": {"kind": "choice", "letters": ["A"]}}
        for id, text in questions.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("rule", ["ours", "characters", "ngram", "blocks", "ratio"])
def test_what_was_planted_of_a_test_set_is_found_by_every_rule(tmp_path: Path, rule: str) -> None:
    planted = SAID
    tests = items_file(tmp_path / "tests.jsonl", {"t-1": planted, "t-2": " ".join(reversed(WORDS))})
    own = {f"own-{at}": " ".join(f"{word}{at}" for word in WORDS) for at in range(5)}
    pool = items_file(tmp_path / "pool.jsonl", {**own, "copy": planted.upper(), "one": planted.replace("north", "south")})
    kept, dropped = made(
        tmp_path,
        name=f"against_{rule}",
        material={"kind": "items", "sets": [pool]},
        against=[tests],
        blocks=[{"kind": "decontaminate", "rule": rule}],
    )
    assert {each.id: each.detail for each in dropped} == {"copy": "t-1", "one": "t-1"}
    assert [draft.id for draft in kept] == list(own)


def test_items_that_say_nearly_the_same_in_another_language_and_too_briefly(tmp_path: Path) -> None:
    stem = "A man who lives on tea and toast has bleeding gums and loose teeth, and bruises on his legs. Which vitamin does he lack?"
    questions = {
        "first": stem,
        "near": stem.replace("tea", "ham"),
        "german": "Ein Mann hat seit drei Wochen Schmerzen in der großen Zehe. Welche der Krankheiten ist das?",
        "brief": "Which one is it?",
    }
    blocks = [
        {"kind": "length", "of": "question", "least": 5},
        {"kind": "language"},
        {"kind": "near_duplicates"},
        {"kind": "shuffle_options"},
    ]
    pool = items_file(tmp_path / "pool.jsonl", questions)
    kept, dropped = made(tmp_path, name="quality", material={"kind": "items", "sets": [pool]}, blocks=blocks)
    assert [draft.id for draft in kept] == ["first"]
    reasons = {each.id: (each.block, each.reason) for each in dropped}
    assert reasons == {
        "near": ("near_duplicates", "near_duplicate"),
        "german": ("language", "other_language"),
        "brief": ("length", "too_short"),
    }
