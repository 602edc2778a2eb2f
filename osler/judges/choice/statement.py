"""One statement of a choice, for example what follows "the answer is": which option does it name?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from osler.core.reading import Abstention
from osler.judges.choice.near import firsts, near_option
from osler.judges.choice.option_names import option_names
from osler.judges.stated.around import (
    AFTER_JOINED,
    BEFORE_ASIAN,
    BUT,
    CLAUSE,
    CLAUSE_AFTER_CAPITAL,
    CORRECTED,
    DENIED,
    JOIN,
    LETTER,
    LETTER_AFTER_TEXT,
    LINE_END,
    MARKED_TEXT_END,
    MAX_NEAR,
    NEAR_END,
    NEW_SENTENCE,
    SENTENCE_OPENERS,
    SEPARATOR,
    SEVERAL,
    SHORT_ANSWER_END,
    SHORT_ANSWERS,
    SPECIES,
    TEXT_END,
    WHOLE_END,
)
from osler.judges.stated.closing import LEAD, NEGATION
from osler.judges.stated.plain import ARTICLES, Plain, article_length, name, plain


class Stated(NamedTuple):
    """What a statement names: an option's letter, or why none; by which form; where in the plain text."""

    value: str | Abstention
    form: str
    start: int
    end: int


@dataclass
class Statement:
    """A stretch of text that begins with an answer. Where it `is_whole`, the answer must be all of it; otherwise it may go on."""

    options: Mapping[str, str]
    tail: Plain
    is_whole: bool

    def __post_init__(self) -> None:
        self._key = tuple(self.options.items())
        self._names, self._firsts = option_names(self._key)

    @cached_property
    def _there(self) -> list[tuple[str, str]]:
        """The names of more than a character that stand in the text."""
        return [(letter, form) for letter, form in self._names if len(form) > 1 and form in self.tail.folded]

    def read(self) -> Stated | None:
        """The option that is named, or a typed abstention where the statement is clearly none; None where nothing can be made of it."""
        lead = LEAD.match(self.tail.text)
        led = lead.end() if lead else 0
        stated = self._text(0) or (self._text(led) if led else None)
        if stated is None and NEGATION.match(self.tail.folded, led):
            return self.instead(led) or Stated(Abstention.NO_ANSWER, "negated", led, len(self.tail.text))
        stated = stated or self._letter(led)
        several = SEVERAL.match(self.tail.text, led)
        if stated is None and several:
            stated = self._text(several.end()) or self._letter(several.end())
            is_in_brackets = several[0].strip() in ("(", "[") and stated and self.tail.text[stated.end : stated.end + 1] in (")", "]")
            return stated if stated and (stated.value is Abstention.SEVERAL or is_in_brackets) else None
        return stated or self._near(led)

    def _near(self, start: int) -> Stated | None:
        """An option whose name is nearly what stands between `start` and the end of the clause."""
        if not self.may_be_near(start):
            return None
        text = self.tail.text
        start += article_length(self.tail.folded, start)
        stop = NEAR_END.search(text, start, start + MAX_NEAR)
        end = stop.start() if stop else min(len(text), start + MAX_NEAR)
        if any(last >= end for _, last in self._names_at(start)):
            return None  # the name itself, and what follows it makes something else of it
        letter = near_option(self.options, text[start:end])
        return Stated(letter, "near_text", start, end) if letter and (not self.is_whole or WHOLE_END.match(text, end)) else None

    def may_be_near(self, start: int) -> bool:
        """Whether what stands at `start` begins as an option does, give or take a spelling. Cheap."""
        folded, starts = self.tail.folded, firsts(self._key)
        start += article_length(folded, start)
        first = folded[start : start + 1]
        return not starts or not first.isalnum() or first in starts or folded.startswith(ARTICLES, start)

    def instead(self, start: int) -> Stated | None:
        """B in "not A but B"."""
        but = BUT.search(self.tail.text, start, start + MAX_NEAR)
        return (self._text(but.end()) or self._letter(but.end())) if but else None

    def _corrected(self, end: int) -> Stated | None:
        """What replaces an answer that is taken back in the same breath, "A. No, B.", or that it is taken back; None where it is not."""
        correction = CORRECTED.match(self.tail.text, end)
        if correction is None:
            return None
        second = self._text(correction.end()) or self._letter(correction.end())
        if second and isinstance(second.value, str) and second.value in self.options:
            return second._replace(form="corrected")
        return Stated(Abstention.NO_ANSWER, "withdrawn", end, correction.end())

    def at(self, start: int) -> Stated | None:
        """The option that is named by a letter at `start`, in brackets or not, or by its text with the letter beside it."""
        return self._letter(start)

    def nearly(self, start: int) -> Stated | None:
        """The option whose name is nearly what stands between `start` and the end of the clause."""
        return self._near(start)

    def one_of_several(self, start: int) -> Stated | None:
        """The option that one entry of a list names at `start`, by its letter, its text, or both."""
        text = self.tail.text
        match = LETTER.match(text, start)
        letter = (match["inside"] or match["outside"]).upper() if match else ""
        is_letter = match is not None and letter in self.options and text[match.end() - 1 : match.end()] != letter.lower()
        separator = SEPARATOR.match(text, match.end()) if match and is_letter else None
        own = [end for other, end in self._names_at(separator.end()) if other == letter] if separator else []
        named = [(end, other) for other, end in self._names_at(start)]
        if match and is_letter and not named:
            return Stated(letter, "letter_and_text" if own else "letter", start, max(own, default=match.end()))
        return Stated(max(named)[1], "text", start, max(named)[0]) if named else None

    def beginning(self, start: int) -> Stated | None:
        """What is named by its text at `start`, where that is all that is named there; SEVERAL where another is in the same breath."""
        return self._text(start)

    def opening(self) -> Stated | None:
        """The option whose capital letter is the first word, whatever follows it: "B The patient …"."""
        letter, after = self.tail.text[:1], self.tail.text[1:2]
        return Stated(letter, "letter", 0, 1) if letter in self.options and after == " " else None

    def texts(self, start: int, end: int) -> Iterator[Stated]:
        """Options that are named by their whole text between `start` and `end`, a longer name before one that is part of it."""
        folded = self.tail.folded
        found: list[tuple[int, int, str]] = []
        for letter, form in self._there:
            place = folded.find(form, start, end)
            while place >= 0:
                last = place + len(form)
                is_word = not (folded[place - 1 : place].isalnum() and form[0].isalnum()) and not (
                    folded[last : last + 1].isalnum() and form[-1].isalnum()
                )
                if is_word and folded[place - 1 : place] not in "-/" and folded[last : last + 1] not in ("-", "/"):
                    found.append((place, last, letter))
                place = folded.find(form, last, end)
        reached = start
        for place, last, letter in sorted(found, key=lambda one: (one[0], -one[1])):
            if place >= reached:
                yield Stated(letter, "text", place, last)
                reached = last

    def _names_at(self, start: int) -> Iterator[tuple[str, int]]:
        """Options whose whole name stands at `start`, each with where it ends, its own full stop included where it has one. A capital A
        is a letter here, never an article."""
        text, folded = self.tail.text, self.tail.folded
        if folded[start : start + 1] not in self._firsts and not folded.startswith(ARTICLES, start):
            return
        is_letter = text[start : start + 2] in ("A ", "A\n") and "A" in self.options
        starts = {start} if is_letter else {start, start + article_length(folded, start)}
        ends: dict[str, int] = {}
        for letter, form in self._names:
            for place in starts:
                end = place + len(form)
                if folded.startswith(form, place) and not (form[-1].isalnum() and text[end : end + 1].isalnum()):
                    ends[letter] = max(end, ends.get(letter, 0))
        yield from ends.items()

    def _text(self, start: int, own: str = "") -> Stated | None:
        """An option named by its text at `start`; the longest name wins, so that "diabetes insipidus" is not "diabetes". Of options that
        are named alike, `own` or the one with the letter beside it is meant, or the one that is written in the same case."""
        found = [stated for letter, end in self._names_at(start) if (stated := self._named(letter, start, end, own))]
        if not found:
            return None
        longest = [stated for stated in found if stated.end == max(other.end for other in found)]
        written = self.tail.text[start : longest[0].end]
        meant = [stated for stated in longest if stated.value == own or stated.form == "text_and_letter"]
        alike = meant or [stated for stated in longest if plain(self.options.get(stated.value, "")).text == written] or longest
        is_one = len({stated.value for stated in alike}) == 1
        return alike[0] if is_one else Stated(Abstention.SEVERAL, "ambiguous", start, longest[0].end)

    def _named(self, letter: str, start: int, end: int, own: str) -> Stated | None:
        text = self.tail.text
        if not own and end - start == 1 and text[start].upper() in self.options:
            is_alone = LINE_END.match(text, end) is not None
            value: str | Abstention = letter if text[start].upper() == letter else Abstention.SEVERAL
            if text[start].isupper() and plain(self.options[letter]).text.islower():
                value = text[start]  # written as the letters are, and not as the options
            return Stated(value, "letter_or_text", start, end) if is_alone else None
        beside = self._letter_beside(end)
        if beside:
            agrees = beside == letter
            return Stated(letter if agrees else Abstention.SEVERAL, "text_and_letter" if agrees else "conflict", start, end)
        if self._is_joined(end, letter):
            return Stated(Abstention.SEVERAL, "several", start, end)
        if corrected := self._corrected(end):
            return corrected
        return Stated(letter, "text", start, end) if self._ends(start, end) else None

    def _letter_beside(self, end: int) -> str:
        """The option's letter in brackets that follows what ends at `end`, or nothing."""
        after = LETTER_AFTER_TEXT.match(self.tail.text, end)
        letter = (after["inside"] or after["outside"]).upper() if after else ""
        is_beside = after and letter in self.options and (not self.is_whole or WHOLE_END.match(self.tail.text, after.end()))
        return letter if is_beside else ""

    def _ends(self, start: int, end: int) -> bool:
        """Whether a name that ends at `end` is all that is named, rather than the beginning of something longer."""
        text = self.tail.text
        if self.is_whole:
            return WHOLE_END.match(text, end) is not None
        is_marked = start in self.tail.breaks and (end in self.tail.breaks or end + 1 in self.tail.breaks)
        is_short = self.tail.folded[start:end] in SHORT_ANSWERS
        return bool(
            TEXT_END.match(text, end)
            or (is_marked and MARKED_TEXT_END.match(text, end))
            or (is_short and SHORT_ANSWER_END.match(text, end))
        )

    def _is_joined(self, end: int, letter: str) -> bool:
        """Whether another option than `letter` is named in the same breath: "A or C", "aspirin and heparin"."""
        text = self.tail.text
        join = JOIN.match(text, end)
        if join is None or join[0].lower().endswith("not "):
            return False
        second = LETTER.match(text, join.end())
        if second:
            other = (second["inside"] or second["outside"]).upper()
            is_alone = LINE_END if join["line"] else AFTER_JOINED
            if other != letter and other in self.options and is_alone.match(text, second.end()):
                return True
        others = [place for found, place in self._names_at(join.end()) if found != letter]
        return not join["line"] and any(AFTER_JOINED.match(text, place) for place in others)

    def _letter(self, start: int) -> Stated | None:
        """An option named by its letter at `start`, with or without its text."""
        text = self.tail.text
        match = LETTER.match(text, start)
        if match is None:
            return None
        letter, end = (match["inside"] or match["outside"]).upper(), match.end()
        if letter in self.options and self._is_joined(end, letter):
            return Stated(Abstention.SEVERAL, "several", start, end)
        separator = SEPARATOR.match(text, end)
        text_start = separator.end() if separator else end
        named = self._text(text_start, letter) if text_start > end and "\n" not in text[end:text_start] else None
        if named is None and text[text_start : text_start + 1] == "(":
            named = self._text(text_start + 1, letter)
        if named and named.value == letter:
            return Stated(letter, "letter_and_text", start, named.end)
        if named and not WHOLE_END.match(text, end):
            return Stated(Abstention.SEVERAL, "conflict", start, named.end)
        if DENIED.match(text, end):
            return Stated(Abstention.NO_ANSWER, "denied", start, end)
        if corrected := self._corrected(end):
            return corrected
        if letter in self.options and self._letter_beside(end) not in ("", letter):
            return Stated(Abstention.SEVERAL, "conflict", start, end)
        is_marked = bool(match["mark"] or match["inside"] or match["close"])
        is_stated = WHOLE_END.match(text, end) if self.is_whole else self._stands_alone(letter, end, is_marked=is_marked)
        if not is_stated:
            return None
        return Stated(letter, "letter", start, end) if letter in self.options else Stated(Abstention.NOT_AN_OPTION, "letter", start, end)

    def _stands_alone(self, letter: str, end: int, *, is_marked: bool) -> bool:
        """Whether the letter that ends at `end` is an answer, rather than an article, an initial or the genus in "E. coli"."""
        text = self.tail.text
        if BEFORE_ASIAN.match(text, end):
            return True
        if LINE_END.match(text, end) or CLAUSE.match(text, end) or (is_marked and not text[end].isalnum()):
            return True
        if text[end - 1].isupper() and CLAUSE_AFTER_CAPITAL.match(text, end):
            return True
        after = NEW_SENTENCE.match(text, end)
        if after is None:
            return False
        word = after["word"].lower()
        if after["gap"] and not after["word"][:1].islower() and word not in SPECIES:
            return True
        own = name(self.options.get(letter, "")).split()
        if own[:1] == [f"{letter.lower()}."]:
            return False
        return word in own or (bool(after["gap"]) and word in SENTENCE_OPENERS)
