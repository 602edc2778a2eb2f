"""Parts that find passages: by words, by meaning, and by both."""

from osler.knowledge.retrieval.settings import BM25, Dense, Hybrid

AnyRetriever = BM25 | Dense | Hybrid

RETRIEVERS: dict[str, type[BM25] | type[Dense] | type[Hybrid]] = {"bm25": BM25, "dense": Dense, "hybrid": Hybrid}

__all__ = ["BM25", "RETRIEVERS", "AnyRetriever", "Dense", "Hybrid"]
