"""The clinic's teacher reads the question alone: right where it is told to be, wrong with false steps where it errs."""

import random

import pytest

from osler.clinic.case import Case, CaseKind
from osler.clinic.generate import Difficulty, Split, generate_cases
from osler.clinic.teacher import NOT_A_CASE, ClinicTeacher, mistaken_steps, read_case
from osler.clinic.truth import Truth, check_step
from osler.clinic.world import load_world
from osler.core.codec import StepCodec
from osler.core.model import Finish, Message, Request, Sampling, complete_all
from osler.core.prompt import Prompt
from osler.core.trace import Step

WORLD = load_world()
KINDS = tuple(CaseKind)


def cases(kind: CaseKind, n: int = 60) -> list[Case]:
    return generate_cases(WORLD, kind, Split.TRAIN, n, seed=3, difficulty=Difficulty.MEDIUM, n_options=4, n_present=4)


def request(text: str, seed: int = 0) -> Request:
    return Request((Message("user", text),), "", Sampling(), "", seed)


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_the_answer_without_the_key(kind: CaseKind) -> None:
    prompt = Prompt.named("plain")
    for case in cases(kind):
        read = read_case(WORLD, prompt.messages(case.question()))
        assert read is not None
        assert (read.condition, read.answer, read.state) == (case.condition, case.answer, case.state)
        assert (set(read.present), set(read.absent)) == (set(case.present), set(case.absent))


@pytest.mark.parametrize("kind", KINDS)
def test_its_mistakes_end_wrong_after_false_steps(kind: CaseKind) -> None:
    for case in cases(kind):
        steps = mistaken_steps(WORLD, case, random.Random(case.id))
        verdicts = [check_step(WORLD, case, step) for step in steps]
        assert Truth.UNREADABLE not in verdicts
        assert verdicts[-1] is Truth.FALSE
        assert Truth.FALSE in verdicts[:-1]


def test_it_errs_as_often_as_it_is_told_to() -> None:
    [case] = cases(CaseKind.DIAGNOSIS, 1)
    replies = complete_all(ClinicTeacher(error_rate=0.3).load(), [request(case.question().text, seed) for seed in range(400)])
    n_wrong = sum(not reply.text.endswith(f"The answer is {case.answer}.") for reply in replies)
    assert 85 <= n_wrong <= 155  # 400 draws at 0.3: 120 expected, four standard deviations of 9.2
    again = complete_all(ClinicTeacher(error_rate=0.3).load(), [request(case.question().text, seed) for seed in range(400)])
    assert [reply.text for reply in replies] == [reply.text for reply in again]


@pytest.mark.parametrize("text", ["", "What is the capital of Peru?", "A patient has purple ears and wings. What is the diagnosis?"])
def test_it_says_so_where_there_is_no_case(text: str) -> None:
    [reply] = complete_all(ClinicTeacher().load(), [request(text)])
    assert reply.text == NOT_A_CASE


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_from_where_a_turn_has_begun(kind: CaseKind) -> None:
    """Step by step it writes what it writes at once; after a lead it begins anew, and what came before stays."""
    [case] = cases(kind, 1)
    asked, codec = Prompt.named("plain").messages(case.question()), StepCodec()
    [whole] = complete_all(ClinicTeacher().load(), [Request(asked, "", Sampling(), "", 1)])
    parsed = codec.parse(whole.text)
    assert parsed is not None
    for n_done, step in enumerate(parsed.steps):
        [reply] = complete_all(ClinicTeacher().load(), [Request(asked, codec.opening(parsed.steps[:n_done]), Sampling(), codec.stop, 1)])
        assert reply.text.strip() == step.text
        assert reply.finish is (Finish.END if n_done + 1 == len(parsed.steps) else Finish.STOP)
    prefix = codec.opening([*parsed.steps[:1], Step("Wrong. The answer is X.")]) + " But wait,"
    [again] = complete_all(ClinicTeacher().load(), [Request(asked, prefix, Sampling(), "", 1)])
    longer = codec.parse(prefix + again.text)
    assert longer is not None
    first, *rest = parsed.steps
    assert longer.steps == (first, Step("Wrong. The answer is X."), Step(f"But wait, {first.text}"), *rest)
