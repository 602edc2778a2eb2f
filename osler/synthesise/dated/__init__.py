"""A graph from dated texts, after MedKGent (Zhang et al., arXiv 2508.12393, published code): many samples of each text vote on what it
states, and what texts state of one pair of entities is joined in the order of their dates. Untried at scale."""
