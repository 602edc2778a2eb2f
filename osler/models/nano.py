"""A nano language model from random weights: a byte-level BPE tokenizer and a small Qwen2-shaped body, saved as an ordinary Hugging Face
checkpoint (safetensors, chat template with generation markers, generation config), so that everything that loads a real model loads it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT

END_OF_TURN = "<|end|>"
PADDING = "<|pad|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")

# The markers tell TRL which tokens the assistant wrote, so that only those are trained on.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|end|>' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


@dataclass(frozen=True, config=STRICT)
class Nano:
    """The shape of a nano model. The defaults are the ones that `docs/log.md` (milestone 0) settled on."""

    kind: Literal["nano"] = "nano"
    vocab_size: Annotated[int, Field(ge=300, le=4000)] = 1500
    hidden_size: Annotated[int, Field(ge=16)] = 96
    n_layers: Annotated[int, Field(ge=1)] = 3
    n_heads: Annotated[int, Field(ge=1)] = 6
    intermediate_size: Annotated[int, Field(ge=16)] = 288
    init_std: Annotated[float, Field(gt=0)] = 0.08
    max_length: Annotated[int, Field(ge=64)] = 256

    def create(self, texts: Iterable[str], folder: Path, *, seed: int) -> None:
        """Train the tokenizer on `texts`, draw the weights from `seed`, and write the checkpoint to `folder`."""
        import torch
        from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

        tokenizer = self._tokenizer(texts)
        config = Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=self.hidden_size,
            num_hidden_layers=self.n_layers,
            num_attention_heads=self.n_heads,
            num_key_value_heads=self.n_heads,
            intermediate_size=self.intermediate_size,
            max_position_embeddings=self.max_length,
            initializer_range=self.init_std,
            tie_word_embeddings=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
        )
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(config)
        model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def _tokenizer(self, texts: Iterable[str]):  # type: ignore[no-untyped-def]  # transformers is imported lazily
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
        from transformers import PreTrainedTokenizerFast, Qwen2Tokenizer

        backend = Tokenizer(models.BPE())
        # AutoTokenizer loads every Qwen2 checkpoint with Qwen2's normaliser and splits, whatever tokenizer.json says: docs/design/0001
        qwen = Qwen2Tokenizer().backend_tokenizer
        backend.normalizer, backend.pre_tokenizer = qwen.normalizer, qwen.pre_tokenizer
        backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=self.vocab_size,
            special_tokens=[PADDING, END_OF_TURN, *ROLES],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        backend.train_from_iterator(texts, trainer)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=backend, eos_token=END_OF_TURN, pad_token=PADDING, model_max_length=self.max_length,
            unk_token=PADDING,  # never used; unnamed, it would be added on loading, as a token that the body has no embedding for
            clean_up_tokenization_spaces=False,
        )  # fmt: skip
        tokenizer.chat_template = CHAT_TEMPLATE
        return tokenizer
