"""Asked: one request as the dispatcher takes it, with everything that could be refused refused before."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from osler.core.budget import Budget
from osler.core.model import Message, Sampling
from osler.core.question import Question
from osler.core.records import describe
from osler.serve.chat import Chat
from osler.serve.conversation import question_of
from osler.serve.limits import Limits
from osler.serve.parts import Parts
from osler.serve.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """What is asked, after which turns, and how it is to be answered."""

    question: Question
    before: tuple[Message, ...]
    strategy: Any
    budget: Budget
    sampling: Sampling
    seed: int

    def goes_with(self, other: "Asked") -> bool:
        """Whether one drive can answer both."""
        return (self.strategy, self.sampling, self.seed) == (other.strategy, other.sampling, other.seed)


def asked_of(chat: Chat, parts: Parts, limits: Limits) -> Asked:
    """Raises Refusal with one sentence."""
    if chat.model != parts.name:
        raise Refusal(404, f"model: there is no {chat.model!r} here; ask for {parts.name!r}", code="model_not_found", param="model")
    if chat.max_tokens and chat.max_tokens > limits.max_tokens:
        raise _invalid(f"max_tokens: {chat.max_tokens} is more than the {limits.max_tokens} of this server; ask for fewer", "max_tokens")
    question, before = question_of(chat)
    strategy = strategy_of(chat, parts, limits)
    if strategy.needs_scores and any(turn.role != "system" for turn in before):
        raise _invalid(f"messages: {strategy.kind} has every step scored on one question alone; send one user message", "messages")
    usual = parts.policy.sampling
    temperature = usual.temperature if chat.temperature is None else chat.temperature
    sampling = Sampling(temperature, chat.top_p or usual.top_p, chat.max_tokens or usual.max_tokens)
    budget = chat.osler.budget or strategy.budget
    return Asked(question, before, strategy, budget, sampling, parts.policy.seed if chat.seed is None else chat.seed)


def strategy_of(chat: Chat, parts: Parts, limits: Limits) -> Any:
    """The server's own strategy, or the one that is named; settings of the same kind are laid over the server's. Raises Refusal."""
    kind = chat.osler.strategy or parts.kind
    if kind not in parts.strategies:
        known = ", ".join(parts.strategies)
        raise Refusal(400, f"osler.strategy: there is no {kind!r}; choose among {known}", code="unknown_strategy", param="osler.strategy")
    settings = {**(parts.settings if kind == parts.kind else {}), **chat.osler.settings}
    if kind == "greedy":
        settings.setdefault("max_tokens", parts.policy.sampling.max_tokens)
        if chat.max_tokens:
            settings["max_tokens"] = chat.max_tokens
        if chat.temperature:
            raise _invalid("temperature: greedy always takes the likeliest token; leave it out or name another strategy", "temperature")
    try:
        strategy = TypeAdapter(parts.strategies[kind]).validate_python(settings)
    except ValidationError as error:
        raise _invalid(f"osler.settings: {kind}: {describe(error)}; correct the settings", "osler.settings") from None
    _check(strategy, chat.osler.budget or strategy.budget, parts, limits)
    return strategy


def _check(strategy: Any, budget: Budget, parts: Parts, limits: Limits) -> None:
    if strategy.needs_scores and parts.reward is None:
        message = f"osler.strategy: {strategy.kind} needs step scores, and this server has no reward model; start it with --reward"
        raise Refusal(400, message, code="no_reward_model", param="osler.strategy")
    if most := next((n for n in _token_limits(strategy) if n > limits.max_tokens), None):
        raise _invalid(
            f"osler.settings: {most} tokens are more than the {limits.max_tokens} of this server; ask for fewer", "osler.settings"
        )
    n_calls = min(strategy.max_requests, budget.max_calls or strategy.max_requests)
    if n_calls > limits.max_calls:
        message = f"osler.settings: {strategy.kind} may ask the model {n_calls} times, this server allows {limits.max_calls}"
        raise _invalid(f"{message}; lower the settings or send osler.budget.max_calls", "osler.settings")


def _token_limits(strategy: Any) -> Iterator[int]:
    for each in fields(strategy):
        value = getattr(strategy, each.name)
        if isinstance(value, Sampling):
            yield value.max_tokens
        elif each.name == "max_tokens":
            yield value


def _invalid(message: str, param: str) -> Refusal:
    return Refusal(400, message, code="invalid_value", param=param)
