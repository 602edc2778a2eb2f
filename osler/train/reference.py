"""Rows that a reference policy is asked about once, before the first step, by all processes together.

TRL's first process writes what the reference says into the cache of the data set, and every process reads it there. Rows in memory have a
cache that is each process's own, where the others find nothing: with several processes the rows lie in the folder of the training until it
has begun.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accelerate import PartialState
from datasets import Dataset

from osler.train.schedule import is_first_process, n_processes

PLACE = ".reference"


@contextmanager
def shared(rows: Sequence[dict[str, Any]], folder: Path) -> Iterator[Dataset]:
    """The rows, for as long as a trainer is made of them."""
    if n_processes() == 1:
        yield Dataset.from_list(list(rows))
        return
    place, processes = folder / PLACE, PartialState()
    if is_first_process():
        shutil.rmtree(place, ignore_errors=True)
        Dataset.from_list(list(rows)).save_to_disk(place)
    processes.wait_for_everyone()
    yield Dataset.load_from_disk(place)
    processes.wait_for_everyone()
    if is_first_process():
        shutil.rmtree(place)  # what is mapped into memory stays there
