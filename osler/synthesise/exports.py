"""Training records in the shapes that TRL reads: chat messages for the policy; prompt, chosen and rejected for preferences; prompt,
completions, labels (and mask) for step rewards."""

from collections.abc import Sequence
from typing import Any

from osler.core.codec import Codec
from osler.core.prompt import Prompt
from osler.core.question import Item, Question
from osler.core.trace import Step, Trace
from osler.synthesise.labels import LabelledTrace
from osler.synthesise.pairs import Pair

Record = dict[str, Any]


def sft_record(question: Question, steps: Sequence[Step], prompt: Prompt, codec: Codec, response: str = "") -> Record:
    """`{"id", "messages": [user, assistant]}`: TRL's conversational language-modelling shape."""
    return {"id": question.id, "messages": [*_turns(question, prompt), {"role": "assistant", "content": codec.render(steps, response)}]}


def verified_traces(labelled: Sequence[LabelledTrace], n_per_question: int, values: Sequence[float] | None = None) -> list[Trace]:
    """The right traces, each once and at most `n_per_question` of each question, highest value first.

    Without `values`, one per labelled trace, they are ranked by the lowest label on their way, as MedS³ ranks by the least value of a step
    (arXiv 2501.12051, published code); a masked step does not count. Raises ValueError where the lengths differ."""
    if values is None:
        values = [min((label for label in each.labels_S if label is not None), default=1.0) for each in labelled]
    right = [(value, each.trace) for value, each in zip(values, labelled, strict=True) if each.is_right]
    kept: dict[str, dict[tuple[Any, ...], Trace]] = {}
    for _, trace in sorted(right, key=lambda pair: pair[0], reverse=True):
        distinct = kept.setdefault(trace.question.id, {})
        if len(distinct) < n_per_question:
            distinct.setdefault((trace.steps, trace.response), trace)
    return [trace for distinct in kept.values() for trace in distinct.values()]


def prm_record(labelled: LabelledTrace, prompt: Prompt, codec: Codec) -> Record:
    """`{"id", "prompt": [messages], "completions": [step, …], "labels": [float, …], "mask": [bool, …]}`: TRL's stepwise shape, with soft
    labels and a mask that is True where the label counts. A completion is a step with its heading and delimiter: the text the model
    reads."""
    trace = labelled.trace
    return {
        "id": trace.question.id,
        "prompt": _turns(trace.question, prompt),
        "completions": codec.chunks(trace.steps),
        "labels": [label if label is not None else 0.0 for label in labelled.labels_S],
        "mask": [label is not None for label in labelled.labels_S],
    }


def grpo_record(item: Item, prompt: Prompt) -> Record:
    """`{"id", "prompt": [messages], "answer_kind", "answers": [text, …], "item": JSON}`: what the export of kind grpo writes."""
    from osler.synthesise.exporting.grpo import key_columns  # exports are made of the records here

    return {"id": item.id, "prompt": _turns(item.question, prompt), **key_columns(item)}


def preference_record(pair: Pair, prompt: Prompt, codec: Codec) -> Record:
    """`{"id", "prompt": [messages], "chosen": [assistant message], "rejected": [assistant message]}`: TRL's conversational preference
    shape. Where one of the two, or both, goes on, `open` names them: what trains on them learns no end of turn there."""
    going_on = [side for side, trace in (("chosen", pair.chosen), ("rejected", pair.rejected)) if not trace.has_ended]
    return {
        "id": pair.chosen.question.id,
        "prompt": _turns(pair.chosen.question, prompt),
        "chosen": [{"role": "assistant", "content": _written(pair.chosen, codec)}],
        "rejected": [{"role": "assistant", "content": _written(pair.rejected, codec)}],
        **({"open": going_on} if going_on else {}),
    }


def _turns(question: Question, prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt.messages(question)]


def _written(trace: Trace, codec: Codec) -> str:
    """The whole turn of a finished trace; of an open one its steps, without the delimiter after the last."""
    return codec.render(trace.steps, trace.response) if trace.has_ended else "".join(codec.chunks(trace.steps)).rstrip()
