"""Training records in the shapes that TRL reads: chat messages for the policy; prompt, completions, labels (and mask) for step rewards."""

from collections import Counter
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
    """The right traces, at most `n_per_question` of each question, ranked by the lowest label on their way (MedS³ §1.5 ranks a trajectory
    by its least step value; a masked step does not count)."""
    ranked = sorted(
        (each for each in labelled if each.is_right),
        key=lambda each: min(label for label in each.labels_S if label is not None),
        reverse=True,
    )
    kept: Counter[str] = Counter()
    traces = []
    for trace in (each.trace for each in ranked):
        kept[trace.question.id] += 1
        if kept[trace.question.id] <= n_per_question:
            traces.append(trace)
    return traces


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
