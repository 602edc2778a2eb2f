"""A source becomes Items: one file per source."""

from osler.data.benchmark_source import BenchmarkSource
from osler.data.clinic import ClinicSource
from osler.data.files import FileSource
from osler.data.hub_source import HubSource
from osler.data.item_set import ItemSet
from osler.data.item_specs import load_item_sets, load_items
from osler.data.sets_source import SetsSource
from osler.data.source import Source
from osler.data.table_source import TableSource
from osler.data.task_source import TaskSource

SOURCES: dict[str, type[Source]] = {
    "clinic": ClinicSource,
    "files": FileSource,
    "table": TableSource,
    "benchmark": BenchmarkSource,
    "hub": HubSource,
    "tasks": TaskSource,
    "sets": SetsSource,
}

AnySource = ClinicSource | FileSource | TableSource | BenchmarkSource | HubSource | TaskSource | SetsSource

__all__ = [
    "SOURCES",
    "AnySource",
    "BenchmarkSource",
    "ClinicSource",
    "FileSource",
    "HubSource",
    "ItemSet",
    "SetsSource",
    "Source",
    "TableSource",
    "TaskSource",
    "load_item_sets",
    "load_items",
]
