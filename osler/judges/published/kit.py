"""How MedEvalKit reads an answer (alibaba-damo-academy/MedEvalKit `utils/utils.py`), written anew from what it does."""

import re
from difflib import SequenceMatcher

from osler.core.question import ChoiceKey, Item
from osler.judges.published.choice import Ruling

_BOX = "\\boxed{"
_MARKED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_HEADINGS = (
    *("**answer**:", "**answer**", "*answer*:", "**answer:**", "answer is", "answer:", "答案:", "final answer", "final answer is"),
)


def medevalkit(text: str, item: Item) -> Ruling:
    """MedEvalKit, questions with options: in lower case, the first or the last paragraph where it is a letter; else the box, the answer
    mark or what follows "answer is", up to a full stop: as a letter, as an option's text, or else the option most alike. Faults: it never
    abstains, and of equal likeness it takes the first option, so that an empty reply is A; a reply with "boxed" in it and no box becomes
    the word none; of "B, not A" the most alike decides."""
    letters, choices = list(item.question.options), [option.lower() for option in item.question.options.values()]
    small = [letter.lower() for letter in letters]
    paragraphs = text.lower().split("\n\n")
    last = paragraphs[-1].split(".")[0]
    said = paragraphs[0] if paragraphs[0] in small else last if last in small else text.lower()
    said = _answer_part(said).strip().replace("\n", "")
    head = said.split(".")[0].split(":")[-1]
    for known in (small, choices):
        if head in known:
            return _ruled(letters[known.index(head)], item)
    likeness = [SequenceMatcher(None, choice, said).ratio() for choice in choices]
    return _ruled(letters[likeness.index(max(likeness))], item, is_default=True)


def medevalkit_yes_no(text: str, item: Item) -> Ruling:
    """MedEvalKit, questions to be answered with yes or no (`judge_judgement`): right where the reply holds the letters of exactly one of
    the two words, and those of the key's option text. It looks at the key while it reads. Faults: "no" is found in "nodule", "normal" and
    "know", "yes" in "eyes"; a yes with a "not" beside it counts as neither."""
    said = _answer_part(text).replace("\n", "").replace(".", "")
    words = [word for word in ("yes", "no") if word in said]
    if len(words) != 1:
        return Ruling(None, False)
    keys = [item.question.options[letter].lower() for letter in item.key.letters] if isinstance(item.key, ChoiceKey) else []
    named = [letter for letter, option in item.question.options.items() if option.lower() == words[0]]
    return Ruling(named[0] if named else words[0], any(key in said for key in keys))


def _answer_part(text: str) -> str:
    """In lower case: what is in the last box or in answer marks, and of that what follows each heading in turn."""
    part = text.lower()
    if "boxed" in part:
        part = _box(part)
    elif "<answer>" in part:
        part = " ".join(_MARKED.findall(part)).strip() or part
    for heading in _HEADINGS:
        part = part.split(heading)[-1]
    return part


def _box(text: str) -> str:
    depth, start = 1, text.rfind(_BOX)
    for at in range(start + len(_BOX), len(text)) if start >= 0 else ():
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[start + len(_BOX) : at].strip()
    return "None"


def _ruled(letter: str, item: Item, *, is_default: bool = False) -> Ruling:
    return Ruling(letter, isinstance(item.key, ChoiceKey) and letter in item.key.letters, is_default)
