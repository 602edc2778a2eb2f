"""Recipe: one YAML file, read strictly into one frozen tree of settings. What it does not say has the default written here."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import Sampling
from osler.core.prompt import Prompt
from osler.core.question import STRICT
from osler.data import AnySource, FileSource
from osler.models import AnyBase
from osler.search import AnyStrategy
from osler.synthesise.labels import LABEL_RULES
from osler.train import SFT, TrainPRM

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SeedPolicy:
    """Where the first policy comes from: a base, and supervised training on the worked items (null: the base as it is)."""

    base: AnyBase = Field(discriminator="kind")
    training: SFT | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Harvest:
    """The search for verified traces, under the oracle. `labels` names the rule of `osler/synthesise/labels.py` that values the steps."""

    strategy: AnyStrategy = Field(discriminator="kind")
    sampling: Sampling = Sampling()
    labels: str = "monte_carlo"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EvolvedPolicy:
    """Training on verified traces: at most `n_per_question` of each question, with the worked items beside them if `with_worked`. Starts
    from the seed policy."""

    training: SFT
    n_per_question: Count = 4
    with_worked: bool = True


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RewardModelTraining:
    """Training of the process reward model on the finished traces of the search, right and wrong, from the evolved policy's body.
    `n_per_question` keeps that many right and as many wrong traces of each question at most."""

    training: TrainPRM
    n_per_question: Count = 8


@dataclass(frozen=True, kw_only=True, config=STRICT)
class System:
    """One way of answering: a policy and a strategy. Strategies that ask for scores get the trained reward model."""

    strategy: AnyStrategy = Field(discriminator="kind")
    policy: Literal["seed", "evolved"] = "evolved"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Answering:
    """The systems that answer, by name, and which pairs are compared: [system, baseline]."""

    systems: Mapping[str, System] = Field(min_length=1)
    sampling: Sampling = Sampling()
    compare: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Recipe:
    """A whole experiment. Sections stand in the order of the stages; one that is left out is a stage that does not run.

    `limit` caps the items of every kind. `tokens_per_second` is a rate that was measured, for the time in `--dry-run`'s plan.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    seed: int
    data: AnySource = Field(discriminator="kind")
    seed_policy: SeedPolicy
    answer: Answering
    search: Harvest | None = None
    evolved_policy: EvolvedPolicy | None = None
    reward_model: RewardModelTraining | None = None
    prompt: str = "plain"
    codec: str = "step"
    threads: Count = 2
    limit: Count | None = None
    tokens_per_second: Annotated[float, Field(gt=0)] | None = None

    def check(self) -> "Recipe":
        """Itself. Raises RecipeError where the sections do not fit together."""
        if self.codec not in CODECS:
            raise RecipeError(f"codec: there is no {self.codec!r}{_suggest(self.codec, CODECS)}; choose among {', '.join(CODECS)}")
        Prompt.named(self.prompt)
        if (self.evolved_policy or self.reward_model) and not self.search:
            section = "evolved_policy" if self.evolved_policy else "reward_model"
            raise RecipeError(f"{section}: there is nothing to train on without a search; add the section `search`")
        if isinstance(self.data, FileSource):
            for stage, file in (("search", self.data.search), ("seed_policy.training", self.data.worked)):
                if file is None and (self.search if stage == "search" else self.seed_policy.training):
                    raise RecipeError(
                        f"{stage}: there are no items for it; name a file under data.{'search' if stage == 'search' else 'worked'}"
                    )
        if self.search and not self.search.strategy.needs_scores:
            raise RecipeError(
                f"search.strategy: {self.search.strategy.kind} asks for no scores, so nothing can be verified; use mcts or best_of_n"
            )
        if self.search and self.search.labels not in LABEL_RULES:
            wrong = self.search.labels
            raise RecipeError(
                f"search.labels: there is no rule {wrong!r}{_suggest(wrong, LABEL_RULES)}; choose among {', '.join(LABEL_RULES)}"
            )
        for name, system in self.answer.systems.items():
            if system.policy == "evolved" and not self.evolved_policy:
                raise RecipeError(
                    f"answer.systems.{name}: there is no evolved policy; add the section `evolved_policy` or say policy: seed"
                )
            if system.strategy.needs_scores and not self.reward_model:
                raise RecipeError(f"answer.systems.{name}: {system.strategy.kind} needs scores; add the section `reward_model`")
        for pair in self.answer.compare:
            for name in pair:
                if name not in self.answer.systems:
                    raise RecipeError(
                        f"answer.compare: there is no system {name!r}{_suggest(name, self.answer.systems)}; name one under `systems`"
                    )
        return self


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe file and apply `a.b=c` overrides to it. Raises RecipeError with the place, what is wrong and the nearest right name."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: the recipe cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: this is not UTF-8 text; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: this is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of settings; see recipes/smoke.yaml")
    for override in overrides:
        _apply(content, override)
    try:
        return TypeAdapter(Recipe).validate_python(content).check()
    except ValidationError as error:
        raise RecipeError(f"{path}: {_explain(error, content)}") from error
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error


def resolved(recipe: Recipe) -> dict[str, Any]:
    """Every setting, defaults included, as plain values: what is hashed for the run's name and written to its `recipe.yaml`."""
    content: dict[str, Any] = TypeAdapter(Recipe).dump_python(recipe, mode="json")
    return content


def _apply(content: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    if not equals or not path:
        raise RecipeError(f"--set {override}: write it as a.b=value")
    *parents, name = path.split(".")
    at = content
    for parent in parents:
        at = at.setdefault(parent, {})
        if not isinstance(at, dict):
            raise RecipeError(f"--set {override}: {parent!r} is a value, not a section; check the path")
    try:
        at[name] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {override}: the value is not YAML; put it in quotes") from error


def _explain(error: ValidationError, content: Any) -> str:
    """The first thing wrong, with the nearest known name for one that is unknown."""
    first = error.errors()[0]
    where = _place(first["loc"], content)
    match first["type"]:
        case "unexpected_keyword_argument":
            name = str(first["loc"][-1])
            return f"{where}: there is no setting {name!r}{_suggest(name, _names(Recipe)) or '; remove it'}"
        case "union_tag_invalid":
            wrong, known = first["ctx"]["tag"], first["ctx"]["expected_tags"].replace("'", "")
            return f"{where}.kind: there is no {wrong!r}{_suggest(wrong, known.split(', '))}; choose among {known}"
        case "union_tag_not_found":
            return f"{where}: `kind` is missing; say which it is"
        case "missing" | "missing_argument":
            return f"{where}: this setting is missing; add it"
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}; got {first['input']!r}" if where else what


def _place(loc: Sequence[int | str], content: Any) -> str:
    """The path as the file has it: pydantic also names the `kind` that it picked on the way."""
    parts: list[str] = []
    for part in loc:
        if isinstance(content, dict) and content.get("kind") == part and part not in content:
            continue
        parts.append(str(part))
        content = content.get(part) if isinstance(content, dict) else None
    return ".".join(parts)


def _names(kind: Any) -> set[str]:
    """Every name that a recipe may use, at any depth."""
    if is_dataclass(kind):
        return {name for field in fields(kind) for name in (field.name, *_names(field.type))}
    return {name for part in get_args(kind) for name in _names(part)}


def _suggest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
