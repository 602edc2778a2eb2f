"""Multiple choice by log-likelihood: the option that the model holds likeliest is its answer, without a word being generated.

The other protocol beside reading a text; the two differ by up to 30 points in published medical scores. A reading made here is judged like
any other. The confidence is the softmax over the options' log-probabilities at the likeliest one: what the model would believe if it had to
choose among the options. It says nothing of how likely the model is to name an option at all.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from osler.core.question import Question
from osler.core.reading import Abstention, Reading


@dataclass(frozen=True)
class Likeliest:
    """The reading, and the softmax over the options; `confidence` is its greatest value. Without usable log-probabilities both are
    empty, and a tie keeps them: the model is as sure of either."""

    reading: Reading
    confidence: float | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)


def reading_from_logprobs(
    option_logprobs: Mapping[str, float | None], question: Question, *, is_top_listed: bool = False, tolerance: float = 0.0
) -> Likeliest:
    """The likeliest option by natural log-probabilities (or by what was made of them: per token, per byte).

    Abstains: SEVERAL for a tie within `tolerance` (rounded numbers such as bfloat16's tie often); NOT_AN_OPTION where a letter that the
    question does not have is the likeliest, which is how responses to another version of the item show; NO_ANSWER where there are none,
    or where one is missing (absent or None); ERRORED for NaN. `is_top_listed`: the engine listed its likeliest tokens only, so a missing
    option is less likely than any that is listed; it counts as probability 0, and the confidence is then too high by a little.
    """
    known = {letter: value for letter, value in option_logprobs.items() if value is not None}
    if any(math.isnan(value) or value == math.inf for value in known.values()):
        return _abstained(Abstention.ERRORED, "not_a_number")
    own = {letter: known[letter] for letter in question.options if letter in known}
    best = max(own.values(), default=-math.inf)
    if best == -math.inf:
        return _abstained(Abstention.NO_ANSWER, "none")
    if len(own) < len(question.options) and not is_top_listed:
        return _abstained(Abstention.NO_ANSWER, "missing")
    if max(known.values()) > best:
        return _abstained(Abstention.NOT_AN_OPTION, "foreign")
    weights = {letter: math.exp(own.get(letter, -math.inf) - best) for letter in question.options}
    total = math.fsum(weights.values())
    probabilities = {letter: weight / total for letter, weight in weights.items()}
    ahead = [letter for letter, value in own.items() if value >= best - tolerance]
    if len(ahead) > 1:
        reading = Reading(abstention=Abstention.SEVERAL, method="likelihood_tie")
    else:
        reading = Reading(value=ahead[0], method="likelihood")
    return Likeliest(reading, max(probabilities.values()), probabilities)


def _abstained(abstention: Abstention, why: str) -> Likeliest:
    return Likeliest(Reading(abstention=abstention, method=f"likelihood_{why}"))
