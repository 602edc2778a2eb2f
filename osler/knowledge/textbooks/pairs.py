"""Question–answer pairs as passages: another unit of retrieval, after MIRIAD (https://arxiv.org/abs/2506.06091).

A question finds a question more easily than the paragraph that answers it; what is shown is both.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from osler.core.errors import RecordError
from osler.core.passage import Passage
from osler.knowledge.textbooks.tidy import tidy


def passages_of_pairs(
    rows: Iterable[Mapping[str, Any]],
    source: str,
    *,
    question: str = "question",
    answer: str = "answer",
    name: str = "id",
    fields: Iterable[str] = (),
    is_answer_sought: bool = True,
) -> list[Passage]:
    """A passage per row that has both a question and an answer, each once; rows without are left out.

    The arguments name the columns; a column of `fields` becomes a field to filter by. `is_answer_sought` False: the question alone is
    searched. A row without a name is called by its number, from 1; where a name comes again, as in MedQuAD, `~2` is added. Raises
    RecordError where no row has both.
    """
    kept, passages, names = tuple(fields), list[Passage](), Counter[str]()
    said = set[tuple[str, str]]()
    n = 0
    for n, row in enumerate(rows, 1):
        asked, answered = (tidy(str(row.get(column) or "")) for column in (question, answer))
        if not asked or not answered or (asked, answered) in said:
            continue
        said.add((asked, answered))
        own = str(row.get(name) or n)
        names[own] += 1
        own = own if names[own] == 1 else f"{own}~{names[own]}"
        text = f"Question: {asked}\nAnswer: {answered}"
        filters = {"kind": "pair"} | {column: str(row[column]) for column in kept if row.get(column) is not None}
        sought = f"{asked}\n{answered}" if is_answer_sought else asked
        passages.append(Passage(f"{source}/{own}", text, (), source, None, 0, len(text), sought, filters))
    if not passages:
        raise RecordError(f"{source}: none of {n} rows has both {question!r} and {answer!r}; name the columns")
    return passages
