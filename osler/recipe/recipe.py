"""Recipe: a whole experiment as one frozen tree of settings. What a file does not say has the default written here."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from osler.core.model import Sampling
from osler.core.question import STRICT
from osler.data import AnySource
from osler.knowledge.retrieval import BM25, AnyRetriever
from osler.models import AnyBase
from osler.recipe.names import SEED, Count, Name, RunSeed
from osler.recipe.selection import ItemSelection
from osler.recipe.training import PolicyTraining, TrainedReward
from osler.search import AnyStrategy
from osler.train import SFT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SeedPolicy:
    """Where the first policy comes from: a base, and supervised training on the worked items (null: the base as it is). `warm_up` trains
    the base on the source's exercises before that."""

    base: AnyBase = Field(discriminator="kind")
    warm_up: SFT | None = None
    training: SFT | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Curriculum:
    """Search only where the policy fails: on the questions that it gets right at most `max_right` times of `n` sampled traces.

    MedS³ (arXiv 2501.12051, framework figure) answers each question 8 times and keeps those of 0/8 and 1/8."""

    n: Count = 8
    max_right: Annotated[int, Field(ge=0)] = 1


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Harvest:
    """A search for verified traces by `policy`, under the oracle.

    `equal_to` names another search: this one searches the same questions and may spend on each as many tokens as that one did.
    `n_items` takes no more than the first that many questions that the curriculum, or the `selection` in its place, leaves."""

    strategy: AnyStrategy = Field(discriminator="kind")
    policy: Name = SEED
    sampling: Sampling = Sampling()
    curriculum: Curriculum | None = None
    selection: ItemSelection | None = None
    equal_to: Name | None = None
    n_items: Count | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LikelihoodReward:
    """A step is worth its likelihood under `policy`. Nothing is trained."""

    kind: Literal["likelihood"] = "likelihood"
    policy: Name = SEED
    pool: Literal["mean", "least"] = "mean"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BlendedReward:
    """One reward of several, `parts`, weighed by logistic regression on the labels of the traces of `searches`, only of those questions
    that all of its parts held out."""

    parts: tuple[Name, ...] = Field(min_length=1)
    searches: tuple[Name, ...] = Field(min_length=1)
    kind: Literal["blend"] = "blend"
    labels: str = "monte_carlo"


AnyReward = Annotated[TrainedReward | LikelihoodReward | BlendedReward, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class System:
    """One way of answering: a policy, a strategy, and a reward model where the strategy asks for scores.

    `n_items`: only the first that many items are answered. `sweep`: the strategy also answers with these `n` beside its own, for the curve
    of accuracy against tokens; the samples are shared."""

    strategy: AnyStrategy = Field(discriminator="kind")
    policy: Name = SEED
    reward: Name | None = None
    n_items: Count | None = None
    sweep: tuple[Count, ...] = ()


def swept_name(system: str, n: int) -> str:
    """What a system is called where it answers with another `n`."""
    return f"{system} @ {n}"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Candidates:
    """`n` whole traces of `policy` for every item, scored by every reward model: what selection and rewards are measured on."""

    policy: Name = SEED
    n: Count = 16


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Answering:
    """The systems that answer, by name, and which pairs are compared: [system, baseline]. `contrasts` are compared as the mean of several
    such pairs. `candidates` are shared by all that select. A recipe that names no system has those of `defaults.py`."""

    systems: Mapping[str, System] = Field(default_factory=dict)
    sampling: Sampling = Sampling()
    compare: tuple[tuple[str, str], ...] = ()
    contrasts: Mapping[str, Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]] = Field(default_factory=dict)
    candidates: Candidates | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Retrieval:
    """Where strategies of kind `rag` look things up: books and JSONL files of passages (`osler/stages/retrieving.py`), books chunked to
    `max_words` words. `index` is a folder that several runs may share; without one the index lies in the run's own."""

    passages: tuple[Path, ...] = Field(min_length=1)
    retriever: AnyRetriever = Field(BM25(), discriminator="kind")
    max_words: Count = 180
    index: Path | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Recipe:
    """A whole experiment. `searches`, `policies` and `reward_models` are named and name each other; each is a stage of its own. `bases` are
    further first policies beside `seed_policy`, where several are compared.

    `seeds`, of which `seed` is the first, makes a run of each, as many at a time as `processes`. `limit` caps the items of every kind.
    `tokens_per_second` is a rate that was measured, for the time in `--dry-run`'s plan."""

    name: Name
    seed: RunSeed
    data: AnySource = Field(discriminator="kind")
    seed_policy: SeedPolicy
    answer: Answering = Answering()
    seeds: tuple[RunSeed, ...] = ()
    searches: Mapping[Name, Harvest] = Field(default_factory=dict)
    bases: Mapping[Name, SeedPolicy] = Field(default_factory=dict)
    policies: Mapping[Name, PolicyTraining] = Field(default_factory=dict)
    reward_models: Mapping[Name, AnyReward] = Field(default_factory=dict)
    retrieval: Retrieval | None = None
    prompt: str = "plain"
    codec: str = "step"
    threads: Count = 2
    processes: Count = 1
    limit: Count | None = None
    tokens_per_second: Annotated[float, Field(gt=0)] | None = None

    @property
    def first_policies(self) -> dict[str, SeedPolicy]:
        """Those that no other policy is the start of."""
        return {SEED: self.seed_policy, **self.bases}

    def first_of(self, policy: str) -> str:
        """The first policy that this one comes from; itself where it is one. Of a circle, and of a name that is not there, both of which
        are refused when a recipe is checked, the seed policy."""
        seen = set[str]()
        while policy in self.policies and policy not in seen:
            seen.add(policy)
            policy = self.policies[policy].start
        return policy if policy in self.first_policies else SEED

    @property
    def runs(self) -> "list[Recipe]":
        """A recipe for each seed."""
        return [replace(self, seed=seed, seeds=()) for seed in self.seeds] or [self]


def resolved(recipe: Recipe) -> dict[str, Any]:
    """Every setting, defaults included, as plain values: what is hashed for the run's name and written to its `recipe.yaml`."""
    content: dict[str, Any] = TypeAdapter(Recipe).dump_python(recipe, mode="json")
    return content
