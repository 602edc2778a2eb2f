"""Solve and keep: counts by hand, seeds that differ, and nothing wrong is kept."""

from osler.core.model import Request
from osler.core.verdict import Outcome
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.keep.keep import Keep
from osler.synthesise.solve.solve import Solve
from tests.synthesise.makings import item_draft, through

RIGHT = "<think>\nScurvy is a lack of ascorbic acid.\n</think>\n\nThe answer is A."
WRONG = "<think>\nSunlight prevents it.\n</think>\n\nThe answer is B."


def replies(*said: str):  # type: ignore[no-untyped-def]
    """One after another; each seed is asked for once."""
    seeds: list[int] = []

    def says(request: Request) -> str:
        assert request.seed not in seeds
        seeds.append(request.seed)
        return said[len(seeds) - 1]

    return says


def test_it_stops_at_the_first_right_trace() -> None:
    [draft] = through([Solve(n=8)], [item_draft()], {"teacher": replies(WRONG, WRONG, RIGHT)})
    assert isinstance(draft, Draft)
    assert [each.outcome for each in draft.authored] == [Outcome.WRONG, Outcome.WRONG, Outcome.RIGHT]
    assert draft.notes["solved"] == {"teacher": {"n": 3, "n_right": 1}}


def test_without_a_stop_it_draws_all_and_may_keep_only_the_count() -> None:
    block = Solve(role="student", n=3, n_right=None, is_kept=False)
    [draft] = through([block], [item_draft()], {"student": replies(RIGHT, WRONG, RIGHT)})
    assert isinstance(draft, Draft)
    assert draft.authored == ()
    assert draft.notes["solved"] == {"student": {"n": 3, "n_right": 2}}


def test_only_right_traces_are_kept() -> None:
    [draft] = through([Solve(n=4, n_right=2), Keep(n=2)], [item_draft()], {"teacher": replies(WRONG, RIGHT, RIGHT.replace("lack", "want"))})
    assert isinstance(draft, Draft)
    assert [each.answer for each in draft.authored] == ["A", "A"]


def test_an_item_that_nobody_solves_is_dropped_with_its_reason() -> None:
    for said, reason in ((WRONG, "wrong"), ("I will not think.", "unread")):
        [dropped] = through([Solve(n=2), Keep()], [item_draft()], {"teacher": lambda _, said=said: said})  # type: ignore[misc]
        assert isinstance(dropped, DroppedDraft)
        assert (dropped.block, dropped.reason) == ("keep", reason)
        assert len(dropped.draft.authored) == 2


def test_resampling_stops_at_the_first_match_and_flags_exhaustion() -> None:
    """Fully Open Meditron (arXiv 2605.16215): at most 8 tries; the last is kept even when wrong, and says so."""
    blocks = [Solve(n=8), Keep(is_last_kept=True)]
    [matched] = through(blocks, [item_draft()], {"teacher": replies(WRONG, RIGHT)})
    [exhausted] = through(blocks, [item_draft()], {"teacher": replies(*[WRONG] * 7, WRONG.replace("Sunlight", "Milk"))})
    assert isinstance(matched, Draft)
    assert isinstance(exhausted, Draft)
    assert [(each.answer, each.flags) for each in matched.authored] == [("A", ())]
    assert [(each.answer, each.flags, each.outcome) for each in exhausted.authored] == [("B", ("last_try",), Outcome.WRONG)]
    assert exhausted.authored[0].steps == ("Milk prevents it.",)
    [unread] = through(blocks, [item_draft()], {"teacher": lambda _: "I will not think."})
    assert isinstance(unread, DroppedDraft)
    assert unread.reason == "unread"


def test_a_second_block_of_the_same_role_draws_further_samples() -> None:
    blocks = [Solve(n=2, n_right=None), Solve(n=1, n_right=None)]
    [draft] = through(blocks, [item_draft()], {"teacher": replies(WRONG, WRONG, RIGHT)})  # which refuses a seed that comes twice
    assert isinstance(draft, Draft)
    assert draft.notes["solved"] == {"teacher": {"n": 3, "n_right": 1}}
