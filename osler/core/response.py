"""Response: what some model wrote for an item, from wherever it came. Grading needs no more than this: no model, no run of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from osler.core.model import Finish


@dataclass(frozen=True, slots=True)
class Recorded:
    """What whoever made the response read from it: their answer (a letter, or as they wrote it), whether they counted it right, and what
    they held to be the right answer (`key`, as they wrote it). None is "not recorded", also where they read nothing."""

    answer: str | None = None
    is_right: bool | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A text for the item with id `item_id`: sample number `sample` of system `system`.

    `text` is as the model wrote it, its thought in `<think>` where it was kept. `finish` is None where nobody noted it. `n_tokens`,
    `seconds` and `cost` (in the currency of whoever made it) are what it took, None where unknown. `option_logprobs` are natural
    log-probabilities by letter, empty where none were kept.
    """

    item_id: str
    text: str
    system: str = ""
    sample: int = 0
    finish: Finish | None = None
    error: str = ""
    n_tokens: int | None = None
    seconds: float | None = None
    cost: float | None = None
    recorded: Recorded = Recorded()
    option_logprobs: Mapping[str, float] = field(default_factory=dict)
