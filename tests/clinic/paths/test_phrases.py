"""How relations are said: ours, a user's, and plain words for the rest."""

from pathlib import Path

import pytest

from osler.clinic.paths.phrases import KindWords, Move, Phrase, phrases_for
from osler.core.errors import UserError

REAL = [
    "has_phenotype",
    "phenotype_is_a",
    "indicated_for",
    "associates_disease",
    "disease_is_a",
    "located_in",
    "inheritance",
    "includes_drug",
    "treats",
    "resembles",
    "involves",
    "caused_by",
    "palliates",
    "onset",
    "transmitted_by",
    "triggered_by",
    "targets",
    "causes_side_effect",
    "indication_mentioned",
]


def test_an_unknown_relation_is_said_by_its_name_and_an_unknown_kind_too() -> None:
    phrases = phrases_for(["works_beside", "subClassOf", "subclass_of", "same_as"], ["body_part", ""])
    assert phrases.relations.keys() == {"works_beside", "subClassOf", "subclass_of"}
    assert phrases.relations["works_beside"] == Phrase('is linked by "works beside" to', 'is linked by "works beside" from')
    assert phrases.relations["subclass_of"] == Phrase("is a direct subtype of", "is the direct parent of", "subtype", "tail")
    assert phrases.kinds == {"body_part": KindWords("body part", "body parts"), "": KindWords("node", "nodes")}


def test_a_phrase_goes_to_its_subject() -> None:
    """ "X is treated by Alphine": from the drug, the head, to what it treats, the tail."""
    moves = phrases_for(["treats", "palliates", "resembles"], []).moves
    assert moves["is treated by"] == (Move("treats", True),)
    assert moves["treats"] == (Move("treats", False),)
    assert set(moves["resembles"]) == {Move("resembles", True), Move("resembles", False)}


def test_wide_moves_are_those_of_the_family() -> None:
    wide = phrases_for(["treats", "palliates", "indicated_for", "located_in", "resembles"], []).wide_moves
    assert set(wide["is treated by"]) == {Move(name, True) for name in ("treats", "palliates", "indicated_for")}
    assert set(wide["is located in"]) == {Move("located_in", False)}
    assert set(wide["resembles"]) == {Move("resembles", True), Move("resembles", False)}


def test_parents_are_the_wider_end() -> None:
    phrases = phrases_for(["disease_is_a", "includes_drug", "treats"], [])
    assert set(phrases.parents()) == {Move("disease_is_a", True), Move("includes_drug", False)}
    assert set(phrases.children()) == {Move("disease_is_a", False), Move("includes_drug", True)}


def test_every_relation_of_a_real_graph_has_phrases_of_its_own() -> None:
    phrases = phrases_for(REAL, [])
    assert not [name for name, phrase in phrases.relations.items() if "linked by" in phrase.head]
    assert len(REAL) == 19


def test_a_file_says_it_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "phrases.yaml"
    file.write_text("relations: {treats: {head: helps against, tail: is helped by}}\nkinds: {drug: {one: remedy, many: remedies}}\n")
    phrases = phrases_for(["treats", "palliates"], ["drug"], str(file))
    assert phrases.relations["treats"].head == "helps against"
    assert phrases.relations["palliates"].head == "palliates"
    assert phrases.kinds["drug"].many == "remedies"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("relations: {treat: {head: a, tail: b}}", "no relation 'treat'"),
        ("kinds: {gene: {one: a, many: b}}", "no kind 'gene'"),
        ("relations: {treats: {head: a}}", "relations.treats.tail"),
        ("relations: {treats: {head: '', tail: b}}", "relations.treats.head"),
        ("relation: {}", "relation"),
        ("[1, 2]", "no 'relations'"),
        ("relations: [", "is no YAML"),
        ("relations: {treats: {head: resembles, tail: b}}", "'resembles' says 'resembles' and 'treats'"),
        ("kinds: {drug: {one: thing, many: drugs}, condition: {one: thing, many: conditions}}", "both called 'thing'"),
    ],
)
def test_a_file_that_does_not_fit_is_an_error_that_names_it(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    with pytest.raises(UserError, match=r"mine\.yaml") as caught:
        phrases_for(["treats", "resembles"], ["drug", "condition"], str(file))
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        phrases_for([], [], str(tmp_path / "none.yaml"))
