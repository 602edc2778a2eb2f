"""2 SYNTHESISE: sources become training records, and searches become traces, labels and pairs."""

from typing import get_args

from osler.synthesise.blocks.keep import Keep
from osler.synthesise.blocks.no_leak import NoLeak
from osler.synthesise.blocks.solve import Solve
from osler.synthesise.blocks.strip import Strip

AnyBlock = (
    Keep  #
    | NoLeak
    | Solve
    | Strip
)

BLOCKS: dict[str, type[AnyBlock]] = {block.kind: block for block in get_args(AnyBlock)}

__all__ = [
    "BLOCKS",
    "AnyBlock",
    "Keep",
    "NoLeak",
    "Solve",
    "Strip",
]
