"""Inputs that several calculators take, with the limits of what is possible and the range from which items are made."""

from osler.clinic.calculators.inputs import FlagInput, NumberInput, WordInput

SEX = WordInput("sex", ("female", "male"))
ADULT_AGE = NumberInput("age", "years", 18, 120, (20, 90))
AGE = NumberInput("age", "years", 0, 120, (1, 90))
SYSTOLIC = NumberInput("systolic_blood_pressure", "mmHg", 30, 300, (90, 190))
DIASTOLIC = NumberInput("diastolic_blood_pressure", "mmHg", 10, 200, (50, 110))

SODIUM = NumberInput("sodium", "mmol/L", 90, 200, (120, 160), "sodium")
CHLORIDE = NumberInput("chloride", "mmol/L", 50, 160, (85, 120), "chloride")
BICARBONATE = NumberInput("bicarbonate", "mmol/L", 1, 60, (8, 36), "bicarbonate")
CALCIUM = NumberInput("calcium", "mg/dL", 3, 25, (6.5, 13), "calcium")
ALBUMIN = NumberInput("albumin", "g/dL", 0.3, 8, (1.5, 5), "albumin")
CREATININE = NumberInput("creatinine", "mg/dL", 0.1, 40, (0.5, 6), "creatinine")
UREA_NITROGEN = NumberInput("blood_urea_nitrogen", "mg/dL", 1, 300, (5, 90), "urea nitrogen")
GLUCOSE = NumberInput("glucose", "mg/dL", 10, 2500, (60, 700), "glucose")
BILIRUBIN = NumberInput("bilirubin", "mg/dL", 0.05, 80, (0.3, 12), "bilirubin")
INR = NumberInput("inr", "", 0.5, 20, (0.9, 3.5))
TOTAL_CHOLESTEROL = NumberInput("total_cholesterol", "mg/dL", 30, 1000, (120, 320), "cholesterol")
HDL = NumberInput("hdl", "mg/dL", 3, 200, (25, 90), "hdl")
TRIGLYCERIDES = NumberInput("triglycerides", "mg/dL", 10, 10_000, (40, 380), "triglycerides")
DIALYSIS = FlagInput("dialysis")
"""At least twice in the past week, or a day of continuous treatment in it."""
