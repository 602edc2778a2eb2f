"""Grow: a search under the oracle, whose finished traces and tree go on with the draft."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.core.trace import Ending
from osler.search.beam import Beam
from osler.search.best_of_n import BestOfN
from osler.search.dvts import DVTS
from osler.search.mcts import MCTS
from osler.search.rejection_sampling import RejectionSampling
from osler.search.self_consistency import SelfConsistency
from osler.synthesise.asking import judged, searched
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.solve.searched_drafts import TREE, tree_note

Searches = MCTS | Beam | DVTS | BestOfN | RejectionSampling | SelfConsistency


@dataclass(frozen=True, config=STRICT)
class Grow:
    """`role` searches for the answer with `strategy`, scored by the key. Every finished trace goes on with its verdict; the note `tree` has
    the tree where one grew, `grown` what the search came to. Each draft is searched on once.

    A draft is dropped `unjudged` where no rule judges its key, and `nothing_finished` where no trace came to its end."""

    kind: Literal["grow"] = "grow"
    role: str = "teacher"
    strategy: Annotated[Searches, Field(discriminator="kind")] = MCTS()
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if item.key.kind not in kit.judges:
            raise Drop("unjudged", f"no rule judges a key of kind {item.key.kind}")
        solution = yield from searched(kit, self.role, self.strategy, item.question, kit.oracle_for(item))
        finished = [trace for trace in solution.candidates if trace.ending is Ending.FINISHED]
        if not finished:
            endings = [trace.ending.value for trace in solution.candidates]
            raise Drop("nothing_finished", f"{len(endings)} traces ended as {', '.join(sorted(set(endings))) or 'nothing'}")
        authored = [Authored.of(trace, self.role, judged(kit, trace, item)) for trace in finished]
        grown = {
            "strategy": self.strategy.kind,
            "is_cut": solution.is_cut,
            "n_traces": len(authored),
            "n_right": sum(each.is_right for each in authored),
            "n_nodes": max(len(solution.tree) - 1, 0),
            "tokens": solution.usage.completion_tokens,
        }
        noted = draft.noting(grown=grown, **({TREE: tree_note(solution)} if solution.tree else {}))
        return [noted.with_authored(*authored)]
