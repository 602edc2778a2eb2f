"""Where and how a text states an answer of any kind: the part that answers, what closes it and in which language, or why none does."""
