"""What a text says where it declines to answer, or says that none of the options is right or that nobody can tell.

Only asked once no option has been read: "I am not a doctor, but the answer is B" answers.
"""

import re

_REFUSED = re.compile(
    r"\b(?:as|i am|i'm) (?:just |only )?an? (?:ai|artificial intelligence|large language|language)\b"
    r"|\bi(?:['’]m| am)? ?(?:sorry,? ?(?:but )?(?:i )?)?(?:can(?:not|['’]?t| not)|(?:am|was)? ?(?:unable|not able|not allowed"
    r"|not permitted) to"
    r"|won['’]?t|will not|must decline|decline|refuse)(?: to)? (?:be able to )?(?:provide|give|offer|answer|assist|help|comply|make|"
    r"diagnose|recommend|advise|respond|fulfil|fulfill|engage|do that|discuss)\b"
    r"|\b(?:sorry|apologi[sz]e|unfortunately),?[^.\n]{0,40}\b(?:can(?:not|['’]?t| not)|unable|not able|won['’]?t)\b"
    r"|\b(?:please )?(?:consult|seek|speak (?:to|with)|talk to|see|contact|visit)(?: with)? (?:an? |your |the )?(?:\w+ ){0,2}"
    r"(?:doctor|physician|professional|provider|medical (?:advice|attention|help)|clinician|specialist|pharmacist)\b"
    r"|\bnot (?:a|your) (?:doctor|physician|medical professional|clinician|substitute for)\b"
    r"|\b(?:response|content|prompt|request|output|completion) (?:was|has been|is|were) (?:filtered|blocked|flagged|rejected|refused)\b"
    r"|\b(?:not qualified|unable|not able|not in a position) to (?:answer|comply|advise|diagnose|help|assist|provide|choose|give)\b"
    r"|\b(?:must|have to|will|shall|i) (?:respectfully |politely )?(?:decline|refuse) to\b|\bcontent[_ ](?:filter"
    r"|management policy|policy)\b|\bagainst my (?:guidelines|policy|programming)\b",
    re.IGNORECASE,
)
_REFUSED_ELSEWHERE = re.compile(
    r"\b(?:lo siento|no puedo (?:responder|proporcionar|ofrecer|dar|ayudar)|consulte? (?:a|con) (?:un|su) m[ée]dico)\b"
    r"|\b(?:je (?:suis désolée?|ne peux pas|ne suis pas en mesure)|veuillez consulter|consultez un)\b"
    r"|\b(?:es tut mir leid|tut mir leid|ich kann (?:keine|ihnen|diese|dir)|konsultieren sie|wenden sie sich an)\b"
    r"|\b(?:mi dispiace|non posso (?:rispondere|fornire|dare|offrire|aiutar\w*)|consult[ai] (?:un|il (?:tuo|suo)) medico)\b"
    r"|抱歉|对不起|我?(?:无法|不能)(?:提供|回答|给出)|请咨询|申し訳|お答えできません|回答できません|医師に(?:ご)?相談",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\bnone of (?:the|these|those|them)\b|\bneither of the (?:options|choices)\b"
    r"|\bnot (?:listed|given|provided|included|present|mentioned|available|found|among|in|one of)\b[^.\n]{0,30}\b(?:options?"
    r"|choices?|answers?|above)\b"
    r"|\bno (?:correct|right|suitable|appropriate|matching)? ?(?:answer|option|choice)s? (?:is|are|was|were|among|in|given"
    r"|provided|listed|matches)\b"
    r"|\bnot (?:listed|provided|given)\s*(?:[.,:;\"'}]|$)"
    r"|\b(?:ninguna de las|aucune (?:de ces|des)|keine der|nessuna delle)\b|以上(?:都不|皆非|均不)|都不(?:对|是|正确)|いずれでもない"
    r"|どれでもない",
    re.IGNORECASE,
)
_NOT_KNOWN = re.compile(
    r"\s*[\"'*_{(\[]{0,4}(?:\\text\{)?\s*(?:it )?(?:(?:can(?:not|['’]t| not)) be (?:definitively |conclusively "
    r"|reliably )?(?:determined|answered|established|known|concluded)"
    r"|(?:is )?(?:unknown|unclear|uncertain|undetermined|indeterminate|inconclusive|unavailable|null|not (?:enough|sufficient"
    r"|clear|known|certain|sure|"
    r"determinable|possible|able|applicable))|insufficient|unable to|impossible to|no answer|i (?:don['’]t|do not) know"
    r"|no information|more information|i (?:can(?:not|['’]t| not)) (?:determine|tell|say|know|decide))\b",
    re.IGNORECASE,
)
_ROOM = 1500


def is_refusal(text: str, start: int, end: int) -> bool:
    """Whether what stands there declines to answer. Only its beginning and its end are looked at."""
    return any(pattern.search(piece) for piece in _pieces(text, start, end) for pattern in (_REFUSED, _REFUSED_ELSEWHERE))


def names_none(text: str, start: int, end: int) -> bool:
    """Whether it says that none of the options is right."""
    return _NONE.search(text, start, min(end, start + _ROOM)) is not None


def names_nobody_knows(text: str, start: int, end: int) -> bool:
    """Whether an answer begins by saying that it cannot be told: "cannot be determined", "not enough information"."""
    return _NOT_KNOWN.match(text, start, end) is not None


def _pieces(text: str, start: int, end: int) -> tuple[str, ...]:
    if end - start <= 2 * _ROOM:
        return (text[start:end],)
    return text[start : start + _ROOM], text[end - _ROOM : end]
