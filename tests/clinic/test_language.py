"""The closed grammar: every claim reads back what it wrote, everything else is None, and nothing raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.clinic.language import (
    CLAIMS,
    Account,
    Answer,
    Claim,
    DoesNotTreat,
    FitsBest,
    IsSafe,
    MustBeAvoided,
    Treats,
    enumerate_words,
    read_claims,
    split_words,
    write_claims,
)
from osler.clinic.world import load_world

UNHURRIED = settings(deadline=None, max_examples=100)

WORLD = load_world()
condition = st.sampled_from(list(WORLD.conditions))
any_name = st.sampled_from([name for each in WORLD.conditions.values() for name in (each.name, *each.synonyms)])
drug = st.sampled_from(list(WORLD.drugs))
state = st.sampled_from(WORLD.states)
findings = st.lists(st.sampled_from(WORLD.findings), max_size=6, unique=True).map(tuple)

CLAIM: dict[type[Claim], st.SearchStrategy[Claim]] = {
    Account: st.builds(Account, condition, findings, findings),
    FitsBest: st.builds(FitsBest, condition),
    Treats: st.builds(Treats, drug, condition),
    DoesNotTreat: st.builds(DoesNotTreat, drug, condition),
    MustBeAvoided: st.builds(MustBeAvoided, drug, state),
    IsSafe: st.builds(IsSafe, drug, state),
    Answer: st.builds(Answer, st.sampled_from("ABCDEF") | any_name | drug),
}
any_claim = st.one_of(*CLAIM.values())


def test_every_form_of_claim_is_tested() -> None:
    assert len(CLAIMS) >= 7
    assert set(CLAIM) == set(CLAIMS)


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_reads_back_what_it_wrote(kind: type[Claim]) -> None:
    @UNHURRIED
    @given(CLAIM[kind])
    def check(claim: Claim) -> None:
        assert kind.read(str(claim)) == claim
        assert read_claims(str(claim)) == (claim,)

    check()


@UNHURRIED
@given(st.lists(any_claim, min_size=1, max_size=4))
def test_a_step_reads_back_all_its_claims_in_order(claims: list[Claim]) -> None:
    assert read_claims(write_claims(*claims)) == tuple(claims)


def test_every_name_of_the_world_goes_through_every_form() -> None:
    assert WORLD.conditions
    for name in WORLD.conditions:
        for claim in (Account(name, ("fever",)), FitsBest(name), Answer(name)):
            assert read_claims(str(claim)) == (claim,)
    for finding in WORLD.findings:
        claim = Account("gout", (finding, "fever"), ("cough", finding))
        assert read_claims(str(claim)) == (claim,)
    for name in WORLD.drugs:
        for claim in (Treats(name, "gout"), DoesNotTreat(name, "gout"), MustBeAvoided(name, "pregnancy"), IsSafe(name, "pregnancy")):
            assert read_claims(str(claim)) == (claim,)


WRITTEN = {
    "gout explains fever, hot joint and cough.": Account("gout", ("fever", "hot joint", "cough")),
    "gout explains fever and cough but would bring rash and hot joint.": Account("gout", ("fever", "cough"), ("rash", "hot joint")),
    "gout explains nothing but would bring rash.": Account("gout", (), ("rash",)),
    "gout explains nothing.": Account("gout", ()),
    "gout fits best.": FitsBest("gout"),
    "colchicine treats gout.": Treats("colchicine", "gout"),
    "colchicine does not treat flu.": DoesNotTreat("colchicine", "flu"),
    "colchicine must be avoided in severe renal impairment.": MustBeAvoided("colchicine", "severe renal impairment"),
    "colchicine is safe in pregnancy.": IsSafe("colchicine", "pregnancy"),
    "The answer is B.": Answer("B"),
}


@pytest.mark.parametrize("sentence", WRITTEN)
def test_sentences_by_hand(sentence: str) -> None:
    claim = WRITTEN[sentence]
    assert str(claim) == sentence
    assert read_claims(sentence) == (claim,)
    assert read_claims(f"  {sentence}\n") == (claim,)


OUTSIDE = [
    "",
    " ",
    ".",
    "...",
    "Gout.",
    "gout explains fever",
    "gout explains fever. And so on.",
    "gout explains fever. And so on",
    "Hm. gout explains fever.",
    "gout explains.",
    "explains fever.",
    "gout does not explain fever.",
    "gout fits best!",
    "gout fits well.",
    "gout, flu fits best.",
    "The answer is B",
    "the answer is B.",
    "The answer is A, B.",
    "The answer is .",
    "Therefore, the answer is B.",
    "colchicine cures gout.",
    "colchicine is unsafe in pregnancy.",
    "Step 1: gout fits best. Step 2",
    "gout fits best.. The answer is B.",
    "通风 fits",
]


@pytest.mark.parametrize("text", OUTSIDE)
def test_texts_outside_the_grammar_are_none(text: str) -> None:
    assert read_claims(text) is None


@UNHURRIED
@given(st.text(max_size=80))
def test_any_text_is_read_without_raising(text: str) -> None:
    claims = read_claims(text)
    assert claims is None or (claims and all(isinstance(claim, CLAIMS) for claim in claims))


PIECES = [
    " explains ",
    " but would bring ",
    " treats ",
    " does not treat ",
    " is safe in ",
    " and ",
    ", ",
    ".",
    ". ",
    "\n",
    "nothing",
    "gout",
]


@UNHURRIED
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_near_misses_of_the_grammar_are_read_without_raising(text: str) -> None:
    claims = read_claims(text)
    assert claims is None or all(isinstance(claim, CLAIMS) for claim in claims)


@UNHURRIED
@given(any_claim, st.data())
def test_a_sentence_with_a_hole_never_reads_as_the_same_claim(claim: Claim, data: st.DataObject) -> None:
    sentence = str(claim)
    at = data.draw(st.integers(0, len(sentence) - 1))
    assert read_claims(sentence[:at] + sentence[at + 1 :]) != (claim,)


@UNHURRIED
@given(findings, st.sampled_from(["and", "or"]))
def test_enumerations_split_into_what_was_joined(words: tuple[str, ...], last: str) -> None:
    assert split_words(enumerate_words(words, last), last) == words


JOINED: list[tuple[tuple[str, ...], str]] = [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]


@pytest.mark.parametrize(("words", "text"), JOINED)
def test_enumerations_by_hand(words: tuple[str, ...], text: str) -> None:
    assert enumerate_words(words, "or") == text
