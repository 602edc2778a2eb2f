"""What there is to see of a record, however it is shown: on a terminal or on a sheet for review."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepView:
    """`label` is as people read it; empty where there is none."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class TraceView:
    """A trace: `who` wrote it, in words; `is_ai` where a language model did. `verdict` is a short word, empty where nobody judged it."""

    who: str
    steps: tuple[StepView, ...]
    response: str = ""
    answer: str = ""
    verdict: str = ""
    flags: tuple[str, ...] = ()
    raw: str = ""
    is_ai: bool = False


@dataclass(frozen=True)
class PartView:
    text: str
    is_support: bool


@dataclass(frozen=True)
class PassageView:
    """`parts` are its text in order, each with whether it supports the answer."""

    title: str
    parts: tuple[PartView, ...]


@dataclass(frozen=True)
class PreferenceView:
    rule: str
    chosen: TraceView
    rejected: TraceView


@dataclass(frozen=True)
class OptionView:
    letter: str
    text: str
    is_key: bool


@dataclass(frozen=True)
class RecordView:
    """`facts` are names with what is said of them: origin, licence, notes. `dropped` is why a draft was not kept: block, reason, detail.
    `is_ai_question`: it was written from the passage. `turns` are the messages of an export, each with its role; `fields` is what else a
    line holds."""

    id: str
    facts: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, str, str] | None = None
    question: str = ""
    is_ai_question: bool = False
    options: tuple[OptionView, ...] = ()
    key: str = ""
    passages: tuple[PassageView, ...] = ()
    traces: tuple[TraceView, ...] = ()
    preferences: tuple[PreferenceView, ...] = ()
    turns: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
