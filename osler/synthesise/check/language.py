"""Language: questions and traces in the language that is wanted."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quality.kept_traces import with_kept_traces
from osler.synthesise.quality.language import LANGUAGES, foreign_share, language_of


@dataclass(frozen=True, config=STRICT)
class InLanguage:
    """Drops a question, and a trace, that is in another language (`other_language`), or of whose letters more than `most_foreign` are of
    another script (`mixed_scripts`), as where a model falls into Chinese. What is too short to tell stays. By script and small words
    (`quality/language.py`), for the languages of `LANGUAGES`."""

    kind: Literal["language"] = "language"
    language: str = "en"
    most_foreign: Annotated[float, Field(ge=0, le=1)] = 0.05
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    @field_validator("language")
    @classmethod
    def _is_known(cls, language: str) -> str:
        if language not in LANGUAGES:
            raise ValueError(f"{language!r} cannot be told; choose among {', '.join(LANGUAGES)}")
        return language

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        if draft.item and (found := self._fault("\n".join((draft.item.question.text, *draft.item.question.options.values())))):
            raise Drop(*found)
        return [with_kept_traces(draft, self._trace_fault)]

    def _trace_fault(self, authored: Authored) -> tuple[str, str] | None:
        return self._fault("\n".join((*authored.steps, authored.response)))

    def _fault(self, text: str) -> tuple[str, str] | None:
        found = language_of(text)
        if found and found != self.language:
            return "other_language", found
        share = foreign_share(text, self.language)
        return ("mixed_scripts", f"{share:.0%} of the letters") if share > self.most_foreign else None
