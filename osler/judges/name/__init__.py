"""Names, and ranked lists of names."""
