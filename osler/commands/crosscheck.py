"""`osler crosscheck`: item by item where another's verdicts, recorded with the responses or given by a published rule, differ from ours."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from osler.commands.grade import GradeSettings, Join, reader_of
from osler.commands.graded_folder import as_csv
from osler.commands.traps import rule_named
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, DateKey, Item, Key, MultiKey, NumberKey, RankedListKey, TextKey
from osler.core.reading import Reader, Reading
from osler.core.records import write_records, write_text
from osler.core.response import Response
from osler.core.verdict import Judge, Outcome, Verdict
from osler.data import load_item_sets
from osler.evaluate.responses import read_response, recorded_letter
from osler.judges import JUDGES
from osler.judges.published.rules import PublishedRule
from osler.report.crosscheck_table import CauseRow, ShownDifference
from osler.report.numbers import count as counted
from osler.report.numbers import ratio

_AROUND = 70
"""Characters shown before and after what was read; twice as many of the end where nothing was."""
_LETTERED = ("choice", "multi")


@dataclass(frozen=True, slots=True)
class Difference:
    """One response that we and another read or judge differently, flat: its fields are columns.

    `theirs` is their answer as they wrote it, None where they read none. `is_right_by_them` is None where neither they nor our judge can
    tell. `start` and `end` are the range of the text that we read, and of the `excerpt` from `excerpt_start` on; None: we read nothing.
    """

    system: str
    item_id: str
    sample: int
    cause: str
    key: str
    ours: str | None
    theirs: str | None
    is_right_by_us: bool
    is_right_by_them: bool | None
    method: str
    start: int | None
    end: int | None
    excerpt_start: int
    excerpt: str


@dataclass
class Crosscheck:
    """`n` responses, of which `n_compared` have another's verdict and one of ours; `n_unrecorded` have none of theirs, `n_unjudged` none of
    ours. `theirs` names the other."""

    theirs: str
    n: int = 0
    n_unrecorded: int = 0
    n_unjudged: int = 0
    n_unknown: int = 0
    n_right_by_us: int = 0
    n_right_by_them: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def n_compared(self) -> int:
        return self.n - self.n_unrecorded - self.n_unjudged

    @property
    def summary(self) -> str:
        """Both accuracies in a sentence, and what was left out."""
        left_out = {"that they say nothing of": self.n_unrecorded, "that we cannot judge": self.n_unjudged, "of no item": self.n_unknown}
        told = ", ".join(f"{counted(n)} {what}" for what, n in left_out.items() if n)
        shares = [f"{counted(n)} ({ratio(n, self.n_compared)})" for n in (self.n_right_by_them, self.n_right_by_us)]
        right = f"Of {counted(self.n_compared)} responses {self.theirs} counts {shares[0]} right, we {shares[1]}."
        return f"{right} Left out: {told}." if told else right

    @property
    def causes(self) -> list[CauseRow]:
        """A row per cause, the most frequent first."""
        causes = Counter(each.cause for each in self.differences)
        return [CauseRow(cause, n, *self._right_alone(cause)) for cause, n in sorted(causes.items(), key=lambda each: (-each[1], each[0]))]

    def shown(self, n_per_cause: int = 3) -> list[ShownDifference]:
        """A few of every cause, spread over the responses in their order."""
        picked: list[ShownDifference] = []
        for row in self.causes:
            within = [each for each in self.differences if each.cause == row.cause]
            places = sorted({at * len(within) // n_per_cause for at in range(n_per_cause)})
            picked += [_shown(within[place]) for place in places]
        return picked

    def count(self, verdict: Verdict, difference: Difference | None, *, is_right_by_them: bool) -> None:
        self.n_right_by_us += verdict.is_right
        self.n_right_by_them += is_right_by_them
        if difference:
            self.differences.append(difference)

    def _right_alone(self, cause: str) -> tuple[int, int]:
        within = [each for each in self.differences if each.cause == cause]
        theirs = sum(each.is_right_by_them is True and not each.is_right_by_us for each in within)
        return theirs, sum(each.is_right_by_us and each.is_right_by_them is False for each in within)


class _Theirs(NamedTuple):
    """Another's view of one response. `is_answer_known` False: what they read was not kept, only their verdict."""

    answer: str | None
    is_right: bool | None
    is_default: bool = False
    is_answer_known: bool = True
    key: str | None = None


