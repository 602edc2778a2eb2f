"""Numbers with their units, and days."""
