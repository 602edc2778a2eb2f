"""What a recipe says about which items are trained or searched on: how often a policy gets them right, and in which order they come."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.model import Sampling
from osler.core.question import STRICT
from osler.models import AnyEngine
from osler.recipe.names import SEED, Count, Name

EasyFirst = Literal["passes", "closed", "groups"]
"""What comes first: what was right most often; what is answered by letters, before any other form; what is of the group named first."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Review:
    """Items that the policy never got right are put to a teacher `n` times, an `engine` or else the recipe's `policy`. What it never gets
    right either is set aside for people to look at, and never trained on.

    Fleming-R1 (arXiv 2509.15279) has people look at what a strong model misses 5 times of 5."""

    engine: Annotated[AnyEngine, Field(discriminator="kind")] | None = None
    policy: Name = SEED
    n: Count = 5
    sampling: Sampling = Sampling()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ItemSelection:
    """Of `n` traces that `policy` draws for each item, from `low` to `high` are right, both included; without `high`, all may be. Then at
    most `n_per_level` of each level, drawn with the run's seed, where an item's level is the number of its traces that were not right, and
    one. What is kept comes in the order of `easy_first`, by its first word, among equals by the next, else as it came; the trainer must
    keep the order (`is_in_order`). Nothing is drawn where nothing asks for it.

    MedVLThinker (arXiv 2508.02669, code): 1 to 7 of 16. AlphaMed (arXiv 2505.17952): six levels, of 1,200 items each; that it drew five
    traces is inferred. Fleming-R1 (arXiv 2509.15279): its second stage takes what the first one's policy fails m times of k or more, which
    is `high` k − m; neither number is published. QwQ-Med-3 (arXiv 2507.13966) goes from few legs of a path to many: `groups`."""

    policy: Name = SEED
    n: Count = 16
    sampling: Sampling = Sampling()
    low: Annotated[int, Field(ge=0)] = 0
    high: Annotated[int, Field(ge=0)] | None = None
    n_per_level: Count | None = None
    review: Review | None = None
    easy_first: tuple[EasyFirst, ...] = ()
    groups: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "ItemSelection":
        high = self.n if self.high is None else self.high
        if not self.low <= high <= self.n:
            raise ValueError(f"no item is right from {self.low} to {high} times of {self.n}; give 0 ≤ low ≤ high ≤ n")
        if ("groups" in self.easy_first) != bool(self.groups):
            raise ValueError("the order by `groups` needs their names, the easiest first; give both or neither")
        return self

    @property
    def is_drawing(self) -> bool:
        """Whether any of it asks how often the policy is right."""
        has_band = self.low > 0 or self.high is not None
        return has_band or self.n_per_level is not None or self.review is not None or "passes" in self.easy_first

    @property
    def policies(self) -> list[str]:
        """The policies of the recipe that it draws from."""
        teacher = [self.review.policy] if self.review and self.review.engine is None else []
        return list(dict.fromkeys([self.policy, *teacher])) if self.is_drawing else []