def crosscheck(
    answered: Iterable[tuple[Item, Response]], reader: Reader, judges: Mapping[str, Judge], rule: PublishedRule | None = None
) -> Crosscheck:
    """Compare what was recorded with the responses, or what `rule` makes of them, with what `reader` and `judges` do. Items of a kind
    without a judge are counted and left out, and so are, with a rule, those of a kind that it cannot be asked about. Where some responses
    of a system have a recorded answer, those that have nothing recorded are taken as not read by them."""
    found = Crosscheck(theirs=rule.name if rule else "the record")
    silent: dict[str, list[tuple[Verdict, Difference | None]]] = {}
    recorded: set[str] = set()
    for item, response in answered:
        found.n += 1
        judge = judges.get(item.key.kind)
        verdict = judge.judge(read_response(item.question, response, reader), item.key) if judge else None
        if judge is None or verdict is None or verdict.outcome is Outcome.UNJUDGED:
            found.n_unjudged += 1
            continue
        theirs = _by_rule(rule, item, response) if rule else _recorded(response)
        if theirs is None and rule:
            found.n_unrecorded += 1
        elif theirs is None:
            difference = _difference(_Theirs(None, is_right=False), item, response, verdict)
            silent.setdefault(response.system, []).append((verdict, difference))
        else:
            recorded.update([response.system] if theirs.answer is not None else [])
            theirs = _read_theirs(theirs, item, reader, judge)
            found.count(verdict, _difference(theirs, item, response, verdict), is_right_by_them=theirs.is_right is True)
    for system, held in silent.items():
        if system in recorded:
            for verdict, difference in held:
                found.count(verdict, difference, is_right_by_them=False)
        else:
            found.n_unrecorded += len(held)
    return found


def crosscheck_files(paths: Sequence[Path], settings: GradeSettings, rule: str | None = None) -> Crosscheck:
    """The same with files of responses and the items that `settings` name. Raises UserError where no response belongs to an item or there
    is nothing to compare, and RecordError for a file that cannot be read."""
    items = {item.id: item for item_set in load_item_sets(settings.items) for item in item_set.items}
    reader = reader_of(settings.statement)
    join = Join()
    found = crosscheck(join.pass_on(paths, items, settings), reader, JUDGES, rule_named(rule) if rule else None)
    found.n_unknown = join.n_unknown
    names = ", ".join(map(str, paths))
    if not found.n:
        raise UserError(f"{names}: none of the {join.n_unknown} responses belongs to an item; name the items that they were made for")
    if not found.n_compared:
        what = f"nothing that the rule {rule} can be asked about" if rule else "no verdicts of another's; name a published rule with --rule"
        raise UserError(f"{names}: there is nothing to compare: the responses have {what}")
    return found


def write_differences(path: Path, differences: Sequence[Difference]) -> None:
    """A row each: as CSV where the name ends so, otherwise as JSON Lines. Raises RunError where the file cannot be written."""
    if path.suffix.lower() == ".csv":
        write_text(path, as_csv([asdict(each) for each in differences]))
    else:
        write_records(path, differences)


def _by_rule(rule: PublishedRule, item: Item, response: Response) -> _Theirs | None:
    if item.key.kind not in rule.kinds:
        return None
    ruling = rule.rule(response.text, item)
    return _Theirs(ruling.answer, ruling.is_right, ruling.is_default, is_answer_known=not rule.is_keyed)


def _recorded(response: Response) -> _Theirs | None:
    recorded = response.recorded
    if recorded.answer is None and recorded.is_right is None:
        return None
    return _Theirs(recorded.answer, recorded.is_right, is_answer_known=recorded.answer is not None, key=recorded.key)


