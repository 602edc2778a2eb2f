"""Label: what the traces of a draft, taken as one search, say that each step is worth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.labels import label
from osler.synthesise.solve.searched_drafts import solution_of

Rule = Literal[
    "monte_carlo", "leaf_mean", "tree_value", "smoothed", "clamped", "outcome", "truth", "meds3_soft", "meds3_dual", "meds3_hard"
]


@dataclass(frozen=True, config=STRICT)
class LabelSteps:
    """Every finished, judged trace of the draft is labelled by `rule` (`osler/synthesise/labels.py`); what the rule leaves out, such as
    roll-outs by MedS³'s rules, stays without labels. `truth` asks the clinic.

    A draft is dropped `no_label` where the rule labels nothing, and `one_sided`, if `is_mixed`, where its labelled traces are all right or
    all wrong: MedS³ leaves such items out."""

    kind: Literal["label"] = "label"
    rule: Rule = "monte_carlo"
    is_mixed: bool = False
    roles: ClassVar[tuple[str, ...]] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        return ("check_step",) if self.rule == "truth" else ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        labelled = label(self.rule, solution_of(draft), kit.check_step)
        if not labelled:
            raise Drop("no_label", f"{len(draft.authored)} traces, none of which {self.rule} labels")
        if self.is_mixed and len({each.is_right for each in labelled}) == 1:
            raise Drop("one_sided", f"{len(labelled)} traces, all {'right' if labelled[0].is_right else 'not right'}")
        labels = {(tuple(step.text for step in each.trace.steps), each.trace.response): each.labels_S for each in labelled}
        traces = tuple(replace(each, labels=labels.get((each.steps, each.response), each.labels)) for each in draft.authored)
        return [replace(draft, authored=traces).noting(labelled_by=self.rule)]
