"""Reasoning that stands on paths through a graph, after MedReason (Wu et al., arXiv 2504.00993): its notes, and what is read from texts."""
