"""What a thought says of its entities, as a language model reads it: for comparison with a graph of reference reasoning.

Med-R³ (arXiv 2507.23541) has a model abstract each chain to a list of triples; its prompt is not used here, and this one is ours.
"""

from collections.abc import Sequence

from osler.core.model import Model
from osler.core.prompt import Prompt, fill
from osler.judges.free.ask import Asking, Unread
from osler.rewards.terms.paths import arrows
from osler.rewards.terms.term import Triple

_PROMPT = "judge_triples"
_NONE = "none"


def read_triples(model: Model, texts: Sequence[str]) -> dict[str, list[Triple]]:
    """The triples of each text, asked for in one call. A reply that cannot be read leaves none, so that nothing is earned by it."""
    prompt = Prompt.named(_PROMPT)
    asked = [text for text in dict.fromkeys(texts) if text.strip()]
    found = Asking().ask(model, [fill(prompt, {"text": text}) for text in asked], _read)
    return {text: [] if isinstance(triples, Unread) else triples for text, triples in zip(asked, found, strict=True)}


def _read(reply: str) -> list[Triple] | None:
    """None where not every line is a triple."""
    lines = [line for line in reply.splitlines() if line.strip()]
    if reply.strip(" .\n").casefold() == _NONE:
        return []
    triples = arrows(reply)
    return triples if triples and len(triples) == len(lines) else None
