"""Differentials from the real tables, where they are: counts, every key found again, every step true, and read by our own readers."""

from pathlib import Path

import pytest

from osler.clinic.differentials.load import load_profiles
from osler.clinic.differentials.maker import Differentials
from osler.clinic.generate import Split
from osler.clinic.truth import Truth
from osler.core.verdict import Outcome
from osler.judges import JUDGES, READERS

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not beside the checkout ({DATA})")
PLACES = ["ddxplus_kb", pytest.param("biomedical_graph", marks=pytest.mark.slow)]


def test_ddxplus_has_49_conditions_and_208_evidences_answered_yes_or_no() -> None:
    profiles = load_profiles(str(DATA / "ddxplus_kb"))
    assert (len(profiles.conditions), len(profiles.findings)) == (49, 208)
    assert "CC BY 4.0" in profiles.licence


@pytest.mark.slow
def test_the_graph_without_onset() -> None:
    """4,135 nodes have 12 edges and 3 of 80 % and more before onset and the like are left out and equal names are one."""
    profiles = load_profiles(str(DATA / "biomedical_graph"))
    assert 3800 < len(profiles.conditions) < 4135
    assert "Childhood onset" not in profiles.findings
    assert all(sum(shown[f] >= 80 for f in stated) >= 3 for stated, shown in zip(profiles.stated, profiles.percents, strict=True))
    assert "HPO licence" in profiles.licence
    assert "attribution" in profiles.licence


@pytest.mark.parametrize("place", PLACES)
def test_every_key_is_found_again_and_every_step_is_true(place: str) -> None:
    maker = Differentials(profiles=str(DATA / place))
    tasks = maker.make(150, Split.TRAIN, 2)
    assert len(tasks) == 150
    for task in tasks:
        assert maker.solve(task) == task.key, task.id
        assert {maker.check_step(task, step) for step in task.steps} == {Truth.TRUE}, task.id
        item = task.item()
        reading = READERS[item.key.kind].read("\n".join(task.steps), item.question)
        assert JUDGES[item.key.kind].judge(reading, item.key).outcome is Outcome.RIGHT, task.id


@pytest.mark.parametrize("place", PLACES)
def test_no_finding_of_a_task_is_a_kind_of_another(place: str) -> None:
    profiles = load_profiles(str(DATA / place))
    for task in Differentials(profiles=str(DATA / place)).make(100, Split.HELDOUT, 0):
        findings = [profiles.finding_number[name] for name in task.facts["names"]]
        assert all(profiles.related[finding].isdisjoint(findings) for finding in findings), task.id
