"""Medical calculators: equations, scores by rule, and dates, each with its working and its reference in the literature."""

from osler.clinic.calculators.body import BODY
from osler.clinic.calculators.calculator import Calculator

TOPICS: dict[str, tuple[Calculator, ...]] = {
    "Body": BODY,
}
"""Every calculator by what it is about."""

CALCULATORS: dict[str, Calculator] = {each.name: each for topic in TOPICS.values() for each in topic}
