"""Synthesis: how training records are made, as one frozen tree of settings, read from a YAML file like a recipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from osler.clinic.teacher import ClinicTeacher
from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import Sampling, Usage
from osler.core.prompt import Prompt
from osler.core.question import STRICT
from osler.models import AnyEngine
from osler.recipe.names import Count, Name, RunSeed, suggest
from osler.recipe.recipe import Retrieval
from osler.stages.material import AnyMaterial, ClinicMaterial, TaskMaterial
from osler.synthesise import AnyBlock
from osler.synthesise.exporting import AnyExport, SFTExport
from osler.synthesise.exporting.push import HubPush


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Price:
    """What is paid for a million tokens that are read and for a million that are written, in whatever currency."""

    read: Annotated[float, Field(ge=0)]
    written: Annotated[float, Field(ge=0)]

    def of(self, usage: Usage) -> float:
        return (self.read * usage.prompt_tokens + self.written * usage.completion_tokens) / 1e6


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Role:
    """Who plays a role: an engine, how its tokens are drawn, how it is asked when it answers an item, and what it costs."""

    engine: AnyEngine | ClinicTeacher = Field(discriminator="kind")
    sampling: Sampling = Sampling()
    prompt: str = "plain"
    codec: str = "think"
    price: Price | None = None


TEACHER = "teacher"
"""The role in whose prompt and codec exports are written that name none."""


def _by_kind(exports: Any) -> Any:
    """A bare name of a kind stands for that kind with its own settings."""
    return [{"kind": each} if isinstance(each, str) else each for each in exports] if isinstance(exports, list) else exports


AnyExports = Annotated[tuple[Annotated[AnyExport, Field(discriminator="kind")], ...], BeforeValidator(_by_kind)]
AnyBlocks = tuple[Annotated[AnyBlock, Field(discriminator="kind")], ...]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Synthesis:
    """From `material` through `blocks` to records. `roles` are those whom the blocks ask, by name.

    `against` names sets of items that no record may overlap with (block `decontaminate`); `retrieval` is what blocks look up in, `graph` a
    graph's folder or file, or "clinic". `exports` are written beside the records, and pushed to `hub` where it is named. `window` drafts
    are under way at a time. `limit` caps the drafts that are taken up."""

    name: Name
    seed: RunSeed
    material: AnyMaterial = Field(discriminator="kind")
    blocks: AnyBlocks = Field(min_length=1)
    roles: Mapping[Name, Role] = Field(default_factory=dict)
    against: tuple[str, ...] = ()
    retrieval: Retrieval | None = None
    graph: Path | None = None
    exports: AnyExports = (SFTExport(),)
    hub: HubPush | None = None
    threads: Count = 2
    window: Count = 256
    limit: Count | None = None

    def check(self) -> "Synthesis":
        """Itself. Raises RecipeError where a block asks for a role or a part that is not there, or a role or an export for what is not."""
        there: dict[str, object] = {"retriever": self.retrieval, "graph": self.graph, "overlapping": self.against or None}
        called = {"retriever": "retrieval", "graph": "graph", "overlapping": "against", "check_step": "material of kind clinic or tasks"}
        there["check_step"] = self.material if isinstance(self.material, ClinicMaterial | TaskMaterial) else None
        for number, block in enumerate(self.blocks):
            for role in getattr(block, "roles", ()):
                if role not in self.roles:
                    near = suggest(role, self.roles)
                    raise RecipeError(f"blocks.{number}: {block.kind} asks {role!r}, whom nobody plays{near}; name an engine under `roles`")
            for need in block.needs:
                if there[need] is None:
                    raise RecipeError(f"blocks.{number}: {block.kind} needs `{called[need]}`; name it in the recipe")
        self._check_roles()
        self._check_exports()
        return self

    def _check_roles(self) -> None:
        """Raises RecipeError where one has a prompt or codec that is not there."""
        for name, role in self.roles.items():
            if role.codec not in CODECS:
                raise RecipeError(
                    f"roles.{name}.codec: there is no {role.codec!r}{suggest(role.codec, CODECS)}; choose among {', '.join(CODECS)}"
                )
            try:
                Prompt.named(role.prompt)
            except RecipeError as error:
                raise RecipeError(f"roles.{name}.{error}") from error

    def written_with(self, export: AnyExport) -> tuple[str, str]:
        """The names of an export's prompt and codec: its own, or those of the role that teaches, or "plain" and "step"."""
        teaching = self.roles.get(TEACHER) or (next(iter(self.roles.values())) if len(self.roles) == 1 else None)
        prompt = export.prompt or (teaching.prompt if teaching else "plain")
        return prompt, export.codec or (teaching.codec if teaching else "step")

    def _check_exports(self) -> None:
        """Raises RecipeError where two have one name, or one a prompt or codec that is not there or does not fit."""
        names: set[str] = set()
        for number, export in enumerate(self.exports):
            name, (prompt, codec) = export.name or export.kind, self.written_with(export)
            if name in names:
                raise RecipeError(f"exports.{number}: there are two of the name {name!r}; give one another `name`")
            names.add(name)
            if codec not in CODECS:
                raise RecipeError(
                    f"exports.{number}.codec: there is no {codec!r}{suggest(codec, CODECS)}; choose among {', '.join(CODECS)}"
                )
            try:
                text = Prompt.named(prompt).text
            except RecipeError as error:
                raise RecipeError(f"exports.{number}.{error}") from error
            if export.is_open_book and "{evidence}" not in text:
                raise RecipeError(f"exports.{number}: is_open_book needs a prompt with a place for passages; choose with_passages")


def resolved_synthesis(synthesis: Synthesis) -> dict[str, Any]:
    """Every setting, defaults included, as plain values."""
    content: dict[str, Any] = TypeAdapter(Synthesis).dump_python(synthesis, mode="json")
    return content
