"""What prompts about an item have in common: the question, its options, and the form in which an answer is to be stated."""

from osler.core.question import Question


def parts_of(question: Question) -> dict[str, str]:
    """`question`, `options` on lines of their own, and `closing`, the line that states an answer."""
    options = "".join(f"\n{letter}. {text}" for letter, text in question.options.items())
    form = {"choice": "the letter", "multi": "the letters, with commas between them"}.get(question.answer_kind, "the answer in few words")
    return {"question": question.text, "options": options, "closing": f"The answer is <{form}>."}
