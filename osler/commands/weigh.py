"""`osler weigh`: multiple choice by the options' log-likelihood under a checkpoint, as responses that `osler grade` takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from osler.core.errors import UserError
from osler.core.prompt import Prompt
from osler.data import load_item_sets
from osler.models import HuggingFace

FORMS = {"letter": "plain", "text": "question_only"}
"""What stands for an option, and the prompt for it: one that lists the options, or one that does not."""
UNITS: tuple[Literal["option", "token", "character", "byte"], ...] = ("option", "token", "character", "byte")


@dataclass(frozen=True)
class Weighing:
    """`policy` is a checkpoint. `form` and `per` are one of `FORMS` and `UNITS`: lm-evaluation-harness's `acc` is the likeliest text per
    option, its `acc_norm` per character. Raises UserError for another."""

    policy: str
    form: str = "letter"
    per: str = "option"

    def __post_init__(self) -> None:
        for name, value, known in (("form", self.form, FORMS), ("per", self.per, UNITS)):
            if value not in known:
                raise UserError(f"--{name} {value}: choose among {', '.join(known)}")

    def weigh(self, items: str) -> list[dict[str, Any]]:
        """A record per item with options, in their order; the keys are left aside. Raises UserError where there is none, or the checkpoint
        cannot be used."""
        from osler.models.option_likelihood import OptionLikelihood

        every = [item.question for item_set in load_item_sets(items) for item in item_set.items]
        questions = [question for question in every if question.options]
        if not questions:
            raise UserError(f"{items}: no item has options to weigh; name multiple-choice items")
        model = OptionLikelihood(
            HuggingFace(self.policy), Prompt.named(FORMS[self.form]), form="letter" if self.form == "letter" else "text"
        )
        system = f"{Path(self.policy).name} {self.form} per {self.per}"
        unit = next(each for each in UNITS if each == self.per)
        return [
            {"id": question.id, "system": system, "output": "", "option_logprobs": found.per(unit), "error": found.error}
            for question, found in zip(questions, model.logprobs(questions), strict=True)
        ]
