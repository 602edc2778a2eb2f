import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.codec import CODECS, Parsed, StepCodec
from osler.core.trace import Step

STEP, THINK, SECTION = CODECS["step"], CODECS["think"], CODECS["section"]
NAMES = sorted(CODECS)
WRITTEN_WHOLE = [name for name in NAMES if not CODECS[name].stop]
quick = settings(max_examples=60, deadline=None)
TAGS = ("<think>", "</think>", "## Thinking", "## Final Response")

# words, the pieces of every heading and tag, and all kinds of white space, so that near misses of a delimiter are common
PIECES = st.sampled_from(
    [
        *TAGS,
        "Step",
        "Step 1:",
        "Step 2:",
        "\n\nStep",
        "\n\nStep 2: b",
        "\n",
        "\n\n",
        " ",
        "\t",
        "\u2028",
        "\x85",
        "<",
        "</",
        "#",
        "## ",
        ":",
        "1",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join)
SETTLED = TEXTS.map(str.strip).filter(bool)


def is_paragraph(text: str) -> bool:
    return all(line.strip() for line in text.split("\n")) and not any(tag in text for tag in TAGS)


STEP_TEXTS = {
    "step": SETTLED.filter(lambda text: "\n\nStep" not in text),
    "think": SETTLED.filter(is_paragraph),
    "section": SETTLED.filter(is_paragraph),
    "bare": SETTLED.filter(is_paragraph),
}
RESPONSES = {
    "step": st.just(""),
    "think": SETTLED.filter(lambda text: not any(tag in text for tag in TAGS)),
    "section": SETTLED.filter(lambda text: not any(tag in text for tag in TAGS)),
    "bare": st.just(""),
}


def steps_of(name: str, *, most: int = 4) -> st.SearchStrategy[tuple[Step, ...]]:
    """Valid steps, as each codec's docstring says what is valid."""
    return st.lists(STEP_TEXTS[name].map(Step), min_size=1, max_size=most).map(tuple)


def test_every_codec_has_valid_steps_to_test():
    assert NAMES
    assert set(NAMES) == set(STEP_TEXTS) == set(RESPONSES)
    assert WRITTEN_WHOLE == ["section", "think"]


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_what_is_rendered_is_parsed_again(name, data):
    steps, response = data.draw(steps_of(name)), data.draw(RESPONSES[name])
    assert CODECS[name].parse(CODECS[name].render(steps, response)) == Parsed(steps, response)


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_white_space_around_a_turn_changes_nothing(name, data):
    steps, response = data.draw(steps_of(name)), data.draw(RESPONSES[name])
    before, after = data.draw(st.text(" \n\t", max_size=3)), data.draw(st.text(" \n\t", max_size=3))
    assert CODECS[name].parse(before + CODECS[name].render(steps, response) + after) == Parsed(steps, response)


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_the_chunks_of_a_prefix_of_steps_are_a_prefix_of_the_chunks(name, data):
    steps = data.draw(steps_of(name))
    chunks = CODECS[name].chunks(steps)
    assert len(chunks) == len(steps)
    for n in range(len(steps) + 1):
        assert CODECS[name].chunks(steps[:n]) == chunks[:n]


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_what_a_reward_model_reads_is_what_the_policy_has_written(name, data):
    steps = data.draw(steps_of(name))
    assert CODECS[name].opening(steps).startswith("".join(CODECS[name].chunks(steps)))


@quick
@given(steps_of("step"), STEP_TEXTS["step"])
def test_a_step_written_after_an_opening_is_the_next_step(steps, text):
    assert STEP.parse(STEP.opening(steps) + " " + text) == Parsed((*steps, Step(text)))
    assert STEP.parse(STEP.opening(steps) + text) == Parsed((*steps, Step(text)))
    assert STEP.parse(STEP.opening(()) + " " + text) == Parsed((Step(text),))


@quick
@given(steps_of("step"), steps_of("step", most=2))
def test_steps_written_after_an_opening_are_the_next_steps(steps, more):
    rest = STEP.render((*steps, *more)).removeprefix(STEP.opening(steps))
    assert STEP.parse(STEP.opening(steps) + rest) == Parsed((*steps, *more))


@quick
@given(steps_of("think"), RESPONSES["think"])
def test_a_think_block_is_closed_after_an_opening(steps, response):
    assert THINK.parse(THINK.opening(steps) + "so be it\n</think>\n\n" + response) == Parsed((*steps, Step("so be it")), response)


@quick
@given(steps_of("section"), RESPONSES["section"])
def test_a_section_is_closed_after_an_opening(steps, response):
    assert SECTION.parse(SECTION.opening(steps) + "so be it\n\n## Final Response\n\n" + response) == Parsed(
        (*steps, Step("so be it")), response
    )


@pytest.mark.parametrize("name", NAMES)
@quick
@given(text=TEXTS | st.text())
def test_any_text_is_parsed_or_refused_and_never_raises(name, text):
    parsed = CODECS[name].parse(text)
    if parsed is not None:
        assert parsed.steps
        assert all(step.text and step.text == step.text.strip() for step in parsed.steps)
        assert isinstance(CODECS[name].answer_text(parsed), str)


@quick
@given(TEXTS | st.text())
def test_what_the_step_codec_reads_it_writes_again(text):
    """The model's own turn, normalised, is a valid trace: what is trained on can be generated."""
    parsed = STEP.parse(text)
    if parsed is not None:
        assert STEP.parse(STEP.render(parsed.steps, parsed.response)) == parsed


def test_the_stop_string_ends_a_step_before_the_next_heading():
    """Cut at the stop string, what comes before it is the first step and nothing else."""
    text = STEP.render([Step("a"), Step("b")])
    assert text == "Step 1: a\n\nStep 2: b"
    assert text[: text.index(STEP.stop)] == "Step 1: a"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a",
        "Step 2: a",
        "Step 1:",
        "Step 1: ",
        "Step 1: a\n\nStep 3: b",
        "Step 1: a\n\nStep 2:",
        "Step 1: a\n\nStep",
        "step 1: a",
    ],
)
def test_steps_without_text_or_out_of_order_are_refused(text):
    assert STEP.parse(text) is None


