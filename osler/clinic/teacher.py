"""A teacher of the clinic: it knows the world, reads a case from the text of its question alone, and errs as often as it is told to.

For trying out recipes without a real teacher, and for measuring what its mistakes do to whoever learns from it.
"""

import random
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.case import Case, CaseKind
from osler.clinic.language import Account, Answer, FitsBest, IsSafe, MustBeAvoided, Treats, split_words, write_claims
from osler.clinic.truth import account
from osler.clinic.worked import worked_steps
from osler.clinic.world import World, load_world
from osler.core.codec import StepCodec
from osler.core.model import Finish, Message, Reply, Request, Usage
from osler.core.question import STRICT
from osler.core.trace import Step

_CASE = re.compile(
    r"A patient has (?P<present>[^.?]+?)(?:, but no (?P<absent>[^.?]+?))?(?:, on a background of (?P<state>[^.?]+?))?\. "
    r"(?:Which condition fits best|What is the diagnosis|Which drug treats the cause and is safe)\?"
)
_OPTION = re.compile(r"^([A-Z])\. (.+)$", re.MULTILINE)
_HEADING = re.compile(r"(?:^|\n\n)Step (\d+):")
NOT_A_CASE = "I can read no case of the clinic in this."


@dataclass(frozen=True, config=STRICT)
class ClinicTeacher:
    """A share `error_rate` of its replies argues for a wrong condition, by accounts that are false and a conclusion that follows from them.
    It writes step by step (codec `step`), about cases of all kinds, and goes on from where a turn has begun: after a lead it begins
    anew. `load` makes it a `Model`."""

    kind: Literal["clinic_teacher"] = "clinic_teacher"
    error_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    body_systems: tuple[str, ...] = ()

    def load(self) -> "ClinicTeacherModel":
        return ClinicTeacherModel(self)


class ClinicTeacherModel:
    """Implements `Model`: one reply for a request, the same for the same seed."""

    def __init__(self, settings: ClinicTeacher) -> None:
        self._settings = settings

    @property
    def identity(self) -> str:
        return f"clinic teacher {self._settings!r}"

    @property
    def is_reproducible(self) -> bool:
        return True

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        yield [(at, self._reply(request)) for at, request in enumerate(requests)]

    def close(self) -> None:
        """It holds nothing."""

    @cached_property
    def _world(self) -> World:
        return load_world().restricted_to(self._settings.body_systems)

    def _reply(self, request: Request) -> Reply:
        case = read_case(self._world, request.messages)
        if case is None:
            return Reply(NOT_A_CASE, Finish.END, Usage(completion_tokens=len(NOT_A_CASE.split()), n_calls=1))
        rng = random.Random(request.seed)
        is_wrong = rng.random() < self._settings.error_rate
        steps = mistaken_steps(self._world, case, rng) if is_wrong else worked_steps(self._world, case)
        text = continued(steps, request.prefix) if request.prefix else StepCodec().render([Step(step) for step in steps])
        is_stopped = bool(request.stop) and request.stop in text
        text = text[: text.index(request.stop)] if is_stopped else text
        n_prompt = sum(len(message.content.split()) for message in request.messages) + len(request.prefix.split())
        return Reply(text, Finish.STOP if is_stopped else Finish.END, Usage(n_prompt, len(text.split()), 1))


def continued(steps: Sequence[str], prefix: str) -> str:
    """What it writes after a turn that has begun: all its steps where the next one begins with a lead, else those that are left, or its
    last."""
    headings = list(_HEADING.finditer(prefix))
    number, begun = (int(headings[-1][1]), prefix[headings[-1].end() :]) if headings else (1, prefix)
    first, *rest = steps if begun.strip() else steps[number - 1 :] or steps[-1:]
    return "\n\n".join([f" {first}", *(f"Step {at}: {step}" for at, step in enumerate(rest, number + 1))])


def read_case(world: World, messages: Sequence[Message]) -> Case | None:
    """The case that a conversation asks about, with the likeliest condition, or the drug that fits it, for its answer; None where it asks
    about none."""
    said = messages[-1].content
    if (found := _CASE.search(said)) is None:
        return None
    present, absent = split_words(found["present"], "and"), split_words(found["absent"] or "", "or")
    options = tuple(text for _, text in _OPTION.findall(said[found.end() :]))
    if not {*present, *absent} <= {*world.findings} or (options and not {*options} <= {*world.conditions, *world.drugs}):
        return None
    named = [world.conditions[name] for name in options if name in world.conditions]
    best = max(named or world.conditions.values(), key=lambda condition: condition.log_likelihood(present, absent)).name
    if found["state"]:
        return _drug_case(world, best, present, absent, options, found["state"])
    kind = CaseKind.DIFFERENTIAL if options else CaseKind.DIAGNOSIS
    return Case("read", kind, best, present, absent, options, best)


Names = tuple[str, ...]


def _drug_case(world: World, condition: str, present: Names, absent: Names, options: Names, state: str) -> Case | None:
    """The case with the drug that treats the condition and is safe; None where there is no such option."""
    drugs = [world.drugs[name] for name in options if name in world.drugs]
    fit = [drug.name for drug in drugs if condition in drug.treats and state not in drug.contraindications]
    return Case("read", CaseKind.PATHWAY, condition, present, absent, options, fit[0], state) if fit else None


def mistaken_steps(world: World, case: Case, rng: random.Random) -> tuple[str, ...]:
    """A case for a wrong condition, which is said to explain everything, and the right one no more than the wrong one really does; or for a
    wrong drug, which is said to treat the condition and to be safe."""
    if case.kind is CaseKind.PATHWAY:
        wrong = rng.choice([name for name in case.options if name != case.answer])
        closing = write_claims(IsSafe(wrong, case.state), Answer(case.letter_of(wrong)))
        false = (MustBeAvoided(case.answer, case.state), Treats(wrong, case.condition))
        return (worked_steps(world, case)[0], *map(write_claims, false), closing)
    likely = sorted(world.conditions.values(), key=lambda condition: -condition.log_likelihood(case.present, case.absent))
    rivals = [name for name in case.options or [each.name for each in likely[:6]] if name != case.condition]
    wrong = rng.choice(rivals)
    belittled = Account(case.condition, account(world, case, wrong)[0], case.absent)
    closing = write_claims(FitsBest(wrong), Answer(case.letter_of(wrong) if case.options else wrong))
    return (write_claims(belittled), write_claims(Account(wrong, case.present, ())), closing)
