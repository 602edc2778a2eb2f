"""What traces are worth, and what is made of that: labels, pairs, repairs; or the trace taken away."""
