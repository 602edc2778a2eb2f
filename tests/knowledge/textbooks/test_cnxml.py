"""CNXML: an invented module with one of everything, and what broken modules come to."""

import pytest

from osler.core.errors import UserError
from osler.core.question import ChoiceKey, OpenKey
from osler.knowledge.textbooks.cnxml import read_module
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.textbook import Block, Textbook

MATH = 'xmlns:m="http://www.w3.org/1998/Math/MathML"'


def module(content: str, after: str = "") -> bytes:
    return f'<document xmlns="http://cnx.rice.edu/cnxml" {MATH}><title>Pumps</title><content>{content}</content>{after}</document>'.encode()


def read(content: str, after: str = "") -> Textbook:
    draft = Draft("book", "Invented")
    read_module(draft, module(content, after), "m1.cnxml", "m1", ("Unit", "Chapter"))
    return draft.finished()


def blocks(content: str) -> list[Block]:
    return [block for section in read(content).sections for block in section.blocks]


def test_sections_come_in_order_with_their_headings() -> None:
    book = read(
        '<para>First.</para><section id="s1"><title>Valves</title><para>Second.</para>'
        '<section id="s2"><title>Left</title><para>Third.</para></section><para>Fourth.</para></section><para>Fifth.</para>'
    )
    above = ("Unit", "Chapter", "Pumps")
    assert [(section.id, section.heading, section.text) for section in book.sections] == [
        ("m1/content", above, "First."),
        ("m1/s1", (*above, "Valves"), "Second."),
        ("m1/s2", (*above, "Valves", "Left"), "Third."),
        ("m1/s1~2", (*above, "Valves"), "Fourth."),
        ("m1/content~2", above, "Fifth."),
    ]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("summary", "summary"),
        ("chapter-summary", "summary"),
        ("learning-objectives", "objectives"),
        ("references", "references"),
        ("review-questions", "questions"),
        ("", "body"),
    ],
)
def test_the_class_of_a_section_says_what_it_is(name: str, role: str) -> None:
    assert read(f'<section class="{name}"><title>T</title><para>Text.</para></section>').sections[0].role == role


def test_blocks() -> None:
    made = blocks(
        "<para>A <term>pump</term> moves<newline/>water.</para><list><item>one</item><item>two</item></list>"
        "<figure><title>A pump</title><media alt='grey'/><caption>It pumps</caption></figure>"
        "<table><title>Parts</title><tgroup><thead><row><entry>Part</entry><entry>Use</entry></row></thead>"
        "<tbody><row><entry>valve</entry><entry>one<newline/>way</entry></row></tbody></tgroup></table>"
    )
    assert made == [
        Block("paragraph", "A pump moves"),
        Block("paragraph", "water."),
        Block("list", "- one\n- two"),
        Block("caption", "A pump. It pumps."),
        Block("table", "Parts.\nPart | Use\nvalve | one way", n_head=2),
    ]


def test_a_list_or_a_table_inside_a_paragraph_is_a_block() -> None:
    assert [block.text for block in blocks("<para>Before <list><item>one</item></list> after.</para>")] == ["Before", "- one", "after."]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:mfrac><m:mi>a</m:mi><m:mi>b</m:mi></m:mfrac>", "a/b"),
        ("<m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup>", "x^2"),
        ("<m:msub><m:mi>x</m:mi><m:mi>i</m:mi></m:msub>", "x_i"),
        ("<m:msubsup><m:mtext>HCO</m:mtext><m:mn>3</m:mn><m:mo>−</m:mo></m:msubsup>", "HCO_3^−"),
        (
            "<m:mfrac><m:mrow><m:mi>a</m:mi><m:mo>+</m:mo><m:mi>b</m:mi></m:mrow><m:mi>c</m:mi></m:mfrac><m:mo>=</m:mo><m:mn>1</m:mn>",
            "(a + b)/c = 1",
        ),
        ("<m:msqrt><m:mi>x</m:mi></m:msqrt>", "√(x)"),
        ("<m:semantics><m:mi>x</m:mi><m:annotation>y</m:annotation></m:semantics>", "x"),
    ],
)
def test_formulas_are_one_line(formula: str, text: str) -> None:
    assert blocks(f"<para>So <m:math>{formula}</m:math>.</para>")[0].text == f"So {text}."


