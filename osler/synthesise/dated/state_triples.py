"""State triples: what a dated text states of its entities, by a vote of many samples."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.model import Finish
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.synthesise.asking import ask
from osler.synthesise.block import Kit, Making
from osler.synthesise.dated.texts import DIRECTED, RELATIONS, noted
from osler.synthesise.dated.votes import confidences, votes_of
from osler.synthesise.draft import Draft

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=STRICT)
class StateTriples:
    """The note `triples`: what more than `least` of the valid samples of `role` state, with that share as confidence (1 becomes .95); and
    the note `votes`. As published: `n` samples at temperature .7, texts of 2 to 30 entities. Dropped: `few_entities`, `many_entities`,
    `mostly_none`, where more than half found nothing, `mostly_invalid`, where less than half are valid, and `unsure`, where no triple is
    left. An entity is named as the text's list names it; a sample is valid or not as a whole.

    Two samples that state a relation which holds both ways from either end vote for two triples, as published."""

    kind: Literal["state_triples"] = "state_triples"
    role: str = "teacher"
    n: Annotated[int, Field(ge=1)] = 50
    temperature: Annotated[float, Field(ge=0)] = 0.7
    least: Share = 0.6
    max_none: Share = 0.5
    least_valid: Share = 0.5
    needs: ClassVar[tuple[str, ...]] = ()

    PROMPT: ClassVar[str] = "state_triples"
    MAX_ENTITIES: ClassVar[int] = 30

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        entities = noted(draft, "entities")
        if not 2 <= len(entities) <= self.MAX_ENTITIES:
            raise Drop("few_entities" if len(entities) < 2 else "many_entities", str(len(entities)))
        sampling = replace(kit.policy(self.role).sampling, temperature=self.temperature)
        replies = yield from ask(kit, self.role, draft, _prompt(draft), n=self.n, sampling=sampling)
        if errored := next((reply for reply in replies if reply.finish is Finish.ERROR), None):
            raise Drop("errored", errored.error)
        said = ["" if reply.finish is Finish.LENGTH else reply.text for reply in replies]
        votes = votes_of(said, {each["name"]: each["id"] for each in entities})
        counts = {"n": votes.n, "n_none": votes.n_none, "n_valid": len(votes.valid)}
        if votes.n_none / votes.n > self.max_none:
            raise Drop("mostly_none", str(counts))
        if len(votes.valid) / votes.n < self.least_valid:
            raise Drop("mostly_invalid", str(counts))
        triples = (
            [{**asdict(triple), "confidence": share} for triple, share in confidences(votes, self.least).items()] if votes.valid else []
        )
        if not triples:
            raise Drop("unsure", str(counts))
        return [draft.noting(triples=triples, votes=counts)]


def _prompt(draft: Draft) -> str:
    entities = "\n".join(f"{each['name']} ({each['kind']})" for each in noted(draft, "entities"))
    one_way = ", ".join(name for name in RELATIONS if name in DIRECTED)
    both_ways = ", ".join(name for name in RELATIONS if name not in DIRECTED)
    [passage] = draft.passages
    return fill(Prompt.named(StateTriples.PROMPT), {"text": passage.text, "entities": entities, "one_way": one_way, "both_ways": both_ways})
