"""`osler grade`: responses from anywhere, against items from anywhere. Needs no model, no GPU and no run."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal

from osler.commands.judging import Judging, model_judges
from osler.commands.traps import rule_named
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item
from osler.core.reading import Abstention
from osler.core.response import Response
from osler.data import ItemSet, load_item_sets
from osler.data.responses import ResponseColumns, ResponseSettings, read_responses
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import Metric, metrics
from osler.evaluate.responses import AnyJudge, grade_responses, graded_response, judge_all, recorded_letter, without_response
from osler.judges import JUDGES, READERS, ChoiceReader, QuestionReader, TextReader
from osler.judges.choice.likelihood import reading_from_logprobs
from osler.judges.published.rules import RULES, PublishedRule, rule_verdict

CHUNK = 2000
"""How many responses one process grades at a time."""
LIKELIHOOD = "likelihood"
"""Added to the name of a system whose options are also weighed by their log-probabilities."""


@dataclass(frozen=True)
class GradeSettings:
    """How `osler grade` reads and counts.

    `items` says what was asked, as `load_item_sets` takes it. `form` names the form of the response files, or they tell it themselves;
    `columns` are "field=column". `statement` is which of several statements of an answer counts. Items without a response are counted as
    not answered, unless `is_only_answered`. `rules` are published rules by name, to put beside. `judge` is a model that judges free
    answers. `processes` share the work; where `ray` is the address of a cluster they are its own, as many as it has where none or one is
    asked for. `overlaps` is a file of `osler overlap`, to have accuracy with and without the items in it. Raises
    UserError for a rule or a statement that there is not.
    """

    items: str
    form: str | None = None
    columns: tuple[str, ...] = ()
    statement: str = "last"
    is_only_answered: bool = False
    rules: tuple[str, ...] = ()
    judge: Judging | None = None
    processes: int = 1
    overlaps: Path | None = None
    ray: str = ""

    def __post_init__(self) -> None:
        for rule in self.rules:
            rule_named(rule)
        if self.statement not in ("last", "first"):
            raise UserError(f"--statement {self.statement}: choose last or first")
        if self.judge and (self.processes > 1 or self.ray):
            raise UserError(f"--judge: a model judges in one process; leave {'--ray' if self.ray else '--processes'} out")


@dataclass
class Join:
    """What came of joining responses to items by their ids, counted as they pass."""

    n_responses: int = 0
    n_unknown: int = 0
    n_with_key: int = 0
    n_other_key: int = 0
    unknown_id: str = ""
    systems: dict[str, None] = field(default_factory=dict)

    def pass_on(self, paths: Sequence[Path], items: Mapping[str, Item], settings: GradeSettings) -> Iterator[tuple[Item, Response]]:
        """Every response that has an item, with it. One without a system is of the system that its file is named after."""
        reading = response_settings(settings.columns)
        for path, name in zip(paths, names_of(paths), strict=True):
            for response in read_responses(path, settings.form, reading):
                self.n_responses += 1
                item = items.get(response.item_id)
                if item is None:
                    self.n_unknown += 1
                    self.unknown_id = self.unknown_id or response.item_id
                    continue
                if not response.system:
                    response = replace(response, system=name)
                self._look_at_key(item, response)
                self.systems.setdefault(response.system)
                yield item, response

    def _look_at_key(self, item: Item, response: Response) -> None:
        letter = recorded_letter(item, response.recorded.key)
        if letter is not None and isinstance(item.key, ChoiceKey):
            self.n_with_key += 1
            self.n_other_key += letter not in item.key.letters


@dataclass(frozen=True)
class Grading:
    """Everything that was graded, against what, and what came of joining the two. `ruled` are the verdicts of published rules on the same
    responses, each under the name of a system of its own."""

    graded: list[Graded]
    ruled: list[Graded]
    item_sets: tuple[ItemSet, ...]
    join: Join
    settings: GradeSettings
    responses: tuple[str, ...]

    @cached_property
    def metrics(self) -> list[Metric]:
        """Of every system, over all items and each group."""
        return metrics(self.graded)


def grade_files(paths: Sequence[Path], settings: GradeSettings) -> Grading:
    """A verdict for every response and, unless only the answered count, for every item without one. Raises UserError where no response
    belongs to an item, and RecordError for a file that cannot be read."""
    item_sets = tuple(load_item_sets(settings.items))
    every = [item for item_set in item_sets for item in _grouped(item_set, has_others=len(item_sets) > 1)]
    items = {item.id: item for item in every}
    if len(items) < len(every):
        raise UserError(f"{settings.items}: the item sets have ids in common; grade them one at a time")
    join = Join()
    graded = list(_graded(join.pass_on(paths, items, settings), items, settings))
    if not graded:
        raise UserError(_nothing_joined(paths, items, join))
    order = {name: place for place, name in enumerate(name for system in join.systems for name in (system, f"{system} {LIKELIHOOD}"))}
    strict = _named([row for row in graded if row.system in order], join.systems)
    if not settings.is_only_answered:
        strict += without_response(every, strict, list(dict.fromkeys(row.system for row in strict)))
    strict.sort(key=lambda row: order[row.system])
    return Grading(strict, [row for row in graded if row.system not in order], item_sets, join, settings, tuple(map(str, paths)))


def _named(graded: Sequence[Graded], systems: Iterable[str]) -> list[Graded]:
    """Where no response of a system has a text, its log-probabilities are the system itself: one without either is one of theirs."""
    with_text = {row.system for row in graded if row.reason not in (Abstention.EMPTY.value, Abstention.ERRORED.value)}
    alone = {f"{system} {LIKELIHOOD}": system for system in systems if system not in with_text}
    return [replace(row, system=alone[row.system]) if row.system in alone else row for row in graded]


def _grouped(item_set: ItemSet, *, has_others: bool) -> Sequence[Item]:
    """The items; where there are others beside them, each set is a group, as presets are published."""
    return [replace(item, group=item_set.name) for item in item_set.items] if has_others else item_set.items


def names_of(paths: Sequence[Path]) -> list[str]:
    """What the system of each file is called where its rows do not say: the file's name, with its folder's where two have the same."""
    names = [path.name.split(".")[0] for path in paths]
    return [f"{path.absolute().parent.name}/{name}" if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)]


def response_settings(columns: Sequence[str]) -> ResponseSettings:
    """Of "field=column"; the id alone may be named, and everything else goes by its usual name. Raises UserError."""
    given: dict[str, tuple[str, ...]] = {}
    known = [each.name for each in fields(ResponseColumns)]
    for each in columns:
        name, equals, column = each.partition("=")
        if not equals or name not in known:
            raise UserError(f"--map {each}: that is no FIELD=COLUMN with a field that there is; choose among {', '.join(known)}")
        given[name] = (*given.get(name, ()), column)
    if given.keys() <= {"id"}:
        return ResponseSettings(id=given.get("id", ("",))[0])
    if "id" not in given:
        raise UserError("--map: where columns are mapped, the one with the item's id has to be too; add --map id=COLUMN")
    return ResponseSettings(columns=ResponseColumns(**given))


def _nothing_joined(paths: Sequence[Path], items: Mapping[str, Item], join: Join) -> str:
    names = ", ".join(map(str, paths))
    if not join.n_responses:
        return f"{names}: there are no responses; name a file that has some"
    return (
        f"{names}: none of the {join.n_responses} responses belongs to an item: their ids are like {join.unknown_id!r}, those of the items "
        f"like {next(iter(items), '')!r}; name the items that they were made for, or map the column that has the id"
    )


def _graded(answered: Iterable[tuple[Item, Response]], items: Mapping[str, Item], settings: GradeSettings) -> Iterator[Graded]:
    responses = (response for _, response in answered)
    chunks = iter(lambda: list(islice(responses, CHUNK)), [])
    if settings.ray:
        from osler.stages.cluster import Cluster

        with Cluster(settings.ray, settings.processes if settings.processes > 1 else None) as cluster:
            for graded in cluster.each(_Part(items, settings.statement, settings.rules), chunks):
                yield from graded
        return
    if settings.processes == 1:
        part = _Part(items, settings.statement, settings.rules, settings.judge)
        for chunk in chunks:
            yield from part(chunk)
        return
    start = (items, settings.statement, settings.rules)
    with ProcessPoolExecutor(settings.processes, initializer=_start, initargs=start) as processes:
        waiting: deque[Future[list[Graded]]] = deque()
        for chunk in chunks:
            waiting.append(processes.submit(_grade_there, chunk))
            if len(waiting) > 2 * settings.processes:  # no more of a large file in memory than keeps the processes busy
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


_THERE: list["_Part"] = []
"""What a process of the pool grades with: the items are sent to it once, and not with every chunk."""


def _start(items: Mapping[str, Item], statement: str, rules: tuple[str, ...]) -> None:
    _THERE[:] = [_Part(items, statement, rules)]


def _grade_there(chunk: Sequence[Response]) -> list[Graded]:
    return _THERE[0](chunk)


@dataclass(frozen=True)
class _Part:
    """Grades one chunk, in this process or another."""

    items: Mapping[str, Item]
    statement: str
    rules: tuple[str, ...]
    judge: Judging | None = None

    def __call__(self, responses: Sequence[Response]) -> list[Graded]:
        chunk = [(self.items[response.item_id], response) for response in responses]
        judges: Mapping[str, AnyJudge] = {**JUDGES, **model_judges(self.judge)} if self.judge else JUDGES
        reader = reader_of(self.statement)
        written = [(item, response) for item, response in chunk if response.text or not response.option_logprobs]
        rows = grade_responses(written, reader, judges)
        for rule in self.rules:
            rows += [_by_rule(RULES[rule], item, response) for item, response in written if item.key.kind in RULES[rule].kinds]
        return rows + [_by_likelihood(item, response) for item, response in chunk if response.option_logprobs]


def reader_of(statement: str) -> QuestionReader:
    """The reader of every kind of answer; of several statements of a choice or a name the last counts, or the first."""
    which: Literal["last", "first"] = "first" if statement == "first" else "last"
    return QuestionReader({**READERS, "choice": ChoiceReader(statement=which), "text": TextReader(statement=which)})


def _by_rule(rule: PublishedRule, item: Item, response: Response) -> Graded:
    named = replace(response, system=ruled_name(response.system, rule.name))
    return graded_response(item, named, rule_verdict(rule, response.text, item))


def ruled_name(system: str, rule: str) -> str:
    """What a system is called under a published rule."""
    return f"{system} by {rule}"


def _by_likelihood(item: Item, response: Response) -> Graded:
    """Under a name of its own, so that no system is measured by both protocols at once."""
    likeliest = reading_from_logprobs(response.option_logprobs, item.question)
    [verdict] = judge_all(JUDGES.get(item.key.kind), [(item.question, likeliest.reading, item.key)])
    named = replace(response, system=f"{response.system} {LIKELIHOOD}")
    return graded_response(item, named, verdict, confidence=likeliest.confidence)
