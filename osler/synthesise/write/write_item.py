"""Write: a role writes an exam item from the passage of a draft, with its reasoning and the words of the passage that it rests on."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import Parsed
from osler.core.errors import Drop
from osler.core.passage import Passage
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item, Question
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.asking import ask_read, json_in, judged
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.check.injection import injected_spans
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.quoting import quoted_span
from osler.synthesise.write.lettering import relettered
from osler.synthesise.write.written import LETTERS, WrittenItem, written_item

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT)
class WriteItem:
    """`role` writes `n` items from each passage, each asked for by itself and up to `n_tries` times; each is a draft of its own whose id
    begins with that of the passage. The options are dealt anew by the run's seed and the draft's id, so that no letter is right more
    often than another, with the key and the letters that the steps name where their texts went.

    An item is refused, beside what `ask_read` and `written_item` refuse: `n_options`, `short` (fewer than `min_words` words), `few_steps`,
    `letters` (steps name options loosely), `other_answer` (the last step states another one), `no_span` (a quote of fewer than
    `min_quote_words` words, or one that is not in the passage), `injected` (it speaks to machines). The first quote is the span of the
    origin, and the note `quotes` has the spans of all.

    MedBooks-CoT-18 of Meerkat (arXiv 2404.00376; prompt and checks are ours, its own are not published)."""

    kind: Literal["write_item"] = "write_item"
    role: str = "teacher"
    n: Count = 1
    n_tries: Count = 3
    min_options: Annotated[int, Field(ge=2)] = 4
    max_options: Annotated[int, Field(le=len(LETTERS))] = 5
    min_words: Count = 10
    min_steps: Count = 3
    min_quote_words: Count = 4
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return self.n * self.n_tries

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        if not draft.passages:
            raise Drop("no_passage")
        return (yield from together([self._one(replace(draft, id=f"{draft.id}/item-{number}"), number, kit) for number in self._numbers]))

    @property
    def _numbers(self) -> range:
        return range(1, self.n + 1)

    def _one(self, draft: Draft, number: int, kit: Kit) -> Making[Draft | DroppedDraft]:
        asked = fill(Prompt.named("write_item"), self._parts(draft.passages[0], number))
        try:
            return (yield from ask_read(kit, self.role, draft, asked, lambda said: self._drafted(said, draft, kit), n_tries=self.n_tries))
        except Drop as drop:
            return DroppedDraft(draft, self.kind, drop.reason, drop.detail)

    def _parts(self, passage: Passage, number: int) -> dict[str, str]:
        several = f"\nThis is item {number} of {self.n} from this passage: each asks for another fact of it.\n" if self.n > 1 else ""
        options = str(self.min_options) if self.min_options == self.max_options else f"{self.min_options} or {self.max_options}"
        return {"passage": _headed(passage), "number": several, "options": options, "steps": str(self.min_steps)}

    def _drafted(self, said: str, draft: Draft, kit: Kit) -> Draft:
        """Raises Drop where what was said is no item, or not from this passage."""
        written = written_item(json_in(said))
        self._check(written)
        passage = draft.passages[0]
        spans = [quoted_span(quote, passage.text) for quote in written.quotes if len(quote.split()) >= self.min_quote_words]
        found = [span for span in spans if span is not None]
        if len(found) < max(1, len(written.quotes)):
            raise Drop("no_span", " | ".join(written.quotes)[:200] or "no quote")
        moved = dealt(len(written.options), f"{kit.seed}/{self.kind}/{draft.id}")
        item = _item(written, moved, draft)
        origin = replace(draft.origin, span=found[0])
        made = replace(draft, origin=origin, item=item).noting(quotes=[list(span) for span in found])
        return made.with_authored(self._authored(written, moved, item, kit))

    def _check(self, written: WrittenItem) -> None:
        n_options, n_words = len(written.options), len(written.question.split())
        if not self.min_options <= n_options <= self.max_options:
            raise Drop("n_options", str(n_options))
        if n_words < self.min_words:
            raise Drop("short", written.question)
        if len(written.steps) < self.min_steps:
            raise Drop("few_steps", str(len(written.steps)))
        asked = (written.question, *written.options)
        spoken = [text for text in asked if injected_spans(text)] + [
            text for text in written.steps if injected_spans(text, may_answer=True)
        ]
        if spoken:
            raise Drop("injected", spoken[0][:200])

    def _authored(self, written: WrittenItem, moved: dict[str, str], item: Item, kit: Kit) -> Authored:
        """The steps as a trace, read and judged as any other; its answer stands where the role's codec keeps it."""
        policy = kit.policy(self.role)
        assert isinstance(item.key, ChoiceKey)
        steps = tuple(Step(relettered(step, moved)) for step in written.steps)
        said = policy.reader.read(steps[-1].text, item.question)
        if said.value is not None and said.value not in item.key.letters:
            raise Drop("other_answer", steps[-1].text[:200])
        response = f"The answer is {item.key.letters[0]}."
        if policy.codec.answer_text(Parsed(steps, response)) == steps[-1].text:  # the codec has no place but the last step
            steps, response = (*steps[:-1], Step(f"{steps[-1].text} {response}")), ""
        reading = policy.reader.read(response or steps[-1].text, item.question)
        trace = Trace(item.question, steps, response, Ending.FINISHED, reading=reading)
        return Authored.of(trace, self.role, judged(kit, trace, item), flags=("with_item",))


def dealt(n: int, seed: str) -> dict[str, str]:
    """For the letter of each of `n` places another one, or the same."""
    letters = list(LETTERS[:n])
    random.Random(seed).shuffle(letters)
    return dict(zip(LETTERS[:n], letters, strict=True))


def _item(written: WrittenItem, moved: dict[str, str], draft: Draft) -> Item:
    options = {moved[letter]: text for letter, text in zip(LETTERS, written.options, strict=False)}
    passage = draft.passages[0]
    question = Question(draft.id, written.question, {letter: options[letter] for letter in sorted(options)})
    return Item(question, ChoiceKey((moved[LETTERS[written.right]],)), group=next(iter(passage.heading), ""), cluster=passage.id)


def _headed(passage: Passage) -> str:
    """The passage under its headings."""
    return f"{' > '.join(passage.heading)}\n{passage.text}" if passage.heading else passage.text
