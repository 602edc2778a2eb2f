"""A question with its answer as one passage: what is searched may be the question, while what is read is both (as MIRIAD does it).

Q. Zheng and others, "MIRIAD: Augmenting LLMs with millions of medical query-response pairs", arXiv 2506.06091.
"""

from collections.abc import Mapping
from typing import Literal

from osler.core.passage import Passage

Searched = Literal["question", "answer", "both"]


def pair(
    id: str, question: str, answer: str, *, searched: Searched = "both", source: str = "", fields: Mapping[str, str] | None = None
) -> Passage:
    """The passage of a pair. It is found by what is `searched` of it, and always reads as both."""
    sought = {"question": question, "answer": answer, "both": ""}[searched]
    return Passage(id, f"Question: {question.strip()}\nAnswer: {answer.strip()}", source=source, sought=sought, fields=fields or {})
