"""Benchmarks on the real files, where they are: as many items as their sources say, every key among the options, nothing dropped unseen."""

from collections import Counter
from pathlib import Path

import pytest

from osler.core.question import ChoiceKey, DateKey, NumberKey
from osler.data import ItemSet, load_item_sets, load_items
from osler.data.table import read_rows

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not beside the checkout ({DATA})")


def loaded(name: str) -> ItemSet:
    return load_items(f"{name}:{DATA}")


def right_texts(made: ItemSet) -> Counter[str]:
    return Counter(item.question.options[item.key.letters[0]] for item in made.items if isinstance(item.key, ChoiceKey))


N_ITEMS = {
    "medqa": 1273,
    "medqa_5": 1273,
    "medmcqa": 4183,
    "mmlu_medical": 1089,
    "mmlu_pro_health": 818,
    "pubmedqa": 1000,
    "pubmedqa_test": 500,
    "pubmedqa_no_context": 500,
    "medbullets_4": 308,
    "medbullets_5": 308,
    "bioasq_yesno": 618,
    "medcalc_bench": 1047,
    "medcalc_bench_corrected": 887,
    "medication_qa": 690,
    "casimedicos": 117,
}
"""The numbers of records in the description of each source."""


@pytest.mark.parametrize("name", N_ITEMS)
def test_as_many_items_as_the_source_says_and_none_dropped(name: str) -> None:
    made = loaded(name)
    assert len(made.items) == N_ITEMS[name]
    assert made.dropped == ()
    assert len({item.id for item in made.items}) == len(made.items)


def test_pubmedqa_decisions() -> None:
    """552 yes, 338 no, 110 maybe; of the test half 276, 169, 55."""
    assert right_texts(loaded("pubmedqa")) == {"yes": 552, "no": 338, "maybe": 110}
    assert right_texts(loaded("pubmedqa_no_context")) == {"yes": 276, "no": 169, "maybe": 55}


def test_mmlu_subjects() -> None:
    expected = {
        "professional_medicine": 272,
        "clinical_knowledge": 265,
        "college_medicine": 173,
        "college_biology": 144,
        "anatomy": 135,
        "medical_genetics": 100,
    }
    assert Counter(item.group for item in loaded("mmlu_medical").items) == expected


def test_the_two_files_of_medqa_ask_the_same_with_600_other_letters() -> None:
    four, five = loaded("medqa"), loaded("medqa_5")
    pairs = list(zip(four.items, five.items, strict=True))
    assert pairs
    assert all(a.id == b.id and a.question.text == b.question.text for a, b in pairs)
    assert sum(a.key != b.key for a, b in pairs) == 600
    assert right_texts(four) == right_texts(five)
    assert four.content_hash != five.content_hash


def test_medcalc_keys() -> None:
    """627 decimals, 380 whole numbers (20 of them weeks and days), 40 dates; 69 corrected labels are not computable."""
    keys = [item.key for item in loaded("medcalc_bench").items]
    numbers = [key for key in keys if isinstance(key, NumberKey)]
    assert sum(isinstance(key, DateKey) for key in keys) == 40
    assert sum(key.is_rounded for key in numbers) == 380
    assert sum(key.unit == "days" for key in numbers) == 20
    limited = [key for key in numbers if key.low is not None and key.high is not None and key.value is not None]
    assert len(limited) == 627
    assert all((key.low or 0) <= (key.value or 0) <= (key.high or 0) for key in limited)
    corrected = [item.key for item in loaded("medcalc_bench_corrected").items]
    assert sum(isinstance(key, NumberKey) and key.value is None for key in corrected) == 69


def test_medcalc_groups_and_clusters() -> None:
    items = loaded("medcalc_bench").items
    assert len({item.group for item in items}) == 55
    assert all(item.cluster for item in items)
    assert 1 < len({item.cluster for item in items}) < len(items)


def test_healthsearchqa_has_empty_questions() -> None:
    """4,436 rows with 3,172 different questions, one of which is the empty one: it stands in 1,263 rows, and those are dropped."""
    made = loaded("healthsearchqa")
    assert len(made.items) + len(made.dropped) == 4436
    assert {dropped.reason for dropped in made.dropped} == {"no_text"}
    assert len({item.question.text for item in made.items}) == 3171


def test_duplicates_are_reported_and_share_a_cluster() -> None:
    for name in ("mmlu_medical", "medbullets_5", "mmlu_pro_health", "medication_qa"):
        made = loaded(name)
        assert made.duplicates, name
        by_id = {item.id: item for item in made.items}
        assert all(len({by_id[id].cluster for id in ids}) == 1 for ids in made.duplicates), name


def test_medmcqa_options_that_refer_to_others_stay() -> None:
    """None of the options that say "of the above" is dealt another place, and every key goes with its text."""
    plain, dealt = loaded("medmcqa"), load_items(f"medmcqa:{DATA}", option_seed=5)
    assert plain.content_hash == dealt.content_hash
    pairs = list(zip(plain.items, dealt.items, strict=True))
    referring = [(a, b) for a, b in pairs if any("of the above" in text.casefold() for text in a.question.options.values())]
    assert len(referring) > 200
    assert all(a == b for a, b in referring)
    assert right_texts(plain) == right_texts(dealt)
    assert sum(a.question.options != b.question.options for a, b in pairs) > 3500


def test_the_presets_whose_files_are_here() -> None:
    """MIRAGE has 7,663 questions."""
    sets = load_item_sets(f"mirage:{DATA}")
    assert [made.name for made in sets] == ["mmlu_medical", "medqa", "medmcqa", "pubmedqa_no_context", "bioasq_yesno"]
    assert sum(len(made.items) for made in sets) == 7663


def test_a_set_with_contexts() -> None:
    path = DATA / "mediq_medqa_dev_facts" / "dev.jsonl.gz"
    n_without = sum(not row.values["context"] for row in read_rows(path))
    made = load_items(f"long_context:{path}")
    assert len(made.items) == 1272
    assert sum("\n\n" not in item.question.text for item in made.items) == n_without < 10


def test_bioasq_with_all_types_gives_its_yes_no_questions() -> None:
    made = load_items(f"bioasq_yesno:{DATA / 'bioasq_7b_9b' / 'golden.jsonl.gz'}")
    assert len(made.items) == 409
    assert {item.key.kind for item in made.items} == {"choice"}
