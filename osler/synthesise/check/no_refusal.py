"""No refusal: traces that decline to answer are no data."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quality.kept_traces import with_kept_traces


@dataclass(frozen=True, config=STRICT)
class NoRefusal:
    """Takes out traces that decline to answer; a draft that has no other is dropped as `refused`. A trace of which an answer was read has
    answered, whatever doctor it sends the reader to; `is_strict` takes it out as well."""

    kind: Literal["no_refusal"] = "no_refusal"
    is_strict: bool = False
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()

        def fault(authored: Authored) -> tuple[str, str] | None:
            said = authored.raw or "\n".join((*authored.steps, authored.response))
            is_asked = self.is_strict or authored.answer is None
            return ("refused", said[:200]) if is_asked and kit.is_refusal(said) else None

        return [with_kept_traces(draft, fault)]
