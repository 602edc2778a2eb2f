"""How many of the passages that an answer rests on the searches of a reply find."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError, UserError
from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term

_SEARCH = re.compile(r"<search>(?P<query>.*?)</search>", re.DOTALL)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RetrievalRecall(Term):
    """The titles found of those wanted, as in the retrieval stage of Med-R³ (arXiv 2507.23541); `floor` where nothing is searched.

    The queries are those in `<search>…</search>`, at most the first `max_queries`, and they are looked up again: what a reply says that it
    found counts for nothing. The record holds the wanted titles under `titles`."""

    kind: Literal["retrieval_recall"] = "retrieval_recall"
    floor: float = 0.0
    max_queries: Annotated[int, Field(ge=1)] = 8

    def number(self, seen: Seen, kit: Kit) -> float:
        wanted = seen.record.get("titles")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(title, str) for title in wanted):
            raise RecordError(f"{seen.item.id}: its record has no `titles`; retrieval_recall counts which of them are found")
        if kit.retrieve is None:
            raise UserError("retrieval_recall: nothing can be looked up; say where the passages lie, under `retrieval.passages`")
        queries = [query.strip() for query in _SEARCH.findall(seen.text) if query.strip()][: self.max_queries]
        found = [title for query in queries for title in kit.retrieve(query)]
        return recall(found, wanted) if queries else self.floor


def recall(found: Sequence[str], wanted: Sequence[str]) -> float:
    """The share of the titles `wanted` that are among `found`, each counted once, in whatever case."""
    titles = {title.strip().casefold() for title in wanted}
    return len(titles & {title.strip().casefold() for title in found}) / len(titles)
