"""Columns become items: every way in which tables write options and keys, and a reason for each row that makes no item."""

import random
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.errors import RecordError
from osler.core.question import (
    ChoiceKey,
    ClaimsKey,
    DateKey,
    Item,
    Key,
    MultiKey,
    NumberKey,
    OpenKey,
    Question,
    RankedListKey,
    RubricKey,
    TextKey,
)
from osler.data.columns import Columns
from osler.data.mapped import Mapped, map_rows
from osler.data.table import Row


def mapped(columns: Columns, *values: dict[str, Any], is_strict: bool = False) -> Mapped:
    return map_rows([Row(f"t.jsonl:{at}", row) for at, row in enumerate(values, 1)], columns, "mine", is_strict=is_strict)


def item(columns: Columns, **values: Any) -> Item:
    [made] = mapped(columns, values).items
    return made


def key(columns: Columns, **values: Any) -> Key:
    return item(columns, q="Which?", **values).key


AB = {"A": "gout", "B": "flu"}


def test_an_item_of_every_column() -> None:
    columns = Columns(
        id="no", id_prefix="set-", context="notes", text="q", ask="Choose.", options="o", key="k", group="field", cluster="case.id"
    )
    made = item(columns, no=7, notes=["One.", "", "Two."], q="Which?", o=AB, k="B", field="joints", case={"id": 12.0})
    assert made == Item(Question("set-7", "One.\n\nTwo.\n\nWhich?\n\nChoose.", AB), ChoiceKey(("B",)), "joints", "12")


def test_a_position_makes_the_id_where_there_is_none() -> None:
    """The position is that in the file, also where rows before it are left out."""
    columns = Columns(text="q", options="o", key="k", where={"split": ("test",)})
    rows = [{"q": f"Q{at}", "o": AB, "k": "A", "split": "test" if at else "dev"} for at in range(3)]
    made = mapped(columns, *rows)
    assert [each.id for each in made.items] == ["mine-00001", "mine-00002"]
    assert (made.n_rows, made.n_left_out, made.dropped) == (3, 1, ())


