"""The official client of OpenAI's API against real servers: what it sends is understood, what it gets is what it knows, and more."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import openai
import pytest

from osler.core.model import Finish, Reply, Request, Usage
from osler.core.trace import Trace
from osler.models.scripted import ScriptedModel

ASKED = "A patient has a fever and a cough. What is it?\n\nA. Gout\nB. Pneumonia"
NOTICE = "Research software, no medical device: not for decisions about a patient."


class ByLetter:
    """Scores 0.5 for every step, and 0.9 for one that answers A."""

    identity = "by-letter"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [tuple(0.9 if "is A" in step.text else 0.5 for step in trace.steps) for trace in traces]


@pytest.fixture
def votes(serving: Any) -> Any:
    """Its samples answer A, B, B in turn; the reward model likes A."""
    return serving(serving.parts_of(ScriptedModel(serving.answering("A", "B", "B")), reward=ByLetter()))


@pytest.fixture(scope="module")
def always_b(serving: Any) -> Any:
    return serving(serving.answering("B"))


def test_a_chat_is_answered(always_b: Any) -> None:
    answer = always_b.ask(ASKED)
    [choice] = answer.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", "The answer is B.", "stop")
    assert choice.message.reasoning_content == "Fever and a cough."
    # 11 words of the question, then "A." "Gout" "B." "Pneumonia"; the reply is "Step 1: Fever and a cough." and "Step 2: The answer is B."
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (15, 12, 27)
    assert (answer.object, answer.model, answer.system_fingerprint) == ("chat.completion", "small", "scripted:scripted")
    assert answer.id == answer._request_id
    about = answer.osler
    assert about["notice"] == NOTICE
    assert about["question"]["options"] == {"A": "Gout", "B": "Pneumonia"}
    assert (about["answer"], about["answer_text"], about["abstention"]) == ("B", "Pneumonia", None)
    assert about["reasoning"] == ["Fever and a cough.", "The answer is B."]
    assert about["strategy"]["kind"] == "greedy"


def test_votes_of_self_consistency(votes: Any) -> None:
    about = votes.ask(ASKED, extra_body={"osler": {"strategy": "self_consistency", "settings": {"n": 3}}}).osler
    assert about["votes"] == {"A": 1, "B": 2}
    assert (about["answer"], about["chosen"]) == ("B", 1)
    assert [candidate["answer"] for candidate in about["candidates"]] == ["A", "B", "B"]
    assert about["usage"] == {"prompt_tokens": 45, "completion_tokens": 36, "n_calls": 3}
    assert about["step_scores"] == []


def test_step_scores_of_best_of_n(votes: Any) -> None:
    about = votes.ask(ASKED, extra_body={"osler": {"strategy": "best_of_n", "settings": {"n": 3, "aggregate": "last"}}}).osler
    assert (about["answer"], about["step_scores"]) == ("A", [0.5, 0.9])
    assert [candidate["step_scores"] for candidate in about["candidates"]] == [[0.5, 0.9], [0.5, 0.5], [0.5, 0.5]]


def test_a_budget_ends_the_search(votes: Any) -> None:
    settings = {"n": 8, "n_per_ask": 2, "max_right": 8}
    asked = {"strategy": "rejection_sampling", "settings": settings, "budget": {"max_calls": 3}}
    about = votes.ask(ASKED, extra_body={"osler": asked}).osler
    assert about["is_cut"]
    assert about["usage"]["n_calls"] == 4  # two asks of two: the second reaches the limit of 3


def test_options_may_be_given_or_denied(always_b: Any) -> None:
    given = always_b.ask("What is it?", extra_body={"osler": {"options": {"A": "Gout", "B": "Flu"}}}).osler
    assert (given["answer"], given["answer_text"]) == ("B", "Flu")
    denied = always_b.ask(ASKED, extra_body={"osler": {"options": {}}}).osler
    assert denied["question"]["options"] == {}
    assert denied["question"]["kind"] == "text"


def test_a_stream_says_what_an_answer_says(always_b: Any) -> None:
    whole = always_b.ask(ASKED)
    pieces = list(always_b.ask(ASKED, stream=True, stream_options={"include_usage": True}))
    first, *middle, last, usage = pieces
    assert first.choices[0].delta.role == "assistant"
    assert first.osler["notice"] == NOTICE
    assert [getattr(piece.choices[0].delta, "reasoning_content", None) for piece in middle] == ["Fever and a cough.\n\n", None]
    assert "".join(piece.choices[0].delta.content or "" for piece in middle) == whole.choices[0].message.content
    assert (last.choices[0].finish_reason, last.osler) == ("stop", whole.osler)
    assert (usage.choices, usage.usage) == ([], whole.usage)
    assert {piece.id for piece in pieces} == {first.id}
    assert {piece.object for piece in pieces} == {"chat.completion.chunk"}


@pytest.mark.parametrize(
    ("text", "reason", "content", "finish"),
    [
        ("I would rather not reason in steps.", "no_answer", "No answer: what the model wrote states no answer", "stop"),
        ("", "empty", "No answer: the model wrote nothing.", "stop"),
        ("Step 1: The answer is A or B.", "several", "No answer: the closing statement names more than one option.", "stop"),
        ("Step 1: " + "and so on " * 40, "truncated", "No answer: the reasoning was cut before its answer.", "length"),
    ],
)
def test_an_abstention_is_said(text: str, reason: str, content: str, finish: str, serving: Any) -> None:
    answer = serving(lambda request, rng: text).ask(ASKED)
    assert answer.choices[0].message.content.startswith(content)
    assert answer.choices[0].finish_reason == finish
    about = answer.osler
    assert about["abstention"]["reason"] == reason
    assert (about["answer"], about["answer_text"], about["chosen"]) == (None, None, None)
    assert about["candidates"][0]["abstention"] == reason


def test_the_models(always_b: Any) -> None:
    [model] = always_b.client().models.list().data
    assert (model.id, model.object, model.owned_by) == ("small", "model", "osler")
    assert model.osler["strategies"] == ["greedy", "self_consistency"]  # the others score, and there is no reward model
    assert always_b.client().models.retrieve("small").id == "small"
    with pytest.raises(openai.NotFoundError, match="there is no 'big' here; ask for 'small'"):
        always_b.client().models.retrieve("big")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"extra_body": {"osler": {"strategy": "guess"}}}, r"osler.strategy: there is no 'guess'; choose among greedy, self_consistency, best"),
    ({"extra_body": {"osler": {"strategy": "best_of_n"}}}, "osler.strategy: best_of_n needs step scores"),
    ({"extra_body": {"osler": {"settings": {"n": 3}}}}, "osler.settings: greedy: n: Unexpected keyword argument"),
    ({"extra_body": {"osler": {"strategy": "self_consistency", "settings": {"n": 9999}}}}, "may ask the model 9999 times"),
    ({"extra_body": {"osler": {"settings": {"max_tokens": 999}}}}, "osler.settings: 999 tokens are more than the 64"),
    ({"extra_body": {"osler": {"budget": {"max_calls": 0}}}}, "osler.budget.max_calls: Input should be greater than or equal to 1"),
    ({"extra_body": {"osler": {"options": {"1": "Gout", "2": "Flu"}}}}, "osler.options: option '1' is not a capital letter"),
    ({"extra_body": {"osler": {"kind": "choice", "options": {}}}}, "osler.kind: choice needs two options or more"),
    ({"extra_body": {"osler": {"stratgy": "greedy"}}}, "osler.stratgy: not supported; there is no such parameter here"),
    ({"extra_body": {"best": 1}}, "best: not supported"),
    ({"n": 2}, "n: not supported; ask for a strategy that samples"),
    ({"stop": ["\n"]}, "stop: not supported"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools: not supported"),
    ({"response_format": {"type": "json_object"}}, "response_format: not supported"),
    ({"temperature": 0.7}, "temperature: greedy always takes the likeliest token"),
    ({"temperature": -1}, "temperature: Input should be greater than or equal to 0"),
    ({"max_tokens": 65}, "max_tokens: 65 is more than the 64 of this server"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens: max_completion_tokens says something else"),
    ({"messages": []}, "messages: List should have at least 1 item"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]}, "messages.0.role: 'tool' is not understood"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "messages: the last one is of the role 'assistant'"),
    ({"messages": [{"role": "user", "content": " "}]}, "messages.0.content: it is empty"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages.0.content: only text"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_in_one_sentence(changes: dict[str, Any], message: str, always_b: Any) -> None:
    request = {"model": "small", "messages": [{"role": "user", "content": ASKED}], **changes}
    with pytest.raises(openai.BadRequestError, match=message) as refused:
        always_b.client().chat.completions.create(**request)
    assert isinstance(refused.value.body, dict)
    assert set(refused.value.body) == {"message", "type", "param", "code"}
    assert refused.value.type == "invalid_request_error"
    assert refused.value.code in ("invalid_value", "unsupported_parameter", "unknown_strategy", "no_reward_model")


def test_what_changes_nothing_is_taken(always_b: Any) -> None:
    plain = always_b.ask(ASKED)
    neutral = always_b.ask(
        ASKED, n=1, stop=None, frequency_penalty=0, presence_penalty=0.0, logprobs=False, temperature=0, top_p=0.9, user="u", metadata={},
        response_format={"type": "text"}, tools=[], max_completion_tokens=64,
    )  # fmt: skip
    assert neutral.osler == plain.osler


def test_another_model_is_not_found(always_b: Any) -> None:
    with pytest.raises(openai.NotFoundError, match="model: there is no 'big' here; ask for 'small'") as refused:
        always_b.client().chat.completions.create(model="big", messages=[{"role": "user", "content": ASKED}])
    assert refused.value.code == "model_not_found"


def test_a_conversation_reaches_the_model_as_it_is(serving: Any) -> None:
    model = ScriptedModel(serving.answering("B"))
    running = serving(serving.parts_of(model, reward=ByLetter()))
    turns = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Is it gout?"},
        {"role": "assistant", "content": "No.", "refusal": None},
        {"role": "user", "content": [{"type": "text", "text": "What"}, {"type": "text", "text": "is it?\nA) Gout\nB) Flu"}]},
    ]
    request = {"model": "small", "messages": turns}
    running.client().chat.completions.create(**request)
    [asked] = model.requests
    assert [(turn.role, turn.content) for turn in asked.messages] == [
        ("system", "Be brief."), ("user", "Is it gout?"), ("assistant", "No."), ("user", "What\nis it?\nA. Gout\nB. Flu"),
    ]  # fmt: skip
    scoring = {**request, "extra_body": {"osler": {"strategy": "best_of_n"}}}
    with pytest.raises(openai.BadRequestError, match="scored on one question alone"):
        running.client().chat.completions.create(**scoring)
    running.client().chat.completions.create(**{**scoring, "messages": [turns[0], turns[3]]})


def test_sampling_reaches_the_model(serving: Any) -> None:
    model = ScriptedModel(serving.answering("B"))
    running = serving(model)
    sampled = {"strategy": "self_consistency", "settings": {"n": 1}}
    running.ask(ASKED, temperature=0.3, top_p=0.5, max_tokens=20, extra_body={"osler": sampled})
    running.ask(ASKED, max_tokens=21)
    running.ask(ASKED, seed=1, extra_body={"osler": sampled})
    running.ask(ASKED, seed=1, extra_body={"osler": sampled})
    running.ask(ASKED, seed=2, extra_body={"osler": sampled})
    drawn = [(each.sampling.temperature, each.sampling.top_p, each.sampling.max_tokens) for each in model.requests]
    assert drawn == [(0.3, 0.5, 20), (0.0, 1.0, 21), *[(1.0, 0.95, 64)] * 3]
    seeds = [each.seed for each in model.requests[2:]]
    assert seeds[0] == seeds[1] != seeds[2]


def test_an_engine_that_fails_is_an_error_and_no_answer(serving: Any) -> None:
    class Failing:
        is_reproducible, identity = True, "failing"

        def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
            yield [(at, Reply("", Finish.ERROR, Usage(), "the device is gone")) for at in range(len(requests))]

        def close(self) -> None: ...

    with pytest.raises(openai.InternalServerError, match=r"the engine failed: .*the device is gone") as failed:
        serving(Failing()).ask(ASKED)
    assert (failed.value.status_code, failed.value.code) == (502, "engine_error")


def test_a_request_that_breaks_the_engine_spoils_no_other_and_stands_in_no_log(serving: Any, caplog: pytest.LogCaptureFixture) -> None:
    def script(request: Request, rng: Random) -> str:
        if "poison" in request.messages[-1].content:
            raise ValueError(request.messages[-1].content)
        return "Step 1: The answer is B."

    held = serving.Held(script)
    running = serving(held)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(running.ask, "first?\nA. x\nB. y")
        assert held.is_asked.wait(60)  # the other three wait together while the first is under way
        others = [pool.submit(running.ask, f"{what}?\nA. x\nB. y") for what in ("second", "poison secret", "third")]
        running.wait_for("osler_requests_in_flight", 4)
        held.let_go.set()
        assert first.result().osler["answer"] == "B"
        assert [others[at].result().osler["answer"] for at in (0, 2)] == ["B", "B"]
        with pytest.raises(openai.InternalServerError) as broken:
            others[1].result()
    assert held.sizes == [1, 3, 1, 1, 1]
    assert broken.value.code == "internal_error"
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text + str(broken.value)
