"""A policy whose every value is known: reasoning as a small random tree, for measuring how well a search searches.

A step takes one of a few turns; what a turn does to the soundness of the reasoning is hidden. The last step states an answer, right with a
chance that grows with the soundness. All chances are known, so the value of every beginning of a trace can be enumerated, and
a search can be compared with the best path there is.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

from osler.core.model import Finish, Reply, Request, Usage
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Trace

OPTIONS = {"A": "the first", "B": "the second", "C": "the third", "D": "the fourth"}
TOKENS_A_STEP = 10

Path = tuple[str, ...]
"""The turns taken so far, each a small letter; a whole path ends with the capital letter of an answer."""

_TURN = re.compile(r"(?:consider|The answer is) (\w)\.")
_QUESTION = re.compile(r"about (\S+)\?")


@dataclass(frozen=True)
class SimulatedTree:
    """The tree of each question, made of its id and `seed`: `n_steps` steps, the last of which states the answer, and `n_turns` ways to
    take each of the others.

    Soundness starts somewhere inside `chances_right`, and a turn moves it a place down, not at all, or a place up, with chances `moves`;
    from the bottom nothing leads up. Its place at the end gives the chance of the right answer. How the rest falls to the wrong ones is
    the same at the end of every path: some questions have a favourite mistake.
    """

    n_steps: int = 6
    n_turns: int = 4
    chances_right: tuple[float, ...] = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95)
    moves: tuple[float, float, float] = (0.35, 0.35, 0.3)
    seed: int = 0

    def questions(self, n: int) -> list[Question]:
        ids = [f"simulated-{number:05}" for number in range(n)]
        return [Question(name, f"What is right about {name}?", OPTIONS) for name in ids]

    def right_answer(self, question_id: str) -> str:
        return _grown(self, question_id).right

    def chances(self, question_id: str, path: Path) -> Mapping[str, float]:
        """The turns that the policy takes after `path`, each with its chance. Empty where the path has ended."""
        return _grown(self, question_id).at(path).onward

    def answers(self, question_id: str, path: Path = ()) -> Mapping[str, float]:
        """The chance of each answer when the policy goes on from `path`: the shares that the votes of many traces come to."""
        return _grown(self, question_id).at(path).answers

    def value(self, question_id: str, path: Path = ()) -> float:
        """The chance that the policy, going on from `path`, ends right; 1 or 0 for a path that has ended."""
        return self.answers(question_id, path)[self.right_answer(question_id)]

    def best_value(self, question_id: str, path: Path = ()) -> float:
        """The value of the best whole path that begins with `path` and can come about, by looking at every one."""
        return _grown(self, question_id).at(path).best

    def regret(self, solution: Solution) -> float:
        """By how much the best path is better than the one that was chosen; choosing none is worth nothing. Never below 0."""
        question_id = solution.question.id
        return self.best_value(question_id) - (self.value(question_id, path_of(solution.trace)) if solution.trace else 0.0)


@dataclass(frozen=True)
class _Place:
    """What is known of one beginning: `onward` and `answers` as in the tree, and the value of the best whole path from here."""

    onward: Mapping[str, float]
    answers: Mapping[str, float]
    best: float


class _Grown:
    """The whole tree of one question, enumerated."""

    def __init__(self, tree: SimulatedTree, question_id: str) -> None:
        self._tree = tree
        self._rng = random.Random(f"{tree.seed}/{question_id}")
        self.right = self._rng.choice([*OPTIONS])
        wrong = self._shares([letter for letter in OPTIONS if letter != self.right])
        self._ends = {end: _Place({}, {letter: float(letter == end) for letter in OPTIONS}, float(end == self.right)) for end in OPTIONS}
        self._answering = [
            self._joined({letter: p if letter == self.right else (1 - p) * wrong[letter] for letter in OPTIONS}, self._ends)
            for p in tree.chances_right
        ]
        self._places: dict[Path, _Place] = {}
        self._grow((), self._rng.randrange(1, max(2, len(tree.chances_right) - 1)))

    def at(self, path: Path) -> _Place:
        return self._ends[path[-1]] if path and path[-1] in OPTIONS else self._places[path]

    def _grow(self, path: Path, soundness: int) -> _Place:
        if len(path) == self._tree.n_steps - 1:
            place = self._answering[soundness]
        else:
            turns = ascii_lowercase[: self._tree.n_turns]
            moves = self._rng.choices((-1, 0, 1) if soundness else (0, 0, 0), self._tree.moves, k=len(turns))
            onward = self._shares(turns)
            top = len(self._tree.chances_right) - 1
            after = {turn: self._grow((*path, turn), min(soundness + move, top)) for turn, move in zip(turns, moves, strict=True)}
            place = self._joined(onward, after)
        self._places[path] = place
        return place

    def _joined(self, onward: Mapping[str, float], after: Mapping[str, _Place]) -> _Place:
        answers = {letter: sum(chance * after[turn].answers[letter] for turn, chance in onward.items()) for letter in OPTIONS}
        return _Place(onward, answers, max(after[turn].best for turn, chance in onward.items() if chance > 0))

    def _shares(self, names: Sequence[str]) -> dict[str, float]:
        """Chances drawn evenly from all that add up to 1."""
        weights = [self._rng.expovariate(1.0) for _ in names]
        return {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}


@cache
def _grown(tree: SimulatedTree, question_id: str) -> _Grown:
    return _Grown(tree, question_id)


def path_of(trace: Trace) -> Path:
    return tuple(_TURN.findall(" ".join(step.text for step in trace.steps)))


class SimulatedModel:
    """Implements `Model`: writes the paths of a tree under the step codec, `TOKENS_A_STEP` tokens a step. At temperature 0 it takes the
    likeliest turn; at any other it draws from the tree's chances as they are, whatever the temperature and top-p."""

    is_reproducible = True

    def __init__(self, tree: SimulatedTree) -> None:
        self._tree = tree

    @property
    def identity(self) -> str:
        return f"simulated:{self._tree!r}"

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        yield [(at, self._reply(request)) for at, request in enumerate(requests)]

    def close(self) -> None:
        """It holds nothing."""

    def _reply(self, request: Request) -> Reply:
        [question_id] = _QUESTION.findall(request.messages[-1].content)
        before: Path = tuple(_TURN.findall(request.prefix))
        grown = _grown(self._tree, question_id)
        max_steps = 1 if request.stop else request.sampling.max_tokens // TOKENS_A_STEP
        rng = random.Random(request.seed)
        path = before
        while len(path) - len(before) < max_steps and (onward := grown.at(path).onward):
            is_greedy = request.sampling.temperature == 0
            path += (max(onward, key=lambda turn: onward[turn]) if is_greedy else rng.choices([*onward], [*onward.values()])[0],)
        steps = [f"Step {number}: {_sentence(path[number - 1])}" for number in range(len(before) + 1, len(path) + 1)]
        text = "\n\n".join(steps).removeprefix(f"Step {len(before) + 1}:" if request.prefix else "")
        finish = Finish.END if not grown.at(path).onward else Finish.STOP if request.stop else Finish.LENGTH
        return Reply(text, finish, Usage(TOKENS_A_STEP * (len(before) + 1), TOKENS_A_STEP * len(steps), 1))


def _sentence(turn: str) -> str:
    return f"The answer is {turn}." if turn in OPTIONS else f"consider {turn}."


class SimulatedReward:
    """Implements `RewardModel`: the true value of every beginning of a trace, plus an error of standard deviation `noise` that is the same
    each time for the same steps, cut to [0, 1]."""

    def __init__(self, tree: SimulatedTree, noise: float = 0.0, seed: int = 0) -> None:
        self._tree, self._noise, self._seed = tree, noise, seed
        self._scores: dict[tuple[str, Path], float] = {}

    @property
    def identity(self) -> str:
        return f"simulated:{self._tree!r}:{self._noise}:{self._seed}"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [self._steps(trace.question.id, path_of(trace)) for trace in traces]

    def _steps(self, question_id: str, path: Path) -> tuple[float, ...]:
        return tuple(self._score(question_id, path[: end + 1]) for end in range(len(path)))

    def _score(self, question_id: str, path: Path) -> float:
        if (question_id, path) not in self._scores:
            error = random.Random("/".join((str(self._seed), question_id, *path))).gauss(0.0, 1.0)
            score = self._tree.value(question_id, path) + self._noise * error
            self._scores[question_id, path] = min(max(score, 0.0), 1.0)
        return self._scores[question_id, path]