OPTIONS: dict[str, tuple[Any, dict[str, str]]] = {
    "by letter": ({"A": "gout", "B": "flu"}, AB),
    "by small letter": ({"a": "gout", "b": "flu"}, AB),
    "by number": ({"1": "gout", "2": "flu"}, AB),
    "by name": ({"option1": "gout", "option2": "flu"}, AB),
    "a list": (["gout", "flu"], AB),
    "JSON in a text": ('{"A": "gout", "B": "flu"}', AB),
    "a list in a text": ('["gout", "flu"]', AB),
    "as Python prints it": ("{'A': 'gout', 'B': 'flu'}", AB),
    "in another order": ({"B": "flu", "A": "gout"}, AB),
    "with their letters again": ({"A": "A. gout", "B": "B) flu"}, AB),
    "a list with letters": (["(A) gout", "(B) flu"], AB),
    "one that only looks like it": (["A. gout", "flu"], {"A": "A. gout", "B": "flu"}),
    "objects": ([{"label": "A", "content": "gout"}, {"label": "B", "content": "flu"}], AB),
    "objects by number": ([{"label": 1, "content": "gout"}, {"label": 2, "content": "flu"}], AB),
    "two lists": ({"label": ["1", "2"], "content": ["gout", "flu"]}, AB),
    "an empty last one": ({"A": "gout", "B": "flu", "C": " ", "D": None}, AB),
    "an empty one between": ({"A": "gout", "B": "", "C": "flu"}, {"A": "gout", "C": "flu"}),
    "not a number": (["gout", "flu", float("nan")], AB),
    "numbers": ([1, 2.0, 2.5], {"A": "1", "B": "2", "C": "2.5"}),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_however_they_are_written(name: str) -> None:
    written, expected = OPTIONS[name]
    columns = Columns(text="q", options="o", option_label="label", option_text="content", key="k", key_as="index_from_0")
    assert item(columns, q="Which?", o=written, k=0).question.options == expected


def test_options_in_several_columns_and_fixed_ones() -> None:
    several = Columns(text="q", options=("opa", "opb", "opc"), key="k", key_as="index_from_1")
    assert item(several, q="Which?", opa="gout", opb="flu", opc="", k=2) == Item(Question("mine-00000", "Which?", AB), ChoiceKey(("B",)))
    fixed = Columns(text="q", fixed_options=("yes", "no", "maybe"), key="k", key_as="text")
    assert item(fixed, q="Is it?", k="Maybe").key == ChoiceKey(("C",))
    assert item(fixed, q="Is it?", k=["yes"]).question.options == {"A": "yes", "B": "no", "C": "maybe"}


KEYS: dict[str, tuple[str, Any, Any, tuple[str, ...]]] = {
    "a letter": ("letter", AB, "B", ("B",)),
    "a small letter": ("letter", AB, "b", ("B",)),
    "a letter in brackets": ("letter", AB, "(B)", ("B",)),
    "a letter with a full stop": ("letter", AB, " B. ", ("B",)),
    "a letter and its text": ("letter", AB, "B. flu", ("B",)),
    "a text with its letter": ("text", AB, "(B) Flu", ("B",)),
    "the label of the source": ("letter", {"option1": "gout", "option2": "flu"}, "option2", ("B",)),
    "a number that is a label": ("letter", {"1": "gout", "2": "flu"}, 2, ("B",)),
    "an index from 0": ("index_from_0", AB, 1, ("B",)),
    "an index from 1": ("index_from_1", AB, "1", ("A",)),
    "an index with gaps in its column": ("index_from_0", AB, 1.0, ("B",)),
    "a text": ("text", AB, "flu", ("B",)),
    "a text in another case": ("text", AB, " FLU ", ("B",)),
    "several, any one right": ("letter", AB, ["A", "B"], ("A", "B")),
    "one in a list": ("text", AB, ["flu"], ("B",)),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_however_they_are_written(name: str) -> None:
    key_as, options, written, letters = KEYS[name]
    columns = Columns(text="q", options="o", key="k", key_as=key_as)  # type: ignore[arg-type]
    assert key(columns, o=options, k=written) == ChoiceKey(letters)


def test_keys_that_are_sets() -> None:
    abc = {"A": "gout", "B": "flu", "C": "mumps"}
    multi = Columns(text="q", options="o", key="k", kind="multi", key_separator=",")
    assert key(multi, o=abc, k="C, A") == MultiKey(("A", "C"))
    assert key(multi, o=abc, k=["B"]) == MultiKey(("B",))
    assert key(multi, o=abc, k=[]) == MultiKey(())
    either = Columns(text="q", options="o", key="k", key_separator=",", has_sets=True)
    assert key(either, o=abc, k="A,B") == MultiKey(("A", "B"))
    assert key(either, o=abc, k="A") == ChoiceKey(("A",))


def test_whether_a_table_counts_from_0_or_from_1_is_proved_and_never_guessed() -> None:
    columns = Columns(text="q", options="o", key="k", key_as="index")

    def letters(*keys: Any) -> list[Any]:
        return [each.key for each in mapped(columns, *({"q": f"Q{at}", "o": AB, "k": k} for at, k in enumerate(keys))).items]

    assert letters(1, 0) == [ChoiceKey(("B",)), ChoiceKey(("A",))]
    assert letters(1, 2) == [ChoiceKey(("A",)), ChoiceKey(("B",))]
    with pytest.raises(RecordError, match="no key tells whether options are counted from 0 or from 1"):
        letters(1, 1)
    with pytest.raises(RecordError, match=r"t\.jsonl:2: the key is 0 here, and the number of options in t\.jsonl:1"):
        letters(2, 0)


NUMBERS: dict[str, tuple[dict[str, Any], dict[str, Any], Key]] = {
    "limits": ({"lower": "lo", "upper": "hi"}, {"k": "10", "lo": "9.5", "hi": "10.5"}, NumberKey(10, low=9.5, high=10.5)),
    "limits of a negative number": (
        {"lower": "lo", "upper": "hi"},
        {"k": -10, "lo": -9.5, "hi": -10.5},
        NumberKey(-10, low=-10.5, high=-9.5),
    ),
    "a unit and a tolerance": ({"unit": "u", "tolerance": 0.1}, {"k": 5.2, "u": "mmol/L"}, NumberKey(5.2, "mmol/L", 0.1)),
    "one unit for all": ({"default_unit": "mg"}, {"k": "1,200.5"}, NumberKey(1200.5, "mg")),
    "an analyte": ({"analyte": "a"}, {"k": 5, "a": "glucose"}, NumberKey(5, analyte="glucose")),
    "a whole number": ({"number_type": "t"}, {"k": "4", "t": "integer"}, NumberKey(4, is_rounded=True)),
    "a decimal": ({"number_type": "t"}, {"k": "4e-2", "t": "Decimal"}, NumberKey(0.04)),
    "weeks and days": ({"number_type": "t"}, {"k": "('3 weeks', '2 days')", "t": "integer"}, NumberKey(23, "days", is_rounded=True)),
    "a date": (
        {"number_type": "t", "date_format": "%m/%d/%Y"},
        {"k": "09/02/2014", "t": "date"},
        DateKey(date(2014, 9, 2)),
    ),
    "not computable": ({"not_computable": ("N/A",)}, {"k": "N/A"}, NumberKey(None)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str) -> None:
    settings, values, expected = NUMBERS[name]
    assert key(Columns(text="q", key="k", kind="number", **settings), **values) == expected


OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any], Key]] = {
    "a name": ({}, {"k": "gout"}, TextKey("gout")),
    "a name and others": ({"synonyms": "s"}, {"k": "gout", "s": ["podagra", "gout"]}, TextKey("gout", ("podagra",))),
    "names in one text": (
        {"synonyms": "s", "key_separator": "|"},
        {"k": "gout", "s": "podagra | uric arthritis"},
        TextKey("gout", ("podagra", "uric arthritis")),
    ),
    "names in one list": ({}, {"k": ["gout", "podagra"]}, TextKey("gout", ("podagra",))),
    "a date": ({"kind": "date"}, {"k": "2024-06-30"}, DateKey(date(2024, 6, 30))),
    "a date of Parquet": ({"kind": "date"}, {"k": datetime(2024, 6, 30, 12)}, DateKey(date(2024, 6, 30))),
    "a ranked list": (
        {"kind": "ranked_list"},
        {"k": [["gout", "podagra"], ["flu"]]},
        RankedListKey(("gout", "flu"), {"gout": ("podagra",)}),
    ),
    "a ranked list in a text": ({"kind": "ranked_list", "key_separator": ";"}, {"k": "gout; flu"}, RankedListKey(("gout", "flu"))),
    "a rubric": (
        {"kind": "rubric", "must_have": "m", "nice_to_have": "n"},
        {"m": ["Rest."], "n": ["Drink."], "k": None},
        RubricKey(("Rest.",), ("Drink.",)),
    ),
    "a free answer": ({"kind": "open"}, {"k": "Rest."}, OpenKey("Rest.")),
    "claims": ({"kind": "claims", "evidence": "e"}, {"e": "A leaflet.", "k": None}, ClaimsKey("A leaflet.")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds(name: str) -> None:
    settings, values, expected = OTHERS[name]
    made = item(Columns(text="q", key="k", **settings), q="What?", **values)
    assert made.key == expected
    assert made.question.answer_kind == expected.kind


LETTERED = Columns(id="id", text="q", options="o", key="k")
GOOD = {"id": "x", "q": "Which?", "o": AB, "k": "A"}
UNUSABLE: dict[str, tuple[Columns, dict[str, Any], str]] = {
    "no key": (LETTERED, {"k": None}, "no_key"),
    "a blank key": (LETTERED, {"k": "  "}, "no_key"),
    "-1 for a key": (Columns(id="id", text="q", options="o", key="k", key_as="index_from_0"), {"k": -1}, "no_key"),
    "a key outside its options": (LETTERED, {"k": "C"}, "key_not_an_option"),
    "a letter with the text of another": (LETTERED, {"k": "B. gout"}, "key_not_an_option"),
    "a key that is an empty option": (LETTERED, {"k": "C", "o": {**AB, "C": ""}}, "key_not_an_option"),
    "one of two keys outside": (LETTERED, {"k": ["A", "E"]}, "key_not_an_option"),
    "an index outside": (Columns(id="id", text="q", options="o", key="k", key_as="index_from_0"), {"k": 2}, "key_not_an_option"),
    "a text that is no option": (Columns(id="id", text="q", options="o", key="k", key_as="text"), {"k": "cold"}, "key_not_an_option"),
    "a text that two options have": (
        Columns(id="id", text="q", options="o", key="k", key_as="text"),
        {"k": "gout", "o": ["gout", "gout"]},
        "ambiguous_key",
    ),
    "one option": (LETTERED, {"o": {"A": "gout"}}, "not_an_item"),
    "no options": (LETTERED, {"o": "gout or flu"}, "no_options"),
    "27 options": (LETTERED, {"o": [f"drug {at}" for at in range(27)]}, "too_many_options"),
    "two options of one label": (LETTERED, {"o": {"A": "gout", "a": "flu"}}, "repeated_label"),
    "no question": (LETTERED, {"q": " "}, "no_text"),
    "no id": (LETTERED, {"id": None}, "no_id"),
    "no number": (Columns(id="id", text="q", key="k", kind="number"), {"k": "about ten"}, "bad_number"),
    "a decimal comma": (Columns(id="id", text="q", key="k", kind="number"), {"k": "1,5"}, "bad_number"),
    "an infinite number": (Columns(id="id", text="q", key="k", kind="number"), {"k": "1e999"}, "bad_number"),
    "code for a number": (Columns(id="id", text="q", key="k", kind="number"), {"k": "__import__('os').getcwd()"}, "bad_number"),
    "no date": (Columns(id="id", text="q", key="k", kind="date"), {"k": "31.06.2024"}, "bad_date"),
    "an empty rubric": (Columns(id="id", text="q", kind="rubric", must_have="m"), {"m": []}, "no_key"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_row_that_makes_no_item_is_named_with_its_reason_and_costs_no_other(name: str) -> None:
    columns, changes, reason = UNUSABLE[name]
    good = {**GOOD, "id": "y", "m": ["Rest."]}
    good["k"] = {"index_from_0": 0, "text": "gout", "letter": "A"}[columns.key_as] if columns.options else "2"
    good["k"] = "2024-01-01" if columns.kind == "date" else good["k"]
    bad = {**good, "id": "x", **changes}
    made = mapped(columns, good, bad)
    assert [each.id for each in made.items] == ["y"]
    assert [(each.where, each.reason) for each in made.dropped] == [("t.jsonl:2", reason)]
    with pytest.raises(RecordError, match=r"^t\.jsonl:2: .+; correct the row, or leave it out"):
        mapped(columns, good, bad, is_strict=True)


def test_nothing_left_is_an_error_that_says_why() -> None:
    with pytest.raises(RecordError, match=r"t\.jsonl:1: there is nothing in the column 'k'; none of 1 rows makes an item"):
        mapped(LETTERED, {**GOOD, "k": ""})
    with pytest.raises(RecordError, match="none of 1 rows belongs to the set"):
        mapped(Columns(text="q", options="o", key="k", where={"id": ("z",)}), GOOD)
    with pytest.raises(RecordError, match="the table has no rows"):
        mapped(LETTERED)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(RecordError, match=r"t\.jsonl:1: there is no column 'answer', 'x\.y'; the columns are 'id', 'k', 'o', 'q'"):
        mapped(Columns(text="q", options="o", key="answer", group="x.y"), GOOD)


def test_an_id_that_comes_twice() -> None:
    """With the same content it is one item; with another it is an error, whoever is strict."""
    made = mapped(LETTERED, GOOD, GOOD)
    assert (len(made.items), made.n_repeated) == (1, 1)
    with pytest.raises(RecordError, match=r"t\.jsonl:2: the id 'x' stands for another item already"):
        mapped(LETTERED, GOOD, {**GOOD, "k": "B"})


def test_what_follows_a_mark_in_the_text_is_left_out() -> None:
    columns = Columns(text="q", text_ends_at="\nAnswer Choices:", options="o", key="k")
    assert item(columns, q="Which?\nAnswer Choices: (A) gout", o=AB, k="A").question.text == "Which?"


def test_fields_within_a_list_of_objects() -> None:
    columns = Columns(context="snippets.text", text="q", options="o", key="k")
    made = item(columns, snippets=[{"text": "One."}, {"text": "Two."}], q="Which?", o=AB, k="A")
    assert made.question.text == "One.\n\nTwo.\n\nWhich?"


def test_worked_items_have_the_entries_of_a_list_or_the_lines_of_a_text() -> None:
    columns = Columns(id="id", text="q", options="o", key="k", steps="s")
    made = mapped(
        columns, {**GOOD, "s": ["One.", " ", "Two."]}, {**GOOD, "id": "y", "s": "Three.\n\nFour.\n"}, {**GOOD, "id": "z", "s": None}
    )
    assert [each.steps for each in made.worked] == [("One.", "Two."), ("Three.", "Four.")]
    assert len(made.items) == 3


ODD: tuple[Any, ...] = (
    *(None, "", 0, 1, -1, 2.0, float("nan"), float("inf"), True, 10**30, b"x", "A", "B", "gout", "1e999", "٣", "\u2028", "[1,", "[[[["),
    *([], ["A"], ["gout", "flu"], [None, None], (1, 2), {"A": "gout", "B": "flu"}, {"A": None}, {1: 2}, {"A": {"B": 1}, "C": [1]}),
    *([{"key": "A", "value": "x"}, {"key": "B"}], {"key": ["A"], "value": ["x", "y"]}, {"key": 1, "value": ["x"]}, {"value": 3}),
    *("2024-06-30", "{'A': 'x', 'B': 'y'}", '{"A": "x", "B": "y"}', "(1,2", "('3 weeks', '2 days')"),
)


@pytest.mark.parametrize("kind", [None, "choice", "multi", "number", "date", "text", "ranked_list", "rubric", "open", "claims"])
def test_no_row_whatever_is_in_it_does_more_than_make_no_item(kind: Any) -> None:
    rng = random.Random(str(kind))
    n_items = 0
    for _ in range(1500):
        columns = Columns(
            text="q",
            options=rng.choice(["o", ()]),
            key="k",
            kind=kind,
            option_label="key",
            option_text="value",
            key_as=rng.choice(["letter", "index", "index_from_0", "index_from_1", "text"]),
            key_separator=rng.choice(["", ","]),
            lower="o",
            upper="k",
            must_have="k",
            nice_to_have="o",
            context=rng.choice(["o", ()]),
            id=rng.choice([None, "i"]),
            synonyms=rng.choice([None, "o"]),
            steps=rng.choice([None, "o"]),
        )
        try:
            made = mapped(columns, {"q": rng.choice(["Which?", rng.choice(ODD)]), **{name: rng.choice(ODD) for name in "oki"}})
        except RecordError:
            continue
        n_items += len(made.items)
    assert n_items, "some do"


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="optoins"):
        Columns(text="q", optoins="o")  # type: ignore[call-arg]
