"""Readers, which read an answer without a key, and judges, which compare a reading with a key; one of each per kind of key.

`READERS` and `JUDGES` are the registries, keyed by the key's `kind`. To add a kind: one file, and one line in each. `QuestionReader` picks
the reader by the question alone, so that whatever answers needs no key to be read. Free answers (`rubric`, `open`, `claims`) have a reader
here and no judge: theirs ask a language model, which is handed to `OpenJudge`, `RubricJudge` or `ClaimsJudge`.
"""

from osler.core.reading import Reader
from osler.core.verdict import Judge
from osler.judges.choice.multi import MultiJudge, MultiReader
from osler.judges.choice.reader import ChoiceJudge, ChoiceReader
from osler.judges.free.reader import FreeReader
from osler.judges.name.ranked_list import RankedListJudge, RankedListReader
from osler.judges.name.text import TextJudge, TextReader
from osler.judges.number.date import DateJudge, DateReader
from osler.judges.number.reader import NumberJudge, NumberReader
from osler.judges.question_reader import QuestionReader

READERS: dict[str, Reader] = {
    "choice": ChoiceReader(),
    "multi": MultiReader(),
    "text": TextReader(),
    "number": NumberReader(),
    "date": DateReader(),
    "ranked_list": RankedListReader(),
    "rubric": FreeReader(),
    "open": FreeReader(),
    "claims": FreeReader(),
}
JUDGES: dict[str, Judge] = {
    "choice": ChoiceJudge(),
    "multi": MultiJudge(),
    "text": TextJudge(),
    "number": NumberJudge(),
    "date": DateJudge(),
    "ranked_list": RankedListJudge(),
}

__all__ = ["JUDGES", "READERS", "ChoiceJudge", "ChoiceReader", "QuestionReader", "TextJudge", "TextReader"]
