"""Calculation tasks: notes with values and units, what a calculator makes of them, the working as steps, and named mistakes as options."""
