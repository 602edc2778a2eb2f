"""Strip: the trace away. Ids, items, answers and verdicts stay: the arm "without reasoning" of a comparison, from the same records."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.codec import Parsed, bare
from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.core.trace import Step
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft

STRIPPED = "stripped"
"""The flag of a trace whose steps were taken away."""


@dataclass(frozen=True, config=STRICT)
class Strip:
    """Of every trace its response alone; of a trace that has steps only, the statement that closes the last one. Labels, preferences and
    raw text go with the steps. A draft is dropped as `nothing_left` where a trace has neither.

    Meditron's reasoning runs (project page; systems with and without the trace, all else equal)."""

    kind: Literal["strip"] = "strip"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        return [replace(draft, authored=tuple(map(_stripped, draft.authored)), preferences=())]


def without_steps(authored: Authored) -> str:
    """What a trace says when its steps are taken away: its response, or the closing statement of its last step; empty where it has none."""
    return bare(Parsed(tuple(map(Step, authored.steps)), authored.response))


def _stripped(authored: Authored) -> Authored:
    response = without_steps(authored)
    if not response:
        raise Drop("nothing_left", f"the trace of {authored.author} has no response and no closing statement")
    flags = (*authored.flags, STRIPPED)
    return replace(authored, steps=(), response=response, labels=(), flags=flags, n_tokens=0, raw="")
