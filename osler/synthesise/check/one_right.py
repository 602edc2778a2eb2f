"""One right: a judge looks at each option alone with the passage, and exactly one, the key, has to be right."""

import random
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item
from osler.synthesise.asking import ask_json
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Draft


@dataclass(frozen=True)
class OptionVerdict:
    """What a judge says of one option."""

    verdict: Literal["right", "wrong"]
    reason: str = ""


@dataclass(frozen=True, config=STRICT)
class OneRight:
    """`role` says of each option whether it is right, one call for each; the others stand beside it in an order dealt by the seed, and no
    option has a letter, so that neither its place nor a letter that a passage names can sway the judge. A draft is dropped where no option
    is right (`none_right`), more than one (`several_right`), or one that is not the key (`other_right`). Note `one_right`: what was said
    of each letter.

    Ours: Meerkat's check of its written items is not published."""

    kind: Literal["one_right"] = "one_right"
    role: str = "judge"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if not isinstance(item.key, ChoiceKey):
            raise Drop("no_options", f"the key is of kind {item.key.kind}")
        letters = list(item.question.options)
        said = yield from together([self._verdict(draft, item, letter, kit) for letter in letters])
        verdicts = dict(zip(letters, said, strict=True))
        right = [letter for letter, verdict in verdicts.items() if verdict == "right"]
        if len(right) != 1:
            raise Drop("several_right" if right else "none_right", ", ".join(right))
        if right[0] not in item.key.letters:
            raise Drop("other_right", f"{right[0]}, the key is {', '.join(item.key.letters)}")
        return [draft.noting(one_right=verdicts)]

    def _verdict(self, draft: Draft, item: Item, letter: str, kit: Kit) -> Making[str]:
        options = item.question.options
        others = [text for each, text in options.items() if each != letter]
        random.Random(f"{kit.seed}/{self.kind}/{draft.id}/{letter}").shuffle(others)
        parts = {
            "passage": "\n\n".join(passage.text for passage in draft.passages),
            "question": item.question.text,
            "option": options[letter],
            "others": "\n".join(f"- {text}" for text in others),
        }
        found = yield from ask_json(kit, self.role, draft, fill(Prompt.named("judge_option"), parts), OptionVerdict)
        return found.verdict
