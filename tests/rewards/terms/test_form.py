import pytest

from osler.core.codec import CODECS
from osler.rewards.terms.form import Format, Parts, parts_of
from tests.rewards.terms.seeing import KIT, seen


@pytest.mark.parametrize(
    ("form", "text", "parts"),
    [
        ("think", "<think>\nHot.\n\nRed.\n</think>\n\nGout", Parts("Hot.\n\nRed.", "Gout")),
        ("think", "<think>\nHot.\n</think>\n", None),
        ("think", "<think>\n</think>\nGout", None),
        ("think", "<think>\nHot.\n</think>\nGout</think>", None),
        ("think", "<think>\nHot. <think>\n</think>\nGout", None),
        ("think", "<think>\nHot.\n</think>\nGout <THINK>", None),
        ("think", "Gout", None),
        ("section", "## Thinking\n\nHot.\n\n## Final Response\n\nGout", Parts("Hot.", "Gout")),
        ("section", "## Thinking\n\nHot.\n\n## Final Response\n\nGout\n\n## Final Response\n\nLupus", None),
        ("section", "## Thinking\n\nHot.\n\n## Final Response\n\nGout\n\n## thinking\n\nMore.", None),
        ("section", "## Thinking\n\nHot.", None),
        ("section", "## Final Response\n\nGout", None),
        ("section", "## Thinking\n\n## Final Response\n\n", None),
        ("step", "Step 1: Hot.\n\nStep 2: Gout.", Parts("Hot.", "Gout.")),
        ("step", "Step 1: Hot.\n\nStep 3: Gout.", None),
        ("think_answer", "<think>Hot.</think>\n<answer>Gout</answer>", Parts("Hot.", "Gout")),
        ("think_answer", "<think>Hot.\nRed.</think><answer>Gout</answer>\n", Parts("Hot.\nRed.", "Gout")),
        ("think_answer", "<think>Hot.</think><answer>Gout</answer> So.", None),
        ("think_answer", "<think>Hot.</think><answer>Gout</answer><answer>Lupus</answer>", None),
        ("think_answer", "<think>Hot.</think> Well: <answer>Gout</answer>", None),
        ("think_answer", "<think></think><answer></answer>", None),
    ],
)
def test_exactly_one_thought_and_one_response_or_none_at_all(form: str, text: str, parts: Parts | None) -> None:
    """Of MedVLThinker: trailing text and two answer tags → 0; of HuatuoGPT-o1: a heading that stands there twice → 0."""
    assert parts_of(text, CODECS.get(form)) == parts


def test_the_term_is_1_where_the_form_holds() -> None:
    assert [Format().number(seen(is_formed=is_formed), KIT) for is_formed in (True, False)] == [1, 0]
