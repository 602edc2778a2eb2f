import pytest

from osler.rewards.terms.length import Overlong, ReasoningLength
from tests.rewards.terms.seeing import KIT, seen


@pytest.mark.parametrize(("ratio", "penalty"), [(0.0, 0.1), (0.5, 0.05449), (1.0, 0.02689), (2.0, 0.0), (5.0, 0.0)])
def test_med_r3s_penalty_for_little_thought(ratio: float, penalty: float) -> None:
    term = ReasoningLength()
    number = term.number(seen(reasoning="x" * int(100 * ratio), response="y" * 100), KIT)
    assert -term.weight * number == pytest.approx(penalty, abs=5e-6)


def test_a_reply_without_parts_has_thought_nothing() -> None:
    assert ReasoningLength().number(seen("Gout"), KIT) == -1


@pytest.mark.parametrize(("n_tokens", "penalty"), [(0, 0.0), (11264, 0.0), (12800, -0.5), (14336, -1.0), (20000, -1.0)])
def test_med_r3s_penalty_near_the_limit(n_tokens: int, penalty: float) -> None:
    assert Overlong().number(seen(n_tokens=n_tokens), KIT) == pytest.approx(penalty)
