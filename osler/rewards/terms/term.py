"""What a term of a reward sees of an attempt, what it is handed beside it, and what all terms have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Any, Protocol

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT, Item
from osler.core.verdict import Verdict

Triple = tuple[str, str, str]
"""Head, relation, tail."""


@plain_dataclass(frozen=True)
class Seen:
    """One attempt, taken apart. `reasoning` and `response` are those of the mix's form, and empty where the text is not of it
    (`is_formed`); `verdict` is the judge's on the response, or on the whole text where it has no form. An attempt that the token limit
    ended has no answer, whatever it says."""

    item: Item
    text: str
    verdict: Verdict
    reasoning: str = ""
    response: str = ""
    is_formed: bool = False
    n_tokens: int = 0
    is_cut: bool = False
    record: Mapping[str, Any] = field(default_factory=dict)


@plain_dataclass(frozen=True)
class Kit:
    """What terms are handed because it lies in other folders. `language_of` gives a code, empty where it cannot tell; `foreign_share` the
    share of the letters that are of no script of a language; `retrieve` the titles that a query finds; `triples` what a thought states of
    its entities, where a model reads it."""

    language_of: Callable[[str], str]
    foreign_share: Callable[[str, str], float]
    retrieve: Callable[[str], Sequence[str]] | None = None
    triples: Callable[[str], Sequence[Triple]] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Term:
    """Adds `weight` times its number to what an attempt is worth; `is_for_right`: to that of a right answer alone. `name` is the column in
    which it is logged, its kind where none is given."""

    weight: float = 1.0
    name: str = ""
    is_for_right: bool = False


class Number(Protocol):
    """What a term gives an attempt, before its weight. Never None; NaN is refused by the mix."""

    def number(self, seen: Seen, kit: Kit) -> float: ...
