from dataclasses import replace

import pytest

from osler.core.errors import UserError
from osler.rewards.terms.retrieval import RetrievalRecall
from tests.rewards.terms.seeing import KIT, seen

SHELF = {"gout": ("Gout", "Uric acid"), "lupus": ("Lupus",), "toes": ("gout ",)}
LOOKING = replace(KIT, retrieve=lambda query: SHELF.get(query, ()))
TITLES = {"titles": ["Gout", "Uric acid", "Colchicine"]}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("<search>gout</search> then <search> lupus </search>", 2 / 3),
        ("<search>toes</search><search>gout</search><search>gout</search>", 2 / 3),
        ("<search>lupus</search>", 0.0),
        ("<search> </search>", -0.1),
        ("<document>Gout\nUric acid\nColchicine</document>", -0.1),
        ("<search>gout", -0.1),
    ],
)
def test_the_share_of_the_wanted_titles_that_the_queries_find(text: str, number: float) -> None:
    """Two of three titles: 2/3. What a reply claims to have found counts for nothing."""
    assert RetrievalRecall(floor=-0.1).number(seen(text, record=TITLES), LOOKING) == pytest.approx(number)


def test_only_so_many_queries_count() -> None:
    text = "<search>lupus</search>" * 2 + "<search>gout</search>"
    assert [RetrievalRecall(max_queries=n).number(seen(text, record=TITLES), LOOKING) for n in (2, 3)] == [0, pytest.approx(2 / 3)]


def test_what_is_missing_is_said() -> None:
    with pytest.raises(UserError, match="q-1: its record has no `titles`"):
        RetrievalRecall().number(seen(), LOOKING)
    with pytest.raises(UserError, match=r"under `retrieval\.passages`"):
        RetrievalRecall().number(seen(record=TITLES), KIT)
