"""What runs a policy of a run."""

import pytest

from osler.core.codec import CODECS
from osler.models import HuggingFace
from osler.recipe.names import SEED


@pytest.mark.parametrize(("base", "path"), [({"kind": "hf", "path": "org/base", "batch_size": 7}, "org/base"), ({"kind": "nano"}, "base")])
def test_an_adapter_that_stands_alone_is_laid_over_what_it_was_trained_from(base, path, make_context) -> None:
    policy = {"records": {"kind": "files", "paths": ["mine.jsonl"]}, "training": {"kind": "sft"}}
    context = make_context(1, seed_policy={"base": base}, policies={"alone": policy, "whole": policy})
    folder = context.run.path("models/alone/adapter_config.json")
    folder.write_text("{}")
    alone, whole, seed = (context.engine(name) for name in ("alone", "whole", SEED))
    assert isinstance(alone, HuggingFace)
    assert (alone.path.endswith(path), alone.adapter) == (True, str(folder.parent))
    assert (whole.path, whole.adapter) == (str(context.run.path("models/whole")), "")
    assert (seed.path, seed.adapter) == (alone.path, "")
    assert alone.batch_size == (7 if base["kind"] == "hf" else HuggingFace("x").batch_size)


def test_a_policy_that_was_trained_without_traces_is_read_as_it_writes(make_context) -> None:
    """Its turn is a closing statement and no step with a heading, and stays so under what is trained from it, until traces are imitated."""
    traces = {"kind": "traces", "searches": ["one"]}
    pairs = {"kind": "pairs", "searches": ["one"]}
    policies = {
        "without": {"records": traces, "training": {"kind": "sft", "is_with_trace": False}},
        "preferring": {"start": "without", "records": pairs, "training": {"kind": "dpo"}},
        "with": {"start": "without", "records": traces, "training": {"kind": "sft"}},
    }
    context = make_context(1, searches={"one": {"strategy": {"kind": "rejection_sampling"}}}, policies=policies)
    codecs = {name: context.codec_of(name) for name in ("seed", *policies)}
    assert codecs == {"seed": "step", "without": "bare", "preferring": "bare", "with": "step"}
    without = CODECS[codecs["without"]]
    parsed = without.parse("The answer is gout.")
    assert parsed is not None
    assert without.answer_text(parsed) == "The answer is gout."
    assert context.codec.parse("The answer is gout.") is None
