"""Free answers, which a language model judges, and how far such a judge agrees with people."""
