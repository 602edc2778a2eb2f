"""What the journalled model says it cost: every reply once, generated now or replayed."""

from pathlib import Path

from osler.core.model import Message, Request, Sampling, Usage, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.scripted import ScriptedModel


def requests(*seeds: int) -> list[Request]:
    return [Request((Message("user", "one two"),), "", Sampling(), "", seed) for seed in seeds]


def test_each_reply_is_counted_once_and_a_replay_costs_the_same(tmp_path: Path) -> None:
    """Two prompt words and three words of reply; seeds 1, 2 and 3 are three replies, however often they are asked for."""
    expected = Usage(prompt_tokens=6, completion_tokens=9, n_calls=3)
    for _ in range(2):  # the second time everything is replayed
        journal = Journal(tmp_path / "journal.db")
        model = JournalledModel(ScriptedModel(lambda request, rng: "three little words"), journal)
        complete_all(model, requests(1, 2, 1))
        complete_all(model, requests(2, 3))
        assert model.usage == expected
        journal.close()
