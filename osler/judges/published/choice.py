"""How published evaluations read a letter, each written anew from what it does: to stand beside the strict reading, not in its place.

Every rule takes the text and the item. Those that look at the key while they read say so, and are marked in `published.py`.
"""

import random
import re
import string
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from osler.core.question import ChoiceKey, Item


class Ruling(NamedTuple):
    """What a published rule makes of a text: the answer that it takes it for, and whether it counts as right. `is_default`: the rule
    found nothing and put in an answer of its own."""

    answer: str | None
    is_right: bool
    is_default: bool = False


def _letters(item: Item) -> tuple[str, ...]:
    return item.key.letters if isinstance(item.key, ChoiceKey) else ()


def _ruled(letter: str | None, item: Item, *, is_default: bool = False) -> Ruling:
    return Ruling(letter, letter is not None and letter in _letters(item), is_default)


_MIRAGE_START = re.compile(r"\s*([A-D])(?:\Z| or| and|/|,)")
_MIRAGE_INSIDE = (re.compile(r"[Oo]ption ([A-D])"), re.compile(r":\s*([A-D])"))
_MIRAGE_START_AGAIN = re.compile(r"\s*([A-D])[.\":]")


def mirage_default_a(text: str, item: Item) -> Ruling:
    """MIRAGE (Xiong et al. 2024, arXiv 2402.13178; Teddy-XiongGZ/MIRAGE `src/utils.py`, `src/evaluate.py`). Of what follows the last
    `"answer_choice": "` it takes a letter A to D at the start, after "option", or after a colon. Faults: where none stands there it answers
    A, also to "None of the above" and to errors of a content filter; of "B/D" or "A or C" it takes the first; "option Diabetes" is D. No
    reply at all (an empty text) is wrong here; the script takes the reply to the question before it once more, from which three of the ten
    published cells of GPT-3.5 come (65.04, 55.25 and 74.27 in place of 64.89, 55.13 and 74.11)."""
    if not text:
        return Ruling(None, False)
    tail = text.split('"answer_choice": "')[-1].strip()
    found = _MIRAGE_START.match(tail)
    for pattern in _MIRAGE_INSIDE:
        found = found or pattern.search(tail)
    found = found or _MIRAGE_START_AGAIN.match(tail)
    return _ruled(found[1], item) if found else _ruled("A", item, is_default=True)


_MMLU_PRO_CLOSING = re.compile(r"answer is \(?([A-J])")
_MMLU_PRO_LINE = re.compile(r"[aA]nswer:\s*([A-J])")
_MMLU_PRO_LETTER = re.compile(r"\b[A-J]\b")
_MMLU_PRO_GUESS = random.Random(12345).choice("ABCDEFGHIJ")


def mmlu_pro_null_wrong(text: str, item: Item) -> Ruling:
    """MMLU-Pro (Wang et al. 2024, arXiv 2406.01574; TIGER-AI-Lab/MMLU-Pro `evaluate_from_local.py`), with nothing found counted as wrong.
    Three levels: the first "answer is (X"; the last "Answer: X" of the first line that has one; the last capital letter A to J that
    stands alone. Faults: no boundary after the letter, so that "answer is Diabetes" is D; the pronoun "I" and "A 45-year-old" are letters
    on the third level; "answer is not (X)" falls through to it; letters that are not offered are read."""
    return _ruled(_mmlu_pro_letter(text), item)


def mmlu_pro(text: str, item: Item) -> Ruling:
    """MMLU-Pro as it is scored (`compute_accuracy.py`): as `mmlu_pro_null_wrong`, and where nothing is found a letter A to J at random.
    Fault: the generator is seeded with 12345 before every draw, so the random letter is always G, whatever is offered."""
    letter = _mmlu_pro_letter(text)
    return _ruled(letter, item) if letter else _ruled(_MMLU_PRO_GUESS, item, is_default=True)


def mmlu_pro_first_level(text: str, item: Item) -> Ruling:
    """MMLU-Pro as its older recorded outputs were read: the first "answer is (X" alone, with nothing found counted as wrong. Faults: as
    those of the first level of `mmlu_pro_null_wrong`; "Final Answer: B" is not read."""
    closing = _MMLU_PRO_CLOSING.search(text)
    return _ruled(closing[1] if closing else None, item)


