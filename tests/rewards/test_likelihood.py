import math

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.checkpoint import content_hash
from osler.core.codec import CODECS, StepCodec
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.rewards.likelihood import Likelihood

PROMPT = Prompt("plain", "{question}{options}")
QUESTION = Question("q-1", "Which?", {"A": "Gout", "B": "Rash"})
PROMPTED = "<|user|>Which?\nA. Gout\nB. Rash<|end|><|assistant|>"
STEPS = ("The film is clear.", "Gout explains the toe", "The answer is B.")


def trace(*texts: str, question: Question = QUESTION) -> Trace:
    return Trace(question, tuple(Step(text) for text in texts))


class ByHand:
    """The probability of one token after others, by a pass of its own."""

    def __init__(self, folder) -> None:
        self._model = AutoModelForCausalLM.from_pretrained(folder).eval()
        self._tokenizer = AutoTokenizer.from_pretrained(folder)

    def ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False).input_ids

    def probability(self, token: int, before: list[int]) -> float:
        with torch.no_grad():
            return float(self._model(input_ids=torch.tensor([before])).logits[0, -1].softmax(-1)[token])


@pytest.fixture(scope="module")
def by_hand(tiny):
    return ByHand(tiny)


def test_where_a_step_ends_in_a_full_stop_its_token_may_be_merged_with_the_delimiter(by_hand):
    """What the next test is about: ".\\n\\n" is one token of this vocabulary, "e\\n\\n" is not."""
    assert by_hand.ids("clear.\n\n")[-1] != by_hand.ids("clear.")[-1]
    assert len(by_hand.ids("clear.\n\n")) == len(by_hand.ids("clear."))
    assert by_hand.ids("toe\n\n")[: len(by_hand.ids("toe"))] == by_hand.ids("toe")


@pytest.mark.parametrize("pool", ["mean", "least"])
def test_scores_by_hand(tiny, by_hand, pool):
    """Step by step, token by token. The full stop at the end of a step may be "." or ".\\n\\n"; the delimiter counts for nothing."""
    before, expected = by_hand.ids(PROMPTED), []
    for number, text in enumerate(STEPS, 1):
        bare, chunk = by_hand.ids(f"Step {number}: {text}"), by_hand.ids(f"Step {number}: {text}\n\n")
        probabilities = [by_hand.probability(token, before + bare[:at]) for at, token in enumerate(bare)]
        if text.endswith("."):
            assert chunk[:-1] == bare[:-1]
            probabilities[-1] += by_hand.probability(chunk[-1], before + bare[:-1])
        expected.append(math.prod(probabilities) ** (1 / len(bare)) if pool == "mean" else min(probabilities))
        before = before + chunk
    assert len({round(score, 4) for score in expected}) == 3
    reward = Likelihood(str(tiny), pool=pool).load(PROMPT, StepCodec())
    others = [trace("No.", question=Question("q-2", "Why does a rash that does not blanch matter so much?")), trace("A rash.", "No.")]
    assert reward.score([others[0], trace(*STEPS), others[1]])[1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_every_codec_has_steps_to_score(tiny, codec):
    """One after another or all at once."""
    reward = Likelihood(str(tiny)).load(PROMPT, CODECS[codec])
    whole = reward.score([trace(*STEPS)])[0]
    assert all(0 < score <= 1 for score in whole)
    assert [reward.score([trace(*STEPS[: n + 1])])[0][n] for n in range(3)] == pytest.approx(whole, rel=1e-4)


def test_a_step_of_white_space_is_scored_as_well(tiny):
    """Where a codec writes nothing but the delimiter for it."""
    scores = Likelihood(str(tiny)).load(PROMPT, CODECS["think"]).score([trace("No.", "", "Yes.")])[0]
    assert all(0 < score <= 1 for score in scores)


def test_what_was_scored_is_not_scored_again(tiny):
    reward = Likelihood(str(tiny)).load(PROMPT, StepCodec())
    n_rows: list[int] = []
    reward._model.register_forward_pre_hook(lambda module, positional, named: n_rows.append(len(named["input_ids"])), with_kwargs=True)
    first = reward.score([trace("One."), trace("Two."), trace("One."), trace()])
    assert reward.score([trace("Two."), trace("One.")]) == [first[1], first[0]]
    assert n_rows == [2]


def test_the_pool_is_part_of_the_identity(tiny):
    identities = {Likelihood(str(tiny), pool=pool).load(PROMPT, StepCodec()).identity for pool in ("mean", "least")}
    content = content_hash(str(tiny))
    assert identities == {f"likelihood:{content}:float32:cpu:mean", f"likelihood:{content}:float32:cpu:least"}


@pytest.mark.parametrize(
    ("name", "part"),
    [("prm", "this checkpoint is Qwen2ForTokenClassification, not a causal language model; name a policy's"), ("gone", "; check the path")],
)
def test_a_checkpoint_that_is_none_is_refused_in_one_sentence(name, part, tiny_prm, tmp_path):
    folder = tiny_prm if name == "prm" else tmp_path / "gone"
    with pytest.raises(ModelError) as error:
        Likelihood(str(folder)).load(PROMPT, StepCodec())
    assert part in str(error.value)
    assert str(error.value).startswith(f"{folder}: ")
    assert "\n" not in str(error.value)
