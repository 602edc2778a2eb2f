"""Tag domain: a role says what an item is about, by a code."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.synthesise.asking import ask_read
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.quality.qualifiers import QUALIFIERS

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


@dataclass(frozen=True, config=STRICT)
class TagDomain:
    """Notes as `domain` the code with which the reply of `role` ends. A reply that ends with none of the codes is asked for once more, and
    then the draft is dropped as `malformed`. The codes are by default the qualifiers of MeSH, as for m1 (arXiv 2504.00869, code); s1 uses
    the Mathematics Subject Classification."""

    kind: Literal["tag_domain"] = "tag_domain"
    role: str = "tagger"
    domains: Annotated[Mapping[Code, str], Field(min_length=2)] = Field(default_factory=lambda: QUALIFIERS)
    n_tries: Annotated[int, Field(ge=1)] = 2
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return self.n_tries

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        question = draft.asked.question
        parts = {
            "domains": "\n".join(f"{code} {name}" for code, name in self.domains.items()),
            "question": question.text,
            "options": "".join(f"\n{letter}. {text}" for letter, text in question.options.items()),
        }
        text = fill(Prompt.named("tag_domain"), parts)
        domain = yield from ask_read(kit, self.role, draft, text, self._read, n_tries=self.n_tries)
        return [draft.noting(domain=domain)]

    def _read(self, said: str) -> str:
        """The code at the end, which may stand in bold or brackets. Raises Drop for any other ending."""
        lines = said.strip().splitlines()
        words = lines[-1].replace("{", " ").replace("[", " ").replace("(", " ").split() if lines else []
        last = words[-1].strip("*_`.,:;!)]}\"'") if words else ""
        if last not in self.domains:
            raise Drop("malformed", f"ends with {last[:40]!r}")
        return last
