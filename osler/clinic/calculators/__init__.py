"""Medical calculators: equations, scores by rule, and dates, each with its working and its reference in the literature."""
