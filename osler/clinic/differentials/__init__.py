"""Differentials: tasks from tables that say how often each condition shows each finding, with the posterior as it runs."""
