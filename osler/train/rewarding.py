"""What a method that learns from rewards is handed: a function that says what each attempt is worth, and by which terms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from osler.train.records import Row


@dataclass(frozen=True)
class Attempt:
    """One reply of a policy in training. `record` is the row that it was drawn for, with the whole item as JSON under `item`; `text` is
    what the policy wrote, without the prompt and without the token that ends a turn; `is_cut`: the token limit ended it."""

    record: Row
    text: str
    n_tokens: int
    is_cut: bool = False


@dataclass(frozen=True)
class Marks:
    """What an attempt is worth: `total` is trained on, `terms` are logged apart."""

    total: float
    terms: Mapping[str, float] = field(default_factory=dict)


RewardFunction = Callable[[Sequence[Attempt]], Sequence[Marks]]
"""One set of marks for each attempt, in their order."""