def _read_theirs(theirs: _Theirs, item: Item, reader: Reader, judge: Judge) -> _Theirs:
    """With their answer as we write answers, and their verdict, where they gave none, as our judge has it."""
    if not theirs.is_answer_known or theirs.answer is None:
        return theirs
    written = theirs.answer.strip()
    if not written:
        return theirs._replace(answer=None)
    letter = written.strip("().[] ").upper()
    reading = Reading(letter) if letter in item.question.options else reader.read(written, item.question)
    is_right = theirs.is_right if theirs.is_right is not None else judge.judge(reading, item.key).is_right
    return theirs._replace(answer=reading.value if reading.value is not None else written, is_right=is_right)


def _cause(theirs: _Theirs, item: Item, verdict: Verdict) -> str | None:
    """Why the two differ, or None where they do not. Names and numbers are written in many ways, so of those only verdicts are compared."""
    ours = verdict.reading
    is_other_verdict = theirs.is_right is not None and theirs.is_right is not verdict.is_right
    if not theirs.is_answer_known:
        is_same = not is_other_verdict
    elif theirs.answer is None or ours.value is None:
        is_same = (theirs.answer is None) == (ours.value is None) and not is_other_verdict
    else:
        is_same = not is_other_verdict and (theirs.answer == ours.value or item.key.kind not in _LETTERED)
    return None if is_same else _named_cause(theirs, item, ours)


def _named_cause(theirs: _Theirs, item: Item, ours: Reading) -> str:
    letter = recorded_letter(item, theirs.key)
    if letter is not None and isinstance(item.key, ChoiceKey) and letter not in item.key.letters:
        return "other_key"
    if theirs.is_default:
        return "their_default"
    if ours.abstention is not None:
        return f"we_abstain_{ours.abstention.value}"
    if not theirs.is_answer_known:
        return "other_verdict_answer_not_kept"
    if theirs.answer is None:
        return "they_read_none"
    if theirs.answer == ours.value:
        return "other_verdict_same_answer"
    return "they_take_what_we_passed_over" if theirs.answer == ours.rival else "other_answer"


def _difference(theirs: _Theirs, item: Item, response: Response, verdict: Verdict) -> Difference | None:
    reading, cause = verdict.reading, _cause(theirs, item, verdict)
    if cause is None:
        return None
    start, end = reading.span or (None, None)
    first = max(0, (len(response.text) - 2 * _AROUND) if start is None else start - _AROUND)
    last = len(response.text) if end is None else min(len(response.text), end + _AROUND, first + 4 * _AROUND)
    return Difference(
        system=response.system,
        item_id=item.id,
        sample=response.sample,
        cause=cause,
        key=_written(item.key),
        ours=reading.value,
        theirs=theirs.answer,
        is_right_by_us=verdict.is_right,
        is_right_by_them=theirs.is_right,
        method=reading.method,
        start=start,
        end=end,
        excerpt_start=first,
        excerpt=response.text[first:last],
    )


def _shown(difference: Difference) -> ShownDifference:
    start, end, first = difference.start, difference.end, difference.excerpt_start
    span = (start - first, end - first) if start is not None and end is not None else None
    ours, theirs = ("—" if each is None else each for each in (difference.ours, difference.theirs))
    excerpt = difference.excerpt.replace("\n", " ")
    return ShownDifference(difference.item_id, difference.cause, ours, theirs, difference.key, excerpt, span)


def _written(key: Key) -> str:
    match key:
        case ChoiceKey(letters) | MultiKey(letters):
            return ",".join(letters)
        case NumberKey(value=value, unit=unit):
            return "n/a" if value is None else f"{value:g} {unit}".strip()
        case DateKey(day):
            return day.isoformat()
        case TextKey(text):
            return text
        case RankedListKey(entries):
            return "; ".join(entries)
    return key.kind
