"""A checkpoint as a GGUF file, for llama.cpp and what is built on it (Ollama, LM Studio): Llama and Qwen2 bodies with a byte-level BPE.

Whatever would not answer there as it does here is refused: llama.cpp's own converter knows a hundred more architectures.
"""

import os
from pathlib import Path
from typing import Any

from gguf import GGUFWriter, LlamaFileType, RopeScalingType
from transformers import AutoConfig, AutoTokenizer, GenerationConfig

from osler.core.errors import ModelError
from osler.models.gguf_tensors import CheckpointTensors, Precision, head_dim
from osler.models.gguf_tokenizer import ExportedTokenizer

_FILE_TYPES = {"f32": LlamaFileType.ALL_F32, "f16": LlamaFileType.MOSTLY_F16, "bf16": LlamaFileType.MOSTLY_BF16}
_ARCHITECTURES = {"LlamaForCausalLM": "llama", "Qwen2ForCausalLM": "qwen2"}
_CONVERTER = "use llama.cpp's own convert_hf_to_gguf.py"


def export_gguf(checkpoint: Path, file: Path, precision: Precision = "f32") -> int:
    """Write `file`, whole or not at all. Returns how many tensors it has. Raises ModelError where the checkpoint is of another kind."""
    config, tokenizer = _load(checkpoint)
    _check(checkpoint, config)
    exported = ExportedTokenizer(tokenizer, config.vocab_size, _ends(checkpoint, config, tokenizer), where=str(checkpoint))
    tensors = CheckpointTensors(checkpoint, config)
    part = file.with_name(f".{file.name}.part")
    writer = GGUFWriter(None, _ARCHITECTURES[config.architectures[0]])
    writer.add_type("model")
    writer.add_name(checkpoint.resolve().name)
    writer.add_file_type(_FILE_TYPES[precision])
    _write_shape(writer, config)
    exported.write(writer)
    try:
        n_tensors = tensors.write(writer, part, precision)
        writer.close()
        os.replace(part, file)
    except OSError as error:
        raise ModelError(f"{file}: the file cannot be written ({error.strerror}); check the folder and the disk") from error
    finally:
        part.unlink(missing_ok=True)
    return n_tensors


def _load(checkpoint: Path) -> tuple[Any, Any]:
    if (checkpoint / "adapter_config.json").is_file():
        raise ModelError(f"{checkpoint}: this is an adapter; merge it into its base first, by --merge FOLDER")
    try:
        config = AutoConfig.from_pretrained(checkpoint, local_files_only=True, trust_remote_code=False)
        return config, AutoTokenizer.from_pretrained(checkpoint, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).split("\n")[0]
        raise ModelError(f"{checkpoint}: this is no checkpoint folder ({reason}); check the path") from error


def _check(checkpoint: Path, config: Any) -> None:
    """Raises ModelError for what llama.cpp's Llama and Qwen2 have no place for."""
    name = ", ".join(config.architectures or ["unknown"])
    if name not in _ARCHITECTURES:
        raise ModelError(f"{checkpoint}: this checkpoint is {name}; {' and '.join(_ARCHITECTURES)} can be exported; {_CONVERTER}")
    rope = config.rope_parameters
    is_qwen2 = config.model_type == "qwen2"
    ropes = ("default", "linear") if is_qwen2 else ("default", "linear", "llama3")
    odd = {
        "a quantised body": getattr(config, "quantization_config", None) is not None,
        f"the activation {config.hidden_act}": config.hidden_act != "silu",
        f"rotary embeddings of type {rope['rope_type']}": rope["rope_type"] not in ropes,
        "rotary embeddings of a part of each head": rope.get("partial_rotary_factor", 1.0) != 1.0,
        "sliding windows": is_qwen2 and "sliding_attention" in (config.layer_types or []),
        "heads that do not add up to its width": is_qwen2 and head_dim(config) * config.num_attention_heads != config.hidden_size,
        "biases": not is_qwen2 and (config.attention_bias or config.mlp_bias),
    }
    for what, is_there in odd.items():
        if is_there:
            raise ModelError(f"{checkpoint}: this checkpoint has {what}, which is not exported here; {_CONVERTER}")


def _ends(checkpoint: Path, config: Any, tokenizer: Any) -> tuple[int, ...]:
    """What ends a turn, the tokenizer's end token first, as `hf_engine` has it."""
    has_own = (checkpoint / "generation_config.json").is_file()
    configured = (GenerationConfig.from_pretrained(checkpoint) if has_own else config).eos_token_id
    ends = [tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])]
    return tuple(dict.fromkeys(end for end in ends if end is not None))


def _write_shape(writer: GGUFWriter, config: Any) -> None:
    rope = config.rope_parameters
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_dim(config))
    writer.add_value_length(head_dim(config))
    writer.add_rope_dimension_count(head_dim(config))
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
