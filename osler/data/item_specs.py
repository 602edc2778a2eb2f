"""Items by a word: what `osler grade --items SPEC` takes."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from osler.core.errors import RecordError, UserError
from osler.core.question import Item
from osler.core.records import describe
from osler.data.benchmark_source import BenchmarkSource
from osler.data.benchmarks import BENCHMARKS, PRESETS
from osler.data.columns import Columns
from osler.data.hub_source import HubSource
from osler.data.item_set import ItemSet, item_set
from osler.data.mapped import Mapped
from osler.data.nearest import suggestion
from osler.data.place import Place
from osler.data.table import read_rows
from osler.data.table_source import TableSource, id_part

_OF_TABLES = Annotated[TableSource | BenchmarkSource | HubSource, Field(discriminator="kind")]


def load_items(spec: str, *, option_seed: int | None = None, is_strict: bool = False) -> ItemSet:
    """One set of items. A preset of several is refused: `load_item_sets` gives them all."""
    sets = load_item_sets(spec, option_seed=option_seed, is_strict=is_strict)
    if len(sets) > 1:
        raise UserError(f"{spec}: these are {len(sets)} sets of items; name one of {', '.join(each.name for each in sets)}")
    return sets[0]


def load_item_sets(spec: str, *, option_seed: int | None = None, is_strict: bool = False) -> tuple[ItemSet, ...]:
    """The sets of items that `spec` names. It is one of:

    - the path, or the URL, of a `.jsonl` file with items of our own (also `.gz`), as a run leaves them in `answer.jsonl`;
    - the path of a `.yaml` file: the settings of a source (`kind: table`, `benchmark` or `hub`), its paths relative to it, or URLs;
    - `NAME` or `NAME:PATH`: a benchmark, or a preset of several; the path of its file, or of a folder with it, or a URL of its file;
    - `hf:ORG/NAME`, `hf:ORG/NAME/PART`, either with `:SPLIT`: a data set of the hub, or `hf:FOLDER` for its files on disk.

    `option_seed` shuffles the options; `is_strict` refuses a row that makes no item. Raises UserError.
    """
    path = Path(spec)
    if Place(spec).is_url:
        return (_own_items(Path(spec), option_seed),)
    if spec.startswith("hf:"):
        sources: list[TableSource | BenchmarkSource | HubSource] = [_of_hub(spec.removeprefix("hf:"))]
    elif path.is_file() and path.suffix.lower() in (".yaml", ".yml"):
        sources = [_of_yaml(path)]
    elif path.is_file():
        return (_own_items(path, option_seed),)
    else:
        name, _, place = spec.partition(":")
        _check_name(name, spec)
        names = PRESETS.get(name, (name,))
        sources = [BenchmarkSource(name=each, path=Path(place) if place else None) for each in names]
    return tuple(
        replace(
            source,
            is_strict=source.is_strict or is_strict,
            option_seed=source.option_seed if option_seed is None else option_seed,
        ).item_set()
        for source in sources
    )


def _check_name(name: str, spec: str) -> None:
    if name in PRESETS or name in BENCHMARKS:
        return
    if "/" in spec or Path(name).suffix:
        raise UserError(f"{spec}: there is no such file; check the path")
    known = sorted({*BENCHMARKS, *PRESETS})
    raise UserError(f"{name}: there is no benchmark or file of this name{suggestion(name, known)}; choose among {', '.join(known)}")


def _of_hub(place: str) -> HubSource:
    id, colon, split = place.rpartition(":")
    if not colon:
        id, split = place, ""
    part = None
    if not Path(id).expanduser().is_dir() and id.count("/") == 2 and not id.startswith(("/", ".")):
        id, _, part = id.rpartition("/")
    known = next((each.hub for each in BENCHMARKS.values() if each.hub and each.hub.id == id), None)
    return HubSource(id=id, part=part, split=split or (known.split if known else "test"))


def _of_yaml(path: Path) -> TableSource | BenchmarkSource | HubSource:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); it must be a UTF-8 text file") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: this is not YAML ({' '.join(str(error).split())}); correct it") from error
    if not isinstance(content, Mapping) or "kind" not in content:
        raise UserError(f"{path}: a mapping has `kind: table`, a `path`, and `columns` (at least `text`, with `options` and `key`)")
    try:
        source: TableSource | BenchmarkSource | HubSource = TypeAdapter(_OF_TABLES).validate_python(content)
    except ValidationError as error:
        raise UserError(f"{path}: {_explained(error)}; correct it") from error
    return _relative_to(path.parent, source)


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] != "unexpected_keyword_argument":
        return describe(error)
    name = str(first["loc"][-1])
    known = [field.name for settings in (Columns, TableSource, BenchmarkSource, HubSource) for field in fields(settings)]
    return f"{'.'.join(map(str, first['loc']))}: there is no setting {name!r}{suggestion(name, known)}"


def _relative_to(folder: Path, source: TableSource | BenchmarkSource | HubSource) -> TableSource | BenchmarkSource | HubSource:
    paths: dict[str, Any] = {
        field.name: folder / value
        for field in fields(source)
        if isinstance(value := getattr(source, field.name), Path) and not Place(value).is_url
    }
    return replace(source, **paths)


def _own_items(path: Path, option_seed: int | None) -> ItemSet:
    adapter = TypeAdapter(Item)
    items: dict[str, Item] = {}
    for row in read_rows(path):
        if not isinstance(row.values.get("question"), Mapping):
            raise RecordError(
                f"{row.where}: this is no item as osler writes them; say which benchmark it is, as NAME:{Place(path)}, or map its columns "
                "in a .yaml file"
            )
        try:
            item = adapter.validate_python(dict(row.values))
        except ValidationError as error:
            raise RecordError(f"{row.where}: {describe(error)}; correct the line") from error
        if item.id in items:
            raise RecordError(f"{row.where}: the id {item.id!r} comes twice; give every question an id of its own")
        items[item.id] = item
    if not items:
        raise RecordError(f"{Place(path)}: there is no item in it; name a file with at least one")
    return item_set(id_part(path), Mapped(tuple(items.values()), n_rows=len(items)), option_seed=option_seed)
