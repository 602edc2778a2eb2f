"""What may stand before, after and between the names of options in a statement: joins, ends, denials, corrections."""

import re

from osler.judges.stated.languages import OPTION_WORDS

ASIAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
LETTER = re.compile(
    rf"(?P<mark>(?:(?:the|la|el|die|das)\s|l)?(?:option|choice|letter|answer|{OPTION_WORDS})s?\s?:?\s?|(?:(?-i:la|a)"
    rf"|the\sletter)\s(?=(?-i:[A-Z])\b)"
    r"|选项\s?|選択肢\s?|選項\s?)?"
    rf"(?:[(\[]\s?(?P<inside>[A-Za-z])\s?[)\]]|(?P<outside>[A-Za-z])(?P<close>\s?\))?)(?!(?![{ASIAN}])[\w+%^-])",
    re.IGNORECASE,
)
LETTER_AFTER_TEXT = re.compile(
    r"\s?(?:[,:-]\s?)?(?:[(\[]\s?(?:option\s|choice\s|answer\s|letter\s)?(?P<inside>[A-Za-z])\s?[)\]]|(?:option"
    r"|choice)\s(?P<outside>[A-Za-z])\b)",
    re.IGNORECASE,
)
JOIN = re.compile(
    r"[.)]?(?:\s?[,;/&+]\s?(?:and\s|or\s)?|\s(?:and/or|and|or|versus|vs\.?|plus|with|as well as|but also|y|et|und|oder|ou)\s"
    r"|\s?[和与及或と]\s?"
    r"|(?P<line>\n))(?:also\s|not\s)?",
    re.IGNORECASE,
)
AFTER_JOINED = re.compile(r"\s?(?:$|[\n.,;:!?)\]/&+]|(?:and|or|are|is|would|both|together|because|since)\b)", re.IGNORECASE)
SEVERAL = re.compile(r"[(\[]?\s?(?:both|either|between|not only)\s|[(\[]\s?", re.IGNORECASE)
IS_RIGHT = (
    r"\s(?:is|would be|seems|looks)\s(?:correct|right|(?:the\s|my\s)?(?:most\s)?(?:correct|right|best|likely|appropriate|answer"
    r"|exception))(?:\s(?:answer|option|choice))?"
    r"(?=\s*(?:[.,;:!]|$)|\s(?:because|since|as|given|due)\b)"
)
WHOLE_END = re.compile(rf"(?:{IS_RIGHT})?[\s.,;:!)\]]*$", re.IGNORECASE)
LINE_END = re.compile(r"[\s.,;:!)\]]*(?:\n|$)")
TEXT_END = re.compile(
    r"[)\]]?(?:[,;:]*$|\n|\s?[,;:]*[.!](?:\s|$)|[,;]?\s(?:because|since)\s|[,;]\s(?:which|as (?:it|this|these|they|the))\s"
    rf"|,?\s(?:rather than|instead of|not)\s|\s(?:only|alone)\b|\s\((?![A-Za-z]\s?\))[^()\n]{{2,60}}\)(?=[\s.,;]|$)"
    rf"|(?<=[.!?])\s(?-i:[^a-z])|{IS_RIGHT})",
    re.IGNORECASE,
)
MARKED_TEXT_END = re.compile(r"\s?[,;:(]|\s?[)\]]?\s-\s")
SHORT_ANSWER_END = re.compile(r"[,;:]\s")
SHORT_ANSWERS = {"yes", "no", "maybe", "true", "false"}
SEPARATOR = re.compile(r"\s?(?:[.:,)\]—]|-(?=\s))*\s?")
DENIED = re.compile(
    r"\s?\?|\s(?:(?:is|was|are)\s(?:not|wrong|incorrect|false)|isn['’]?t|wasn['’]?t)\b|\s?(?:では?な|じゃな|ではあり|错|不(?:对|正确))",
    re.IGNORECASE,
)
CORRECTED = re.compile(
    r"\s?[,;.…—-]*\s(?:(?:no[,;:.—…]|wait[,;:.!—…]|no wait[,;:.!—]|hold on[,;:.!—]|hmm[,;:.!—…]|sorry\b[,;:.!]?"
    r"|scratch that\b[,;:.!]?|i mean(?:t)?\s|or rather[,\s]|rather,\s"
    r"|on second thoughts?,?\s|correction[:,])\s?)+(?:it(?:['’]?s| is)\s|that(?:['’]?s| is)\s|make (?:it|that)\s|the answer is\s)?",
    re.IGNORECASE,
)
IS_BETTER = r"\sis\s(?:(?:more|most)\slikely|better|preferred)\b"
CLAUSE = re.compile(rf"{IS_BETTER}|[,;:!]\s|\s?—|\s-\s|\s(?:because|since)\s|{IS_RIGHT}", re.IGNORECASE)
CLAUSE_AFTER_CAPITAL = re.compile(
    r",?\s(?:as|which|due to|given (?:that|the)|for|rather than|instead of|over|(?:and\s)?not|based on|with|here)\s|\s(?:only|alone)\b"
    r"|\s\(",
    re.IGNORECASE,
)
BUT = re.compile(r"(?<!anything )(?<!nothing )\bbut\s(?:rather\s|instead\s)?", re.IGNORECASE)
NEW_SENTENCE = re.compile(r"[.:)](?P<gap>\s?)[(]?(?P<word>\w*)")
SENTENCE_OPENERS = {"because", "since", "this", "it", "the", "as", "that", "these", "they", "so"}
BEFORE_ASIAN = re.compile(rf"[\s.,;:!)\]]{{0,4}}[{ASIAN}]")
NEAR_END = re.compile(r"[\n(;]|[.!,:](?=\s|$)|\s(?:because|since|which|as|due to)\s|$", re.IGNORECASE)
MAX_NEAR = 200
SPECIES = {"coli", "diff", "difficile", "pylori"}
"""What follows the letter of a genus ("E. coli", "C. difficile"), also where it is written with a capital."""
