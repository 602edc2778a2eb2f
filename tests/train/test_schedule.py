import pytest

from osler.train import TRAINERS, Schedule

USUAL = {"cpt": 2e-4, "sft": 2e-4, "prm": 2e-4, "dpo": 5e-7, "kto": 1e-6, "grpo": 1e-6}


@pytest.mark.parametrize("kind", sorted(TRAINERS))
def test_a_schedule_that_names_no_rate_has_the_usual_one_of_its_method(kind: str) -> None:
    """Whether the rest of it is given or not: nobody trains on preferences at the rate of imitation by having set a batch size."""
    method = TRAINERS[kind]
    assert method().schedule.learning_rate == USUAL[kind]
    assert method(schedule=Schedule(batch_size=8)).schedule == Schedule(batch_size=8, learning_rate=USUAL[kind])
    assert method(schedule=Schedule(learning_rate=1e-3)).schedule.learning_rate == 1e-3
