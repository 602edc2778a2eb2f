"""Expert pathway (Citrus, arXiv 2502.18274, published prompts): an ordinary doctor thinks step by step, an expert who knows the answer
says of each step whether it is sound and leaves a remark, and only sound steps stay."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item, MultiKey, Text
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.asking import ask_json, ask_read, judged
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quoting import folded

NOTHING = "(nothing yet)"


@dataclass(frozen=True)
class Review:
    remark: Text
    is_sound: bool
    is_enough: bool


@dataclass(frozen=True, config=STRICT)
class ExpertPathway:
    """`role` writes a step, `expert` reviews it with the key in hand; a sound one is kept, any other is written anew with the remark, at
    most `max_rounds` in all. When the expert finds the steps enough, `role` concludes without ever having seen the key, and the conclusion
    is judged. Never enough: dropped, as `not_enough`.

    A remark that names the key would hand it over: it is held back, and the trace is flagged `remark_held_back` (Citrus lets the remark
    lead to the answer and forbids only the word for it). `max_rounds` is not published; ours."""

    kind: Literal["expert_pathway"] = "expert_pathway"
    role: str = "teacher"
    expert: str = "expert"
    max_rounds: Annotated[int, Field(ge=1)] = 12
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role, self.expert)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        parts = _asked(draft.asked)
        steps: list[str] = []
        remark, n_rounds, n_held_back = NOTHING, 0, 0
        while True:
            if n_rounds == self.max_rounds:
                raise Drop("not_enough", f"{len(steps)} sound steps in {n_rounds} rounds")
            so_far = "\n\n".join(steps) or NOTHING
            # the round stands in the text: at temperature 0 the same text would bring the same step again
            shown = remark if n_rounds == 0 else f"{remark} (round {n_rounds + 1})"
            asks = {**parts, "so_far": so_far, "remark": shown}
            step = yield from ask_read(kit, self.role, draft, fill(Prompt.named("pathway_step"), asks), _paragraph)
            asks = {**parts, "so_far": so_far, "step": step, "answer": _answer(draft.asked)}
            review = yield from ask_json(kit, self.expert, draft, fill(Prompt.named("pathway_review"), asks), Review)
            n_rounds += 1
            steps += [step] if review.is_sound else []
            is_told = _tells(review.remark, draft.asked)
            n_held_back += is_told
            remark = NOTHING if is_told else review.remark
            if review.is_enough and steps:
                break
        trace = yield from self._concluded(draft, kit, parts, steps)
        flags = ("remark_held_back",) if n_held_back else ()
        authored = Authored.of(trace, self.role, judged(kit, trace, draft.asked), flags)
        return [draft.with_authored(authored).noting(pathway={"n_rounds": n_rounds, "n_sound": len(steps), "n_held_back": n_held_back})]

    def _concluded(self, draft: Draft, kit: Kit, parts: dict[str, str], steps: Sequence[str]) -> Making[Trace]:
        question = draft.asked.question
        form = "the letter of the option" if question.options else "the answer itself"
        asks = {**parts, "so_far": "\n\n".join(steps), "form": form}
        closing = yield from ask_read(kit, self.role, draft, fill(Prompt.named("pathway_close"), asks), lambda said: said)
        reading = kit.policy(self.role).reader.read(closing, question)
        return Trace(question, tuple(map(Step, steps)), closing, Ending.FINISHED, reading=reading)


def _asked(item: Item) -> dict[str, str]:
    options = "".join(f"\n{letter}. {text}" for letter, text in item.question.options.items())
    return {"question": item.question.text, "options": options}


def _answer(item: Item) -> str:
    if isinstance(item.key, ChoiceKey | MultiKey):
        return "; ".join(f"{letter}. {item.question.options[letter]}" for letter in item.key.letters)
    return str(getattr(item.key, "text", getattr(item.key, "value", item.key)))


def _tells(remark: str, item: Item) -> bool:
    """Whether a remark names the answer: the text of the right option or name, or that its letter is right."""
    said = folded(remark)
    if isinstance(item.key, ChoiceKey | MultiKey):
        texts = [folded(item.question.options[letter]) for letter in item.key.letters]
        letters = [f"option {letter}".casefold() for letter in item.key.letters]
        return any(text in said for text in (*texts, *letters))
    return folded(_answer(item)) in said


def _paragraph(said: str) -> str:
    """One paragraph: what follows a blank line is another step, and a heading is none."""
    first = next((part for part in said.split("\n\n") if part.strip()), "")
    if not first:
        raise Drop("empty")
    return " ".join(first.split())
