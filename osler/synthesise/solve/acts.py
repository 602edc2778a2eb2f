"""What a trace does, act by act, as HuatuoGPT-o1 has its long traces (arXiv 2412.18925, published code): thinking, a conclusion, and, where
that was wrong, a way of revising it, more thinking and another conclusion; the verification of the last one closes it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from osler.core.codec import CLOSING
from osler.core.trace import Trace
from osler.search.revise import lead_of, revisions_of

INNER_THINKING, FINAL_CONCLUSION, VERIFICATION = "inner_thinking", "final_conclusion", "verification"

Acts = tuple[str, ...]


def acts_of(trace: Trace, candidates: Sequence[Trace]) -> Acts:
    """The acts of a finished candidate of a revision search. Between a way of revising and the next conclusion there is thinking only where
    something is said there: an answer that merely changes has none."""
    revisions = revisions_of(trace, candidates)
    starts = [0, *(revision.n_steps for revision in revisions), len(trace.steps)]
    acts: list[str] = []
    for at, (start, end) in enumerate(pairwise(starts)):
        texts = [step.text for step in trace.steps[start:end]]
        if at:
            way = revisions[at - 1].way
            acts.append(way)
            texts[0] = texts[0].removeprefix(lead_of(way))
        acts += _concluded(texts, trace.response if end == len(trace.steps) else "")
    return (*acts, VERIFICATION)


def is_complete(acts: Acts) -> bool:
    """The published rule: the last three acts are a thought, the conclusion and its verification, in this order."""
    return tuple(acts[-3:]) == (INNER_THINKING, FINAL_CONCLUSION, VERIFICATION)


def _concluded(texts: Sequence[str], response: str) -> Iterator[str]:
    """Without a response the last text is the conclusion, and what stands in it before the answer is thinking."""
    thinking = texts if response.strip() else [*texts[:-1], CLOSING.split(texts[-1], maxsplit=1)[0] if CLOSING.search(texts[-1]) else ""]
    if any(text.strip() for text in thinking):
        yield INNER_THINKING
    yield FINAL_CONCLUSION