def _mmlu_pro_letter(text: str) -> str | None:
    if closing := _MMLU_PRO_CLOSING.search(text):
        return closing[1]
    if lines := list(_MMLU_PRO_LINE.finditer(text)):
        end = text.find("\n", lines[0].start())
        return [line[1] for line in lines if end < 0 or line.start() < end][-1]
    letters = _MMLU_PRO_LETTER.findall(text)
    return letters[-1] if letters else None


_HUATUO_ANSWER_IS = re.compile(r"answer is\s*([A-N])")


def huatuo_match_choice(text: str, item: Item) -> Ruling:
    """HuatuoGPT-o1 (Chen et al. 2024, arXiv 2412.18925, `evaluation/eval.py`; copied into m1 and others), the last of what it finds. After
    "## Final Response" or "</think>": "answer is X"; else any letter of an option between characters that are no letters; else the
    option whose text stands in the reply; else the one most alike. Faults: it never abstains (of equal likeness it takes the last
    option: an empty reply is D of four); the D of "vitamin D" and the article A are letters; the published figure is the higher of the
    accuracies of the first and of the last match, chosen after the fact."""
    return _ruled_huatuo(text, item, -1)


def huatuo_match_choice_first(text: str, item: Item) -> Ruling:
    """As `huatuo_match_choice`, but the first of what it finds. Of options named by text it takes, as published, the one whose first
    mention comes last."""
    return _ruled_huatuo(text, item, 0)


def _ruled_huatuo(text: str, item: Item, which: int) -> Ruling:
    options = item.question.options
    for mark in ("## Final Response\n\n", "## Final Answer\n\n", "</think>"):
        if mark in text:
            text = text.split(mark)[-1]
            break
    offered = string.ascii_uppercase[: min(len(options), 14)]
    alone = re.compile(rf"(?:[\u4e00-\u9fff]|is |\W|^)(?![aA] )([{offered}])(?:\W|[\u4e00-\u9fff]|$)")
    for pattern in (_HUATUO_ANSWER_IS, alone):
        if letters := pattern.findall(text):
            return _ruled(letters[which], item)
    folded = text.lower()
    places = {letter: (folded.rfind if which else folded.find)(option.lower()) for letter, option in options.items()}
    if max(places.values(), default=-1) >= 0:
        return _ruled(max(places, key=lambda letter: places[letter]), item)
    likeness = _likeness([option.lower() for option in options.values()], folded)
    best = max(range(len(likeness)), key=lambda at: (likeness[at], at))
    return _ruled(list(options)[best], item, is_default=True)


def _likeness(options: Sequence[str], text: str) -> list[float]:
    return [SequenceMatcher(None, option, text).ratio() for option in options]


_MEDSSS = re.compile(r"the answer is(.*)", re.IGNORECASE)


def medsss_first_character(text: str, item: Item) -> Ruling:
    """MedS³ (Jiang et al. 2025, arXiv 2501.12051; pixas/MedSSS) in its search and its votes: the first character after the last "The answer
    is" that has a full stop on its line. Faults: "(B)", "option B", ": B", "**B**" and \\boxed{B} are wrong although they are right; of a
    text "diabetes" nothing but the d is seen; an empty answer raises an error there that drops the whole tree, and is wrong here."""
    captured = _medsss_captured(text)
    return _ruled(captured[:1] or None, item) if captured is not None else Ruling(None, False)


def medsss(text: str, item: Item) -> Ruling:
    """MedS³ in its evaluation (`evaluation/eval_em.py`, `multiplechoice_acc`): the key's letter anywhere in what follows the last "The
    answer is" on its line. It looks at the key while it reads. Faults: any word with a capital of the key's letter is right, so of wrong
    options written as "L. text" 7 to 9 % are; "A, B, C or D" is always right."""
    if len(text) == 1:
        return _ruled(text, item)
    captured = _medsss_captured(text)
    return Ruling(captured, captured is not None and any(letter in captured for letter in _letters(item)))


def _medsss_captured(text: str) -> str | None:
    """What follows the first "the answer is" of the last line that has one and a full stop after it, up to its last full stop. A text that
    does not end with a full stop is given one."""
    for line in reversed((text if text.endswith(".") else f"{text}.").split("\n")):
        found = _MEDSSS.search(line)
        if found and "." in found[1]:
            return found[1].rpartition(".")[0].strip().strip(".")
    return None


_MEDITRON_CLOSING = re.compile(r"answer is \(?([A-J])", re.IGNORECASE)
_MEDITRON_ANSWER = re.compile(r"answer[^A-J]*(?:(?:boxed)+[^A-J]*)?([A-J])\b", re.IGNORECASE)


