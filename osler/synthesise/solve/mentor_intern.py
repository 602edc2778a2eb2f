"""Mentor and intern: mentors who know the answer reason, step by step, and the steps that help weaker models are taken (MICS, arXiv
2506.16962, public code)."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as record
from dataclasses import field, replace
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from osler.core.codec import CLOSING, Parsed
from osler.core.errors import Drop
from osler.core.model import Request
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Item
from osler.core.records import describe
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Outcome
from osler.synthesise.asking import ask_read, json_in, judged
from osler.synthesise.block import Call, Kit, Making, together
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.label.reflect import as_step, steps_text
from osler.synthesise.solve.mentoring import Lesson, StepScore, best_mentor, finisher
from osler.synthesise.solve.told import key_text, question_text

Count = Annotated[int, Field(ge=1)]
Role = Annotated[str, Field(min_length=1)]
Temperature = Annotated[float, Field(ge=0)]


@record(frozen=True)
class MentorSaid:
    """Further steps, and the sentence that states the answer."""

    steps: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    answer: Annotated[str, Field(min_length=1)]


@record
class _Progress:
    """How far one item has come: what each depth scored, the sums of past scores, who was chosen, and why mentors had nothing to offer."""

    scores: list[dict[str, float]] = field(default_factory=list)
    past: dict[str, float] = field(default_factory=dict)
    chosen: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    n_asked: int = 0
    n_failed: int = 0

    def note(self, end: str) -> dict[str, Any]:
        return {"end": end, **vars(self)}


@dataclass(frozen=True, config=STRICT)
class MentorIntern:
    """At each of at most `max_depth` depths every one of `mentors`, who see the key, brings the reasoning so far to its end; the mentor
    whose step was taken last goes on with what it has. The next steps of each (two at the root, one later) are shown to `interns`, who see
    no more than these and finish at each of `temperatures`: a step is worth the share of right answers. Where all are right the search ends
    with that mentor's whole trace; where none is, with the draft dropped `no_step_helps`; else it goes on from the best step, and at
    `max_depth` ends with the trace of the mentor chosen last.

    A completion that fails counts as wrong and is counted in the note `mentor_intern`. Ours: a mentor that states the answer before its
    last sentence, or another answer than the key's, is asked again, so that no intern is given it; who cannot be used is noted as silent.
    Right is what the judge of the key says (published: a model)."""

    mentors: Annotated[tuple[Role, ...], Field(min_length=2)]
    interns: Annotated[tuple[Role, ...], Field(min_length=1)]
    kind: Literal["mentor_intern"] = "mentor_intern"
    max_depth: Count = 3
    temperatures: Annotated[tuple[Temperature, ...], Field(min_length=1)] = (1.2, 0.2)

    @model_validator(mode="after")
    def _each_once(self) -> "MentorIntern":
        if len({*self.mentors, *self.interns}) < len(self.mentors) + len(self.interns):
            raise ValueError("a role stands twice among mentors and interns; name each once")
        return self

    @property
    def roles(self) -> tuple[str, ...]:
        return (*self.mentors, *self.interns)

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if item.key.kind not in kit.judges or (key := key_text(item)) is None:
            raise Drop("unjudged", f"no rule judges a key of kind {item.key.kind}, or no mentor can be told it")
        progress = _Progress()
        owner: Lesson | None = None
        for depth in range(self.max_depth):
            lessons = yield from self._lessons(kit, draft, key, owner, progress)
            if not lessons:
                break
            scores = yield from self._scores(kit, item, lessons, progress)
            if full := [mentor for mentor, each in scores.items() if each.is_full]:
                rng = None if depth else random.Random(f"{kit.seed}/{draft.id}/{self.kind}")
                return [self._kept(kit, draft, lessons[finisher(full, progress.past, rng)], progress.note("all_right"))]
            if (best := best_mentor(scores, progress.chosen)) is None:
                raise Drop("no_step_helps", f"depth {depth + 1}: {progress.n_asked} completions in all, {progress.n_failed} failed")
            for mentor, each in scores.items():
                progress.past[mentor] = progress.past.get(mentor, 0.0) + each.score
            progress.chosen.append(best)
            owner = lessons[best].moved_on()
        if owner is None:
            raise Drop("no_mentor", ", ".join(progress.silent))
        return [self._kept(kit, draft, owner, progress.note("max_depth" if len(progress.chosen) == self.max_depth else "nothing_left"))]

    def _lessons(self, kit: Kit, draft: Draft, key: str, owner: Lesson | None, progress: _Progress) -> Making[Mapping[str, Lesson]]:
        """What each mentor who has something to offer shows from here on."""
        before = owner.before if owner else ()
        asked = [mentor for mentor in self.mentors if owner is None or mentor != owner.mentor]
        shown = yield from together([self._lesson(kit, mentor, draft, key, before) for mentor in asked])
        progress.silent += [f"{mentor}: {each}" for mentor, each in zip(asked, shown, strict=True) if isinstance(each, str)]
        known = {each.mentor: each for each in (*shown, owner) if isinstance(each, Lesson) and each.offered}
        return {mentor: known[mentor] for mentor in self.mentors if mentor in known}

    def _lesson(self, kit: Kit, mentor: str, draft: Draft, key: str, before: tuple[str, ...]) -> Making[Lesson | str]:
        """What a mentor shows, or why it cannot be used."""
        parts = {"question": question_text(draft.asked.question), "answer": key, "steps": steps_text(before)}
        text = fill(Prompt.named("mentor"), parts)
        try:
            return (yield from ask_read(kit, mentor, draft, text, lambda said: _read(kit, mentor, draft.asked, before, said)))
        except Drop as drop:
            if drop.reason == "errored":
                raise
            return drop.reason

    def _scores(self, kit: Kit, item: Item, lessons: Mapping[str, Lesson], progress: _Progress) -> Making[Mapping[str, StepScore]]:
        """What the next steps of each mentor are worth to the interns; all of them in one ask."""
        asked = [
            (mentor, intern, Trace(item.question, tuple(map(Step, lesson.reached))), request)
            for mentor, lesson in lessons.items()
            for intern, request in self._requests(kit, item, lesson)
        ]
        replies = yield [Call(intern, request) for _, intern, _, request in asked]
        right = dict.fromkeys(lessons, 0)
        for (mentor, intern, start, request), reply in zip(asked, replies, strict=True):
            trace = kit.policy(intern).extend(start, request, reply)
            right[mentor] += judged(kit, trace, item) is Outcome.RIGHT
            progress.n_failed += trace.ending is Ending.ERROR
        progress.n_asked += len(asked)
        n = len(self.interns) * len(self.temperatures)
        scores = {mentor: StepScore(n_right, n) for mentor, n_right in right.items()}
        progress.scores.append({mentor: each.score for mentor, each in scores.items()})
        return scores

    def _requests(self, kit: Kit, item: Item, lesson: Lesson) -> list[tuple[str, Request]]:
        """Each intern at each temperature; the samples are numbered through, so that equal engines do not say the same."""
        start = Trace(item.question, tuple(map(Step, lesson.reached)))
        pairs = [(intern, temperature) for intern in self.interns for temperature in self.temperatures]
        made: list[tuple[str, Request]] = []
        for sample, (intern, temperature) in enumerate(pairs):
            policy = kit.policy(intern)
            sampling = replace(policy.sampling, temperature=temperature)
            made.append((intern, policy.request(start, sample, is_whole=True, sampling=sampling)))
        return made

    def _kept(self, kit: Kit, draft: Draft, lesson: Lesson, note: dict[str, Any]) -> Draft:
        trace = _whole(kit, lesson.mentor, draft.asked, (*lesson.before, *lesson.steps), lesson.closing)
        authored = Authored.of(trace, lesson.mentor, judged(kit, trace, draft.asked), ("label_guided",))
        return draft.noting(mentor_intern=note).with_authored(authored)


_SAID: TypeAdapter[MentorSaid] = TypeAdapter(MentorSaid)


def _read(kit: Kit, mentor: str, item: Item, before: tuple[str, ...], text: str) -> Lesson:
    """Raises Drop where it is not of the shape, states the answer too early, or another one."""
    try:
        said = _SAID.validate_python(json_in(text))
    except ValidationError as error:
        raise Drop("wrong_shape", describe(error)) from error
    steps, closing = tuple(as_step(step) for step in said.steps), as_step(said.answer)
    if not all(steps):
        raise Drop("wrong_shape", "a step is empty")
    if early := next((step for step in steps if _gives_away(kit, mentor, item, step)), None):
        raise Drop("gives_away", early[:200])
    if judged(kit, _whole(kit, mentor, item, (*before, *steps), closing), item) is not Outcome.RIGHT:
        raise Drop("another_answer", closing[:200])
    return Lesson(mentor, before, steps, closing)


def _gives_away(kit: Kit, mentor: str, item: Item, step: str) -> bool:
    """Whether a step states an answer, or is read as the right one."""
    stated = Trace(item.question, (Step(step),), reading=kit.policy(mentor).reader.read(step, item.question))
    return CLOSING.search(step) is not None or judged(kit, stated, item) is Outcome.RIGHT


def _whole(kit: Kit, mentor: str, item: Item, steps: tuple[str, ...], closing: str) -> Trace:
    """The trace as the codec of a mentor's role has it: one that writes in steps states the answer in the last, any other in a response."""
    policy = kit.policy(mentor)
    parsed = Parsed(tuple(map(Step, (*steps, closing)))) if policy.codec.stop else Parsed(tuple(map(Step, steps)), closing)
    reading = policy.reader.read(policy.codec.answer_text(parsed), item.question)
    return Trace(item.question, parsed.steps, parsed.response, Ending.FINISHED, reading=reading)
