"""Reflect: of a wrong and a right trace a pair that teaches to repair an error (Med-REFL, arXiv 2506.13793, README and figure)."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as record
from typing import Annotated, Literal

from pydantic import Field, StrictBool
from pydantic.dataclasses import dataclass

from osler.core.codec import CLOSING
from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.synthesise.asking import ask_json
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Authored, Draft, Preference
from osler.synthesise.label.pair import with_preferences
from osler.synthesise.label.repairs import Place, Repair, repairs_of
from osler.synthesise.solve.searched_drafts import solution_of
from osler.synthesise.solve.told import question_text

Count = Annotated[int, Field(ge=0)]
Words = Annotated[str, Field(min_length=1)]

_TAG = re.compile(r"</?(?:think|answer)\b", re.IGNORECASE)

EFFECTIVE = "But wait, that does not hold. I go back to where I was sure and reason again."
IN_VAIN = "But wait, I look at that again. It does hold, so I go on as I was."
"""What stands between the wrong steps and what follows where no role writes it. Ours: plain, and the same for every question."""


@record(frozen=True)
class Reflection:
    """What a role says on looking back, under the five headings of the published prompt."""

    flaw: Words
    overlooked: Words
    missing: Words
    bridge: Words
    guideline: Words

    @property
    def text(self) -> str:
        return as_step(" ".join(("But wait.", self.flaw, self.overlooked, self.missing, self.bridge, self.guideline)))


@record(frozen=True)
class VainReflection:
    """What a role says that looks back without care."""

    reflection: Words

    @property
    def text(self) -> str:
        return as_step(f"But wait. {self.reflection}")


@record(frozen=True)
class ReflectionCheck:
    """What another role makes of a reflection."""

    is_true: StrictBool
    is_coherent: StrictBool
    reason: str = ""


@dataclass(frozen=True, config=STRICT)
class Reflect:
    """At most `n_mid` preferences that repair an error in mid-reasoning and `n_post` that do so after the answer, from the repairs with the
    widest gaps. Chosen: wrong steps, a reflection that sees the error, the right steps from there on. Rejected: the same wrong steps, a
    reflection that sees nothing, and on to the wrong answer.

    `role` writes both reflections, so that neither is told by its style; empty: they are the two fixed phrases. `judge`, another role,
    keeps the effective ones that are true and coherent; empty: nobody checks. A reflection that states the answer, or holds a tag that
    ends a thought, is not used. What was not used is counted in the note `reflections`, by reason; a draft with fewer than
    `min_preferences` is dropped `no_pair`.

    How many pairs of each place the published data has for one question is not told; `n_mid` and `n_post` are ours."""

    kind: Literal["reflect"] = "reflect"
    role: str = ""
    judge: str = ""
    n_mid: Count = 2
    n_post: Count = 2
    min_preferences: Count = 0

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(role for role in (self.role, self.judge) if role)

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        found = repairs_of(solution_of(draft))
        wanted: Mapping[Place, int] = {"mid": self.n_mid, "post": self.n_post}
        taken = [repair for place, n in wanted.items() for repair in [each for each in found if each.place == place][:n]]
        made = yield from together([self._pair(kit, draft, repair) for repair in taken])
        unfit = Counter(each for each in made if isinstance(each, str))
        preferences = [each for each in made if isinstance(each, Preference)]
        noted = draft.noting(reflections={"n_repairs": len(taken), "n_used": len(preferences), "unfit": dict(sorted(unfit.items()))})
        return [with_preferences(noted, preferences, self.min_preferences)]

    def _pair(self, kit: Kit, draft: Draft, repair: Repair) -> Making[Preference | str]:
        """The preference, or why there is none."""
        try:
            effective, in_vain = (yield from self._written(kit, draft, repair)) if self.role else (EFFECTIVE, IN_VAIN)
            if self.judge:
                yield from self._checked(kit, draft, repair, effective)
        except Drop as drop:
            if drop.reason == "errored":
                raise
            return drop.reason
        chosen = self._authored(repair, repair.chosen(effective), is_right=True)
        rejected = self._authored(repair, repair.rejected(in_vain), is_right=False)
        return Preference(chosen, rejected, f"reflection_{repair.place}", repair.n_before)

    def _written(self, kit: Kit, draft: Draft, repair: Repair) -> Making[tuple[str, str]]:
        question = question_text(draft.asked.question)
        parts = {"question": question, "shared": steps_text(repair.shared), "wrong": steps_text(repair.astray)}
        text = fill(Prompt.named("reflect"), {**parts, "right": steps_text(repair.back)})
        effective = yield from ask_json(kit, self.role, draft, text, Reflection)
        before = steps_text((*repair.shared, *repair.astray))
        onward = steps_text(repair.onward or (repair.wrong.response,))
        text = fill(Prompt.named("reflect_in_vain"), {"question": question, "steps": before, "onward": onward})
        in_vain = yield from ask_json(kit, self.role, draft, text, VainReflection)
        for said in (effective.text, in_vain.text):
            if CLOSING.search(said) or _TAG.search(said):
                raise Drop("states_answer" if CLOSING.search(said) else "tagged", said[:200])
        if effective.text == in_vain.text:
            raise Drop("same_reflection", effective.text[:200])
        return effective.text, in_vain.text

    def _checked(self, kit: Kit, draft: Draft, repair: Repair, reflection: str) -> Making[None]:
        parts = {
            "question": question_text(draft.asked.question),
            "steps": steps_text((*repair.shared, *repair.astray)),
            "reflection": reflection,
        }
        text = fill(Prompt.named("reflect_check"), {**parts, "onward": steps_text(repair.back)})
        check = yield from ask_json(kit, self.judge, draft, text, ReflectionCheck)
        if not check.is_true:
            raise Drop("untrue", check.reason)
        if not check.is_coherent:
            raise Drop("incoherent", check.reason)

    def _authored(self, repair: Repair, steps: tuple[str, ...], *, is_right: bool) -> Authored:
        trace = repair.right if is_right else repair.wrong
        outcome = Outcome.RIGHT if is_right else Outcome.WRONG
        flags = ("reflection", repair.place)
        return Authored(self.role or self.kind, steps, trace.response, answer=trace.answer, outcome=outcome, flags=flags)


def as_step(text: str) -> str:
    """One paragraph, as every codec can hold it in one step."""
    return re.sub(r"\s+", " ", text).strip()


def steps_text(steps: Sequence[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) or "(none)"
