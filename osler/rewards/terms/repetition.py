"""What a reply loses for saying the same again."""

import re
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")
"""A word, or one character of Chinese or Japanese."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Repetition(Term):
    """Minus the share of its runs of `n_words` words that have stood in the reply before, in [−1, 0]. Gazal-R1 (arXiv 2506.21594) has such
    a term; its length of run and its weight are not published, and these are ours."""

    kind: Literal["repetition"] = "repetition"
    n_words: Annotated[int, Field(ge=1)] = 4

    def number(self, seen: Seen, kit: Kit) -> float:
        return -repeated_share(seen.text, self.n_words)


def repeated_share(text: str, n_words: int) -> float:
    """0 where a text has fewer words than one run."""
    words = _WORD.findall(text.casefold())
    runs = list(zip(*(words[at:] for at in range(n_words)), strict=False))
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
