import pytest

from osler.core.errors import UserError
from osler.rewards.terms.answer import Answer
from osler.rewards.terms.mix import RewardMix
from osler.rewards.terms.paths import PathOverlap, arrows, jaccard, overlap, paths_from_roots
from tests.rewards.terms.seeing import KIT, seen, verdict

DIAMOND = [("a", "to", "b"), ("b", "to", "d"), ("a", "to", "c"), ("c", "to", "d")]
ONE_SIDE = [("A", "leads to", "b"), ("B", "causes", " d")]
SAID = "a -> to -> b\nb → to → d\n- a | to | c\nc | to | d."


def test_every_path_from_a_root_to_a_node() -> None:
    assert paths_from_roots([(head, tail) for head, _, tail in DIAMOND]) == {
        ("a", "b"), ("a", "c"), ("a", "b", "d"), ("a", "c", "d"),
    }  # fmt: skip
    assert paths_from_roots([("a", "b"), ("b", "a")]) == set()  # a circle has no root
    assert paths_from_roots([("x", "a"), ("a", "b"), ("b", "a")]) == {("x", "a"), ("x", "a", "b")}


def test_one_side_of_a_diamond_shares_half_its_paths_and_three_of_its_four_entities() -> None:
    """Paths: {ab, abd} of {ab, abd, ac, acd}; entities: {a, b, d} of {a, b, c, d}. Relations and case are not compared."""
    assert overlap(ONE_SIDE, DIAMOND) == overlap(DIAMOND, ONE_SIDE) == pytest.approx((2 / 4 + 3 / 4) / 2)
    assert overlap(DIAMOND, DIAMOND) == 1
    assert overlap([("x", "to", "y")], DIAMOND) == 0
    assert jaccard(set(), set()) == 0


def test_lines_of_arrows_are_triples() -> None:
    assert arrows(SAID + "\nand so on\na -> b\na -> to -> ") == DIAMOND


def test_a_right_answer_over_an_identical_graph_is_worth_1_8_and_the_best_graph_counts() -> None:
    mix = RewardMix(terms=(Answer(wrong=0.1), PathOverlap()))
    record = {"graphs": [[["x", "to", "y"]], [list(triple) for triple in DIAMOND]]}
    assert mix.worth(seen(reasoning=SAID, record=record), KIT).total == pytest.approx(1.8)
    assert mix.worth(seen(record=record), KIT).total == 1
    assert mix.worth(seen(of=verdict("wrong"), record=record), KIT).total == pytest.approx(0.1)
    assert mix.worth(seen(reasoning=SAID, record=record, is_cut=True), KIT).terms["path_overlap"] == 0


def test_to_name_all_there_is_earns_less_than_the_path_itself() -> None:
    every = [(one, "to", other) for one in "abcdefgh" for other in "abcdefgh" if one < other]
    assert overlap(every, DIAMOND) < overlap(ONE_SIDE, DIAMOND) / 2


@pytest.mark.parametrize("graphs", [None, [], [[]], [["a", "to", "b"]], [[["a", "b"]]]])
def test_a_record_without_a_sound_graph_is_said(graphs: object) -> None:
    with pytest.raises(UserError, match="q-1: "):
        PathOverlap().number(seen(record={"graphs": graphs}), KIT)
