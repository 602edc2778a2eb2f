"""Units as clinicians write them, and a number in one as a number in another: shared by the judges of numbers and the calculators."""
