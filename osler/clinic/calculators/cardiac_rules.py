"""The heart: what to expect after chest pain and after surgery."""

from osler.clinic.calculators.calculator import Given, Work
from osler.clinic.calculators.criteria import Criterion, RuleScore, choice, finding, measured, row_of, spoken
from osler.clinic.calculators.inputs import FlagInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, CREATININE

_RISK_FACTORS = ("hypertension", "hypercholesterolaemia", "diabetes", "obesity", "smoking", "family_history_of_cardiovascular_disease")
_KNOWN = "atherosclerotic_disease"


def _risk_factors(given: Given, work: Work) -> float:
    if given[_KNOWN]:
        return work.score(f"known {spoken(_KNOWN)}", 2)
    present = [spoken(name) for name in _RISK_FACTORS if given[name]]
    points = 2 if len(present) >= 3 else 1 if present else 0
    return work.score(f"{len(present)} of the risk factors ({', '.join(present)})" if present else "no risk factor", points)


HEART = RuleScore(
    "heart",
    "HEART score: major cardiac events after chest pain",
    "Backus et al., Int J Cardiol 2013; 168:2153–2158 (troponin: 1 to 3 times the limit, not 1 to 2 as in Six et al. 2008)",
    (
        choice("suspicion", {"slight": 0, "moderate": 1, "high": 2}),
        choice("ecg", {"normal": 0, "nonspecific repolarization disturbance": 1, "significant st deviation": 2}),
        measured(ADULT_AGE, ("≥65", 2), ("≥45", 1)),
        Criterion(tuple(map(FlagInput, (*_RISK_FACTORS, _KNOWN))), _risk_factors, (*_RISK_FACTORS, _KNOWN)),
        choice("troponin", {"normal": 0, "up to three times the limit": 1, "over three times the limit": 2}),
    ),
    medcalc_id=18,
    says=lambda total, _: row_of(total, ("≤3", "low risk (0 to 3)"), ("≤6", "moderate risk (4 to 6)"), ("", "high risk (7 to 10)")),
)
REVISED_CARDIAC_RISK = RuleScore(
    "revised_cardiac_risk_index",
    "Revised cardiac risk index before surgery",
    "Lee et al., Circulation 1999; 100:1043–1049",
    (
        finding(1, "elevated_risk_surgery"),
        finding(1, "ischaemic_heart_disease"),
        finding(1, "congestive_heart_failure"),
        finding(1, "cerebrovascular_disease"),
        finding(1, "insulin_before_surgery"),
        measured(CREATININE, (">2", 1)),
    ),
    medcalc_id=17,
    says=lambda total, _: row_of(
        total, ("≤0", "class I (0)"), ("≤1", "class II (1)"), ("≤2", "class III (2)"), ("", "class IV (3 or more)")
    ),
)
CARDIAC_RULES = tuple(each.calculator() for each in (HEART, REVISED_CARDIAC_RISK))
