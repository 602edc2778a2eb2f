import re
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.models.stopping import StopWatch

STEP = "\n\nStep"


class Bytes:
    """A tokenizer whose tokens are byte strings, as a byte-level BPE has them. The last token is a special one."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [*pieces, b"<end>"]
        self.n_decoded = 0
        self.added_tokens_decoder = {len(pieces): SimpleNamespace(special=True), 0: SimpleNamespace(special=False)}

    def __len__(self) -> int:
        return len(self.pieces)

    def decode(self, tokens: Sequence[int]) -> str:
        self.n_decoded += 1
        return b"".join(self.pieces[token] for token in tokens).decode("utf-8", errors="replace")

    def batch_decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        return [self.decode(row) for row in rows]

    def encode(self, text: str) -> list[int]:
        """The longest piece first."""
        pieces = sorted(self.pieces, key=len, reverse=True)
        found = re.findall(b"|".join(map(re.escape, pieces)), text.encode(), re.DOTALL)
        return [self.pieces.index(piece) for piece in found]


SINGLE = [bytes([byte]) for byte in range(256)]
COARSE = Bytes(
    *SINGLE, b"\n\n", b"\n\nStep", b"Step", b"St", b"ep", b"ep 2", b" Step", b".\n", b".\n\n", b"p", b"\nS", b"a\n\nStep b", "né".encode()
)
FINE = Bytes(*SINGLE)


def comes_at(stop: str, tokenizer: Bytes, tokens: list[int]) -> int | None:
    """How many tokens were written when the stop string was first seen."""
    watch = StopWatch(stop, tokenizer)
    return next((n for n in range(1, len(tokens) + 1) if watch.has_come(tokens[:n])), None)


def expected(stop: str, tokenizer: Bytes, tokens: list[int]) -> int | None:
    """The same by decoding everything at every token, special tokens left out."""
    special = len(tokenizer) - 1
    texts = [tokenizer.decode([token for token in tokens[:n] if token != special]) for n in range(1, len(tokens) + 1)]
    return next((n for n, text in enumerate(texts, 1) if stop in text), None)


@pytest.mark.parametrize("tokenizer", [COARSE, FINE])
@pytest.mark.parametrize(
    ("text", "comes"),
    [
        ("Step 1: a.\n\nStep 2: b", True),
        ("a\n\nStep", True),
        ("a\n\nStep b", True),
        ("\n\n\nStep", True),
        ("a\nStep 2", False),
        ("a\n\nstep", False),
        ("a\n\n Step", False),
        ("a\n\nSte", False),
        ("p p p", False),
    ],
)
def test_the_stop_string_is_seen_however_it_is_cut_into_tokens(text, comes, tokenizer):
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert (comes_at(STEP, tokenizer, tokens) is not None) == comes
    assert comes_at(STEP, tokenizer, tokens) == expected(STEP, tokenizer, tokens)


PIECES = [b"\n\n", b"\n", b"Step", b"St", b"ep", b"ep 2", b"p", b"\nS", b"a\n\nStep b", b".\n\n", b"S", b"t", b"e", b"<end>"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([COARSE.pieces.index(piece) for piece in PIECES]), max_size=12))
def test_it_comes_at_the_same_token_as_by_decoding_everything(tokens):
    assert comes_at(STEP, COARSE, tokens) == expected(STEP, COARSE, tokens)


@pytest.mark.parametrize("stop", ["é", "né", "Schluß", "终止"])
def test_a_stop_string_of_several_bytes_a_character_is_seen(stop):
    """Its last character is complete with its last byte only, and a byte alone has no text."""
    for tokenizer in (FINE, COARSE):
        tokens = tokenizer.encode(f"wait {stop} on")
        assert comes_at(stop, tokenizer, tokens) == expected(stop, tokenizer, tokens)
        assert comes_at(stop, tokenizer, tokens) is not None


def test_special_tokens_do_not_hide_it_and_are_no_part_of_it():
    special = len(COARSE) - 1
    tokens = [*COARSE.encode("a\n\nSt"), *[special] * 20, *COARSE.encode("ep")]
    assert comes_at(STEP, COARSE, tokens) == len(tokens)
    assert comes_at("<end>", COARSE, [special]) is None


def test_an_empty_stop_string_never_comes():
    assert comes_at("", COARSE, COARSE.encode("a\n\nStep 2: b")) is None


def test_most_tokens_cost_nothing():
    """Only a token that could complete the stop string makes the row be decoded: here "ep" and "p" alone could."""
    tokenizer = Bytes(b"no ", b"way ", b"ep", b"p")
    watch = StopWatch(STEP, tokenizer)
    tokenizer.n_decoded = 0
    assert not any(watch.has_come([0] * n + [token]) for n in range(50) for token in (0, 1))
    assert tokenizer.n_decoded == 0
    assert not watch.has_come([0, 1, 2])
    assert tokenizer.n_decoded == 1
