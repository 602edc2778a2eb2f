"""False alarms on real textbooks: of their passages at most one in a thousand is taken for one that speaks to machines."""

from pathlib import Path

import pytest

from osler.stages.retrieving import read_passages
from osler.synthesise.check.injection import injected_spans

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.slow
@pytest.mark.parametrize("book", ["openstax_anatomy_physiology_2e", "openstax_pharmacology"])
def test_of_a_thousand_passages_of_a_book_at_most_one_is_suspected(book: str) -> None:
    path = SHARED / book / "cnxml.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{book}: the textbook is not here and may not be committed; put it into shared/data to run this test")
    passages = list(read_passages(path))
    headings = {heading for passage in passages for heading in passage.heading}
    suspected = [text for text in (*headings, *(passage.text for passage in passages)) if injected_spans(text)]
    assert len(passages) > 3000
    assert len(suspected) <= len(passages) / 1000, suspected
