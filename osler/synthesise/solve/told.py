"""What a role is told of an item in plain text: the question with its options, and the right answer where a prompt gives it away."""

from osler.core.question import ChoiceKey, Item, NumberKey, OpenKey, Question, TextKey


def question_text(question: Question) -> str:
    """The question, and its options on lines of their own."""
    return "\n".join([question.text, *(f"{letter}. {text}" for letter, text in question.options.items())])


def key_text(item: Item) -> str | None:
    """The right answer in words; None for a kind of key that no role is told."""
    match item.key:
        case ChoiceKey(letters=(letter, *_)):
            return f"{letter}. {item.question.options[letter]}"
        case TextKey(text=text) | OpenKey(text=text):
            return text
        case NumberKey(value=float(value), unit=unit):
            return f"{value:g} {unit}".strip()
    return None


def closing(question: Question) -> str:
    """How a response is asked to state its answer, so that it can be read."""
    what = "the letter of the option" if question.options else "the answer in as few words as it takes"
    return f'"The answer is …", with {what}'
