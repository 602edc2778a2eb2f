"""2 SYNTHESISE: sources become training records, and searches become traces, labels and pairs."""

from typing import get_args

from osler.synthesise.blocks.cited import CitedEdges
from osler.synthesise.blocks.giveaway import NoGiveaway
from osler.synthesise.blocks.graph_paths import GraphPaths
from osler.synthesise.blocks.keep import Keep
from osler.synthesise.blocks.link import LinkEntities
from osler.synthesise.blocks.prune_paths import PrunePaths
from osler.synthesise.blocks.solve import Solve
from osler.synthesise.blocks.strip import Strip
from osler.synthesise.blocks.sufficient import Sufficient
from osler.synthesise.blocks.write_from_paths import WriteFromPaths

AnyBlock = (
    Keep  #
    | NoGiveaway
    | Solve
    | Strip
    | LinkEntities
    | GraphPaths
    | PrunePaths
    | WriteFromPaths
    | Sufficient
    | CitedEdges
)

BLOCKS: dict[str, type[AnyBlock]] = {block.kind: block for block in get_args(AnyBlock)}

__all__ = [
    "BLOCKS",
    "AnyBlock",
    "CitedEdges",
    "GraphPaths",
    "Keep",
    "LinkEntities",
    "NoGiveaway",
    "PrunePaths",
    "Solve",
    "Strip",
    "Sufficient",
    "WriteFromPaths",
]
