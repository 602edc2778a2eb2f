"""A checkpoint so small that every test can load it: one a session, never trained, shared read-only. Nothing reaches the network."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# before any library reads them
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the tests of the journal fork after tokenizers have been used
os.environ["TRANSFORMERS_VERBOSITY"] = "error"  # the report of weights that a new head does not find in its base

TEXTS = [
    "Step 1: Fever and a productive cough suggest pneumonia.\n\nStep 2: The chest film shows a lobar shadow.\n\nStep 3: The answer is B.",
    "Step 1: Gout explains the swollen toe, for uric acid is high.\n\nStep 2: The answer is A.",
    "Which of these explains a stiff neck and a rash that does not blanch?\nA. Meningitis\nB. Migraine\nC. Measles",
]


@pytest.fixture(scope="session")
def one_thread() -> None:
    """Sums in the same order everywhere, and no quarrel over the cores."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A nano model of 2 layers and at most 400 tokens, from random weights."""
    from osler.models.nano import Nano

    folder = tmp_path_factory.mktemp("tiny") / "base"
    shape = Nano(vocab_size=400, hidden_size=32, n_layers=2, n_heads=4, intermediate_size=64, max_length=128)
    shape.create(TEXTS, folder, seed=7)
    return folder


@pytest.fixture(scope="session")
def tiny_prm(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A process reward model: the body of `tiny` and a head that nobody trained, wide enough for scores that differ."""
    import torch
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

    folder = tmp_path_factory.mktemp("tiny") / "prm"
    model = AutoModelForTokenClassification.from_pretrained(tiny, config=AutoConfig.from_pretrained(tiny, num_labels=1))
    torch.nn.init.normal_(model.score.weight, std=0.5, generator=torch.Generator().manual_seed(7))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_token_prm(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A process reward model of the other form: `tiny` itself, which says + or - behind the marker #. Its weights are larger, for scores
    that differ."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("tiny") / "token_prm"
    model = AutoModelForCausalLM.from_pretrained(tiny)
    model.config.step_marks = {"marker": "#", "good": "+", "bad": "-"}
    model.get_output_embeddings().weight.data.mul_(5)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(folder)
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a checkpoint to where it may be spoilt."""

    def copy(source: Path) -> Path:
        return Path(shutil.copytree(source, tmp_path / f"copy-{len(list(tmp_path.iterdir()))}"))

    return copy


@pytest.fixture(scope="session")
def edit_json() -> Callable[..., None]:
    def edit(file: Path, **changes: Any) -> None:
        """Set these keys of a JSON file."""
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return edit


@pytest.fixture(scope="session")
def edit_weights() -> Callable[..., None]:
    def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
        """Let `change` have its way with the tensors of a checkpoint."""
        from safetensors.torch import load_file, save_file

        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return edit


@pytest.fixture
def fake_vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A `vllm` with the signatures of the real one, of `tests/models/fake_vllm.py`; what was asked of it stands in the fixture."""
    spec = importlib.util.spec_from_file_location("fake_vllm", Path(__file__).with_name("models") / "fake_vllm.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.install(monkeypatch)
    for name in ("osler.models.vllm_engine", "osler.rewards.prm_vllm_engine"):
        sys.modules.pop(name, None)
