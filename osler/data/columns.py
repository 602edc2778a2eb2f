"""Columns: which columns of a table make an item, and how its key is written. Names only: nothing in a mapping is ever executed."""

from collections.abc import Iterable, Iterator, Mapping
from math import isnan
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT, AnswerKind

Column = Annotated[str, Field(min_length=1)]
KeyForm = Literal["letter", "index", "index_from_0", "index_from_1", "text"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Columns:
    """A column is named as the table names it, or dotted for what lies within one (`context.contexts`; within a list of objects, the list
    of their fields).

    - The question: the paragraphs of `context`, then `text`, then the sentence `ask`. What follows `text_ends_at` in the text is left out,
      for tables whose questions repeat their options.
    - `options` is one column with an object or a list (also as JSON in a text; of objects with fields `option_label` and `option_text`), or
      several columns. `fixed_options` are the same for every row. Empty options are left out. Labels that are no letters become A, B, C, …
    - `key` is written as `key_as` says: the label of an option, its number, or its text. `index` counts from 0 or from 1, whichever the
      whole table proves. A list, or a text cut at `key_separator`, holds several right options: any of them is right; all of them are
      asked for where `kind` is multi, or where `has_sets` and a row has more than one.
    - A number: `lower` and `upper` limits (the smaller first), `unit` or one `default_unit` and `tolerance` for all; `number_type` is a
      column that says decimal, integer (compared as whole numbers) or date; `not_computable` are the words that stand where there is no
      number. "('3 weeks', '2 days')" is 23 days.
    - `where` keeps the rows whose column has one of the values; the others are no part of the set.
    - `id_prefix` is put before an id that does not begin with it. Without an `id` the position in the file makes it.
    """

    text: Column
    id: Column | None = None
    id_prefix: str = ""
    context: Column | tuple[Column, ...] = ()
    text_ends_at: str = ""
    ask: str = ""
    options: Column | tuple[Column, ...] = ()
    option_label: str = ""
    option_text: str = ""
    fixed_options: tuple[Column, ...] = ()
    key: Column | None = None
    key_as: KeyForm = "letter"
    key_separator: str = ""
    has_sets: bool = False
    kind: AnswerKind | None = None
    lower: Column | None = None
    upper: Column | None = None
    unit: Column | None = None
    default_unit: str = ""
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    analyte: Column | None = None
    number_type: Column | None = None
    not_computable: tuple[str, ...] = ()
    date_format: str = "%Y-%m-%d"
    synonyms: Column | None = None
    must_have: Column | None = None
    nice_to_have: Column | None = None
    evidence: Column | None = None
    group: Column | None = None
    cluster: Column | None = None
    steps: Column | None = None
    where: Mapping[Column, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def answer_kind(self) -> AnswerKind:
        return self.kind or ("choice" if self.options or self.fixed_options else "text")

    @property
    def option_columns(self) -> tuple[str, ...]:
        return (self.options,) if isinstance(self.options, str) else self.options

    @property
    def context_columns(self) -> tuple[str, ...]:
        return (self.context,) if isinstance(self.context, str) else self.context

    def named(self) -> Iterator[str]:
        """Every column that the mapping names."""
        single = (self.text, self.id, self.key, self.lower, self.upper, self.unit, self.analyte, self.number_type, self.synonyms)
        further = (self.must_have, self.nice_to_have, self.evidence, self.group, self.cluster, self.steps)
        yield from (name for name in (*single, *further) if name)
        yield from (*self.context_columns, *self.option_columns, *self.where)

    def missing_from(self, present: Iterable[str]) -> list[str]:
        """The columns that a table with the columns `present` does not have."""
        known = set(present)
        return [name for name in self.named() if name not in known and name.split(".")[0] not in known]


def value_at(values: Any, name: str) -> Any:
    """What a column holds; None where it is not there."""
    if isinstance(values, Mapping):
        if name in values:
            return values[name]
        first, dot, rest = name.partition(".")
        return value_at(values[first], rest) if dot and first in values else None
    if isinstance(values, list):
        return [value_at(value, name) for value in values]
    return None


def is_missing(value: Any) -> bool:
    """Nothing, blank text, a list of nothing, or the not-a-number that pandas writes for nothing."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return all(is_missing(entry) for entry in value)
    return value is None or value == {} or (isinstance(value, float) and isnan(value))


def as_text(value: Any) -> str:
    """A value as text; a whole number without the `.0` that a column with gaps gives it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if is_missing(value) else str(value).strip()


def as_texts(value: Any) -> list[str]:
    """The entries of a list, or the one text; empty ones left out."""
    entries = value if isinstance(value, list | tuple) else [value]
    return [as_text(entry) for entry in entries if not is_missing(entry)]
