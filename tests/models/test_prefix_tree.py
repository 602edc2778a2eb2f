from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from osler.models.prefix_tree import PrefixTree

texts = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8).map(tuple), max_size=12)


def added(tree: PrefixTree, ids: tuple[int, ...], kept: dict[tuple[int, ...], int]) -> None:
    """Add `ids`, and remember the slot of each of its beginnings by hand."""
    new = tree.add(ids).tolist()
    for n, slot in zip(range(len(ids) - len(new) + 1, len(ids) + 1), new, strict=True):
        assert ids[:n] not in kept
        kept[ids[:n]] = slot


@given(texts, texts)
def test_every_beginning_has_one_slot_and_the_longest_is_found(known, asked):
    """Against a plain dictionary of all beginnings."""
    tree, kept = PrefixTree(200), {}
    for ids in known:
        added(tree, ids, kept)
    assert len(set(kept.values())) == len(kept) == tree.n_used
    assert min(kept.values(), default=1) >= 1
    for ids in asked:
        expected = [kept[ids[:n]] for n in range(1, len(ids) + 1) if ids[:n] in kept]
        assert [slot for run, n in tree.find(ids) for slot in run.slots[:n].tolist()] == expected


def test_what_was_not_used_for_longest_makes_room():
    tree = PrefixTree(8)
    for ids in ((1, 2, 3, 4), (1, 2, 5), (7, 8)):
        tree.begin()
        tree.add(ids)
    tree.begin()
    tree.find((1, 2, 3, 4))
    tree.begin()
    assert tree.n_used == 7
    assert tree.make_room(2)  # (7, 8) is younger than (…, 5), and one place is free
    assert [sum(n for _, n in tree.find(ids)) for ids in ((1, 2, 3, 4), (1, 2, 5), (7, 8))] == [4, 2, 2]
    assert tree.n_used == 6


def test_a_branch_goes_from_its_end_and_what_the_batch_needs_stays():
    tree = PrefixTree(6)
    tree.begin()
    tree.add((1, 2, 3))
    tree.add((1, 2, 4, 5))
    tree.begin()
    tree.find((1, 2, 4))
    assert not tree.make_room(4)  # only (…, 3) can go
    assert [sum(n for _, n in tree.find(ids)) for ids in ((1, 2, 3), (1, 2, 4, 5))] == [2, 4]
    tree.begin()
    assert tree.make_room(6)
    assert tree.n_used == 0


@given(st.lists(texts, max_size=6))
def test_slots_are_neither_lost_nor_given_twice(batches):
    tree = PrefixTree(30)
    for batch in batches:
        tree.begin()
        for ids in batch:
            if tree.make_room(len(ids)):
                tree.add(ids)
        in_use = [slot for run in tree._runs() for slot in run.slots.tolist()]
        assert sorted([*in_use, *tree._free]) == list(range(1, 31))
        assert all(run.parent is not None and run.parent.children[run.ids[0]] is run for run in tree._runs())


def test_what_is_split_keeps_its_slots():
    tree, kept = PrefixTree(20), {}
    for ids in ((1, 2, 3, 4, 5, 6), (1, 2, 3, 9), (1, 8)):
        added(tree, ids, kept)
    path = tree.find((1, 2, 3, 4, 5, 6))
    assert [(run.ids, n) for run, n in path] == [((1,), 1), ((2, 3), 2), ((4, 5, 6), 3)]
    assert all(below.parent is above for (above, _), (below, _) in pairwise(path))
    tree.clear()
    assert (tree.n_used, tree.find((1, 2))) == (0, [])