def test_powers_and_charges() -> None:
    text = "<para>10<sup>3</sup> cells, Ca<sup>2+</sup>, H<sub>2</sub>O, 10<sup>−5</sup></para>"
    assert blocks(text)[0].text == "10^3 cells, Ca2+, H2O, 10^−5"


LINK, TABLE_LINK = '<link target-id="fig-1" document=""/>', '<link target-id="t1" document=""/>'


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (f"It moves ({LINK}).", "It moves."),
        (f"It moves (see {LINK} and {LINK}), then stops.", "It moves, then stops."),
        (f"As {LINK} shows.", "As the figure shows."),
        (f"In the {TABLE_LINK} below.", "In the table below."),
        ('Go to <link document="m2"/>.', "Go to the section."),
        ('Read <link url="http://example.org">this</link> ().', "Read this ()."),
    ],
)
def test_references_without_text(said: str, text: str) -> None:
    book = read(f'<para>{said}</para><table id="t1"><tgroup><tbody><row><entry>x</entry></row></tbody></tgroup></table>')
    assert book.sections[0].blocks[0].text == text
    assert book.faults.get("cross references without text", 0) == said.count("/>")


EXERCISE = (
    '<section class="multiple-choice"><title>Review</title><exercise id="e1"><problem><para>Which pumps?</para>'
    "<list><item>heart</item><item>liver</item></list></problem><solution><label/><para>A</para></solution></exercise>"
    '<exercise id="e2"><problem><para>Why?</para></problem><solution><para>It must.</para></solution></exercise>'
    '<exercise id="e3"><problem><para>And then?</para></problem></exercise>'
    '<exercise id="e4"><problem><para><link class="os-embed" url="#exercise/x"/></para></problem></exercise>'
    '<exercise id="e5"><problem><para>Which?</para><list><item>a</item><item>b</item></list></problem>'
    "<solution><para>D</para></solution></exercise></section>"
)


def test_exercises_and_their_keys() -> None:
    book = read(EXERCISE)
    assert [exercise.id for exercise in book.exercises] == ["m1-e1", "m1-e2", "m1-e3", "m1-e5"]
    assert book.faults == {"exercises that the book keeps elsewhere": 1, "exercises whose key is none of their options": 1}
    choice, free = book.items()
    assert choice.question.text == "Which pumps?"
    assert dict(choice.question.options) == {"A": "heart", "B": "liver"}
    assert choice.key == ChoiceKey(letters=("A",))
    assert (choice.id, choice.cluster) == ("invented-m1-e1", "invented-m1")
    assert free.key == OpenKey(text="It must.")
    assert book.sections == ()


def test_terms() -> None:
    glossary = "<glossary><definition><term>pump</term><meaning>what moves H<sub>2</sub>O</meaning></definition><definition/></glossary>"
    book = read("<para>x</para>", glossary)
    assert [(term.term, term.meaning, term.heading) for term in book.terms] == [("pump", "what moves H2O", ("Unit", "Chapter", "Pumps"))]
    assert book.faults == {"glossary entries without a term or a meaning": 1}


def test_broken_xml_is_mended_and_counted() -> None:
    draft = Draft("book")
    read_module(draft, module("<para>One.</para><para>Two & three.</para>").replace(b"</content>", b""), "m1.cnxml", "m1")
    book = draft.finished()
    assert book.sections[0].text.startswith("One.\n\nTwo")
    assert book.faults["files of broken XML, mended"] == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no xml at all", r"m1.cnxml: this is not XML that can be read \(line 1"),
        (b"", "m1.cnxml"),
        (b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><document><para>&b;</para></document>', "entities of its own"),
        (b"<d>" * 300 + b"</d>" * 300, "more than 200 deep"),
        (b"<d>" * 100_000 + b"</d>" * 100_000, "more than 200 deep"),
        (b"<d><p>" + b"word " * (3 << 20) + b"</p></d>", "a text of 10 MB in one element"),
    ],
    ids=["no xml", "empty", "entity bomb", "deep", "very deep", "one huge text"],
)
def test_hostile_modules_are_told(data: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_module(Draft("book"), data, "m1.cnxml", "m1")


def test_named_entities_of_html_are_known_and_others_counted() -> None:
    draft = Draft("book")
    read_module(draft, module("<para>5&nbsp;&micro;g &amp; more</para>"), "m1", "m1")
    assert draft.finished().sections[0].text == "5 µg & more"
