"""The rules of MICS: which step of which mentor helps interns most (arXiv 2506.16962, public code of Chiron-o1)."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

STEPS_AT_ROOT = 2


@dataclass(frozen=True)
class Lesson:
    """What a mentor has shown: `before` are the steps that came before, whoever wrote them; `steps` its own from there on; `closing` states
    the answer."""

    mentor: str
    before: tuple[str, ...]
    steps: tuple[str, ...]
    closing: str

    @property
    def offered(self) -> tuple[str, ...]:
        """The steps that it offers next: two at the root, one later on; none where only the answer is left to say."""
        return self.steps[: 1 if self.before else STEPS_AT_ROOT]

    @property
    def reached(self) -> tuple[str, ...]:
        """All that an intern is shown of it."""
        return (*self.before, *self.offered)

    def moved_on(self) -> "Lesson":
        """The same when what it offers has been taken."""
        return replace(self, before=self.reached, steps=self.steps[len(self.offered) :])


@dataclass(frozen=True)
class StepScore:
    """Of `n` completions by interns, `n_right` were right; one that failed is wrong."""

    n_right: int
    n: int

    @property
    def score(self) -> float:
        return self.n_right / self.n

    @property
    def is_full(self) -> bool:
        return self.n_right == self.n


def finisher(full: Sequence[str], past: Mapping[str, float], rng: random.Random | None) -> str:
    """Of the mentors whose step had every intern succeed the one whose trace is saved: by chance at the root, where `rng` is given; else
    the one with the best sum of past scores, of equals the first."""
    return rng.choice(full) if rng else max(full, key=lambda mentor: past.get(mentor, 0.0))


def best_mentor(scores: Mapping[str, StepScore], before: Collection[str]) -> str | None:
    """The mentor whose step is taken: that with the best score, of equals one that was not chosen before, then the first. None where no
    step helps anybody."""
    best = max(each.score for each in scores.values())
    if best == 0:
        return None
    equals = [mentor for mentor, each in scores.items() if each.score == best]
    return next((mentor for mentor in equals if mentor not in before), equals[0])
