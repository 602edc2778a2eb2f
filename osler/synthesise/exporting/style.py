"""Style: the prompt and the codec in which an export writes; and a trace written in it, if it can be read back as it was."""

from dataclasses import dataclass

from osler.core.codec import CLOSING, Codec, Parsed
from osler.core.errors import OslerError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Reader
from osler.core.trace import Ending, Step
from osler.synthesise.draft import Authored
from osler.synthesise.label.strip import without_steps


@dataclass(frozen=True)
class Style:
    """`reader` makes sure that what is written still gives the answer that was read when the trace was judged."""

    prompt: Prompt
    codec: Codec
    reader: Reader


class Unfit(OslerError):
    """A trace that an export does not take; the message is the reason, as a column has it. Never shown."""


def turn(authored: Authored, question: Question, style: Style) -> str:
    """The assistant's turn of a trace, whole or begun; of one that was stripped, the answer alone. Raises Unfit: `unfinished`,
    `does_not_fit`, `no_closing`, `read_otherwise`."""
    if not authored.steps:
        return bare(authored, question, style)
    steps = tuple(map(Step, authored.steps))
    if authored.ending is Ending.OPEN:
        return "".join(style.codec.chunks(steps)).rstrip()
    if authored.ending is not Ending.FINISHED:
        raise Unfit("unfinished")
    parsed = recast(Parsed(steps, authored.response), style.codec)
    written = style.codec.render(parsed.steps, parsed.response)
    if style.codec.parse(written) != parsed:
        raise Unfit("does_not_fit")
    if style.codec.stop and not style.codec.states_answer(parsed.steps[-1]):
        raise Unfit("no_closing")
    _same_answer(style.codec.answer_text(parsed), authored, question, style.reader)
    return written


def recast(parsed: Parsed, codec: Codec) -> Parsed:
    """What another codec keeps as a response becomes the last step, and the last step that states the answer a response."""
    if codec.stop:  # a form that is written step by step has no response
        return Parsed((*parsed.steps, Step(parsed.response))) if parsed.response else parsed
    if not parsed.response and len(parsed.steps) > 1 and CLOSING.search(parsed.steps[-1].text):
        return Parsed(parsed.steps[:-1], parsed.steps[-1].text)
    return parsed


def bare(authored: Authored, question: Question, style: Style) -> str:
    """The answer alone, as the block `strip` leaves it. Raises Unfit: `unfinished`, `no_closing`, `read_otherwise`."""
    if authored.ending is not Ending.FINISHED:
        raise Unfit("unfinished")
    text = without_steps(authored)
    if not text:
        raise Unfit("no_closing")
    _same_answer(text, authored, question, style.reader)
    return text


def _same_answer(text: str, authored: Authored, question: Question, reader: Reader) -> None:
    if authored.answer is not None and _folded(reader.read(text, question).value or "") != _folded(authored.answer):
        raise Unfit("read_otherwise")


def _folded(answer: str) -> str:
    """Without what a sentence adds to a name: spaces, case, the full stop."""
    return " ".join(answer.casefold().split()).rstrip(".")
