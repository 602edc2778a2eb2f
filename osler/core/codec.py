"""How a trace is written and read back. For every valid trace of a codec, `parse(render(trace))` gives its steps and response again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from osler.core.trace import Step


@dataclass(frozen=True)
class Parsed:
    steps: tuple[Step, ...]
    response: str = ""


class Codec(Protocol):
    """The written form of reasoning."""

    @property
    def stop(self) -> str:
        """The one string that ends a step while it is generated. Empty: this form is generated whole, never step by step."""
        ...

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        """The whole assistant turn of a finished trace."""
        ...

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        """One piece of text per step, each with its delimiter. Reward models read these: a prefix of steps is a prefix of chunks."""
        ...

    def opening(self, steps: Sequence[Step]) -> str:
        """What the assistant has written when it is about to write the step after `steps`."""
        ...

    def parse(self, text: str) -> Parsed | None:
        """The steps and response of an assistant turn, or None where the text is not of this form. Never raises."""
        ...

    def answer_text(self, parsed: Parsed) -> str:
        """The part that states the answer: what a reader is given."""
        ...

    def states_answer(self, step: Step) -> bool:
        """Whether a trace that has come to this step is finished."""
        ...


CLOSING = re.compile(r"\bthe (?:final |correct |best )?answer is\b", re.IGNORECASE)


@dataclass(frozen=True)
class StepCodec:
    """`Step 1: …` paragraphs, the last of which closes with "The answer is X." (MedS³, arXiv 2501.12051, and Med-PRM).

    A valid step is stripped, not empty, and has no blank line followed by "Step". The published code's fixed "Step 0" is left out: it is
    the same in every trace and carries nothing.
    """

    kind: Literal["step"] = "step"

    @property
    def stop(self) -> str:
        return "\n\nStep"

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        return "\n\n".join(f"Step {number}: {step.text}" for number, step in enumerate(steps, 1))

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        return [f"Step {number}: {step.text}\n\n" for number, step in enumerate(steps, 1)]

    def opening(self, steps: Sequence[Step]) -> str:
        return "".join(self.chunks(steps)) + f"Step {len(steps) + 1}:"

    def parse(self, text: str) -> Parsed | None:
        stripped = text.strip()
        if not stripped.startswith("Step"):
            return None
        steps: list[Step] = []
        for number, part in enumerate(stripped[len("Step") :].split("\n\nStep"), 1):
            heading = f" {number}:"
            body = part[len(heading) :].strip()
            if not part.startswith(heading) or not body:
                return None
            steps.append(Step(body))
        return Parsed(tuple(steps))

    def answer_text(self, parsed: Parsed) -> str:
        return parsed.steps[-1].text

    def states_answer(self, step: Step) -> bool:
        return CLOSING.search(step.text) is not None


@dataclass(frozen=True)
class ThinkCodec:
    """`<think>` paragraphs `</think>` and a response (DeepSeek-R1 and its kin). A valid step is one paragraph: no blank line, no tag."""

    kind: Literal["think"] = "think"

    @property
    def stop(self) -> str:
        return ""

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        return f"<think>\n{_paragraphs(steps)}\n</think>\n\n{response}"

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        return [("<think>\n" if position == 0 else "") + step.text + "\n\n" for position, step in enumerate(steps)]

    def opening(self, steps: Sequence[Step]) -> str:
        return "<think>\n" + "".join(step.text + "\n\n" for step in steps)

    def parse(self, text: str) -> Parsed | None:
        match = re.fullmatch(r"\s*<think>\n(.*?)\n?</think>\s*(.*?)\s*", text, re.DOTALL)
        if match is None or "<think>" in match[2] or "</think>" in match[2]:
            return None
        return _parsed_sections(match[1], match[2])

    def answer_text(self, parsed: Parsed) -> str:
        return parsed.response

    def states_answer(self, step: Step) -> bool:
        return False  # a thought may mention an answer; only the response gives it


@dataclass(frozen=True)
class SectionCodec:
    """`## Thinking` paragraphs, then `## Final Response` (HuatuoGPT-o1, arXiv 2412.18925)."""

    kind: Literal["section"] = "section"

    @property
    def stop(self) -> str:
        return ""

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        return f"## Thinking\n\n{_paragraphs(steps)}\n\n## Final Response\n\n{response}"

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        return [("## Thinking\n\n" if position == 0 else "") + step.text + "\n\n" for position, step in enumerate(steps)]

    def opening(self, steps: Sequence[Step]) -> str:
        return "## Thinking\n\n" + "".join(step.text + "\n\n" for step in steps)

    def parse(self, text: str) -> Parsed | None:
        """Exactly one of each heading, as the published reward demands."""
        if text.count("## Thinking") != 1 or text.count("## Final Response") != 1:
            return None
        match = re.fullmatch(r"\s*## Thinking\n\n(.*?)\s*## Final Response\n\n(.*?)\s*", text, re.DOTALL)
        return _parsed_sections(match[1], match[2]) if match else None

    def answer_text(self, parsed: Parsed) -> str:
        return parsed.response

    def states_answer(self, step: Step) -> bool:
        return False


@dataclass(frozen=True)
class BareCodec:
    """Paragraphs without any mark, each a step: how a policy writes that was trained without traces, mostly its closing statement alone. A
    valid step is one paragraph: no blank line. It reads every text, so it is nobody's guess: whoever uses it names it."""

    kind: Literal["bare"] = "bare"

    @property
    def stop(self) -> str:
        return "\n\n"

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        return _paragraphs(steps)

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        return [f"{step.text}\n\n" for step in steps]

    def opening(self, steps: Sequence[Step]) -> str:
        return "".join(self.chunks(steps))

    def parse(self, text: str) -> Parsed | None:
        steps = tuple(Step(part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip())
        return Parsed(steps) if steps else None

    def answer_text(self, parsed: Parsed) -> str:
        return parsed.steps[-1].text

    def states_answer(self, step: Step) -> bool:
        return CLOSING.search(step.text) is not None


def _paragraphs(steps: Sequence[Step]) -> str:
    return "\n\n".join(step.text for step in steps)


def _parsed_sections(thinking: str, response: str) -> Parsed | None:
    steps = tuple(Step(part.strip()) for part in re.split(r"\n\s*\n", thinking) if part.strip())
    return Parsed(steps, response.strip()) if steps and response.strip() else None


def bare(parsed: Parsed) -> str:
    """What is said when the steps are taken away: the response, or the closing statement of the last step; empty where there is none."""
    if parsed.response or not parsed.steps:
        return parsed.response
    last = parsed.steps[-1].text
    closings = list(CLOSING.finditer(last))
    if not closings:
        return ""
    said = last[closings[-1].start() :].partition("\n")[0].strip()
    return said[:1].upper() + said[1:]


BARE = "bare"
CODECS: dict[str, Codec] = {"step": StepCodec(), "think": ThinkCodec(), "section": SectionCodec(), BARE: BareCodec()}


def parsed_by_any(text: str) -> Parsed | None:
    """As the first of the codecs with marks reads it that reads it at all."""
    marked = (codec for name, codec in CODECS.items() if name != BARE)
    return next((found for codec in marked if (found := codec.parse(text))), None)
