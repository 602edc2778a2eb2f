"""What a recipe says about training: which records, made from what, by which method."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.models import AnyEngine
from osler.recipe.names import SEED, Count, Name
from osler.recipe.selection import ItemSelection
from osler.rewards.terms import RewardMix
from osler.train import AnyPolicyTrainer, TrainPRM


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WorkedRecords:
    """The source's worked items."""

    suits: ClassVar[frozenset[str]] = frozenset({"sft"})
    kind: Literal["worked"] = "worked"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VerifiedTraces:
    """The verified traces of `searches`, at most `n_per_question` of each question in each of them, those ranked first `rank_by`."""

    suits: ClassVar[frozenset[str]] = frozenset({"sft"})
    searches: tuple[Name, ...] = Field(min_length=1)
    kind: Literal["traces"] = "traces"
    n_per_question: Count = 4
    rank_by: Literal["value", "likelihood"] = "value"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LabelledTraces:
    """The finished traces of `searches`, right and wrong, with step labels by the rule `labels` of `osler/synthesise/labels.py`. Of each
    question in each search at most `n_per_question` right and as many wrong ones; `hold_out` is the share of the questions that is left
    for a blend to be fitted on."""

    suits: ClassVar[frozenset[str]] = frozenset({"prm"})
    searches: tuple[Name, ...] = Field(min_length=1)
    kind: Literal["labelled"] = "labelled"
    labels: str = "monte_carlo"
    n_per_question: Count = 8
    hold_out: Annotated[float, Field(ge=0, lt=1)] = 0.0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PreferredPairs:
    """Pairs of lines of reasoning that the trees of `searches` have, by a `rule` of `osler/synthesise/pairs.py`: of each question in each
    search the first `n_per_question` of the rule's order. `gap` stands in place of the rule's own. Only pairs of finished traces, unless
    `has_open`: then of prefixes that go on too, as MedS³ has them (arXiv 2501.12051), whose end the policy does not learn to stop at."""

    suits: ClassVar[frozenset[str]] = frozenset({"dpo"})
    searches: tuple[Name, ...] = Field(min_length=1)
    kind: Literal["pairs"] = "pairs"
    rule: Literal["level_wise", "best_worst_sibling", "confusing"] = "level_wise"
    gap: Annotated[float, Field(ge=0)] | None = None
    n_per_question: Count = 8
    has_open: bool = False

    @model_validator(mode="after")
    def _has_a_gap(self) -> "PreferredPairs":
        if self.gap is not None and self.rule == "confusing":
            raise ValueError("confusing pairs are ranked and have no least gap; leave `gap` out, or choose another rule")
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class JudgedTraces:
    """The finished traces of `searches`, right and wrong: of each question in each search at most `n_per_question` right and as many wrong
    ones."""

    suits: ClassVar[frozenset[str]] = frozenset({"kto"})
    searches: tuple[Name, ...] = Field(min_length=1)
    kind: Literal["judged"] = "judged"
    n_per_question: Count = 4


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RecordFiles:
    """JSONL files of records in the shape that the method reads."""

    suits: ClassVar[frozenset[str]] = frozenset({"cpt", "sft", "dpo", "kto", "grpo", "prm"})
    paths: tuple[Path, ...] = Field(min_length=1)
    kind: Literal["files"] = "files"

    @property
    def files(self) -> tuple[Path, ...]:
        return self.paths


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Synthesised:
    """An export of a synthesis, which is run first where it has not been: its recipe, and the export's name (the method's own kind). `set`
    changes settings of it, as `--set` does; `roles` gives roles of it to policies of this recipe."""

    suits: ClassVar[frozenset[str]] = frozenset({"sft", "dpo", "kto", "grpo", "prm"})
    recipe: Path
    kind: Literal["synthesised"] = "synthesised"
    export: str = ""
    set: Mapping[str, Any] = Field(default_factory=dict)
    roles: Mapping[Name, Name] = Field(default_factory=dict)

    @property
    def policies(self) -> tuple[str, ...]:
        """Those whose replies its records are made of."""
        return tuple(self.roles.values())

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.recipe,)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ItemPrompts:
    """The items that the recipe searches on, as prompts with their keys; those of them that a `selection` keeps."""

    suits: ClassVar[frozenset[str]] = frozenset({"grpo"})
    kind: Literal["prompts"] = "prompts"
    selection: ItemSelection | None = None

    @property
    def policies(self) -> list[str]:
        """The policies that select."""
        return self.selection.policies if self.selection else []


def _as_many(records: Any) -> Any:
    return [records] if isinstance(records, Mapping) else records


AnyRecords = WorkedRecords | VerifiedTraces | LabelledTraces | PreferredPairs | JudgedTraces | ItemPrompts | RecordFiles | Synthesised
SomeRecords = Annotated[tuple[Annotated[AnyRecords, Field(discriminator="kind")], ...], BeforeValidator(_as_many), Field(min_length=1)]
"""One kind of records, or several that follow each other."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PolicyReward(RewardMix):
    """What the attempts of a policy in training are worth. `judge` is the engine that judges open answers and rubrics."""

    judge: AnyEngine | None = Field(None, discriminator="kind")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PolicyTraining:
    """A policy trained from the policy `start` on `records`; by a method that learns from its own attempts, under a `reward`."""

    records: SomeRecords
    training: AnyPolicyTrainer = Field(discriminator="kind")
    start: Name = SEED
    reward: PolicyReward | None = None

    @property
    def searches(self) -> list[str]:
        """The searches whose traces it learns from."""
        return searches_of(self.records)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainedReward:
    """A process reward model trained from the body of the policy `start` on `records`."""

    records: SomeRecords
    training: TrainPRM
    kind: Literal["prm"] = "prm"
    start: Name = SEED

    @property
    def searches(self) -> list[str]:
        """The searches whose traces it learns from."""
        return searches_of(self.records)

    @property
    def hold_out(self) -> float:
        """The share of the questions that none of its records is from."""
        return min(getattr(each, "hold_out", 0.0) for each in self.records)

    @property
    def labels(self) -> str:
        """The rules that its labels come from."""
        return ", ".join(dict.fromkeys(getattr(each, "labels", each.kind) for each in self.records))


def searches_of(records: tuple[AnyRecords, ...]) -> list[str]:
    return list(dict.fromkeys(search for each in records for search in getattr(each, "searches", ())))