def test_an_unnumbered_paragraph_belongs_to_its_step():
    assert STEP.parse("Step 1: a\n\nand more\n\nStep 2: b") == Parsed((Step("a\n\nand more"), Step("b")))
    assert STEP.parse("Step 1: a\nStep 2: b") == Parsed((Step("a\nStep 2: b"),))


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "<think>a</think>b",  # no line of its own
        "<think>\na\n</think>",  # no response
        "<think>\n\n</think>\nb",  # no thought
        "<think>\na",
        "a\n</think>\nb",
        "<think>\na\n</think>\nb</think>",
        "x<think>\na\n</think>\nb",
    ],
)
def test_a_think_block_that_is_not_whole_is_refused(text):
    assert THINK.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "## Thinking\n\na",
        "## Final Response\n\na",
        "## Thinking\n\na\n\n## Final Response\n\n",
        "## Thinking\n\n\n\n## Final Response\n\nb",
        "## Final Response\n\nb\n\n## Thinking\n\na",
        "## Thinking\n\na\n\n## Thinking\n\na\n\n## Final Response\n\nb",
        "## Thinking\n\na\n\n## Final Response\n\nb\n\n## Final Response\n\nc",
    ],
)
def test_sections_missing_doubled_or_out_of_order_are_refused(text):
    assert SECTION.parse(text) is None


def test_the_answer_stands_in_the_last_step_or_in_the_response():
    parsed = Parsed((Step("first"), Step("last")), "response")
    assert STEP.answer_text(parsed) == "last"
    assert THINK.answer_text(parsed) == "response"
    assert SECTION.answer_text(parsed) == "response"


@pytest.mark.parametrize(
    ("text", "is_stated"),
    [
        ("The answer is B.", True),
        ("So the final answer is (B) gout.", True),
        ("THE CORRECT ANSWER IS B", True),
        ("the best answer is gout", True),
        ("a\nThe answer is:\nB", True),
        ("The answer isn't B.", False),
        ("The answers is B.", False),
        ("bathe answer is B", False),
        ("An answer is not yet clear.", False),
        ("Gout fits best.", False),
        ("", False),
    ],
)
def test_a_step_states_the_answer_by_its_closing_words(text, is_stated):
    assert STEP.states_answer(Step(text)) is is_stated


@pytest.mark.parametrize("name", WRITTEN_WHOLE)
def test_a_thought_that_mentions_an_answer_does_not_end_the_trace(name):
    assert not CODECS[name].states_answer(Step("The answer is B."))


@pytest.mark.parametrize("name", NAMES)
def test_a_long_run_of_white_space_is_parsed_soon(name):
    """A thousand white-space characters take milliseconds; a pattern that backtracks over them would take minutes."""
    blanks = "\n " * 500
    texts = [blanks, f"<think>\n{blanks}x", f"<think>\na\n</think>b{blanks}c", f"## Thinking\n\n{blanks}", f"Step 1: a{blanks}Step"]
    started = time.process_time()
    for text in texts:
        CODECS[name].parse(text)
    assert time.process_time() - started < 2


def test_a_codec_is_a_value():
    assert StepCodec() == CODECS["step"]
    assert all(CODECS[name].kind == name for name in NAMES)  # type: ignore[attr-defined]