def fully_open_meditron(text: str, item: Item) -> Ruling:
    """Fully Open Meditron (arXiv 2605.16215; EPFLiGHT/FullyOpenMeditron `data_gen/distill_with_retries.py`), where traces are kept for
    training: the last "answer is X" in any case, else the last letter A to J after the word "answer". Fault: no boundary after the letter
    and no regard to case, so "the answer is diabetes insipidus (A)" is D: in that phrasing 92 % of right answers are refused and 6.5 to
    6.8 % of wrong ones kept."""
    text = text.split("<|channel|>final<|message|>")[-1]
    found = _MEDITRON_CLOSING.findall(text) or _MEDITRON_ANSWER.findall(text)
    return _ruled(found[-1].upper() if found else None, item)


_MED_PRM_BOX = re.compile(r"\\boxed\{\(?([a-z])\)?\}")
_MED_PRM_CLOSING = re.compile(r"answer is\s*:?\s*\(?([a-z])")


def med_prm(text: str, item: Item) -> Ruling:
    """Med-PRM (Yun et al. 2025, arXiv 2506.11474; `python/3_test_dataset_sampling.py`), on the text in lower case: the last box with one
    letter in it, else the last "answer is X". Faults: any letter a to z and no boundary, so "the answer is a matter of …" is A and "the
    answer is diabetes" is D; what is not read votes as None."""
    folded = text.lower()
    found = _MED_PRM_BOX.findall(folded) or _MED_PRM_CLOSING.findall(folded)
    return _ruled(found[-1].upper() if found else None, item)


_HARNESS_MEDQA = re.compile(r"Final Answer:\s*(?:\*\*)?\s*([A-D])")
_HARNESS_STRICT = re.compile(r"(?:answer is |The answer is: |The answer: |The final answer: )(.*)")
_HARNESS_BRACKETED = re.compile(r"\(([A-Z])\)")
_HARNESS_PRO = re.compile(r"answer is \(?([A-J])")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def harness_medqa(text: str, item: Item) -> Ruling:
    """lm-evaluation-harness, task `medqa_4options_cot` (pull request 4081): the letter after the first "Final Answer:", else invalid, which
    is wrong. Faults: no boundary, so "Final Answer: Diabetes" is D; the first and not the last; letters A to D only; an unfinished thought
    is read like an answer."""
    found = _HARNESS_MEDQA.search(text)
    return _ruled(found[1] if found else None, item)


def harness_mmlu_pro(text: str, item: Item) -> Ruling:
    """lm-evaluation-harness, task `mmlu_pro` (filter `custom-extract`): the first "answer is (X", else invalid, which is wrong. Fault: no
    boundary after the letter."""
    found = _HARNESS_PRO.search(text)
    return _ruled(found[1] if found else None, item)


def harness_strict(text: str, item: Item) -> Ruling:
    """lm-evaluation-harness, tasks `mmlu_flan_cot_zeroshot` and like it (filter `strict-match`): all that follows the first "answer is " on
    its line but the last character, without regard to case and punctuation. Faults: the last character is dropped whatever it is, so
    that "The answer is B" without a full stop is invalid; "(B) Aspirin." is wrong."""
    found = _HARNESS_STRICT.search(text)
    written = found[1][:-1].strip() if found else ""
    letter = written.translate(_PUNCTUATION).strip().upper()
    return _ruled(letter if letter in item.question.options else written or None, item)


def harness_flexible(text: str, item: Item) -> Ruling:
    """lm-evaluation-harness, the same tasks (filter `flexible-extract`): the last capital in round brackets; else the last option text that
    stands anywhere, without regard to case and punctuation; else the last letter after a colon. Faults: "(I)" of a trial's name and
    "(A)" of an option that is ruled out are answers; of "diabetes insipidus" it may read "diabetes"."""
    if bracketed := _HARNESS_BRACKETED.findall(text):
        return _ruled(bracketed[-1], item)
    letters = {_unpointed(option): letter for letter, option in item.question.options.items()}
    named = re.findall("|".join(map(re.escape, letters)), _unpointed(text)) if all(letters) else []
    if named:
        return _ruled(letters[named[-1]], item)
    after_colon = re.findall(rf":\s*([{''.join(item.question.options)}])", text)
    return _ruled(after_colon[-1] if after_colon else None, item)


def _unpointed(text: str) -> str:
    return "".join(character for character in text.lower() if not unicodedata.category(character).startswith("P"))
