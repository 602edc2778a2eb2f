"""What scores take beside the shared inputs: vital signs, gases and blood counts."""

from dataclasses import replace

from osler.clinic.calculators import shared_inputs
from osler.clinic.calculators.inputs import NumberInput

HEART_RATE = NumberInput("heart_rate", "/min", 0, 350, (45, 150))
RESPIRATORY_RATE = NumberInput("respiratory_rate", "/min", 0, 120, (8, 45))
SYSTOLIC = replace(shared_inputs.SYSTOLIC, usual=(75, 190))
DIASTOLIC = replace(shared_inputs.DIASTOLIC, usual=(40, 75))
TEMPERATURE = NumberInput("temperature", "°C", 20, 46, (34, 41))
OXYGEN_SATURATION = NumberInput("oxygen_saturation", "%", 0, 100, (85, 100))
GLASGOW = NumberInput("glasgow_coma_score", "", 3, 15, (3, 15))

PO2 = NumberInput("po2", "mmHg", 10, 700, (45, 120))
PCO2 = NumberInput("pco2", "mmHg", 5, 250, (20, 60))
FIO2 = NumberInput("fio2", "%", 21, 100, (21, 100))
PH = NumberInput("ph", "", 6.5, 8, (7.1, 7.65))

POTASSIUM = NumberInput("potassium", "mmol/L", 0.5, 15, (2.2, 7.2), "potassium")
HAEMATOCRIT = NumberInput("haematocrit", "%", 2, 85, (20, 60))
HAEMOGLOBIN = NumberInput("haemoglobin", "g/dL", 1, 30, (7, 17), "haemoglobin")
WHITE_CELLS = NumberInput("white_blood_cells", "10^9/L", 0.01, 1000, (1, 25))
PLATELETS = NumberInput("platelets", "10^9/L", 0.1, 5000, (10, 400))


def optional(number: NumberInput) -> NumberInput:
    """The same, where a score may do without it."""
    return replace(number, is_optional=True)
