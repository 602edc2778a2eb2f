"""Published rules by name: a benchmark's own scoring, to stand beside the strict one. What each does and where it fails stands with it."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc

from osler.core.question import Item
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.published import choice
from osler.judges.published.choice import Ruling
from osler.judges.published.kit import medevalkit, medevalkit_yes_no
from osler.judges.published.numbers import medcalc_official, medcalc_official_field

Rule = Callable[[str, Item], Ruling]


@dataclass(frozen=True)
class PublishedRule:
    """`rule` maps a text and its item to a ruling and raises on no text. `kinds` are the keys that it can be asked about. `is_keyed`: it
    looks at the key while it reads, so that its answers are no readings."""

    name: str
    rule: Rule
    kinds: tuple[str, ...] = ("choice",)
    is_keyed: bool = False

    @property
    def description(self) -> str:
        """One paragraph: what it does, where it comes from, and its known faults."""
        return getdoc(self.rule) or ""


_ALL = (
    PublishedRule("mirage_default_a", choice.mirage_default_a),
    PublishedRule("mmlu_pro", choice.mmlu_pro),
    PublishedRule("mmlu_pro_null_wrong", choice.mmlu_pro_null_wrong),
    PublishedRule("mmlu_pro_first_level", choice.mmlu_pro_first_level),
    PublishedRule("huatuo_match_choice", choice.huatuo_match_choice),
    PublishedRule("huatuo_match_choice_first", choice.huatuo_match_choice_first),
    PublishedRule("medsss", choice.medsss, is_keyed=True),
    PublishedRule("medsss_first_character", choice.medsss_first_character),
    PublishedRule("fully_open_meditron", choice.fully_open_meditron),
    PublishedRule("med_prm", choice.med_prm),
    PublishedRule("medevalkit", medevalkit),
    PublishedRule("medevalkit_yes_no", medevalkit_yes_no, is_keyed=True),
    PublishedRule("lm_eval_medqa_cot", choice.harness_medqa),
    PublishedRule("lm_eval_mmlu_pro", choice.harness_mmlu_pro),
    PublishedRule("lm_eval_strict", choice.harness_strict),
    PublishedRule("lm_eval_flexible", choice.harness_flexible),
    PublishedRule("medcalc_official", medcalc_official, kinds=("number", "date")),
    PublishedRule("medcalc_official_field", medcalc_official_field, kinds=("number", "date")),
)
RULES: dict[str, PublishedRule] = {rule.name: rule for rule in _ALL}


def rule_verdict(rule: PublishedRule, text: str, item: Item) -> Verdict:
    """A published rule's ruling as a verdict, to be graded and compared like one of ours. Reasons: `rule_right`, `rule_wrong`,
    `rule_default` where it put in an answer of its own, and `no_answer`; UNJUDGED for a kind that it cannot be asked about."""
    nothing = Reading(abstention=Abstention.NO_ANSWER, method=rule.name)
    if item.key.kind not in rule.kinds:
        return Verdict(Outcome.UNJUDGED, nothing, "wrong_kind")
    ruling = rule.rule(text, item)
    outcome = Outcome.RIGHT if ruling.is_right else Outcome.WRONG
    if ruling.answer is None and not ruling.is_right:
        return Verdict(Outcome.NO_ANSWER, nothing, Abstention.NO_ANSWER.value)
    reading = Reading(ruling.answer or "", method=rule.name)
    return Verdict(outcome, reading, "rule_default" if ruling.is_default else f"rule_{outcome.value}")
