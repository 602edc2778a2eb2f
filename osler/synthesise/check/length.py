"""Length: neither too short nor too long."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quality.kept_traces import with_kept_traces


@dataclass(frozen=True, config=STRICT)
class Length:
    """What is shorter than `least` or longer than `most`, both allowed themselves, is dropped: `too_short`, `too_long`. `of` the question;
    of the trace, its steps together; or of the response. `unit` is words, characters, or the tokens that whoever wrote a trace counted for
    all of it; steps are counted as they are. Traces go one by one, and the draft with the last of them."""

    of: Literal["question", "trace", "response"]
    kind: Literal["length"] = "length"
    unit: Literal["words", "characters", "tokens", "steps"] = "words"
    least: Annotated[int, Field(ge=0)] = 0
    most: Annotated[int, Field(ge=1)] | None = None
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Length":
        if self.most is not None and self.least > self.most:
            raise ValueError(f"nothing is as long as {self.least} and no longer than {self.most}; give the lower one as least")
        if self.unit in ("tokens", "steps") and self.of != "trace":
            raise ValueError(f"the {self.unit} of a {self.of} are not counted; use words or characters")
        return self

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        if self.of == "question":
            if fault := self._fault(self._n(draft.asked.question.text)):
                raise Drop(*fault)
            return [draft]
        return [with_kept_traces(draft, lambda each: self._fault(self._n_of(each)))]

    def _n_of(self, authored: Authored) -> int:
        if self.unit in ("tokens", "steps"):
            return authored.n_tokens if self.unit == "tokens" else len(authored.steps)
        return self._n("\n".join(authored.steps) if self.of == "trace" else authored.response)

    def _n(self, text: str) -> int:
        return len(text.split()) if self.unit == "words" else len(text)

    def _fault(self, n: int) -> tuple[str, str] | None:
        if n < self.least:
            return "too_short", f"{self.of}: {n} {self.unit}"
        return ("too_long", f"{self.of}: {n} {self.unit}") if self.most is not None and n > self.most else None
