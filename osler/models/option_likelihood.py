"""How likely a checkpoint holds each option of a question: the options' letters, or their texts, as they would follow the prompt.

These are the multiple-choice protocols of lm-evaluation-harness: its `acc` is the likeliest by `per("option")`, its `acc_norm` by
`per("character")` and its `acc_bytes` by `per("byte")`. A question's prompt is run once, and its keys and values are copied to its options.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal, NamedTuple

import torch
from transformers import DynamicCache

from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.models.checkpoint import load_checkpoint
from osler.models.hf import HuggingFace


@dataclass(frozen=True)
class OptionLogprobs:
    """Of one question, by letter: the natural log-probability of what follows the prompt, and its length, `{letter: (tokens, characters,
    bytes)}`, the space before it not counted but in the tokens. `error` says why there are none."""

    sums: Mapping[str, float] = field(default_factory=dict)
    lengths: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    error: str = ""

    def per(self, unit: Literal["option", "token", "character", "byte"]) -> dict[str, float]:
        """Per option as it is, or divided by its length: a long option is unlikely merely for being long."""
        if unit == "option":
            return dict(self.sums)
        at = ("token", "character", "byte").index(unit)
        return {letter: total / self.lengths[letter][at] for letter, total in self.sums.items()}


class _Encoded(NamedTuple):
    """A question's shared tokens, and by letter those that are its option's own."""

    shared: tuple[int, ...]
    own: dict[str, tuple[int, ...]]


class OptionLikelihood:
    """Asks a checkpoint of `settings`. `form` says what stands for an option: its letter, for a prompt with `{options}` in it, or its text,
    for one without them. `lead` begins the answer, and one space and the option follow it.

    `is_chat` renders the prompt with the tokenizer's chat template; None: where it has one. A base model gets the bare text and a line
    break. `batch_size` counts options.
    """

    def __init__(
        self,
        settings: HuggingFace,
        prompt: Prompt,
        *,
        form: Literal["letter", "text"] = "letter",
        lead: str = "The answer is",
        is_chat: bool | None = None,
    ) -> None:
        self._settings, self._prompt, self._form, self._lead = settings, prompt, form, lead
        self._tokenizer, model, self._device, self._checkpoint = load_checkpoint(settings)
        self._model: Any = model
        self._is_chat = self._tokenizer.chat_template is not None if is_chat is None else is_chat
        self._max_length = int(model.config.max_position_embeddings)
        self._begin = self._tokenizer("a").input_ids[:1] if not self._is_chat else []
        if self._begin != [self._tokenizer.bos_token_id]:
            self._begin = []

    @property
    def identity(self) -> str:
        return f"options:{self._checkpoint}:{self._form}:{self._prompt.hash}:{self._lead!r}:{'chat' if self._is_chat else 'bare'}"

    @torch.inference_mode()
    def logprobs(self, questions: Sequence[Question]) -> list[OptionLogprobs]:
        """Of every question, in their order. One whose prompt is too long for the model has an `error`, and harms no other."""
        encoded = [self._encode(question) for question in questions]
        found = {place: OptionLogprobs(error=error) for place, each in enumerate(encoded) if (error := self._objection(each))}
        rest = [place for place in range(len(encoded)) if place not in found]
        for batch in self._batches(sorted(rest, key=lambda place: (len(encoded[place].shared), encoded[place].shared)), encoded):
            sums = iter(self._run([encoded[place] for place in batch]))
            for place in batch:
                own = encoded[place].own
                found[place] = OptionLogprobs({letter: next(sums) for letter in own}, self._lengths(questions[place], own))
        return [found[place] for place in range(len(questions))]

    def _encode(self, question: Question) -> _Encoded:
        """Prompt and option are tokenised together, for some tokenizers join the two; where they do, the end of the prompt that reads
        differently counts as the option's."""
        before = self._rendered(question)
        whole = {letter: self._ids(f"{before} {self._stated(question, letter)}") for letter in question.options}
        columns = zip(self._ids(before), *whole.values(), strict=False)
        n_shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
        shared = next(iter(whole.values()), ())[:n_shared]
        return _Encoded(shared, {letter: ids[n_shared:] for letter, ids in whole.items()})

    def _rendered(self, question: Question) -> str:
        messages = self._prompt.messages(question)
        if not self._is_chat:
            return "\n".join([*(message.content for message in messages), self._lead])
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return f"{self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)}{self._lead}"

    def _stated(self, question: Question, letter: str) -> str:
        return letter if self._form == "letter" else question.options[letter]

    def _ids(self, text: str) -> tuple[int, ...]:
        return (*self._begin, *self._tokenizer(text, add_special_tokens=False).input_ids)

    def _objection(self, encoded: _Encoded) -> str:
        if not encoded.own:
            return "the question has no options"
        if not encoded.shared:
            return "the prompt has no token"
        n_tokens = len(encoded.shared) + max(map(len, encoded.own.values()))
        return f"the prompt and an option have {n_tokens} tokens, the model takes {self._max_length}" if n_tokens > self._max_length else ""

    def _batches(self, places: Sequence[int], encoded: Sequence[_Encoded]) -> Iterator[list[int]]:
        batch: list[int] = []
        n_rows = 0
        for place in places:
            if batch and n_rows + len(encoded[place].own) > self._settings.batch_size:
                yield batch
                batch, n_rows = [], 0
            batch.append(place)
            n_rows += len(encoded[place].own)
        if batch:
            yield batch

    def _run(self, batch: Sequence[_Encoded]) -> list[float]:
        """The sums of the batch's options, one after another. The last shared token goes with the options: it says what their first is."""
        cache, prompt_mask = self._run_prompts([each.shared[:-1] for each in batch])
        rows = [(owner, each.shared[-1:] + own) for owner, each in enumerate(batch) for own in each.own.values()]
        owners, device = torch.tensor([owner for owner, _ in rows], device=self._device), self._device
        width = max(len(ids) for _, ids in rows)
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for _, row in rows], device=device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for _, row in rows], device=device)
        if prompt_mask.shape[1]:
            cache.batch_select_indices(owners)
        starts = torch.tensor([len(batch[owner].shared) - 1 for owner, _ in rows], device=device)
        logits = (
            self._model(
                input_ids=ids,
                attention_mask=torch.cat([prompt_mask[owners], mask], dim=1),
                position_ids=starts[:, None] + mask.cumsum(1) - 1,
                past_key_values=cache,
                use_cache=True,
            )
            .logits[:, :-1]
            .float()
        )
        log_p = logits.gather(-1, ids[:, 1:, None])[..., 0] - logits.logsumexp(-1)
        sums: list[float] = (log_p * mask[:, 1:]).sum(1).tolist()
        return sums

    def _run_prompts(self, prompts: Sequence[tuple[int, ...]]) -> tuple[DynamicCache, torch.Tensor]:
        """Left-padded, so that the options follow without a gap. The mask has shape (prompts, tokens)."""
        width, device = max(map(len, prompts)), self._device
        ids = torch.tensor([[*[0] * (width - len(row)), *row] for row in prompts], dtype=torch.long, device=device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts], dtype=torch.long, device=device)
        cache = DynamicCache(config=self._model.config)
        if width:
            positions = (mask.cumsum(1) - 1).clamp(min=0)
            self._model.base_model(input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True)
        return cache, mask

    def _lengths(self, question: Question, own: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, int, int]]:
        stated = {letter: self._stated(question, letter) for letter in own}
        return {letter: (len(own[letter]), len(text), len(text.encode())) for letter, text in stated.items()}
