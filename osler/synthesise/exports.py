"""Training records in the shapes that TRL reads: chat messages for the policy; prompt, completions, labels (and mask) for step rewards."""

from collections.abc import Iterable, Sequence
from typing import Any

from osler.core.codec import Codec
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.synthesise.labels import LabelledTrace

Record = dict[str, Any]


def sft_record(question: Question, steps: Sequence[Step], prompt: Prompt, codec: Codec, response: str = "") -> Record:
    """`{"id", "messages": [user, assistant]}`: TRL's conversational language-modelling shape."""
    turns = [{"role": message.role, "content": message.content} for message in prompt.messages(question)]
    return {"id": question.id, "messages": [*turns, {"role": "assistant", "content": codec.render(steps, response)}]}


def verified_traces(labelled: Iterable[LabelledTrace], n_per_question: int) -> list[Trace]:
    """The right traces, each once and at most `n_per_question` of each question, ranked by the lowest label on their way, as
    MedS³ ranks by the least value of a step (arXiv 2501.12051, published code); a masked step does not count."""
    ranked = sorted(
        (each for each in labelled if each.is_right),
        key=lambda each: min((label for label in each.labels_S if label is not None), default=1.0),
        reverse=True,
    )
    kept: dict[str, dict[tuple[Any, ...], Trace]] = {}
    for trace in (each.trace for each in ranked):
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
        "prompt": [{"role": message.role, "content": message.content} for message in prompt.messages(trace.question)],
        "completions": codec.chunks(trace.steps),
        "labels": [label if label is not None else 0.0 for label in labelled.labels_S],
        "mask": [label is not None for label in labelled.labels_S],
    }
