import hashlib

import pytest

from osler.core.checkpoint import content_hash, picked_device
from osler.core.errors import ModelError


def test_the_hash_is_of_names_and_contents_in_order_and_of_nothing_else(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights" * 3_000_000)  # more than is read at once
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("changes no reply")
    by_hand = hashlib.sha256(b"config.json" + b"{}" + b"model.safetensors" + b"weights" * 3_000_000)
    assert content_hash(str(tmp_path)) == by_hand.hexdigest()[:16]
    assert content_hash("someone/some-model") == "someone/some-model"


@pytest.mark.parametrize(
    ("name", "n_cuda", "has_mps", "device"),
    [
        ("auto", 0, False, "cpu"),
        ("auto", 0, True, "mps"),
        ("auto", 1, True, "cuda"),
        ("cpu", 2, True, "cpu"),
        ("cuda", 1, False, "cuda"),
        ("cuda:1", 2, False, "cuda:1"),
        ("mps", 0, True, "mps"),
    ],
)
def test_a_device_is_what_it_is_called_and_auto_the_best(name, n_cuda, has_mps, device):
    assert picked_device(name, "there", n_cuda=n_cuda, has_mps=has_mps) == device


@pytest.mark.parametrize(("name", "n_cuda", "has_mps"), [("cuda", 0, True), ("cuda:2", 2, False), ("mps", 1, False)])
def test_a_device_that_is_not_there_is_an_error(name, n_cuda, has_mps):
    with pytest.raises(ModelError, match=f"^there: there is no device '{name}'"):
        picked_device(name, "there", n_cuda=n_cuda, has_mps=has_mps)
