"""Medical calculators: equations, scores by rule, and dates, each with its working and its reference in the literature."""

from osler.clinic.calculators.acid_base import ACID_BASE
from osler.clinic.calculators.body import BODY
from osler.clinic.calculators.calculator import Calculator
from osler.clinic.calculators.cardiac_rules import CARDIAC_RULES
from osler.clinic.calculators.critical import CRITICAL
from osler.clinic.calculators.drugs import DRUGS
from osler.clinic.calculators.electrolytes import ELECTROLYTES
from osler.clinic.calculators.gut import CHRONIC, GUT
from osler.clinic.calculators.heart import HEART
from osler.clinic.calculators.infection import INFECTION
from osler.clinic.calculators.kidney import KIDNEY
from osler.clinic.calculators.liver import LIVER
from osler.clinic.calculators.metabolism import METABOLISM
from osler.clinic.calculators.pregnancy import PREGNANCY
from osler.clinic.calculators.thrombosis import THROMBOSIS

TOPICS: dict[str, tuple[Calculator, ...]] = {
    "Body": BODY,
    "Kidney": KIDNEY,
    "Electrolytes and fluids": ELECTROLYTES,
    "Acids, bases and gases": ACID_BASE,
    "Heart": (*HEART, *CARDIAC_RULES),
    "Clots and bleeding": THROMBOSIS,
    "Liver and gut": (*LIVER, *GUT),
    "Infection": INFECTION,
    "Critical illness": CRITICAL,
    "Chronic disease": CHRONIC,
    "Sugar and fat": METABOLISM,
    "Drugs": DRUGS,
    "Pregnancy": PREGNANCY,
}
"""Every calculator by what it is about."""

CALCULATORS: dict[str, Calculator] = {each.name: each for topic in TOPICS.values() for each in topic}
