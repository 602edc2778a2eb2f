"""Passages: whole blocks and sentences, tables whole, spans that hold, ids that stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.textbooks.passages import Cutting, n_words, passages_of
from osler.knowledge.textbooks.sentences import sentence_spans
from osler.knowledge.textbooks.textbook import Block, Section, Textbook

TABLE = Block("table", "Drug | Dose\na | 1\nb | 2\nc | 3", n_head=1)


def book(*blocks: Block) -> Textbook:
    return Textbook("A Book", (Section("m1/s1", ("Heart", "Valves", "Mitral"), blocks, module="m1"),))


def texts(textbook: Textbook, **cutting: int) -> list[str]:
    return [passage.text for passage in passages_of(textbook, Cutting(**cutting))]  # type: ignore[arg-type]


def test_paragraphs_stay_together_while_they_fit() -> None:
    """Words: 3, 2 and 4. Under 5 the first two go together; under 9 all."""
    blocks = [Block("paragraph", text) for text in ("One two three.", "Four five.", "Six seven eight nine.")]
    assert texts(book(*blocks), max_size=5) == ["One two three.\n\nFour five.", "Six seven eight nine."]
    assert len(texts(book(*blocks), max_size=9)) == 1


def test_a_paragraph_too_long_is_parted_between_sentences() -> None:
    long = Block("paragraph", "One two. Three four. Five six. Seven.")
    assert texts(book(long), max_size=4) == ["One two. Three four.", "Five six. Seven."]
    assert texts(book(Block("paragraph", "One two three four five.")), max_size=2) == ["One two three four five."]


def test_sentences_overlap_where_there_is_room() -> None:
    long = Block("paragraph", "One two. Three four. Five six. Seven.")
    assert texts(book(long), max_size=4, n_overlap=1) == ["One two. Three four.", "Three four. Five six.", "Five six. Seven."]
    assert texts(book(long), max_size=2, n_overlap=1) == ["One two.", "Three four.", "Five six.", "Seven."]


def test_entries_of_a_list_are_not_parted() -> None:
    entries = Block("list", "- one two\n- three four\n- five six")
    assert texts(book(entries), max_size=6) == ["- one two\n- three four", "- five six"]


def test_a_table_is_a_passage_of_its_own_whatever_its_size() -> None:
    around = Block("paragraph", "Before."), TABLE, Block("paragraph", "After.")
    assert texts(book(*around), max_size=2) == ["Before.", TABLE.text, "After."]
    assert [passage.fields["kind"] for passage in passages_of(book(*around))] == ["text", "table", "text"]


def test_a_very_long_table_is_parted_between_rows_and_its_head_repeated() -> None:
    """Words of a row: 3, of the head as well; 9 hold the head and two rows."""
    made = passages_of(book(TABLE), Cutting(max_size=9, max_table=10))
    assert [passage.text for passage in made] == ["Drug | Dose\na | 1\nb | 2", "Drug | Dose\nc | 3"]
    section = book(TABLE).sections[0]
    assert [section.text[passage.start : passage.end] for passage in made] == ["Drug | Dose\na | 1\nb | 2", "c | 3"]
    assert [passage.fields.get("head", "") for passage in made] == ["", "Drug | Dose\n"]


def test_kinds_and_roles_choose() -> None:
    both = book(Block("paragraph", "Text."), TABLE)
    assert [passage.text for passage in passages_of(both, Cutting(kinds=("paragraph",)))] == ["Text."]
    summary = Textbook("B", (Section("s", (), both.sections[0].blocks, role="summary"),))
    assert passages_of(summary) == []


def test_headings_are_searched_and_not_shown() -> None:
    passage = passages_of(book(Block("paragraph", "It has two leaves.", page=7)), Cutting(n_headings=2))[0]
    assert passage == Passage(
        id="a-book/m1/s1:0-18",
        text="It has two leaves.",
        heading=("Heart", "Valves", "Mitral"),
        source="a-book",
        page=7,
        start=0,
        end=18,
        sought="Valves. Mitral\nIt has two leaves.",
        fields={"kind": "text", "role": "body", "module": "m1"},
    )


def test_tokens_are_counted_by_whoever_counts_them() -> None:
    """Eight characters hold "One two." and not "One two. Three"."""
    made = passages_of(book(Block("paragraph", "One two. Three.")), Cutting(max_size=8), count=len)
    assert [passage.text for passage in made] == ["One two.", "Three."]


def test_a_text_without_white_space_is_parted_all_the_same() -> None:
    assert max(map(len, texts(book(Block("paragraph", "x" * 100_000)), max_size=10))) <= 4000


@pytest.mark.parametrize("wrong", [{"max_size": 0}, {"max_table": -1}, {"n_overlap": -1}, {"n_headings": -2}])
def test_impossible_settings_are_told(wrong: dict[str, int]) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        Cutting(**wrong)  # type: ignore[arg-type]


SENTENCE = st.lists(st.sampled_from(["cell", "2.5", "e.g.", "a", "fibre,"]), min_size=1, max_size=8).map(
    lambda words: f"The {' '.join(words)} ends."
)
PROSE = st.lists(SENTENCE, min_size=1, max_size=8).map(lambda parts: Block("paragraph", " ".join(parts)))
LIST = st.lists(SENTENCE, min_size=1, max_size=5).map(lambda parts: Block("list", "\n".join(f"- {part}" for part in parts)))
TABLES = st.integers(1, 12).map(lambda n: Block("table", "\n".join(f"row {at} | cell" for at in range(n)), n_head=1))
SECTIONS = st.lists(st.lists(PROSE | LIST | TABLES, min_size=1, max_size=6), min_size=1, max_size=3)
CUTTINGS = st.builds(Cutting, max_size=st.integers(1, 40), max_table=st.integers(5, 40), n_overlap=st.integers(0, 2))


@settings(deadline=None, max_examples=60)
@given(SECTIONS, CUTTINGS)
def test_nothing_is_lost_and_every_span_holds(parts: list[list[Block]], cutting: Cutting) -> None:
    textbook = Textbook("B", tuple(Section(f"s{n}", (), tuple(blocks)) for n, blocks in enumerate(parts)))
    made = passages_of(textbook, cutting)
    assert made == passages_of(textbook, cutting)
    assert len({passage.id for passage in made}) == len(made)
    for section in textbook.sections:
        own = [passage for passage in made if passage.id.startswith(f"b/{section.id}:")]
        assert [passage.start for passage in own] == sorted(passage.start for passage in own)
        covered = [False] * len(section.text)
        for passage in own:
            assert passage.text == passage.fields.get("head", "") + section.text[passage.start : passage.end]
            if not cutting.n_overlap:
                assert not any(covered[passage.start : passage.end])
            covered[passage.start : passage.end] = [True] * (passage.end - passage.start)
        assert not "".join(char for char, is_in in zip(section.text, covered, strict=True) if not is_in).strip()


@settings(deadline=None, max_examples=50)
@given(st.lists(PROSE, min_size=1, max_size=5), CUTTINGS)
def test_no_passage_is_too_long_or_begins_within_a_sentence(blocks: list[Block], cutting: Cutting) -> None:
    section = Section("s", (), tuple(blocks))
    starts, ends = set[int](), set[int]()
    for at, block in section.placed():
        for start, end in sentence_spans(block.text):
            starts.add(at + start)
            ends.add(at + end)
    for passage in passages_of(Textbook("B", (section,)), cutting):
        assert passage.start in starts
        assert passage.end in ends
        n_whole = sum(passage.start <= start < passage.end for start in starts)
        assert n_words(passage.text) <= cutting.max_size or n_whole == 1
