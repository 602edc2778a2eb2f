"""Bands of difficulty: what is kept by how often a role was right, as `solve` noted it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.quality.grouping import solved_by


@dataclass(frozen=True, config=STRICT)
class PassBand:
    """Keeps a draft iff from `low` to `high` of the role's traces were right, both included; without `high`, all may be. The rest is
    dropped as `too_easy`, or for the reason `low_reason` where too few were right.

    MedVLThinker (arXiv 2508.02669, code): 1 to 7 of 16. ReMEDY (README): above two fifths of 16, thus from 7 on, the rest being too hard
    or ambiguous; and not all right. Fleming-R1 (arXiv 2509.15279): who is never right in 5 tries is looked at by people: `review`, from 1
    of 5; and its second stage takes what fails m of k times or more, which is `high` k − m."""

    kind: Literal["pass_band"] = "pass_band"
    role: str = "student"
    low: Annotated[int, Field(ge=0)] = 0
    high: Annotated[int, Field(ge=0)] | None = None
    low_reason: Literal["too_hard", "ambiguous", "review"] = "too_hard"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _low_is_not_above_high(self) -> "PassBand":
        if self.high is not None and self.low > self.high:
            raise ValueError(f"the band from {self.low} to {self.high} is empty; give the lower one as low")
        return self

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        n_right, n = solved_by(draft, self.role)
        detail = f"{self.role}: {n_right} of {n} right"
        if reason := outside(n_right, self.low, self.high, self.low_reason):
            raise Drop(reason, detail)
        return [draft]


def outside(n_right: int, low: int, high: int | None, low_reason: str = "too_hard") -> str:
    """Why an item is not in the band from `low` to `high`, both included; empty where it is."""
    if n_right < low:
        return low_reason
    return "too_easy" if high is not None and n_right > high else ""
