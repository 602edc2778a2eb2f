"""The teaching world: enough of it, consistent, honest about what it is, and cut down to some body systems on demand."""

import math
import re
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.clinic import world as world_module
from osler.clinic.world import Condition, Frequency, load_world
from osler.core.errors import UserError
from osler.core.question import TextKey
from osler.core.reading import Reading
from osler.judges import JUDGES

WORLD = load_world()
FOLDER = Path(world_module.__file__).parent / "world"
FILES = sorted(FOLDER.rglob("*.yaml"))
SYSTEMS = sorted({condition.system for condition in WORLD.conditions.values()})


class StrictLoader(yaml.SafeLoader):
    """YAML without its silent habit: a key that stands twice in a mapping is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: a key stands twice among {keys}"
        return super().construct_mapping(node, deep)


def contents() -> dict[Path, Any]:
    return {file: yaml.load(file.read_text(encoding="utf-8"), StrictLoader) for file in FILES}


def doubled(words: list[str]) -> list[str]:
    return [word for word, n in Counter(words).items() if n > 1]


def test_at_least_120_conditions_over_at_least_12_systems() -> None:
    assert len(WORLD.conditions) >= 120
    assert len(SYSTEMS) >= 12
    assert min(Counter(condition.system for condition in WORLD.conditions.values()).values()) >= 5


def test_every_condition_can_show_as_many_findings_as_a_case_may_have() -> None:
    """A case has up to six present findings; each frequency class that a case is built from is used."""
    assert WORLD.conditions
    for condition in WORLD.conditions.values():
        assert sum(frequency.is_listed for frequency in condition.findings.values()) >= 6, condition.name
        assert any(frequency.is_typical for frequency in condition.findings.values()), condition.name
        assert set(condition.findings) <= set(WORLD.findings), condition.name


def test_every_finding_of_the_closed_list_is_used() -> None:
    used = {finding for condition in WORLD.conditions.values() for finding in condition.findings}
    assert WORLD.findings
    assert [finding for finding in WORLD.findings if finding not in used] == []


def test_names_and_synonyms_are_unique_whatever_their_case() -> None:
    names = [name.casefold() for condition in WORLD.conditions.values() for name in (condition.name, *condition.synonyms)]
    assert len(names) > len(WORLD.conditions)
    assert doubled(names) == []


def test_nothing_is_listed_twice_in_the_files() -> None:
    """`load_world` builds dictionaries, in which a second entry of the same name would silently replace the first."""
    files = contents()
    conditions = [entry["name"] for content in files.values() for entry in content.get("conditions", ())]
    drugs = [entry["name"] for entry in files[FOLDER / "drugs.yaml"]["drugs"]]
    systems = [content["system"] for content in files.values() if "system" in content]
    assert conditions
    assert drugs
    assert doubled(conditions) == doubled(drugs) == doubled(systems) == doubled(list(WORLD.findings)) == doubled(list(WORLD.states)) == []
    assert (len(conditions), len(drugs)) == (len(WORLD.conditions), len(WORLD.drugs))


def test_every_entry_of_the_files_has_only_the_fields_that_are_read() -> None:
    classes = {"obligate", "very frequent", "frequent", "occasional", "excluded"}
    entries = [entry for content in contents().values() for entry in content.get("conditions", ())]
    assert entries
    assert {field for entry in entries for field in entry} == {"name", "synonyms", *classes}
    drugs = contents()[FOLDER / "drugs.yaml"]["drugs"]
    assert {field for entry in drugs for field in entry} == {"name", "class", "treats", "contraindicated in"}


def test_every_drug_treats_a_condition_and_is_ruled_out_by_a_state_that_exist() -> None:
    assert len(WORLD.drugs) >= 50
    for drug in WORLD.drugs.values():
        assert drug.drug_class
        assert drug.treats, drug.name
        assert drug.treats <= WORLD.conditions.keys(), drug.name
        assert drug.contraindications, drug.name
        assert drug.contraindications <= set(WORLD.states), drug.name


def test_every_pattern_of_typical_findings_is_unique() -> None:
    """Two conditions with the same obligate and very frequent findings could not be told apart."""
    patterns = {
        name: frozenset(finding for finding, frequency in condition.findings.items() if frequency.is_typical)
        for name, condition in WORLD.conditions.items()
    }
    assert patterns
    assert doubled(list(map(sorted_words, patterns.values()))) == []


def sorted_words(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


def test_no_name_breaks_the_grammar() -> None:
    """Names are joined by commas, "and" and "or" into sentences that end with a full stop, and read back from there."""
    conditions = [name for condition in WORLD.conditions.values() for name in (condition.name, *condition.synonyms)]
    names = [*conditions, *WORLD.findings, *WORLD.drugs, *WORLD.states]
    assert names
    assert [name for name in names if name != name.strip() or re.search(r"[.,\n]", name)] == []
    words = re.compile(r" (and|or|but would bring|explains|treats|does not treat|must be avoided in|is safe in|fits best|nothing) ")
    assert [name for name in names if words.search(f" {name} ")] == []


def test_no_finding_gives_a_condition_away() -> None:
    """A finding that holds the name of a condition would be the answer to an open question."""
    names = [name for condition in WORLD.conditions.values() for name in (condition.name, *condition.synonyms)]
    assert names
    assert [(name, finding) for name in names for finding in WORLD.findings if f" {name.casefold()} " in f" {finding.casefold()} "] == []


def test_the_data_say_that_they_are_teaching_data() -> None:
    assert len(FILES) >= 15
    for file in FILES:
        assert "Teaching data written for this project from common medical knowledge; no clinical reference." in file.read_text(), file
    assert "not a clinical reference" in (world_module.__doc__ or "")


def test_no_name_of_one_condition_is_judged_right_for_another() -> None:
    assert WORLD.conditions
    for condition in WORLD.conditions.values():
        key = TextKey(condition.name, condition.synonyms)
        near = [other for other in WORLD.conditions.values() if other.system == condition.system and other is not condition]
        names = [name for other in near for name in (other.name, *other.synonyms)]
        assert [name for name in names if JUDGES["text"].judge(Reading(name), key).is_right] == [], condition.name


# HPO's classes in percent; what a condition does not list is rarer than what it lists as occasional
CLASSES = {"OBLIGATE": (100, 100), "VERY_FREQUENT": (80, 99), "FREQUENT": (30, 79), "OCCASIONAL": (5, 29), "EXCLUDED": (0, 0)}


def test_probabilities_lie_in_the_classes_of_the_human_phenotype_ontology() -> None:
    assert {frequency.name for frequency in Frequency} == {*CLASSES, "UNLISTED"}
    for name, (low, high) in CLASSES.items():
        assert low - 2 <= 100 * Frequency[name].value <= high + 2, name
    assert all(0 < frequency.value < 1 for frequency in Frequency)
    assert Frequency.EXCLUDED.value < Frequency.UNLISTED.value < Frequency.OCCASIONAL.value


def test_log_likelihood_by_hand() -> None:
    gout = Condition(
        "gout", "joints", (), {"hot joint": Frequency.VERY_FREQUENT, "rash": Frequency.EXCLUDED, "fever": Frequency.OCCASIONAL}
    )
    assert gout.explains("fever")
    assert not gout.explains("rash")
    assert not gout.explains("cough")
    assert gout.log_likelihood(("hot joint", "fever"), ("rash",)) == pytest.approx(math.log(0.90 * 0.17 * (1 - 0.002)))
    assert gout.log_likelihood(("cough",), ("hot joint",)) == pytest.approx(math.log(0.02 * 0.10))
    assert gout.log_likelihood((), ()) == 0


@pytest.mark.parametrize("system", SYSTEMS)
def test_restricted_to_one_system(system: str) -> None:
    part = WORLD.restricted_to((system,))
    assert list(part.conditions) == [name for name, condition in WORLD.conditions.items() if condition.system == system]
    used = {finding for condition in part.conditions.values() for finding in condition.findings}
    assert part.findings == tuple(finding for finding in WORLD.findings if finding in used)
    assert part.states == WORLD.states
    assert part.drugs
    for drug in part.drugs.values():
        whole = WORLD.drugs[drug.name]
        assert drug.treats == whole.treats & part.conditions.keys()
        assert drug.treats
        assert drug.contraindications == whole.contraindications
    assert {name for name, drug in WORLD.drugs.items() if drug.treats & part.conditions.keys()} == part.drugs.keys()


def test_restricted_to_nothing_is_everything_and_several_add_up() -> None:
    assert WORLD.restricted_to(()) is WORLD
    assert WORLD.restricted_to(tuple(SYSTEMS)).conditions == WORLD.conditions
    two = WORLD.restricted_to(("renal", "endocrine"))
    assert {condition.system for condition in two.conditions.values()} == {"renal", "endocrine"}


def test_restricted_to_an_unknown_system_names_those_that_exist() -> None:
    with pytest.raises(UserError, match=r"no body system 'lung'; choose among .*respiratory"):
        WORLD.restricted_to(("renal", "lung"))


CONTRADICTIONS = {
    "a finding twice": ("{name: gout, frequent: [fever], occasional: [fever]}", "", r"joints\.yaml: gout lists 'fever' twice; keep one"),
    "an unlisted finding": ("{name: gout, frequent: [tophus]}", "", r"gout: 'tophus' is not in findings\.yaml; add it"),
    "a condition twice": ("{name: gout}, {name: gout}", "", r"joints\.yaml: 'gout' is a condition already; make names unique"),
    "a synonym twice": ("{name: gout, synonyms: [podagra]}, {name: podagra}", "", r"'podagra' names two conditions; make"),
    "no such condition": ("{name: gout}", "treats: [flu], contraindicated in: []", r"treats 'flu', which is no condition; correct"),
    "no such state": (
        "{name: gout}",
        "treats: [gout], contraindicated in: [age]",
        r"contraindicated in 'age', which is not in states\.yaml",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_data_that_contradict_themselves_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conditions, drug, message = CONTRADICTIONS[name]
    (tmp_path / "world/conditions").mkdir(parents=True)
    (tmp_path / "world/findings.yaml").write_text("general: [fever]")
    (tmp_path / "world/states.yaml").write_text("states: [pregnancy]")
    (tmp_path / "world/drugs.yaml").write_text(f"drugs: [{f'{{name: colchicine, class: x, {drug}}}' if drug else ''}]")
    (tmp_path / "world/conditions/joints.yaml").write_text(f"system: joints\nconditions: [{conditions}]")
    monkeypatch.setattr(world_module, "files", lambda package: tmp_path)
    with pytest.raises(UserError, match=message):
        load_world.__wrapped__()
