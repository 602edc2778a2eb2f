"""Further sections of `published_figures.py`: numbers, ten models with ten options, and how often another's reading is ours."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from published_data import Answer, answers, by_system, made_of, percent, right_by_rule, unread
from published_sections import Figure, beside, equal, holds

from osler.core.verdict import Outcome
from osler.evaluate.rules import DEFAULT

_MEDCALC = {"Qwen/QwQ-32B": 35.0, "openai/gpt-oss-20b": 48.0, "open-thoughts/OpenThinker-7B": 22.0}
_FIELD = "medcalc_official_field"


def medcalc() -> Iterator[Figure]:
    field, corrected, replies = (by_system(answers(name)) for name in ("medcalc", "medcalc_corrected", "medcalc_replies"))
    for system, published in _MEDCALC.items():
        some = field[system]
        strict = percent([answer.is_right for answer in some])
        yield equal(f"MedCalc {system}, the answer's field", published, right_by_rule(some, _FIELD), strict, made_of(some, _FIELD))
        others = [answer for answer in some if (answer.ruled[_FIELD].outcome is Outcome.RIGHT) != answer.response.recorded.is_right]
        yield holds(f"MedCalc {system}, rows", not others, f"{len(others)} of {len(some)} rows are flagged otherwise")
        whole = percent([answer.is_right for answer in replies[system]])
        yield beside(
            f"MedCalc {system}, the whole reply", None, right_by_rule(replies[system], "medcalc_official"), whole, unread(replies[system])
        )
        known = corrected[system]
        strict = percent([answer.is_right for answer in known])
        note = f"{len(known)} items with corrected labels; {made_of(known, _FIELD)}"
        yield beside(f"MedCalc {system}, corrected labels", None, right_by_rule(known, _FIELD), strict, note)


_FIRST_LEVEL = "mmlu_pro_first_level"
_MMLU_PRO = {
    "Meta-Llama-3-8B": 42.8, "Mistral-7B-Instruct-v0.2": 38.5, "Qwen1.5-7B-Chat": 24.9, "Phi-3-mini-4k-instruct": 50.1, "gemma-7b": 35.9,
    "Llama-2-13b-hf": 30.7, "Yi-34B": 53.4, "Mixtral-8x7B-Instruct-v0.1": 50.2, "c4ai-command-r-v01": 48.5,
    "Meta-Llama-3_1-8B-Instruct": 50.4,
}  # fmt: skip
"""TIGER-AI-Lab/MMLU-Pro on GitHub, recorded outputs of the category health: the recorder's letter against the key, none being wrong."""


def mmlu_pro() -> Iterator[Figure]:
    last, first = by_system(answers("mmlu_pro")), by_system(answers("mmlu_pro", "first"))
    for system, published in _MMLU_PRO.items():
        some = last[system]
        recorded = percent([answer.is_right_by_record for answer in some])
        strict, early = (percent([answer.is_right for answer in each]) for each in (some, first[system]))
        guesses = sum(answer.response.recorded.answer is not None and answer.ruled[_FIRST_LEVEL].answer is None for answer in some)
        note = f"first statement {early:.2f}; {unread(some)}; {guesses} recorded letters stand nowhere in the text as an answer"
        yield equal(f"MMLU-Pro health {system}", published, recorded, strict, note, digits=1)
        yield beside(
            f"MMLU-Pro health {system}, its first rule", None, right_by_rule(some, _FIRST_LEVEL), strict, made_of(some, _FIRST_LEVEL)
        )


_OPENS_WITH = re.compile(r"\s*([A-D])\b")


def _mirage_letter(answer: Answer) -> str | None:
    ruled = answer.ruled["mirage_default_a"]
    return None if ruled.reason == DEFAULT else ruled.answer


def _medqa_letter(answer: Answer) -> str | None:
    """The recorder takes the first a, b, c or d of the text, of words too, and A where there is none: its pattern is taken to have fired
    where the text opens with a letter that stands alone."""
    opening = _OPENS_WITH.match(answer.response.text)
    recorded = answer.response.recorded.answer
    return recorded if opening and opening[1] == recorded else None


def _mmlu_pro_letter(answer: Answer) -> str | None:
    return answer.ruled[_FIRST_LEVEL].answer


_FIRED: tuple[tuple[str, str, str, Callable[[Answer], str | None]], ...] = (
    ("mirage", "last", "MIRAGE", _mirage_letter),
    ("medqa2026", "last", "MedQA2026", _medqa_letter),
    ("medqa2026", "first", "MedQA2026, first statement", _medqa_letter),
    ("mmlu_pro", "last", "MMLU-Pro health", _mmlu_pro_letter),
    ("mmlu_pro", "first", "MMLU-Pro health, first statement", _mmlu_pro_letter),
)
_ENOUGH = 99.5


def agreement() -> Iterator[Figure]:
    """Where the recorder's own pattern fired: how often its letter is ours, of all those texts, and of those that state one option."""
    for name, statement, what, letter_of in _FIRED:
        fired = [(answer, letter) for answer in answers(name, statement) if (letter := letter_of(answer)) is not None]
        both = [(answer, letter) for answer, letter in fired if answer.ours.answer is not None]
        same = [answer.ours.answer == letter for answer, letter in both]
        why = Counter(answer.ours.reason for answer, _ in fired if answer.ours.answer is None)
        note = f"fired {len(fired)}, another letter {same.count(False)}, and we abstain: " + ", ".join(
            f"{key} {n}" for key, n in why.most_common()
        )
        share = 100 * sum(same) / len(fired)
        is_met = percent(same) >= _ENOUGH
        yield Figure(f"agreement {what}", None, share, percent(same), note, is_met)


def disagreements() -> Iterator[dict[str, object]]:
    """Every response that a recorder and we read differently, and those that nobody reads, to be read by hand."""
    for name, theirs in (
        ("mirage", _ruled("mirage_default_a")),
        ("medqa2026", _recorded),
        ("mmlu_pro", _recorded),
        ("medrefl", _ruled("huatuo_match_choice")),
    ):
        yield from _differing(name, answers(name), theirs)


def _ruled(rule: str) -> Callable[[Answer], str | None]:
    return lambda answer: answer.ruled[rule].answer


def _recorded(answer: Answer) -> str | None:
    return answer.response.recorded.answer


def _differing(name: str, every: Sequence[Answer], theirs_of: Callable[[Answer], str | None]) -> Iterator[dict[str, object]]:
    for answer in every:
        theirs = theirs_of(answer)
        if theirs != answer.ours.answer or answer.ours.answer is None:
            yield {
                "source": name,
                "system": answer.ours.system,
                "item_id": answer.item.id,
                "sample": answer.response.sample,
                "theirs": theirs,
                "ours": answer.ours.answer,
                "reason": answer.ours.reason,
                "method": answer.ours.method,
                "rival": answer.ours.rival,
                "key": ",".join(getattr(answer.item.key, "letters", ())),
                "options": dict(answer.item.question.options),
                "text": answer.response.text,
            }
