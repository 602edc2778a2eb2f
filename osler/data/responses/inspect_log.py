"""Logs of inspect_ai: `.json` (one object, `{"eval": …, "samples": […]}`) and `.eval` (a zip with a file per sample).

    {"eval": {"model": "org/model", "task": "quiz"},
     "samples": [{"id": "x-1", "epoch": 1, "target": "B",
                  "output": {"choices": [{"message": {"role": "assistant", "content": "ANSWER: B"}, "stop_reason": "stop"}],
                             "usage": {"output_tokens": 5}, "time": 0.8},
                  "scores": {"choice": {"value": "C", "answer": "B"}}}]}

A `choice` task of inspect_ai that shuffles its options writes the answer back in their first order: text and key fit the item again.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from osler.core.errors import RecordError
from osler.core.model import Finish
from osler.core.response import Recorded, Response
from osler.data.place import Place
from osler.data.responses.chat import content, finish_of_choice, last_turn
from osler.data.responses.columns import item_id, shown
from osler.data.responses.rows import Row

_HEADERS = ("header.json", "_journal/start.json", "start.json")
_VALUES = {"C": True, "I": False, "P": False, "N": False}  # CORRECT, INCORRECT, PARTIAL, NOANSWER


def is_log(row: Row) -> bool:
    return isinstance(row.get("eval"), dict) and isinstance(row.get("samples"), list)


def zipped_rows(path: Path) -> Iterator[Row]:
    """A row per sample of an `.eval` file, each a log of one sample, in the order of the zip."""
    place = Place(path)
    try:
        with place.open() as file, zipfile.ZipFile(file) as archive:
            header = next((name for name in _HEADERS if name in archive.namelist()), None)
            spec = _member(place, archive, header).get("eval") if header else None
            for name in archive.namelist():
                if name.startswith("samples/") and name.endswith(".json"):
                    yield Row(f"{place}: {name}", {"eval": spec or {}, "samples": [_member(place, archive, name)]})
    except FileNotFoundError as error:
        raise RecordError(f"{place}: there is no such file; check the path") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise RecordError(f"{place}: is no whole .eval file ({error}); write the log again, or as JSON (`inspect log convert`)") from error


def _member(place: Place, archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        record = json.loads(archive.read(name))
    except NotImplementedError as error:
        advice = "convert the log to JSON (`inspect log convert --to json`)"
        raise RecordError(f"{place}: {name}: is compressed in a way that this Python cannot read ({error}); {advice}") from error
    except (ValueError, RecursionError, EOFError, zlib.error) as error:
        raise RecordError(f"{place}: {name}: is not JSON ({error}); write the log again") from error
    if not isinstance(record, dict):
        raise RecordError(f"{place}: {name}: is not a JSON object but a {type(record).__name__}; write the log again")
    return record


def samples_of(logs: Iterable[Row]) -> Iterator[Row]:
    """The logs cut into logs of one sample each, so that one that cannot be used stands alone."""
    for row in logs:
        samples = row.get("samples")
        if not isinstance(samples, list):
            raise row.error("has no list of samples; log them too (`--log-samples`)")
        for at, sample in enumerate(samples, 1):
            where = row.where if len(samples) == 1 else f"{row.where}: sample {at}"
            yield Row(where, {"eval": row.get("eval"), "samples": [sample]})


def log(row: Row, id: str) -> Iterator[tuple[Response, bool]]:
    """The response of a log of one sample. The system is the model's name. Raises RecordError."""
    sample = row.get("samples.0")
    if not isinstance(sample, dict):
        raise row.error(f"is not a JSON object but a {type(sample).__name__}; write the log again")
    yield _response(Row(row.where, _resolved(sample)), str(row.get("eval.model") or ""), id), True


def _response(sample: Row, system: str, id: str) -> Response:
    choice = sample.get("output.choices.0")
    choice = choice if isinstance(choice, dict) else {}
    turn = choice.get("message") or last_turn(sample.get("messages"))
    finish = Finish.LENGTH if sample.get("limit") else finish_of_choice(choice)
    error = sample.get("error.message") or sample.get("output.error") or ""
    epoch = sample.get("epoch")
    return Response(
        item_id=item_id(sample, (id or "id",)),
        text=content(turn, finish) if isinstance(turn, dict) else str(sample.get("output.completion") or ""),
        system=system,
        sample=max(epoch - 1, 0) if isinstance(epoch, int) else 0,
        finish=Finish.ERROR if error else finish,
        error=str(error),
        n_tokens=sample.get("output.usage.output_tokens"),
        seconds=sample.get("output.time") or sample.get("working_time") or sample.get("total_time"),
        cost=sample.get("output.usage.total_cost"),
        recorded=_recorded(sample),
    )


def _recorded(sample: Row) -> Recorded:
    """What the first score says that says right or wrong; PARTIAL and NOANSWER are not right."""
    key = sample.get("target")
    key = key[0] if isinstance(key, list) and len(key) == 1 else key
    scores = sample.get("scores")
    for score in scores.values() if isinstance(scores, dict) else ():
        value = score.get("value") if isinstance(score, dict) else None
        if isinstance(value, bool | int | float) and value in (0, 1):
            return Recorded(shown(score.get("answer")), bool(value), shown(key))
        if isinstance(value, str) and value in _VALUES:
            return Recorded(shown(score.get("answer")), _VALUES[value], shown(key))
    return Recorded(key=shown(key))


def _resolved(sample: dict[str, Any]) -> dict[str, Any]:
    """The sample with the long texts in their place that were put aside as `attachments`."""
    attachments = sample.get("attachments")
    if not isinstance(attachments, dict) or not attachments:
        return sample
    names = ("output", "messages", "id", "epoch", "target", "scores", "limit", "error", "working_time", "total_time", "metadata")
    return {name: _attached(sample[name], attachments) for name in names if name in sample}


def _attached(value: Any, attachments: dict[str, str]) -> Any:
    if isinstance(value, str):
        return attachments.get(value.removeprefix("attachment://"), value) if value.startswith("attachment://") else value
    if isinstance(value, list):
        return [_attached(each, attachments) for each in value]
    if isinstance(value, dict):
        return {name: _attached(each, attachments) for name, each in value.items()}
    return value
