"""Roles reason about items: by sampling, by search, by revision, with mentors or experts."""
