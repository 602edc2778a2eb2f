"""Rows of a Hugging Face data set. What this computer already has is taken first; the network is asked only where that is allowed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from osler.core.errors import UserError
from osler.data.table import Row

_SAVED = ("dataset_info.json", "dataset_dict.json")
"""What `save_to_disk` leaves in a folder, of one split or of several."""


def hub_rows(id: str, split: str, part: str | None = None, revision: str | None = None) -> Iterator[Row]:
    """The rows of one split of a data set: of a folder on disk (files, or what `save_to_disk` wrote), else from the local caches of
    `datasets` and `huggingface_hub`, else from the hub, unless HF_HUB_OFFLINE or HF_DATASETS_OFFLINE is set.

    `part` is what the hub calls a configuration. No code of a data set is ever run: one that is a script is refused. Raises UserError.
    """
    where = f"hf:{id}[{split}]"
    table = _loaded(id, split, part, revision, where)
    for number, values in enumerate(table, 1):
        yield Row(f"{where}: row {number}", values)


def _loaded(id: str, split: str, part: str | None, revision: str | None, where: str) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise UserError(f"{where}: reading the hub needs `datasets`; install it with `pip install 'osler[hub]'`") from error
    datasets.disable_progress_bars()  # they would write into whatever shows our own
    folder = Path(id).expanduser()
    if folder.is_dir():
        if any((folder / name).is_file() for name in _SAVED):
            return _asked(lambda: _split_of(datasets.load_from_disk(str(folder)), split), where)
        return _asked(lambda: datasets.load_dataset(str(folder), part, split=split), where)
    try:
        with _offline():
            return _from_caches(id, split, part, revision)
    except Exception as error:  # whatever the two libraries raise for what is not there
        if _is_offline_wanted():
            raise UserError(
                f"{where}: it is not in the local cache, and HF_HUB_OFFLINE is set; download it once, or name a file ({_brief(error)})"
            ) from error
    return _asked(lambda: datasets.load_dataset(id, part, split=split, revision=revision), where)


def _from_caches(id: str, split: str, part: str | None, revision: str | None) -> Any:
    import datasets
    from huggingface_hub import snapshot_download

    try:
        return datasets.load_dataset(id, part, split=split, revision=revision)
    except Exception:  # not prepared yet; its files may be here all the same
        folder = snapshot_download(id, repo_type="dataset", revision=revision, local_files_only=True)
        return datasets.load_dataset(folder, part, split=split)


def _asked(load: Callable[[], Any], where: str) -> Any:
    try:
        return load()
    except Exception as error:
        if "script" in str(error).lower():
            raise UserError(
                f"{where}: this data set is a script, which would have to be run to be read; convert it to Parquet, or name a file of it"
            ) from error
        raise UserError(f"{where}: cannot be loaded ({_brief(error)}); check the name, the split, the part and the connection") from error


def _split_of(table: Any, split: str) -> Any:
    """One split of what was saved; a single one has no name."""
    if not isinstance(table, dict):
        return table
    if split not in table:
        raise KeyError(f"the splits are {', '.join(table)}")
    return table[split]


@contextmanager
def _offline() -> Iterator[None]:
    """Both libraries look into their caches only. They read these two names at every call."""
    import datasets
    import huggingface_hub.constants

    before = datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = huggingface_hub.constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE = before


def _is_offline_wanted() -> bool:
    import datasets

    return bool(datasets.config.HF_HUB_OFFLINE)


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
