"""What osler itself writes: `solutions.jsonl` and `traces.jsonl` of a run folder, and the file of `osler solve --to`.

A response is written as its codec writes it: steps and a response after them in `<think>`, steps alone as "Step 1: …".
"""

from collections.abc import Iterator

from osler.core.codec import StepCodec, ThinkCodec
from osler.core.model import Finish
from osler.core.response import Recorded, Response
from osler.core.trace import Ending, Step
from osler.core.verdict import Outcome
from osler.data.responses.columns import item_id, shown
from osler.data.responses.rows import Row

_SOLUTION = {"system", "id", "steps", "outcome", "ending", "raw"}
_TRACE = {"id", "steps", "response", "is_right"}
_SOLVED = {"id", "steps", "response", "votes"}
_FINISHES = {Ending.FINISHED: Finish.END, Ending.LENGTH: Finish.LENGTH, Ending.ERROR: Finish.ERROR}
_VERDICTS = {Outcome.RIGHT: True, Outcome.WRONG: False, Outcome.NO_ANSWER: False}


def is_own(row: Row) -> bool:
    return any(names <= row.record.keys() for names in (_SOLUTION, _TRACE, _SOLVED))


def own(row: Row, id: str) -> Iterator[tuple[Response, bool]]:
    """One response. Raises RecordError."""
    steps = row.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise row.error("steps is no list of texts; let osler write the file again")
    response = str(row.get("response") or "")
    text = str(row.get("raw") or "") or (ThinkCodec() if response else StepCodec()).render([Step(step) for step in steps], response)
    n_tokens = row.get("n_tokens") if "n_tokens" in row.record else row.get("usage.completion_tokens")
    finish = _finish(row)
    made = Response(
        item_id=item_id(row, (id or "id",)),
        text=text,
        system=str(row.get("system") or ""),
        finish=finish,
        error="error" if finish is Finish.ERROR else "",
        n_tokens=n_tokens if isinstance(n_tokens, int) else None,
        recorded=Recorded(shown(row.get("answer")), _is_right(row), shown(row.get("key"))),
    )
    yield made, False


def _finish(row: Row) -> Finish | None:
    """A run's traces are finished ones; what `solve` chose is not said."""
    if "ending" in row.record:
        endings = {ending.value: finish for ending, finish in _FINISHES.items()}
        return endings.get(str(row.get("ending")))
    return Finish.END if "is_right" in row.record else None


def _is_right(row: Row) -> bool | None:
    if isinstance(row.get("is_right"), bool):
        return bool(row.get("is_right"))
    verdicts = {outcome.value: is_right for outcome, is_right in _VERDICTS.items()}
    return verdicts.get(str(row.get("outcome")))
