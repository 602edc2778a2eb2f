"""What tests of blocks share: a kit with a policy for each role, scripted models, and the way of a draft through blocks."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from osler.core.codec import CODECS
from osler.core.model import Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import ChoiceKey, Item, Question
from osler.judges import JUDGES, QuestionReader
from osler.judges.stated.refusal import is_refusal
from osler.models.scripted import ScriptedModel
from osler.synthesise.block import Kit, worked
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.drive import drive
from osler.synthesise.oracle import Oracle

Says = Callable[[Request], str] | Mapping[str, str]
"""What a role replies: a function of the request, or for a part of the last message the reply."""


def models_of(roles: Mapping[str, Says]) -> dict[str, ScriptedModel]:
    return {
        role: ScriptedModel(says if isinstance(says, Mapping) else (lambda request, _, says=says: says(request)))  # type: ignore[misc]
        for role, says in roles.items()
    }


def kit_of(models: Mapping[str, Any], *, codec: str = "think", prompt: str = "plain", seed: int = 0, **parts: Any) -> Kit:
    sampling = Sampling(temperature=0.7, max_tokens=2048)
    policies = {
        role: Policy(model, Prompt.named(prompt), CODECS[codec], QuestionReader(), sampling, seed) for role, model in models.items()
    }
    made = Kit(seed, policies, JUDGES, lambda text: is_refusal(text, 0, len(text)), lambda item: Oracle([item], JUDGES))
    return replace(made, **parts)


def through(blocks: Sequence[Any], drafts: Iterable[Draft], roles: Mapping[str, Says], **parts: Any) -> list[Draft | DroppedDraft]:
    """What becomes of the drafts, in their order."""
    models = models_of(roles)
    kit = kit_of(models, **parts)
    with asyncio.Runner() as loop:
        made = drive([worked(blocks, draft, kit) for draft in drafts], models, loop)
        return [each for some in made for each in some]


def item_draft(id: str = "item-1", text: str = "Which vitamin prevents scurvy?", right: str = "A", **options: str) -> Draft:
    lettered = options or {"A": "vitamin C", "B": "vitamin D", "C": "vitamin K", "D": "vitamin A"}
    return Draft(id, Origin("test", id), item=Item(Question(id, text, lettered), ChoiceKey((right,))))
