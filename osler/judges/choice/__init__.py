"""Multiple choice: one letter or a set of them, read from free text or weighed by log-probability."""
