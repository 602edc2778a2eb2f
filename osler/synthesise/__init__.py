"""2 SYNTHESISE: sources become training records, and searches become traces, labels and pairs."""

from osler.synthesise.blocks.keep import Keep
from osler.synthesise.blocks.solve import Solve

BLOCKS: dict[str, type[Keep] | type[Solve]] = {
    "keep": Keep,
    "solve": Solve,
}

AnyBlock = Keep | Solve

__all__ = ["BLOCKS", "AnyBlock", "Keep", "Solve"]
